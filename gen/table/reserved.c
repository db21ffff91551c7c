#include "table/reserved.h"

#include <stddef.h>
#include <string.h>

/* Each list is words between blanks. Only words that match [a-z][a-z0-9_]{0,30} are here: the
   others are refused for their form. */

static const char c_keywords[] =
    " alignas alignof asm auto bool break case char const constexpr continue default do double else"
    " enum extern false float for fortran goto if inline int long nullptr register restrict return"
    " short signed sizeof static static_assert struct switch thread_local true typedef typeof"
    " typeof_unqual union unsigned void volatile while ";

static const char cpp_keywords[] =
    " and and_eq bitand bitor catch char16_t char32_t char8_t class co_await co_return co_yield"
    " compl concept consteval constinit const_cast decltype delete dynamic_cast explicit export"
    " final friend import module mutable namespace new noexcept not not_eq operator or or_eq"
    " override private protected public reinterpret_cast requires static_cast template this throw"
    " try typeid typename using virtual wchar_t xor xor_eq ";

static const char rust_keywords[] =
    " abstract as async await become box crate dyn fn gen impl in let loop macro macro_rules match"
    " mod move mut priv pub raw ref safe self super trait type unsafe unsized use where yield ";

/* Predefined by some compiler in its default mode. */
static const char predefined_macros[] =
    " arm hp9000 hpux i386 linux m68k mips nios2 pdp11 pixel sgi sparc sun unix vax vector ";

/* Defined by standard headers, or by those of Windows. */
static const char header_macros[] =
    " alloca assert cdecl complex errno far imaginary interface isfinite isinf isnan isnormal max"
    " min near noreturn offsetof pascal setjmp signbit small stderr stdin stdout va_arg"
    " va_copy va_end va_start ";

/* Followed by _ and a lower-case letter, or as a namespace, these are the implementation's. */
static const char reserved_prefixes[] = " atomic ckd cnd mtx posix pthread std stdc thrd tss ";

/* What is wrong with the words of a list. The clashes are with NAME_alloc and its sisters that C
   libraries have; a test compares them with the library at hand. */
static const struct {
    const char *words, *why;
} lists[] = {
    {c_keywords, "is a keyword of C"},
    {cpp_keywords, "is a keyword of C++"},
    {rust_keywords, "is a keyword of Rust"},
    {predefined_macros, "is a macro that compilers predefine"},
    {header_macros, "is a macro of a system header"},
    {reserved_prefixes, "begins names that C, C++ or POSIX reserve"},
    {" null ", "is YAML's word for nothing"},
    {" aligned ", "would clash with the C library's aligned_alloc"},
    {" inet6_option ", "would clash with the C library's inet6_option_alloc"},
    {" malloc ", "would clash with the C library's malloc_usable_size"},
    {" obstack ", "would clash with the C library's obstack_free"},
    {" pkey ", "would clash with the C library's pkey_alloc"},
    {" svcauthdes ", "would clash with the C library's svcauthdes_stats"},
    {" xdr ", "would clash with the C library's xdr_free"},
};

const char *reserved_word(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (const char *at = lists[i].words; (at = strstr(at, name)) != NULL; at++) {
            if (at[-1] == ' ' && at[length] == ' ') {
                return lists[i].why;
            }
        }
    }
    return NULL;
}
