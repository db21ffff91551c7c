#!/bin/sh
# Small projects outside the tree, one for each build system, against an installed poolgen: TAP.
# POOLGEN names the binary, CARGO a cargo; CROSS_CC compiles for AArch64, and CROSS_RUN runs that. What is missing
# is skipped.
set -eu
cd "$(dirname "$0")/.."
. tests/tap.sh
# A consumer's make is not a part of ours: it must not inherit -s.
unset MAKEFLAGS MFLAGS MAKELEVEL
prefix=$work/prefix

# project NAME: a folder with a table and a program that says which pools it was built with.
project() {
    mkdir -p "$work/$1"
    cd "$work/$1" || exit 1
    cat >pools.yaml <<'END'
name: demo
pools:
  - {size: 16, initial_count: 100}
  - {size: 64, initial_count: 100}
END
    cat >main.c <<'END'
#include "allocator.h"
#include <stdio.h>

int main(void)
{
    void *const block = demo_alloc(20);
    const int owned = demo_owns(block);
    demo_free(block);
    printf("%d pools, %zu B, %s\n", DEMO_POOLS, DEMO_LARGEST, owned ? "owned" : "not owned");
    return 0;
}
END
}

add_pool() {
    echo '  - {size: 256, initial_count: 10}' >>pools.yaml
}

# same_time FILE FILE: neither is newer.
same_time() {
    ! [ "$1" -nt "$2" ] && ! [ "$2" -nt "$1" ]
}

# ---- installation

installed() {
    make -s install "PREFIX=$prefix"
    "$prefix/bin/poolgen" --version
    for file in pkgconfig/poolgen.pc poolgen/poolgen.mk cmake/poolgen/poolgen-config.cmake \
        cmake/poolgen/poolgen-config-version.cmake \
        bash-completion/completions/poolgen poolgen/meson.build.example \
        poolgen/build.zig.example poolgen/poolgen.schema.json; do
        test -f "$prefix/share/$file"
    done
}
ok 'make install' installed

export PKG_CONFIG_PATH=$prefix/share/pkgconfig
from_pkg_config() {
    test "$(pkg-config --variable=poolgen poolgen)" = "$prefix/bin/poolgen"
    test "$(pkg-config --modversion poolgen)" = "$("$prefix/bin/poolgen" --version | awk '{ print $NF }')"
}
ok pkg-config from_pkg_config

# ---- make

with_make() {
    project make
    cat >Makefile <<'END'
include $(shell pkg-config --variable=makefile poolgen)
CPPFLAGS := -Ibuild
app: main.o build/allocator.o
	$(CC) -o $@ $^
main.o: build/allocator.h
$(call poolgen_generate,pools.yaml,build/allocator.c)
END
    make
    test "$(./app)" = '2 pools, 64 B, owned'
    make | grep 'is up to date'

    # A table whose output is the same compiles the source again and nothing else.
    touch pools.yaml
    cp -p main.o kept.o
    make
    same_time main.o kept.o
    make | grep 'is up to date'

    add_pool
    make
    test "$(./app)" = '3 pools, 256 B, owned'
    make | grep 'is up to date'

    echo 'pools: twice' >>pools.yaml
    ! make
    test -f build/allocator.c
}
ok make with_make

make_without() { # OUTPUT
    project "make$1"
    echo 'emit: [rust, cpp, malloc]' >>pools.yaml
    cp "$work/make/Makefile" .
    make
    rm "build/allocator$1"
    make
    test -f "build/allocator$1"
    ./app
    make | grep 'is up to date'
}
for output in .h .hpp .rs -malloc.c; do
    ok "make, when only allocator$output was removed" make_without $output
done

# ---- CMake

write_cmake_lists() {
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(consumer C)
find_package(poolgen REQUIRED)
add_executable(app main.c)
poolgen_generate(TARGET app TABLE pools.yaml OUTPUT made/allocator.c)
END
}

