#!/bin/sh
# ends.sh POOLGEN FOLDER: the cases of ends.c in pools of which ASan is told. Prints TAP.
set -eu
poolgen=$1
folder=$2
. tests/tap.sh

# build NAME LINE...: the program of a table.
build() {
    table=$1
    shift
    mkdir -p "$folder/$table"
    printf '%s\n' 'name: ends' "$@" >"$folder/$table/ends.yaml"
    "$poolgen" -q -o "$folder/$table/ends.c" "$folder/$table/ends.yaml"
    gcc -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address -DENDS_PASSTHROUGH=0 "-I$folder/$table" \
        -o "$folder/$table/program" tests/tools/ends.c "$folder/$table/ends.c" -pthread
}

# found PROGRAM CASE: whether ASan ends it.
found() {
    ! "$folder/$1/program" "$2" >"$folder/said" 2>&1 || return 1
    grep use-after-poison "$folder/said"
}

build shared 'exhausted: fail' 'oversize: os' 'thread_cache: 0' 'batch: 1' 'stats: counters' \
    'pools: [{size: 64, initial_count: 100}, {size: 4096, initial_count: 10}]'
build malloc 'threads: none' 'exhausted: fail' 'oversize: upstream' \
    'pools: [{size: 16, initial_count: 1}, {size: 64, initial_count: 1}]'
build section 'threads: none' 'exhausted: fail' \
    'pools: [{size: 16, initial_count: 9, section: ends_fast}, {size: 64, initial_count: 9}]'
build sections 'threads: none' 'exhausted: fail' \
    'pools: [{size: 16, initial_count: 9, section: ends_fast}, {size: 64, initial_count: 9, section: ends_slow}]'

ok 'threads that leave blocks over find one each time' "$folder/shared/program" shares
ok "malloc's blocks stay malloc's when they shrink" "$folder/malloc/program" shrinks
for table in section sections; do
    ok "$table: blocks are their owners'" "$folder/$table/program" fills
    for case in writes-past-small writes-past-large writes-unserved; do
        ok "$table: ASan finds what $case" found "$table" "$case"
    done
done
finish
