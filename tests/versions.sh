#!/bin/sh
# Whether this poolgen keeps what its earlier versions promised (CHANGELOG.md): TAP. POOLGEN names the
# binary. Of each table in versions/*/ it must still emit all that TABLE.api lists, and it must mean what
# TABLE.meaning says; either may have more by now.
#   versions.sh --write    writes the lists of the tables that have none, in the present version's folder
set -eu
export LC_ALL=C # sort and comm must agree
cd "$(dirname "$0")"
. ./tap.sh

warnings='-Wall -Wextra -Wpedantic -Wconversion -Werror'
wrapped=-Wl,--wrap=malloc,--wrap=aligned_alloc,--wrap=posix_memalign

# list_api TABLE: everything that its outputs offer.
list_api() {
    rm -rf "$work/api"
    mkdir "$work/api"
    "$POOLGEN" -q -o "$work/api/allocator.c" "$1"
    awk -v language=c -f versions/api.awk "$work/api/allocator.h"
    if [ -f "$work/api/allocator.rs" ]; then
        awk -v language=rust -f versions/api.awk "$work/api/allocator.rs"
    fi
    if [ -f "$work/api/allocator-malloc.c" ]; then
        cc -std=c11 -c -o "$work/api/malloc.o" "$work/api/allocator-malloc.c"
        nm -g --defined-only "$work/api/malloc.o" | sed 's/.* /symbol /' | sort
    fi
}

# explained TABLE KEY: what the plan says of it.
explained() {
    "$POOLGEN" -q --explain=json "$1" | sed -n "s/^  \"$2\": \"*\([^\",]*\)\"*,\$/\1/p"
}

# list_meaning TABLE [ALIGNMENT]: what a program on its allocator finds.
list_meaning() {
    rm -rf "$work/meaning"
    mkdir "$work/meaning"
    "$POOLGEN" -q --prefix old -o "$work/meaning/allocator.c" "$1"
    # shellcheck disable=SC2086  # a list of words
    cc -std=c11 -O1 $warnings "-DALIGNMENT=${2-$(explained "$1" alignment)}" "-I$work/meaning" $wrapped \
        -o "$work/meaning/program" versions/meaning.c "$work/meaning/allocator.c" -lpthread
    echo "threads: $(explained "$1" threads)"
    "$work/meaning/program"
}

# keeps LIST WRITER TABLE: whether each line of the list is still among what the writer prints.
keeps() {
    "$2" "$3" >"$work/today"
    sort "$work/today" >"$work/today.sorted"
    sort "$1" | comm -23 - "$work/today.sorted" | sed 's/^/lost: /' >"$work/lost"
    cat "$work/lost"
    test ! -s "$work/lost"
}

# write_list WRITER TABLE LIST: unless it is there.
write_list() {
    test -e "$3" && return
    "$1" "$2" >"$work/list"
    cp "$work/list" "$3"
}

if [ "${1-}" = --write ]; then
    version=$("$POOLGEN" --version)
    for table in "versions/${version#poolgen }"/*.yaml; do
        write_list list_api "$table" "${table%.yaml}.api"
        write_list list_meaning "$table" "${table%.yaml}.meaning"
    done
    exit
fi

# ---- the test itself: what is lost or has changed must be found

first=versions/0.1.0

# finds_loss LINE LIST WRITER: a list that also promises the line is not kept, for that line alone.
finds_loss() {
    { cat "$2" && echo "$1"; } >"$work/promised"
    if keeps "$work/promised" "$3" "${2%.*}.yaml" >"$work/found"; then
        return 1
    fi
    test "$(cat "$work/found")" = "lost: $1"
}

# finds_change FROM TO WHERE: that a table in which FROM has become TO means something else, and where.
finds_change() {
    sed "s/$1/$2/" "$first"/server.yaml >"$work/other.yaml"
    if keeps "$first"/server.meaning list_meaning "$work/other.yaml" >"$work/found"; then
        return 1
    fi
    test -s "$work/today"
    grep "^lost: $3" "$work/found"
}

# finds_contradiction: blocks of 24 bytes that lie at multiples of 8 do not pass for aligned to 16.
finds_contradiction() {
    if list_meaning "$first/firmware.yaml" 16 >"$work/found" 2>&1; then
        return 1
    fi
    grep 'the pool of 24 bytes' "$work/found"
}

ok 'a function that is gone is found' finds_loss 'function void tokio_gone(void *)' "$first"/tokio.api list_api
ok 'a member that is gone is found' finds_loss 'member of fw_stats_t: size_t gone' "$first"/firmware.api list_api
ok 'a Rust function that is gone is found' finds_loss 'rust Tokio::pub fn gone()' "$first"/tokio.api list_api
ok 'a symbol of the malloc family that is gone is found' finds_loss 'symbol gone' "$first"/malloc.api list_api
ok 'another count is found' finds_change 'initial_count: 60' 'initial_count: 61' 'pool of 192 '
ok 'another size is found' finds_change 0x1000 8192 'pool of 4096 '
ok 'another alignment is found' finds_change 'alignment: 64' 'alignment: 128' 'pool of 128 '
ok 'another policy past the count is found' finds_change 'exhausted: upstream' 'exhausted: grow' 'pool of 32 '
ok 'another policy of one pool is found' finds_change 'exhausted: fail' 'exhausted: upstream' 'pool of 192 '
ok 'another policy above the pools is found' finds_change 'oversize: os' 'oversize: fail' 'larger ones'
ok 'other threads are found' finds_change 'threads: shared' 'threads: none' threads

ok 'blocks that are not as explained are found' finds_contradiction

# ---- every version

accepts() {
    "$POOLGEN" -q --explain "$1" >"$work/plan"
}

# compiles FOLDER: its C++ program, on what the flagship emits today.
compiles() {
    mkdir -p "$work/cpp"
    "$POOLGEN" -q -o "$work/cpp/allocator.c" "$1/tokio.yaml"
    # shellcheck disable=SC2086  # a list of words
    g++ -std=c++17 -fsyntax-only $warnings "-I$work/cpp" "$1/uses.cpp"
}

for folder in versions/[0-9]*/; do
    folder=${folder%/}
    for table in "$folder"/*.yaml; do
        old=${table#versions/}
        ok "$old is still accepted" accepts "$table"
        ok "$old still emits all that it did" keeps "${table%.yaml}.api" list_api "$table"
        ok "$old still means what it did" keeps "${table%.yaml}.meaning" list_meaning "$table"
    done
    ok "${folder#versions/}/uses.cpp still compiles" compiles "$folder"
done
finish
