// What a program in Rust can do to its blocks where it is unsafe: see bugs.h.
mod allocator;

#[global_allocator]
static GLOBAL: allocator::Tokio = allocator::Tokio;

use std::hint::black_box;

fn write_past_a_vector() {
    let mut vector = black_box(vec![1u8; 33]);
    unsafe { vector.as_mut_ptr().add(33).write_volatile(1) };
}

fn read_after_drop() {
    let boxed = Box::into_raw(Box::new([7u64; 20]));
    drop(unsafe { Box::from_raw(boxed) });
    black_box(unsafe { boxed.cast::<u64>().add(10).read_volatile() });
}

fn data_of_a_vector_that_grew() {
    let mut vector = black_box(vec![1u64; 4]);
    let data = vector.as_mut_ptr();
    vector.reserve_exact(1000);
    unsafe { data.add(1).write_volatile(1) };
}

fn drop_twice() {
    let boxed = Box::into_raw(Box::new([7u64; 20]));
    drop(unsafe { Box::from_raw(boxed) });
    drop(unsafe { Box::from_raw(black_box(boxed)) });
}

fn well() {
    let mut strings: Vec<String> = (0..500).map(|i| "x".repeat(i)).collect();
    strings.sort();
    let threads: Vec<_> = (0..4).map(|i| std::thread::spawn(move || vec![i; 1000])).collect();
    for thread in threads {
        strings.push(format!("{:?}", thread.join().unwrap().len()));
    }
    assert_eq!(strings.len(), 504);
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("write-past-a-vector") => write_past_a_vector(),
        Some("read-after-drop") => read_after_drop(),
        Some("data-of-a-vector-that-grew") => data_of_a_vector_that_grew(),
        Some("drop-twice") => drop_twice(),
        _ => well(),
    }
}
