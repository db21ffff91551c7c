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

# A table for chips under containers, which ask for no more than its pools have.
on_a_chip() {
    cat >"$work/chip.cpp" <<'END'
#include "allocator.hpp"
#include <map>
#include <vector>
int main()
{
    std::map<int, int, std::less<int>, tokio::allocator<std::pair<const int, int>>> map;
    std::pmr::vector<int> vector(tokio::resource());
    for (int i = 0; i < 500; i++) {
        map[i] = i;
        vector.push_back(map[i / 2]);
    }
    tokio_stats_t stats;
    tokio_stats(&stats);
    const auto &nodes = stats.pools[tokio_good_size(40) == 64 ? 3 : 2];
    return vector[499] == 249 && nodes.carved >= 500 && nodes.least_free + nodes.carved == nodes.initial_count ? 0 : 1;
}
END
    # shellcheck disable=SC2086
    "$1" -std=c++17 -O2 $warnings "-I$work/chip" "$work/chip.cpp" "$work/chip/allocator.o" -o "$work/chip/test" &&
        "$work/chip/test"
}

emit cpp plain
emit cpp chip 'target: [bare]'
emit cpp packed 'alignment: 8' 'stats: counters'
emit cpp wide 'alignment: 64'
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    ok "$compiler for a chip" on_a_chip "$compiler"
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

# ---- what a strict project asks of headers

# Casts in C++'s own words, no null that is a zero, nothing shadowed or lost.
strict() {
    cat >"$work/strict.cpp" <<'END'
#include "allocator.hpp"
int main()
{
    tokio_free_sized(tokio_alloc(64), 64);
    return TOKIO_LARGEST == 8192 ? 0 : 1;
}
END
    # shellcheck disable=SC2086
    "$@" -std=c++17 -O2 $warnings -Wold-style-cast -Wcast-qual -Wzero-as-null-pointer-constant \
        -Wextra-semi -Wmissing-declarations -Wnon-virtual-dtor -Woverloaded-virtual -DTOKIO_REPLACE_NEW \
        "-I$work/plain" "$work/strict.cpp" "$work/plain/allocator.o" -o "$work/strict" && "$work/strict"
}

# Arguments with commas, which macros of named parameters would take apart.
with_commas() {
    cat >"$work/commas.cpp" <<'END'
#include "allocator.hpp"
template <class T, int count> struct pool {
    static constexpr std::size_t size = sizeof(T) * count;
};
template <class T, class U> T *as(U *ptr) { return static_cast<T *>(ptr); }
int main()
{
    int *const block = static_cast<int *>(tokio_alloc(pool<int, 16>::size));
    const bool good = tokio_usable_size(block) == 64;
    tokio_free_sized(as<void, int>(block), pool<int, 16>::size);
    std::size_t size = 63;
    void *const again = tokio_alloc((size++, size));
    tokio_free_sized(again, (size--, size));
    return good && size == 63 ? 0 : 1;
}
END
    g++ -std=c++17 "$1" "-I$work/plain" "$work/commas.cpp" "$work/plain/allocator.o" -o "$work/commas" &&
        "$work/commas"
}
ok 'no old-style cast and the like, g++' strict g++ -Wuseless-cast
if command -v clang++ >/dev/null; then
    ok 'no old-style cast and the like, clang++' strict clang++ -Wshorten-64-to-32 -Wcomma \
        -Wundefined-reinterpret-cast
fi
ok 'arguments with commas, -O0' with_commas -O0
ok 'arguments with commas, -O2' with_commas -O2

# ---- two copies in one process

# A visible class of a library that holds a container of ours has our trouble, and g++ says so,
# unless the library's copy has a name, or the class is hidden, or it is no library.
says_so() { # HOW OFTEN, FLAGS...
    cat >"$work/visible.cpp" <<'END'
#include "allocator.hpp"
#include <vector>
struct visible {
    std::vector<int, tokio::allocator<int>> numbers;
};
int main() { return static_cast<int>(visible().numbers.size()); }
END
    times=$1
    shift
    g++ -std=c++17 -Wall "$@" "-I$work/plain" -c -o "$work/visible.o" "$work/visible.cpp" 2>"$work/said"
    test "$(grep -c Wattributes "$work/said")" = "$times"
}
ok 'g++ points at a visible class with a container' says_so 1 -fPIC
ok 'but not where the copy has a name' says_so 0 -fPIC -DTOKIO_COPY=mine
ok 'nor where the class is hidden' says_so 0 -fPIC -fvisibility=hidden
ok 'nor in a program' says_so 0 -fPIE

