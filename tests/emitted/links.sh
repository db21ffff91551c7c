#!/bin/sh
# links.sh POOLGEN FOLDER: how what is emitted behaves as a part of programs and libraries: two
# tables in one program, a header with another table's source, which names can be seen, linkage by
# PREFIX_API. Prints TAP. FOLDER/tables has been written by emit.sh.
set -u
poolgen=$1
tables=$2/tables
here=$(pwd)/tests/emitted
folder=$2/links
rm -rf "$folder"
mkdir -p "$folder"
number=0

WARN='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Werror'

# check NAME COMMAND...: what the command says is shown if it fails.
check() {
    name=$1
    number=$((number + 1))
    shift
    if "$@" >"$folder/log" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$folder/log"
    fi
}

# emit NAME [OPTION...]: from the table on standard input.
emit() {
    name=$1
    shift
    cat >"$folder/$name.yaml"
    "$poolgen" -q "$@" -o "$folder/$name.c" "$folder/$name.yaml" || exit 1
}

# cc and cxx do not keep quiet about anything; words are split on purpose.
# shellcheck disable=SC2086
cc() { gcc -std=c11 -O2 $WARN -I"$folder" -I"$tables" "$@"; }
# shellcheck disable=SC2086
cxx() { g++ -std=c++17 -O2 $WARN -I"$folder" -I"$tables" "$@"; }

# ---- two tables

emit left <<'END'
name: left
pools:
  - {size: 16, initial_count: 100}
  - {size: 64, initial_count: 100}
END
emit right <<'END'
name: right
threads: none
oversize: os
stats: counters
pools:
  - {size: 32, initial_count: 50}
END

two_tables() {
    "$1" -c -o "$folder/two.o" "$here/links/two.$2" &&
        gcc -O2 -c -o "$folder/left.o" "$folder/left.c" &&
        gcc -O2 -c -o "$folder/right.o" "$folder/right.c" &&
        "$1" -pthread -o "$folder/two" "$folder/two.o" "$folder/left.o" "$folder/right.o" &&
        "$folder/two"
}
cp "$here/links/two.c" "$folder/two.cpp"
check 'two tables in one C program' two_tables cc c
two_tables_cpp() {
    cxx -c -o "$folder/two_cpp.o" "$folder/two.cpp" &&
        g++ -pthread -o "$folder/two_cpp" "$folder/two_cpp.o" "$folder/left.o" "$folder/right.o" &&
        "$folder/two_cpp"
}
check 'two tables in one C++17 program' two_tables_cpp

# ---- a header with another table's source

# One line of the table is another; the name is the same.
variant() { # FILE SIZE COUNT KEYS
    printf 'name: layout\n%spools:\n  - {size: 16, initial_count: 100}\n  - {size: %s, initial_count: %s}\n' \
        "$4" "$2" "$3" | emit "$1"
    cc -c -o "$folder/$1.o" "$folder/$1.c" || exit 1
}
variant layout 64 100 ''
printf '#include "layout.h"\nint main(void)\n{\n    layout_free(layout_alloc(16));\n}\n' >"$folder/user.c"
cc -c -o "$folder/user.o" "$folder/user.c" || exit 1
cxx -x c++ -c -o "$folder/user_cpp.o" "$folder/user.c" || exit 1

links_not() { # source's object
    for user in user user_cpp; do
        if g++ -pthread -o "$folder/user" "$folder/$user.o" "$folder/$1.o" 2>"$folder/link"; then
            echo "$user links with $1" && return 1
        fi
        grep -q 'undefined reference to `layout_layout_' "$folder/link" || return 1
    done
}
links_itself() {
    gcc -pthread -o "$folder/user" "$folder/user.o" "$folder/layout.o" && "$folder/user"
}
check 'a header links with its own source' links_itself
variant layout_size 128 100 ''
check 'a header does not link with the source of another size' links_not layout_size
variant layout_count 64 101 ''
check 'a header does not link with the source of another count' links_not layout_count
variant layout_threads 64 100 'threads: none
'
check 'a header does not link with the source for other threads' links_not layout_threads
variant layout_stats 64 100 'stats: counters
'
check 'a header does not link with the source with counters' links_not layout_stats
variant layout_cache 64 100 'thread_cache: 0
batch: 1
'
check 'a header does not link with the source without caches' links_not layout_cache
variant layout_harden 64 100 'harden: check
'
check 'a header does not link with the source at another level of hardening' links_not layout_harden

# ---- a consumer's own fault and source of randomness

for level in check full; do
    emit "hooks_$level" --set "harden=$level" <<'END'
name: hooks
exhausted: fail
oversize: fail
pools:
  - {size: 64, initial_count: 100}
