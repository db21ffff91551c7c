#!/bin/sh
# The Rust front end in both editions: TAP. POOLGEN names the binary, CARGO a cargo beside which
# rustc and its companions lie; without Rust 1.82 or newer every test is skipped.
set -eu
cd "$(dirname "$0")"
. ./tap.sh

tools=$(dirname "${CARGO:-$(command -v cargo || echo /)}")
if ! "$tools/rustc" --version 2>/dev/null | awk -F'[ .]' '{ exit !($2 > 1 || $3 >= 82) }'; then
    echo '1..0 # SKIP no Rust 1.82 or newer'
    exit 0
fi

# build_and_run FOLDER EDITION FLAGS...
build_and_run() {
    folder=$work/$1
    edition=$2
    shift 2
    cp test_rust.rs "$folder/test_rust.rs"
    "$tools/rustc" --test --edition "$edition" -D warnings "$@" -C opt-level=1 \
        -C "link-arg=$folder/allocator.o" -C "link-arg=$folder/layout.o" -o "$folder/test" \
        "$folder/test_rust.rs" && "$folder/test"
}

# A library without std, all of whose documentation must be there.
build_no_std() {
    printf '%s\n' '#![no_std]' '#![deny(missing_docs, warnings)]' '//! Nothing else.' \
        'pub mod allocator;' >"$work/plain/lib.rs"
    "$tools/rustc" --crate-type lib --edition "$1" -o "$work/plain/lib.rlib" "$work/plain/lib.rs"
}

lint() {
    echo 'pub mod allocator;' >"$work/$1/lib.rs"
    "$tools/clippy-driver" --crate-type lib --edition 2024 -D warnings -D clippy::all \
        -o "$work/$1/lib.rlib" "$work/$1/lib.rs"
}

# A source made from another table must not link.
link_other() {
    ! "$tools/rustc" --test --edition 2021 -C "link-arg=$work/packed/allocator.o" -C "link-arg=$work/plain/layout.o" \
        -o "$work/plain/other" "$work/plain/test_rust.rs" &&
        grep -q tokio_table "$work/log"
}

# Programs that show their symbols, and plugins with the same table, in Rust and in C.
copies() {
    folder=$work/plain
    cp test_rust_copy.rs "$folder"
    cc -std=c11 -O2 -fPIC -c -o "$folder/pic.o" "$folder/allocator.c"
    cp "$folder/allocator.h" "$folder/config-tokio.h"
    cc -std=c11 -O2 -fPIC -shared "-I$folder" -o "$folder/c.so" emitted/links/copy.c "$folder/pic.o"
    for level in 0 3; do
        build="$tools/rustc --edition 2021 -C opt-level=$level -C link-arg=$folder/pic.o $folder/test_rust_copy.rs"
        $build --crate-type cdylib -o "$folder/rust$level.so"
        $build -C link-arg=-rdynamic -o "$folder/program$level"
    done
    for level in 0 3; do
        "$folder/program$level" "$folder/rust0.so" "$folder/c.so" "$folder/rust3.so"
    done
    cc -std=c11 -O2 -rdynamic -DPROGRAM "-I$folder" -o "$folder/c" emitted/links/copy.c "$folder/allocator.o" -ldl
    "$folder/c" "$folder/rust0.so"
    "$folder/c" "$folder/rust3.so"
}

# A table for chips: its blocks, and figures that lie where the header has them.
on_a_chip() {
    folder=$work/chip
    cat >"$folder/main.rs" <<'END'
mod allocator;
use core::alloc::{GlobalAlloc, Layout};
use core::mem::{offset_of, size_of};

extern "C" {
    static stats_layout: [usize; 6];
}

fn main() {
    type Stats = allocator::TokioStats;
    type Pool = allocator::TokioPoolStats;
    let here = [
        size_of::<Stats>(),
        offset_of!(Stats, bytes_committed),
        offset_of!(Stats, bytes_retained),
        offset_of!(Stats, pools),
        size_of::<Pool>(),
        offset_of!(Pool, fallbacks),
    ];
    assert_eq!(here, unsafe { stats_layout });
    let layout = Layout::from_size_align(100, 64).unwrap();
    let block = unsafe { allocator::Tokio.alloc_zeroed(layout) };
    assert!(!block.is_null() && block as usize % 64 == 0);
    unsafe { allocator::Tokio.dealloc(block, layout) };
    let large = Layout::from_size_align(1 << 20, 8).unwrap();
    assert!(unsafe { allocator::Tokio.alloc(large) }.is_null());
    let stats = allocator::Tokio::stats();
    assert_eq!((stats.oversize, stats.pools[4].allocs, stats.pools[4].least_free), (1, 1, 1999));
}
END
    "$tools/rustc" --edition 2021 -D warnings -C "link-arg=$folder/allocator.o" -C "link-arg=$folder/layout.o" \
        -o "$folder/main" "$folder/main.rs" && "$folder/main"
}

emit rust plain
emit rust counting 'stats: counters'
emit rust packed 'alignment: 8'
emit rust single 'threads: none'
emit rust chip 'target: [bare]' 'stats: counters'
for folder in plain counting packed chip; do stats_layout "$work/$folder"; done
"$POOLGEN" -q --prefix a_prefix_of_thirty_one_letters_ -o "$work/single/long.c" \
    "$work/single/pools.yaml"
for edition in 2021 2024; do
    ok "collections and threads, edition $edition" \
        build_and_run plain $edition
    ok "without std, edition $edition" build_no_std $edition
done
ok 'counters' build_and_run counting 2021 --cfg counters
ok 'alignment 8' build_and_run packed 2021
ok 'a chip' on_a_chip
ok 'another table does not link' link_other
ok 'programs and plugins with the same table' copies
if [ -x "$tools/clippy-driver" ]; then
    ok clippy lint plain
    ok 'clippy, with counters' lint counting
    ok 'clippy, without threads' lint single
fi
if [ -x "$tools/rustfmt" ]; then
    ok rustfmt "$tools/rustfmt" --check --edition 2024 "$work/plain/allocator.rs" \
        "$work/counting/allocator.rs" "$work/single/long.rs"
fi
finish