with_cmake() { # GENERATOR
    project "cmake $1"
    write_cmake_lists
    cmake -G "$1" -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build
    test "$(build/app)" = '2 pools, 64 B, owned'
    cmake --build build | tee again
    ! grep -q Emitting again

    add_pool
    cmake --build build
    test "$(build/app)" = '3 pools, 256 B, owned'
    cmake --build build | tee again
    ! grep -q Emitting again

    # Another front end is another file: the table is read again.
    echo 'emit: [cpp]' >>pools.yaml
    cmake --build build
    test -f build/made/allocator.hpp

    # Each file comes back by itself, and then all is as it should be.
    for output in .h .hpp .c; do
        rm "build/made/allocator$output"
        cmake --build build
        test -f "build/made/allocator$output"
        build/app
        cmake --build build | tee again
        ! grep -q Emitting again
    done
}

# A version that is asked for: this one, a range, one too new, another major.
with_cmake_version() {
    project cmake-version
    version=$("$prefix/bin/poolgen" --version | awk '{ print $NF }')
    for wanted in "$version" "$version EXACT" "${version%.*}" "${version%.*}...999" '0.0.1...<1'; do
        write_cmake_lists
        sed -i "s/poolgen REQUIRED/poolgen $wanted REQUIRED/" CMakeLists.txt
        cmake -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    done
    for wanted in 0.999 999 "${version}.1 EXACT" '0.0.1...0.0.2' "0.0.1...<$version"; do
        write_cmake_lists
        sed -i "s/poolgen REQUIRED/poolgen $wanted REQUIRED/" CMakeLists.txt
        ! cmake -S . -B build "-DCMAKE_PREFIX_PATH=$prefix" 2>errors
        grep -q 'requested version' errors
    done
}

# A project of C++ alone, whose headers are precompiled and whose sources are joined.
with_cmake_cpp() { # GENERATOR
    project "cmake-cpp $1"
    echo 'emit: [cpp]' >>pools.yaml
    sed -e 's/allocator.h"/allocator.hpp"/' main.c >main.cpp
    printf '#include "allocator.hpp"\nvoid *other() { return demo_alloc(16); }\n' >other.cpp
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(consumer CXX)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_UNITY_BUILD ON)
find_package(poolgen REQUIRED)
add_executable(app main.cpp other.cpp)
target_precompile_headers(app PRIVATE <vector> <cstdio>)
poolgen_generate(TARGET app TABLE pools.yaml)
END
    cmake -G "$1" -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build
    test "$(build/app)" = '2 pools, 64 B, owned'
}

# The same of C, where the precompiled header is the allocator's own.
with_cmake_unity() { # GENERATOR
    project "cmake-unity $1"
    echo 'emit: [malloc]' >>pools.yaml
    printf '#include "allocator.h"\nvoid *other(void);\nvoid *other(void) { return demo_alloc(16); }\n' >other.c
    write_cmake_lists
    cat >>CMakeLists.txt <<'END'
target_sources(app PRIVATE other.c)
set_target_properties(app PROPERTIES UNITY_BUILD ON C_STANDARD 11 C_EXTENSIONS OFF)
target_precompile_headers(app PRIVATE <stdio.h> "${CMAKE_CURRENT_BINARY_DIR}/made/allocator.h")
END
    cmake -G "$1" -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build
    test "$(build/app)" = '2 pools, 64 B, owned'
}

# A target of the folder above.
with_cmake_subdirectory() { # GENERATOR
    project "cmake-sub $1"
    mkdir pools
    mv pools.yaml pools
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(consumer C)
add_executable(app main.c)
add_subdirectory(pools)
END
    printf 'find_package(poolgen REQUIRED)\npoolgen_generate(TARGET app TABLE pools.yaml)\n' >pools/CMakeLists.txt
    cmake -G "$1" -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build
    test "$(build/app)" = '2 pools, 64 B, owned'
    (cd pools && add_pool)
    cmake --build build
    test "$(build/app)" = '3 pools, 256 B, owned'
    rm build/pools/allocator.h
    cmake --build build
    cmake --build build | tee again
    ! grep -q Emitting again
}

# A library whose users include the header, and that is installed for others.
with_cmake_library() { # GENERATOR KIND
    project "cmake-lib $1 $2"
    printf '#include "allocator.h"\nvoid *get(void);\nvoid *get(void) { return demo_alloc(16); }\n' >get.c
    cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.16)
