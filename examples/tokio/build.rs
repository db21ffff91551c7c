//! Compiles the vendored allocator. In a crate of your own, where allocator.c lies in src/, this
//! is the whole file:
//!
//! ```text
//! fn main() {
//!     println!("cargo:rerun-if-changed=src/allocator.c");
//!     println!("cargo:rerun-if-changed=src/allocator.h");
//!     cc::Build::new()
//!         .file("src/allocator.c")
//!         .opt_level(2)
//!         .flag_if_supported("-ftls-model=initial-exec")
//!         .compile("allocator");
//! }
//! ```

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_POOLGEN").is_none() {
        return;
    }
    let table = match env::var_os("CARGO_FEATURE_SERVER_TABLE") {
        Some(_) => "tokio-server",
        None => "tokio",
    };
    let folder = Path::new("../../out").join(table);
    for name in ["allocator.c", "allocator.h"] {
        println!("cargo:rerun-if-changed={}", folder.join(name).display());
    }
    cc::Build::new()
        .file(folder.join("allocator.c"))
        .opt_level(2) // also in a debug build: an allocator is nobody's to step through
        .flag_if_supported("-ftls-model=initial-exec")
        .compile("allocator");
}
