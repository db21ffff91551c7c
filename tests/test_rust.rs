//! Rust's own collections and threads on the Rust front end of a table named tokio. Built by
//! test_rust.sh with `rustc --test` beside the emitted allocator.rs.

mod allocator;

use allocator::Tokio;
use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, GlobalAlloc, Layout};
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static GLOBAL: Tokio = Tokio;

/// Sizes around every boundary of a pool, and beyond the largest.
fn sizes() -> Vec<usize> {
    let powers = (0..17).map(|shift| 1usize << shift);
    let mut sizes: Vec<usize> = powers.flat_map(|size| [size - 1, size, size + 1]).collect();
    sizes.retain(|&size| size > 0);
    sizes.push(1 << 20);
    sizes
}

fn fill(ptr: *mut u8, size: usize) {
    for at in 0..size {
        unsafe { ptr.add(at).write(at as u8) };
    }
}

fn is_filled(ptr: *mut u8, size: usize) -> bool {
    (0..size).all(|at| unsafe { ptr.add(at).read() } == at as u8)
}

#[test]
fn it_is_the_global_allocator() {
    let text = String::from("a string of more than no bytes");
    assert!(Tokio::owns(text.as_ptr()));
    assert!(!Tokio::owns("a literal".as_ptr()));
    assert!(!Tokio::owns(std::ptr::null::<u8>()));
}

#[test]
fn every_size_with_every_alignment() {
    for align in (0..17).map(|shift| 1usize << shift) {
        for size in sizes() {
            let layout = Layout::from_size_align(size, align).unwrap();
            let ptr = unsafe { alloc(layout) };
            assert!(!ptr.is_null() && ptr as usize % align == 0, "{layout:?} at {ptr:?}");
            assert!(unsafe { Tokio::usable_size(ptr) } >= size);
            fill(ptr, size);
            assert!(is_filled(ptr, size));
            unsafe { dealloc(ptr, layout) };
        }
    }
}

#[test]
fn realloc_keeps_contents_and_alignment() {
    for align in [1, 8, 16, 64, 128, 4096] {
        for old in sizes() {
            for new in [1, 8, 17, 128, 500, 8192, 8193, 70_000] {
                let layout = Layout::from_size_align(old, align).unwrap();
                let ptr = unsafe { alloc(layout) };
                fill(ptr, old);
                let ptr = unsafe { realloc(ptr, layout, new) };
                assert!(!ptr.is_null() && ptr as usize % align == 0, "{layout:?} to {new}");
                assert!(is_filled(ptr, old.min(new)), "{layout:?} to {new}");
                unsafe { dealloc(ptr, Layout::from_size_align(new, align).unwrap()) };
            }
        }
    }
}

#[test]
fn zeroed_memory_is_zero_also_when_it_was_used() {
    for align in [1, 16, 128] {
        for size in sizes() {
            let layout = Layout::from_size_align(size, align).unwrap();
            for _ in 0..3 {
                let ptr = unsafe { alloc_zeroed(layout) };
                let bytes = unsafe { std::slice::from_raw_parts(ptr, size) };
                assert!(ptr as usize % align == 0 && bytes.iter().all(|&byte| byte == 0));
                unsafe { ptr.write_bytes(0xAA, size) };
                unsafe { dealloc(ptr, layout) };
            }
        }
    }
}

#[test]
fn a_request_that_cannot_be_met_is_null() {
    let layout = Layout::from_size_align(isize::MAX as usize - 4095, 16).unwrap();
    assert!(unsafe { GLOBAL.alloc(layout) }.is_null());
    assert!(unsafe { GLOBAL.alloc_zeroed(layout) }.is_null());
    assert!(Vec::<u8>::new().try_reserve_exact(layout.size()).is_err());

    let small = Layout::from_size_align(100, 16).unwrap();
    let ptr = unsafe { GLOBAL.alloc(small) };
    fill(ptr, 100);
    assert!(unsafe { GLOBAL.realloc(ptr, small, layout.size()) }.is_null());
    assert!(is_filled(ptr, 100), "a failed realloc leaves the block");
    unsafe { GLOBAL.dealloc(ptr, small) };
}