project(consumer C)
find_package(poolgen REQUIRED)
add_library(pools $2 get.c)
add_library(consumer::pools ALIAS pools)
poolgen_generate(TARGET pools TABLE pools.yaml)
add_executable(app main.c)
target_link_libraries(app PRIVATE consumer::pools)
install(TARGETS pools EXPORT pools DESTINATION lib)
install(EXPORT pools DESTINATION lib/cmake)
END
    if [ "$2" = SHARED ]; then
        echo 'target_compile_definitions(pools PUBLIC "DEMO_API=__attribute__((visibility(\"default\")))")' \
            >>CMakeLists.txt
    fi
    cmake -G "$1" -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build -j 2
    test "$(build/app)" = '2 pools, 64 B, owned'
}

# Two tables in one target, and one of them in another too; a build that was cleaned.
with_cmake_tables() { # GENERATOR
    project "cmake-tables $1"
    sed 's/demo/other/' pools.yaml >other.yaml
    sed -e 's/#include "allocator.h"/&\n#include "other.h"/' -e 's/demo_free(block);/& other_free(other_alloc(1));/' \
        main.c >both.c
    write_cmake_lists
    cat >>CMakeLists.txt <<'END'
add_executable(both both.c)
poolgen_generate(TARGET both TABLE pools.yaml OUTPUT second/allocator.c)
poolgen_generate(TARGET both TABLE other.yaml OUTPUT others/other.c)
END
    cmake -G "$1" -S . -B build "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build -j 2
    test "$(build/both)" = '2 pools, 64 B, owned'
    cmake --build build --target clean
    cmake --build build -j 2
    test "$(build/both)" = "$(build/app)"
}

with_given_executable() {
    project cmake-given
    write_cmake_lists
    sed -i "s|find_package.*|include($prefix/share/cmake/poolgen/poolgen-config.cmake)|" CMakeLists.txt
    cp "$prefix/bin/poolgen" ./tool
    cmake -S . -B build "-DPOOLGEN_EXECUTABLE=$PWD/tool"
    mv "$prefix/bin/poolgen" "$work/away"
    cmake --build build && good=true || good=false
    mv "$work/away" "$prefix/bin/poolgen"
    $good
    build/app
}

with_bad_table() {
    project cmake-bad
    write_cmake_lists
    echo 'unknown: 1' >>pools.yaml
    ! cmake -S . -B build "-DCMAKE_PREFIX_PATH=$prefix" 2>errors
    grep -q 'pools.yaml:5:1: error' errors
    grep -q 'not a good table' errors
}

if command -v cmake >/dev/null; then
    for generator in 'Unix Makefiles' Ninja; do
        if [ "$generator" = Ninja ] && ! command -v ninja >/dev/null; then
            skip 'CMake and ninja' 'no ninja'
            continue
        fi
        ok "CMake, $generator" with_cmake "$generator"
        ok "CMake, a project of C++ alone, joined and precompiled, $generator" with_cmake_cpp "$generator"
        ok "CMake, sources joined and precompiled, $generator" with_cmake_unity "$generator"
        ok "CMake, from a subdirectory, $generator" with_cmake_subdirectory "$generator"
        ok "CMake, several tables and targets, $generator" with_cmake_tables "$generator"
        ok "CMake, a library and its user, $generator" with_cmake_library "$generator" STATIC
        ok "CMake, a shared library and its user, $generator" with_cmake_library "$generator" SHARED
    done
    ok 'CMake asks for a version' with_cmake_version
    ok 'CMake with a given executable' with_given_executable
    ok 'CMake refuses a bad table' with_bad_table
else
    skip CMake 'no cmake'
fi

# ---- Meson

with_meson() {
    project meson
    { echo "project('consumer', 'c')"; cat "$prefix/share/poolgen/meson.build.example"; } >meson.build
    PATH=$prefix/bin:$PATH
    meson setup build
    meson compile -C build
    test "$(build/app)" = '2 pools, 64 B, owned'
    ninja -C build | grep -q 'no work to do'

    add_pool
    meson compile -C build
    test "$(build/app)" = '3 pools, 256 B, owned'
    ninja -C build | grep -q 'no work to do'

    rm build/allocator.h
    meson compile -C build
    ninja -C build | grep -q 'no work to do'
}

