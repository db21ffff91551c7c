//! The unit struct as `GlobalAlloc`, which frees by layout alone.
#![no_std]

mod allocator;

use core::alloc::{GlobalAlloc, Layout};

static POOLS: allocator::Crimes = allocator::Crimes;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

unsafe fn layout(size: usize, alignment: usize) -> Layout {
    unsafe { Layout::from_size_align_unchecked(size, alignment) }
}

#[no_mangle]
unsafe extern "C" fn rust_alloc(size: usize) -> *mut u8 {
    unsafe { POOLS.alloc(layout(size, 1)) }
}

#[no_mangle]
unsafe extern "C" fn rust_calloc(count: usize, size: usize) -> *mut u8 {
    unsafe { POOLS.alloc_zeroed(layout(count * size, 1)) }
}

#[no_mangle]
unsafe extern "C" fn rust_aligned_alloc(alignment: usize, size: usize) -> *mut u8 {
    unsafe { POOLS.alloc(layout(size, alignment)) }
}

#[no_mangle]
unsafe extern "C" fn rust_free_sized(block: *mut u8, size: usize) {
    unsafe { POOLS.dealloc(block, layout(size, 1)) }
}

#[no_mangle]
unsafe extern "C" fn rust_free_aligned_sized(block: *mut u8, alignment: usize, size: usize) {
    unsafe { POOLS.dealloc(block, layout(size, alignment)) }
}