#[test]
fn collections() {
    let mut map = HashMap::new();
    let mut tree = BTreeMap::new();
    let mut queue = VecDeque::new();
    let mut heap = BinaryHeap::new();
    for i in 0..20_000u64 {
        let key = i * 7919 % 20_000;
        map.insert(key, key.to_string());
        tree.insert(key, vec![key; key as usize % 50]);
        queue.push_back(Box::new(key));
        heap.push(key);
        if queue.len() > 1000 {
            queue.pop_front();
        }
    }
    assert!((0..20_000).all(|key| map[&key] == key.to_string()));
    assert!(tree.iter().enumerate().all(|(i, (&key, row))| key == i as u64 && row.len() == i % 50));
    assert_eq!(queue.iter().map(|key| **key).collect::<Vec<_>>().len(), 1000);
    assert_eq!(heap.into_sorted_vec(), (0..20_000).collect::<Vec<_>>());
}

#[test]
fn strings_travel_between_threads() {
    let (sender, receiver) = mpsc::channel::<String>();
    let senders: Vec<_> = (0..4)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || {
                for i in 0..5000 {
                    sender.send(format!("{thread} {}", "x".repeat(i % 700))).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let bytes: usize = receiver.iter().map(|text| text.len()).sum();
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    assert_eq!(bytes, 4 * (0..5000).map(|i| i % 700 + 2).sum::<usize>());
}

#[test]
fn blocks_outlive_their_threads() {
    let shared = Arc::new(Mutex::new(Vec::new()));
    for round in 0..200 {
        let shared = shared.clone();
        let thread = thread::spawn(move || shared.lock().unwrap().push(vec![round; 300]));
        thread.join().unwrap();
    }
    let vectors = shared.lock().unwrap();
    assert!(vectors.iter().enumerate().all(|(round, vector)| vector == &vec![round; 300]));
}

#[test]
fn figures_and_the_rest() {
    let kept: Vec<Box<[u8; 60]>> = (0..100).map(|_| Box::new([1; 60])).collect();
    let stats = Tokio::stats();
    assert_eq!(stats.pool_count, allocator::POOLS);
    assert!(stats.bytes_committed > 0 && stats.bytes_reserved >= stats.bytes_committed);
    assert!(stats.pools.is_sorted_by_key(|pool| pool.size));
    assert_eq!(stats.pools[allocator::POOLS - 1].size, allocator::LARGEST);
    let pool = stats.pools.iter().find(|pool| pool.size >= 60).unwrap();
    assert!(pool.carved >= kept.len() && pool.carved <= pool.initial_count);

    assert_eq!(Tokio::good_size(60), pool.size);
    assert_eq!(Tokio::good_size(allocator::LARGEST), allocator::LARGEST);
    Tokio::thread_flush();
    Tokio::trim();
    assert!(kept.iter().all(|block| **block == [1; 60]));
}

/// The structs that the C function fills, as its compiler sees them: bytes of both, and where the
/// last members lie.
#[test]
fn figures_lie_where_the_header_has_them() {
    use allocator::{TokioPoolStats as Pool, TokioStats as Stats};
    use std::mem::{offset_of, size_of};
    unsafe extern "C" {
        static stats_layout: [usize; 6];
    }
    let ours = [
        size_of::<Stats>(),
        offset_of!(Stats, bytes_committed),
        offset_of!(Stats, bytes_retained),
        offset_of!(Stats, pools),
        size_of::<Pool>(),
        offset_of!(Pool, fallbacks),
    ];
    assert_eq!(ours, unsafe { stats_layout });
}

#[test]
fn idle_gives_back_what_a_burst_left() {
    const MOST: usize = 16 << 20;
    let burst: Vec<Box<[u8; 1000]>> = (0..65_536).map(|_| Box::new([1; 1000])).collect();
    assert!(Tokio::stats().bytes_committed >= 4 * MOST);
    drop(burst);
    let end = Instant::now() + Duration::from_secs(20);
    let mut steps = 0;
    while steps == 0 || Tokio::stats().bytes_retained > MOST {
        assert!(Instant::now() < end, "{steps} steps, {:?}", Tokio::stats());
        while Tokio::idle() {
            steps += 1;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(counters)]
#[test]
fn counters() {
    let before = Tokio::stats();
    for i in 0..10_000 {
        std::hint::black_box(vec![0u8; i % 4000 + 1]);
    }
    let after = Tokio::stats();
    let allocs = |stats: &allocator::TokioStats| stats.pools.iter().map(|pool| pool.allocs).sum::<u64>();
    assert!(allocs(&after) - allocs(&before) >= 10_000);
    for pool in after.pools {
        assert!((0.0..=1.0).contains(&pool.reuse_rate()), "{pool:?}");
    }
}