END
done
cat >"$folder/hooks.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned draws;

static void draw(void *bytes, size_t count)
{
    memset(bytes, draws++ == 0 ? 0 : 0x5c, count); /* at first zeros, which are no secret */
}

#define hooks_is(message) (strncmp(message, "hooks: double free of 0x", 24) == 0)
#define HOOKS_FAULT(message) exit(hooks_is(message) && draws == 2 ? 0 : 3)
#define HOOKS_RANDOM(ptr, bytes) draw(ptr, bytes)
#include SOURCE

int main(void)
{
    void *const block = hooks_alloc(40);
    hooks_free(block);
    hooks_free(block);
    return 4;
}
END
hooks() { # level
    cc -pthread -DSOURCE="\"hooks_$1.c\"" -o "$folder/hooks" "$folder/hooks.c" && "$folder/hooks"
}
check 'a fault and randomness are the consumer'"'"'s to define, check' hooks check
check 'a fault and randomness are the consumer'"'"'s to define, full' hooks full

# ---- tools: malloc in place of the pools, and pools of which a tool is told

tool_user() { # FLAGS...: the header's user, and the source with other flags, in C and C++
    gcc -std=c11 -O1 "-I$folder" "$@" -c -o "$folder/told.o" "$folder/user.c" &&
        g++ -std=c++17 -O1 "-I$folder" "$@" -x c++ -c -o "$folder/told_cpp.o" "$folder/user.c"
}
tool_sources() {
    for mode in 'malloc -DLAYOUT_PASSTHROUGH=1' 'pools -DLAYOUT_PASSTHROUGH=0' 'asan -fsanitize=address' \
        'watched -fsanitize=address -DLAYOUT_PASSTHROUGH=0' 'unwatched -fsanitize=address -DLAYOUT_PASSTHROUGH=0 -DLAYOUT_WATCH=0'; do
        # shellcheck disable=SC2086  # words
        gcc -std=c11 -O1 ${mode#* } -c -o "$folder/tool_${mode%% *}.o" "$folder/layout.c" || return 1
    done
}
check 'the source is compiled for tools' tool_sources
goes_with() { # FLAGS: SOURCES: the user of those flags links with these sources, and runs, and with no others
    # shellcheck disable=SC2086  # words
    tool_user ${1:-} || return 1
    for source in malloc pools asan watched unwatched; do
        for user in told told_cpp; do
            case " $2 " in
            *" $source "*)
                g++ -fsanitize=address -pthread -o "$folder/told" "$folder/$user.o" "$folder/tool_$source.o" &&
                    "$folder/told" || return 1 ;;
            *)
                if g++ -fsanitize=address -pthread -o "$folder/told" "$folder/$user.o" "$folder/tool_$source.o" 2>"$folder/link"; then
                    echo "$user $1 links with $source" && return 1
                fi
                grep -q 'undefined reference to `layout_' "$folder/link" || return 1 ;;
            esac
        done
    done
}

emit section --set oversize=os <<'END'
name: section
threads: critical
exhausted: fail
pools:
  - {size: 64, initial_count: 4}
END
cat >"$folder/section_user.c" <<'END'
#include <stdint.h>

static unsigned sections;

#define SECTION_ENTER() ((uintptr_t)++sections)
#define SECTION_LEAVE(state) ((void)(state))
#include "section.c"

int main(void)
{
    section_stats_t stats;
    section_free(section_realloc(section_alloc(40), 100000));
    section_free(section_aligned_calloc(4096, 1, 10));
    section_trim();
    section_stats(&stats);
    const unsigned before = sections;
    SECTION_LEAVE(SECTION_ENTER());
    return before == 0 && sections == 1 ? 0 : 1;
}
END
without_sections() {
    cc -DSECTION_PASSTHROUGH=1 -o "$folder/section_user" "$folder/section_user.c" && "$folder/section_user"
}
check 'malloc is called in no critical section, and a file that includes the source keeps its macros' without_sections
check 'plain code links with the pools' goes_with '' 'pools unwatched'
check 'code for malloc links with nothing else' goes_with -DLAYOUT_PASSTHROUGH=1 'malloc asan'
check 'ASan means malloc' goes_with -fsanitize=address 'malloc asan'
check 'ASan with pools links with nothing else' goes_with '-fsanitize=address -DLAYOUT_PASSTHROUGH=0' watched
hwasan() { # which x86-64 has only in part
    clang --target=aarch64-linux-gnu -ffreestanding -fsanitize=hwaddress -dM -E "$folder/layout.h" |
        grep -q '^#define LAYOUT_PASSTHROUGH 1$'
}
check 'HWASan means malloc' hwasan
no_inline_face() {
    # shellcheck disable=SC2086  # words
    for flags in -DLAYOUT_PASSTHROUGH=1 '-fsanitize=address -DLAYOUT_PASSTHROUGH=0' -DLAYOUT_VALGRIND=1; do
        tool_user $flags || return 1
        nm "$folder/told.o" | grep -q ' U layout_alloc$' && ! nm "$folder/told.o" | grep -q layout_cache || return 1
    done
    tool_user -O2 && nm "$folder/told.o" | grep -q layout_cache
}
check 'there is no inline face where malloc serves or a tool watches' no_inline_face
no_family() { # of C's and C++'s allocation
    for flags in -fsanitize=address -DPOOLMALLOC_PASSTHROUGH=1 -DPOOLMALLOC_VALGRIND=1; do
        gcc -std=c11 -O1 $flags -c -o "$folder/family.o" "$tables/config-malloc-malloc.c" || return 1
        nm --defined-only -g "$folder/family.o" | grep -E ' [TW] ' && return 1
    done
    gcc -std=c11 -O1 -c -o "$folder/family.o" "$tables/config-malloc-malloc.c" &&
        nm --defined-only -g "$folder/family.o" | grep -q ' T malloc$'
}
check 'the malloc family is empty where malloc serves' no_family