# All sources in one unit, in strict C, and headers of the system before the allocator.
with_meson_unity() {
    project meson-unity
    echo "project('consumer', 'c', default_options: ['c_std=c11', 'unity=on'])" >meson.build
    cat "$prefix/share/poolgen/meson.build.example" >>meson.build
    PATH=$prefix/bin:$PATH
    meson setup build
    meson compile -C build
    test "$(build/app)" = '2 pools, 64 B, owned'
}
if command -v meson >/dev/null && command -v ninja >/dev/null; then
    ok Meson with_meson
    ok 'Meson, sources joined' with_meson_unity
else
    skip Meson 'no meson'
fi

# ---- cargo: the files lie in src/, as README of examples/tokio says

with_cargo() {
    debian=$PWD/examples/tokio/debian.toml
    build=$(sed -n '/^\/\/! ```text$/,/^\/\/! ```$/p' examples/tokio/build.rs | sed -e '/```/d' -e 's|^//! \{0,1\}||')
    project cargo
    echo 'emit: [rust]' >>pools.yaml
    mkdir src
    printf '%s\n' "$build" >build.rs
    cat >Cargo.toml <<'END'
[package]
name = "consumer"
version = "0.1.0"
edition = "2021"
[build-dependencies]
cc = "1"
[workspace]
END
    cat >src/main.rs <<'END'
mod allocator;

#[global_allocator]
static GLOBAL: allocator::Demo = allocator::Demo;

fn main() {
    let text = String::from("in a pool");
    let owned = allocator::Demo::owns(text.as_ptr());
    println!("{} pools, {} B, owned: {owned}", allocator::POOLS, allocator::LARGEST);
}
END
    "$prefix/bin/poolgen" -o src/allocator.c pools.yaml
    test "$("$CARGO" run -q -j1 --config "$debian")" = '2 pools, 64 B, owned: true'
    sed -i '/size: 16/d' pools.yaml
    "$prefix/bin/poolgen" -o src/allocator.c pools.yaml
    test "$("$CARGO" run -q -j1 --config "$debian")" = '1 pools, 64 B, owned: true'
}
if [ -z "${CARGO:-}" ]; then
    skip cargo 'no cargo'
elif ! ls -d /usr/share/cargo/registry/cc-* >/dev/null 2>&1; then
    skip cargo 'no librust-cc-dev'
else
    ok cargo with_cargo
fi

# ---- a consumer, built for another machine: poolgen is this one's, the compiler makes the other's

# runs_there PROGRAM: only there, and there as it should.
runs_there() {
    readelf -h "$1" | grep 'Machine: *AArch64'
    # shellcheck disable=SC2086 # words
    test "$($CROSS_RUN "$1")" = '2 pools, 64 B, owned'
}

# A compiler of one word, and a folder of the other machine's, with a poolgen that does not run here.
other_machine() {
    mkdir -p "$work/other/bin"
    printf '#!/bin/sh\nexec %s "$@"\n' "$CROSS_CC" >"$work/other-cc"
    printf '#!/bin/sh\necho not of this machine >&2\nexit 126\n' >"$work/other/bin/poolgen"
    chmod +x "$work/other-cc" "$work/other/bin/poolgen"
}

# pkg-config looks at the other machine's files, so the makefile names this one.
cross_make() {
    project cross-make
    sed "s|^include .*|include $prefix/share/poolgen/poolgen.mk|" "$work/make/Makefile" >Makefile
    env PKG_CONFIG_LIBDIR="$work/other" PKG_CONFIG_PATH= make CC="$work/other-cc" "POOLGEN=$prefix/bin/poolgen"
    runs_there ./app
}

# A toolchain file that looks for everything in the other machine's folder.
cross_cmake() {
    project cross-cmake
    write_cmake_lists
    sed -i 's/find_package.*/find_package(poolgen REQUIRED NO_CMAKE_FIND_ROOT_PATH)/' CMakeLists.txt
    cat >toolchain.cmake <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER $work/other-cc)