copies=$work/copies
mkdir "$copies"
cc -std=c11 -O2 -fPIC -c -o "$work/plain/pic.o" "$work/plain/allocator.c"
g++ -std=c++17 -O1 test_cpp_copies.cpp -o "$work/host" -ldl

# build_copy NAME COMPILER FLAGS...
build_copy() {
    library=$copies/$1.so
    shift
    "$@" -std=c++17 -fPIC -shared "-I$work/plain" test_cpp_copy.cpp "$work/plain/pic.o" -o "$library"
}

# The library loaded before every other, after it, and at the start. Two that name their copies have
# two names, so such a one does not stand beside itself.
beside_every() {
    one=$copies/$1.so
    cp "$one" "$copies/itself"
    for other in "$copies/itself" "$copies"/*.so; do
        case $other in "$one") continue ;; */itself) case $1 in *COPY*) continue ;; esac ;; esac
        "$work/host" "$other" "$one" && LD_PRELOAD=$one "$work/host" "$other" "$one" || {
            echo "with $other"
            return 1
        }
    done
}

plugs_in_every() { # FLAGS...
    g++ "$@" -std=c++17 -DPROGRAM -rdynamic "-I$work/plain" test_cpp_copies.cpp test_cpp_copy.cpp \
        "$work/plain/allocator.o" -o "$work/program"
    for plugin in "$copies"/*.so; do
        "$work/program" "$plugin" || { echo "with $plugin"; return 1; }
    done
}

# What it does not inline of std's own helpers of nested containers g++ shows: such a library hides
# inline functions, names its copy, or has plain elements only.
names=
while read -r compiler flags; do
    command -v "$compiler" >/dev/null || continue
    for visibility in default hidden; do
        name=$(echo "$compiler $flags $visibility" | tr ' ' _)
        case $flags in *COPY=*) flags="${flags%%COPY=*}COPY=copy_$visibility" ;; esac
        # shellcheck disable=SC2086
        build_copy "$name" "$compiler" $flags "-fvisibility=$visibility"
        names="$names $name"
    done
done <<'END'
g++ -O0 -DTOKIO_COPY=copy_
g++ -O0 -fvisibility-inlines-hidden
g++ -O0 -DPLAIN_ELEMENTS
g++ -Og -fvisibility-inlines-hidden
g++ -Os
g++ -O1
g++ -O2
g++ -O2 -DTOKIO_REPLACE_NEW
g++ -O2 -flto
g++ -O3
clang++ -O0
clang++ -O2
clang++ -O2 -DTOKIO_REPLACE_NEW
END
for name in $names; do
    ok "beside other libraries with the same table: $name" beside_every "$name"
done
while read -r flags; do
    # shellcheck disable=SC2086
    ok "a program that shows its symbols, and plugins with the same table: $flags" plugs_in_every $flags
done <<'END'
-O0 -DTOKIO_COPY=program
-O0 -fvisibility-inlines-hidden
-O0 -DPLAIN_ELEMENTS
-O2
-O2 -no-pie
-O3 -flto
END

exported() { # LEVEL OF THE LIBRARY, OF ITS USER, VISIBILITY
    api='-DTOKIO_API=__attribute__((visibility("default")))'
    cc -std=c11 "$1" -fPIC "$api" -c -o "$work/exported.o" "$work/plain/allocator.c"
    g++ -std=c++17 "$1" -fPIC "-fvisibility=$3" "$api" -DLIBRARY -shared "-I$work/plain" \
        test_cpp_exported.cpp "$work/exported.o" -o "$work/libexported.so"
    g++ -std=c++17 "$2" "-fvisibility=$3" "$api" "-I$work/plain" test_cpp_exported.cpp \
        "$work/libexported.so" -o "$work/exported"
    "$work/exported"
}
for visibility in default hidden; do
    ok "a library that exports and its user share containers: -O0, -O2, $visibility" exported -O0 -O2 $visibility
    ok "a library that exports and its user share containers: -O2, -O0, $visibility" exported -O2 -O0 $visibility
done
finish
