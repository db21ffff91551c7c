#!/bin/sh
# The C++ front end in every dialect and with both compilers: TAP. POOLGEN names the binary.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Werror'
number=0 status=0

# ok NAME COMMAND...: one line of TAP, and what the command printed where it failed.
ok() {
    name=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/log" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/log"
        status=1
    fi
}

# emit FOLDER KEY: VALUE...: the flagship's pools under the name tokio, with keys added.
emit() {
    folder=$work/$1
    shift
    mkdir -p "$folder"
    sed -E '/^(emit|alignment|stats|threads):/d' ../configs/tokio.yaml >"$folder/pools.yaml"
    printf '%s\n' 'emit: [cpp]' "$@" >>"$folder/pools.yaml"
    "$POOLGEN" -q -o "$folder/allocator.c" "$folder/pools.yaml"
    cc -std=c11 -O2 -c -o "$folder/allocator.o" "$folder/allocator.c"
}

# build_and_run FOLDER COMPILER FLAGS...
build_and_run() {
    folder=$work/$1
    compiler=$2
    shift 2
    # shellcheck disable=SC2086  # a list of words
    "$compiler" "$@" $warnings "-I$folder" test_cpp.cpp "$folder/allocator.o" -pthread \
        -o "$folder/test" && "$folder/test"
}

emit plain
emit packed 'alignment: 8' 'stats: counters'
emit wide 'alignment: 64'
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    for dialect in c++17 c++20; do
        ok "$compiler $dialect" build_and_run plain "$compiler" "-std=$dialect" -O2
        ok "$compiler $dialect without exceptions and RTTI" \
            build_and_run plain "$compiler" "-std=$dialect" -O1 -fno-exceptions -fno-rtti
    done
done
ok 'alignment 8' build_and_run packed g++ -std=c++17 -O2
ok 'alignment 64' build_and_run wide g++ -std=c++17 -O2
ok 'undefined behaviour and addresses' \
    build_and_run plain g++ -std=c++17 -O1 -fsanitize=undefined -fno-sanitize-recover=all
echo "1..$number"
exit $status
