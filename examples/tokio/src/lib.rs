//! What all programs of this package share: the global allocator, chosen by a cargo feature, the
//! runtime, whose threads give idle memory back where they park, and a report of what the process
//! has used so far.

#[cfg(all(feature = "poolgen", feature = "system"))]
compile_error!("choose one allocator: --no-default-features --features system");

// In a crate of your own allocator.rs lies in src/, and `mod allocator;` needs no path.
#[cfg(all(feature = "poolgen", not(feature = "server-table")))]
#[path = "../../../out/tokio/allocator.rs"]
mod allocator;
#[cfg(all(feature = "poolgen", not(feature = "server-table")))]
use allocator::Tokio as Pools;

#[cfg(feature = "server-table")]
#[path = "../../../out/tokio-server/allocator.rs"]
mod allocator;
#[cfg(feature = "server-table")]
use allocator::TokioServer as Pools;

#[cfg(feature = "poolgen")]
#[global_allocator]
static GLOBAL: Pools = Pools;

use serde_json::{json, Value};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Steps of giving back before a thread parks, at most: each may take as long as the system takes for
/// 1 MiB, for which a task that comes just then may have to wait.
const STEPS_A_PARK: usize = 4;

/// A runtime that has nothing to do parks its threads once, when nothing has been idle for long, and
/// never again. So it is woken now and then, and soon where steps are left.
const WAKE_LATER: Duration = Duration::from_millis(500);
const WAKE_SOON: Duration = Duration::from_millis(10);

static STEPS_ARE_LEFT: AtomicBool = AtomicBool::new(false);

/// The runtime of `#[tokio::main]`, which gives idle memory back. The environment variable `IDLE` says
/// how much of that is left out, to measure what it is worth: `off` all of it, `park` the waking.
pub fn runtime() -> io::Result<Runtime> {
    let idle = std::env::var("IDLE").unwrap_or_default();
    let mut builder = Builder::new_multi_thread();
    builder.enable_all();
    if idle != "off" {
        builder.on_thread_park(give_back);
    }
    let runtime = builder.build()?;
    if idle.is_empty() {
        runtime.spawn(wake());
    }
    Ok(runtime)
}

async fn wake() {
    loop {
        let soon = STEPS_ARE_LEFT.load(Ordering::Relaxed);
        tokio::time::sleep(if soon { WAKE_SOON } else { WAKE_LATER }).await;
    }
}

fn give_back() {
    STEPS_ARE_LEFT.store((0..STEPS_A_PARK).all(|_| idle()), Ordering::Relaxed);
}

#[cfg(feature = "poolgen")]
fn idle() -> bool {
    Pools::idle()
}

/// Other allocators have their own ways.
#[cfg(not(feature = "poolgen"))]
fn idle() -> bool {
    false
}

/// What the process has used so far: `cpu_us` of user and system time, `resident_kib` now and
/// `peak_kib` at most, and the figures of the pools where there are pools.
pub fn usage() -> Value {
    json!({
        "cpu_us": cpu_micros(),
        "resident_kib": resident_kib(),
        "peak_kib": status_kib("VmHWM:"),
        "pools": pools(),
    })
}

/// CPU time of all threads of this process, in microseconds.
pub fn cpu_micros() -> u64 {
    // SAFETY: getrusage fills the struct that it is given, for which all zeros is a value.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    micros(usage.ru_utime) + micros(usage.ru_stime)
}

/// What of the process is in memory now, in KiB.
pub fn resident_kib() -> u64 {
    status_kib("VmRSS:")
}

/// A figure of /proc/self/status in KiB, 0 where there is no such file. (getrusage knows a peak
/// too, but one that a child inherits from its parent.)
fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[cfg(feature = "poolgen")]
fn pools() -> Value {
    let stats = Pools::stats();
    let rows: Vec<Value> = stats
        .pools
        .iter()
        .map(|pool| {
            json!({
                "size": pool.size,
                "initial_count": pool.initial_count,
                "carved": pool.carved,
                "grown": pool.grown,
            })
        })
        .collect();
    json!({
        "committed_kib": stats.bytes_committed / 1024,
        "retained_kib": stats.bytes_retained / 1024,
        "oversize": stats.oversize,
        "rows": rows,
    })
}

#[cfg(not(feature = "poolgen"))]
fn pools() -> Value {
    Value::Null
}