# ---- names

# Every defined symbol, global or local, starts with the prefix; compilers make up endings, not
# starts, but for their own labels (.L).
only_prefixed() { # object prefix
    nm "$1" | awk -v prefix="^($2_|[.]L)" 'NF == 3 && $3 !~ prefix { print $3; bad = 1 } END { exit bad }'
}
symbols() { # compiler level
    for table in config-tokio none_grow_os shared_upstream_os counters_direct pools_300; do
        prefix=$(awk '/^name:/ { print $2 }' "$tables/$table.yaml")
        "$1" -std=c11 "$2" -c -o "$folder/symbols.o" "$tables/$table.c" &&
            only_prefixed "$folder/symbols.o" "$prefix" || return 1
    done
}
for level in -O0 -O2; do
    check "every symbol carries the prefix, gcc $level" symbols gcc $level
    check "every symbol carries the prefix, clang $level" symbols clang $level
done

# What the header adds to what its own includes define.
macros() { # table prefix
    upper=$(echo "$2" | tr '[:lower:]' '[:upper:]')
    grep '^#include <' "$tables/$1.h" | gcc -x c -dM -E - | sort >"$folder/before"
    gcc -x c -dM -E "$tables/$1.h" | sort | comm -13 "$folder/before" - |
        awk -v upper="^${upper}_" -v lower="^$2_" \
            '$2 !~ upper && $2 !~ lower { print; bad = 1 } END { exit bad }'
}
check 'every macro of the header carries the prefix' macros config-tokio tokio
check 'every macro of the header carries the prefix, threads: none' macros none_grow_os none_grow_os

types() { # table prefix
    sed -n 's/^\(typedef \)\{0,1\}\(struct\|union\|enum\) \(__attribute__(([a-z_]*)) \)\{0,1\}\([a-zA-Z_0-9]*\) {.*/\4/p
            s/^} \([a-z_0-9]*_t\);/\1/p' "$tables/$1.h" "$tables/$1.c" >"$folder/types"
    grep -q . "$folder/types" && ! grep -v "^$2_" "$folder/types"
}
check 'every type carries the prefix' types config-tokio tokio

emit renamed --prefix other_name <<'END'
name: left
oversize: os
pools:
  - {size: 16, initial_count: 100}
END
renamed() {
    cc -c -o "$folder/renamed.o" "$folder/renamed.c" && only_prefixed "$folder/renamed.o" other_name &&
        ! grep -i 'left_' "$folder/renamed.c" "$folder/renamed.h"
}
check 'what --prefix names is valid and wholly renamed' renamed

# ---- linkage

static_include() {
    cc -DTOKIO_API=static -c -o "$folder/static.o" "$here/links/static.c" &&
        [ "$(nm "$folder/static.o" | awk 'NF == 3 && $2 ~ /^[A-Z]$/ { print $3 }')" = main ] &&
        gcc -pthread -o "$folder/static" "$folder/static.o" && "$folder/static"
}
check 'with TOKIO_API static the source can be included, and exports nothing' static_include

# After headers that hid what is not C's.
emit profiled <<'END'
name: profiled
stats: profile
pools:
  - {size: 64, initial_count: 100}
