//! A program, or with `--crate-type cdylib` a plugin, with a table named tokio as its global
//! allocator. The program loads the plugins that it is given, and each works in the middle of it.

mod allocator;

use allocator::Tokio;
use std::collections::{BTreeMap, HashMap};
use std::ffi::{c_char, c_int, c_void, CString};

#[global_allocator]
static GLOBAL: Tokio = Tokio;

type Work = extern "C" fn(Option<extern "C" fn() -> bool>) -> bool;

/// Fills collections, lets another work, and drops them; whether every block was of these pools.
#[no_mangle]
pub extern "C" fn work(inside: Option<extern "C" fn() -> bool>) -> bool {
    let texts: Vec<String> = (0..200).map(|i| "x".repeat(i + 1)).collect();
    let map: HashMap<usize, String> = texts.iter().cloned().enumerate().collect();
    let tree: BTreeMap<&String, Box<usize>> = texts.iter().zip((0..).map(Box::new)).collect();
    let inner = inside.is_none_or(|inside| inside());
    let owned = texts.iter().all(|text| Tokio::owns(text.as_ptr()))
        && map.values().all(|text| Tokio::owns(text.as_ptr()))
        && tree.values().all(|number| Tokio::owns(&**number));
    drop(tree);
    drop((map, texts));
    inner && owned && unsafe { Tokio::check() }
}

extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

const NOW_AND_GLOBAL: c_int = 0x102;

static mut PLUGIN: Option<Work> = None;

extern "C" fn work_of_plugin() -> bool {
    unsafe { PLUGIN }.is_some_and(|work| work(None))
}

#[allow(dead_code)] // in a plugin
fn main() {
    for path in std::env::args().skip(1) {
        let path = CString::new(path).unwrap();
        let found = unsafe { dlsym(dlopen(path.as_ptr(), NOW_AND_GLOBAL), c"work".as_ptr()) };
        assert!(!found.is_null(), "{path:?}");
        unsafe { PLUGIN = Some(std::mem::transmute::<*mut c_void, Work>(found)) };
        assert!(work(Some(work_of_plugin)), "beside {path:?}");
    }
}
