#!/bin/sh
# The C++ front end in every dialect and with both compilers: TAP. POOLGEN names the binary.
set -eu
cd "$(dirname "$0")"
. ./tap.sh

warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Werror'

# build_and_run FOLDER COMPILER FLAGS...
build_and_run() {
    folder=$work/$1
    compiler=$2
    shift 2
    # shellcheck disable=SC2086  # a list of words
    "$compiler" "$@" $warnings "-I$folder" test_cpp.cpp "$folder/allocator.o" -pthread \
        -o "$folder/test" && "$folder/test"
}

emit cpp plain
emit cpp packed 'alignment: 8' 'stats: counters'
emit cpp wide 'alignment: 64'
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
finish
