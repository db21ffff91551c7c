#!/bin/sh
# The Zig front end: TAP. POOLGEN names the binary, ZIG a Zig; without one every test is skipped.
set -eu
cd "$(dirname "$0")"
. ./tap.sh

if ! "${ZIG:=zig}" version >/dev/null 2>&1; then
    echo '1..0 # SKIP no Zig'
    exit 0
fi
ZIG_GLOBAL_CACHE_DIR=$work/cache ZIG_LOCAL_CACHE_DIR=$work/cache
export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR

# build_and_run FOLDER FLAGS...
build_and_run() {
    folder=$work/$1
    shift
    cp test_zig.zig "$folder/test_zig.zig"
    stats_layout "$folder"
    "$ZIG" test "$@" -lc "$folder/test_zig.zig" "$folder/allocator.o" "$folder/layout.o"
}

# A source made from another table must not link.
link_other() {
    ! "$ZIG" test -lc "$work/plain/test_zig.zig" "$work/packed/allocator.o" "$work/plain/layout.o" &&
        grep -q tokio_table "$work/log"
}

# The program of another module, with threads that share blocks.
threads() {
    cp test_zig_threads.zig "$work/plain/"
    "$ZIG" run -O ReleaseFast -lc "$work/plain/test_zig_threads.zig" "$work/plain/allocator.o"
}

# A free says the size and alignment, which a hardened table compares: MEMORY is what the program frees.
wrong_free() { # TABLE MEMORY SAID
    cat >"$work/$1/wrong.zig" <<END
const tokio = @import("allocator.zig");
pub fn main() !void {
    const memory = try tokio.allocator.alloc(u8, 40);
    tokio.allocator.free($2);
}
END
    ! "$ZIG" run -lc "$work/$1/wrong.zig" "$work/$1/allocator.o" && grep -q "tokio: $3 of 0x" "$work/log"
}

# A project outside of the tree, built as share/build.zig.example says, with the libc that Zig brings: it
# does not find every system's own.
project() {
    mkdir -p "$work/project/bin"
    ln -s "$POOLGEN" "$work/project/bin/poolgen"
    cd "$work/project"
    cp "$work/plain/pools.yaml" .
    cp "$share/build.zig.example" build.zig
    cat >main.zig <<'END'
const tokio = @import("allocator.zig");
pub fn main() !void {
    const numbers = try tokio.allocator.alloc(u32, 100);
    defer tokio.allocator.free(numbers);
    if (!tokio.owns(numbers.ptr)) return error.Elsewhere;
}
END
    PATH=$PWD/bin:$PATH "$ZIG" build -Dtarget=x86_64-linux-gnu
    zig-out/bin/server
    sed -i 's/size: 8192,/size: 16384,/' pools.yaml # the second run emits anew
    PATH=$PWD/bin:$PATH "$ZIG" build -Dtarget=x86_64-linux-gnu
    grep -q 'largest: usize = 16384' allocator.zig
    zig-out/bin/server
}

share=$PWD/../share
emit zig plain
emit zig counting 'stats: counters'
emit zig packed 'alignment: 8'
emit zig wide 'alignment: 64'
emit zig chip 'target: [bare]' 'stats: counters'
emit zig single 'threads: none' 'oversize: os'
emit zig check 'harden: check'
emit zig full 'harden: full' 'oversize: os'
ok 'debug' build_and_run plain
ok 'fast' build_and_run plain -O ReleaseFast
ok 'counters' build_and_run counting
ok 'alignment 8' build_and_run packed
ok 'alignment 64' build_and_run wide
ok 'one thread, own mappings' build_and_run single
ok 'a chip' build_and_run chip --test-filter layout
ok 'hardened in full' build_and_run full
ok 'hardened, more than the block' wrong_free check 'memory.ptr[0..100]' 'free with size 100'
ok 'hardened in full, less than the request' wrong_free full 'memory[0..30]' 'free with size 30'
ok 'another table does not link' link_other
ok 'threads' threads
ok 'a project with build.zig' project
ok 'in its own style' "$ZIG" fmt --check "$work/plain/allocator.zig" "$work/counting/allocator.zig"
finish
