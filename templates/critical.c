/* Part of allocator.c, threads: critical: the consumer's macros. Given: prefix, PREFIX. */
/* ---- Critical sections ----
 *
 * Each call is one, or a few in turn, never one within another; the header says how its two macros are defined. */
#ifdef @PREFIX@_CRITICAL_H
#include @PREFIX@_CRITICAL_H
#endif
#if !defined(@PREFIX@_ENTER) || !defined(@PREFIX@_LEAVE)
#error "threads: critical: define @PREFIX@_ENTER() and @PREFIX@_LEAVE(state), in a file that the macro @PREFIX@_CRITICAL_H names"
#endif
//%if tools
#if @PREFIX@_PASSTHROUGH /* no call opens one; a file that includes this one gets its own macros back */
#pragma push_macro("@PREFIX@_ENTER")
#pragma push_macro("@PREFIX@_LEAVE")
#undef @PREFIX@_ENTER
#undef @PREFIX@_LEAVE
#define @PREFIX@_ENTER() ((uintptr_t)0)
#define @PREFIX@_LEAVE(state) ((void)(state))
#endif
//%end