set(CMAKE_FIND_ROOT_PATH $work/other)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
END
    cmake -S . -B build -DCMAKE_TOOLCHAIN_FILE=toolchain.cmake "-DCMAKE_MAKE_PROGRAM=$(command -v make)" \
        "-DCMAKE_PREFIX_PATH=$prefix"
    cmake --build build
    runs_there build/app
}

# A cross file that names the other machine's programs.
cross_meson() {
    project cross-meson
    { echo "project('consumer', 'c')"; cat "$prefix/share/poolgen/meson.build.example"; } >meson.build
    cat >cross.ini <<END
[binaries]
c = '$work/other-cc'
poolgen = '$work/other/bin/poolgen'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
    PATH=$prefix/bin:$PATH
    meson setup build --cross-file cross.ini
    meson compile -C build
    runs_there build/app
}

# The standard library of the other machine need not be there: the allocator is compiled before it is missed.
cross_cargo() {
    cd "$work/cargo"
    CC_aarch64_unknown_linux_gnu=$work/other-cc AR_aarch64_unknown_linux_gnu=ar \
        "$CARGO" build -q -j1 --target aarch64-unknown-linux-gnu --target-dir other --config "$cargo_config" || true
    library=$(find other -name liballocator.a)
    readelf -h "$library" | grep 'Machine: *AArch64'
}

if [ -n "${CROSS_CC:-}" ]; then
    other_machine
    ok 'make, for another machine' cross_make
    if command -v cmake >/dev/null; then
        ok 'CMake, for another machine' cross_cmake
    fi
    if command -v meson >/dev/null && command -v ninja >/dev/null; then
        ok 'Meson, for another machine' cross_meson
    fi
    cargo_config=$PWD/examples/tokio/debian.toml
    if [ -d "$work/cargo/src" ]; then
        ok 'cargo, for another machine' cross_cargo
    fi
else
    skip 'for another machine' 'no CROSS_CC'
fi

# ---- poolgen itself, built for another machine

# A compiler whose programs do not run here: the machine that they name is none.
foreign_compiler() {
    cat <<'END'
#!/bin/sh
gcc "$@" || exit
output=
for word; do
    case $word in -c) exit 0 ;; esac
    [ "$output" = next ] && output=$word && break
    [ "$word" = -o ] && output=next
done
printf '\376\377' | dd of="$output" bs=1 seek=18 conv=notrunc status=none
END
}

cross_built() {
    mkdir "$work/cross"
    cp -r Makefile gen templates "$work/cross"
    cd "$work/cross"
    foreign_compiler >foreign-cc
    chmod +x foreign-cc
    make -s poolgen CC="$PWD/foreign-cc" VARIANT=debug
    test -f build/debug/poolgen
    ! build/debug/poolgen --version
}
ok 'poolgen, built for another machine' cross_built

# ---- bash completion

complete_with_bash() {
    bash -c '
        source /usr/share/bash-completion/bash_completion
        source "$1/share/bash-completion/completions/poolgen"
        cd "$2/make" || exit
        PATH=$1/bin:$PATH
        # offers WORD COMMAND LINE...: the completion of the line has the word.
        offers() {
            local wanted=$1
            shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
            COMPREPLY=()
            _poolgen
            printf "%s\n" "${COMPREPLY[@]}" | grep -qx -e "$wanted" && return
            echo "no $wanted for: $*"
            exit 1
        }
        offers pools.yaml poolgen poo
        offers --prefix poolgen --pre
        offers release= poolgen --set rel
        offers manual poolgen --set release=m
        offers none poolgen --set=budget=
        offers pools.yaml poolgen -q poo
        offers -- poolgen record -
        offers --budget poolgen tune --b
        offers --weigh poolgen tune --w
        offers memory poolgen tune --weigh m
        offers text poolgen report --format t
        offers --format poolgen report --f
        for option in $("$1/bin/poolgen" --help | grep -oE -e "--[a-z]+(-[a-z]+)*" | sort -u); do
            offers "$option" poolgen "$option"
        done
    ' bash "$prefix" "$work"
}
if [ -r /usr/share/bash-completion/bash_completion ]; then
    ok 'bash completion' complete_with_bash
else
    skip 'bash completion' 'no bash-completion'
fi

finish