END
strict_include() { # compiler standard [flags table...]: of all tables that differ in what they need, if none are named
    compiler=$1 standard=$2 flags=${3-}
    shift $(($# < 3 ? 2 : 3))
    [ $# -gt 0 ] || set -- "$folder/profiled" "$tables"/config-tokio "$tables"/config-malloc "$tables"/config-embedded \
        "$tables"/none_grow_os "$tables"/shared_upstream_os "$tables"/counters_direct
    for table in "$@"; do
        prefix=$(awk '/^name:/ { print $2 }' "$table.yaml")
        upper=$(echo "$prefix" | tr '[:lower:]' '[:upper:]')
        for headers in 0 1; do
            # shellcheck disable=SC2086
            "$compiler" "-std=$standard" -O1 $WARN $(echo "$flags" | sed "s/PREFIX/$upper/") "-D${upper}_API=static" "-DPREFIX=$prefix" "-DHEADERS=$headers" \
                "-DSOURCE=\"$(basename "$table").c\"" "-I$folder" "-I$tables" -c -o "$folder/strict.o" \
                "$here/links/strict.c" || return 1
        done
    done
}
check 'it can be included after headers of strict C, gcc' strict_include gcc c11
check 'it can be included after headers of strict C, clang' strict_include clang c17
check 'it can be included after headers of strict C where malloc serves' \
    strict_include gcc c11 -DPREFIX_PASSTHROUGH=1 "$folder/profiled" "$tables"/config-embedded
check 'it can be included after headers of strict C where ASan watches' \
    strict_include gcc c11 '-fsanitize=address -DPREFIX_PASSTHROUGH=0' "$tables"/none_grow_os
check 'it can be included after headers of GNU C' strict_include gcc gnu11

# Where none of a table's targets is the platform, the source says which key to change.
elsewhere() {
    ! cc -c -o "$folder/elsewhere.o" "$folder/elsewhere.c" 2>"$folder/elsewhere.log" &&
        grep -q '#error "elsewhere: .*change its key `target`"' "$folder/elsewhere.log"
}
emit elsewhere <<'END'
name: elsewhere
target: [windows]
pools:
  - {size: 64, initial_count: 100}
END
check 'compiled for a platform that is no target it says so' elsewhere

unity() {
    cc -o "$folder/unity" "$here/links/unity.c" -pthread && "$folder/unity" &&
        gcc -O2 -o "$folder/unity" "$here/links/unity.c" -I"$tables" -pthread && "$folder/unity"
}
check 'one compilation can hold the source and its users' unity

commas() {
    cc -o "$folder/commas" "$here/links/commas.c" "$1" "$tables/config-tokio.c" -pthread && "$folder/commas"
}
check 'arguments may hold commas, -O0' commas -O0
check 'arguments may hold commas, -O2' commas -O2

# Two copies in one process: a program that shows its symbols, and a plugin.
copies() {
    for flags in -O0 -O2 '-O3 -flto' '-O2 -fvisibility=hidden'; do
        # shellcheck disable=SC2086
        cc -fPIC -shared $flags -o "$folder/copy.so" "$here/links/copy.c" "$tables/config-tokio.c" -pthread || return 1
        for others in -O0 '-O2 -no-pie' '-O2 -flto -fwhole-program'; do
            # shellcheck disable=SC2086
            cc -rdynamic -DPROGRAM $others -o "$folder/copy" "$here/links/copy.c" "$tables/config-tokio.c" -pthread -ldl &&
                "$folder/copy" "$folder/copy.so" || return 1
        done
    done
}
check 'a program that shows its symbols and its plugin have an allocator each' copies

DEFAULT='__attribute__((visibility("default")))'
shared_library() {
    gcc -std=c11 -O2 -fPIC -fvisibility=hidden "-DTOKIO_API=$DEFAULT" -shared -o "$folder/libtokio.so" \
        "$tables/config-tokio.c" -pthread &&
        cc "-DTOKIO_API=$DEFAULT" -o "$folder/uses" "$here/links/uses.c" "$folder/libtokio.so" &&
        "$folder/uses" &&
        nm -D --defined-only "$folder/libtokio.so" | grep -q ' T tokio_aligned_realloc$'
}
check 'with TOKIO_API default a shared library exports it, the inline face included' shared_library
opened_late() {
    gcc -std=c11 -O2 -fPIC "-DTOKIO_API=$DEFAULT" -DTOKIO_TLS=__thread -shared -o "$folder/late.so" \
        "$tables/config-tokio.c" -pthread &&
        cc -o "$folder/opens" "$here/links/opens.c" -ldl && "$folder/opens" "$folder/late.so"
}
check 'with TOKIO_TLS __thread a library can be opened late' opened_late
hidden() {
    gcc -std=c11 -O2 -fPIC -shared -o "$folder/hidden.so" "$tables/config-tokio.c" -pthread &&
        ! nm -D --defined-only "$folder/hidden.so" | grep -i tokio
}
check 'by default a shared library exports nothing' hidden

echo "1..$number"
