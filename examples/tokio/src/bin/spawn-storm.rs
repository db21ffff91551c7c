//! A fixed amount of work for the runtime itself, without a socket:
//!
//!     spawn-storm storm [TASKS]   each task sends a payload of 1024 + i mod 4096 bytes to a
//!                                 consumer over an mpsc channel and awaits its answer on a oneshot
//!     spawn-storm plain [TASKS]   each task only builds the payload
//!     spawn-storm burst [TASKS]   each task keeps its payload until all have theirs; then there is
//!                                 nothing to do for five seconds: does memory go back?
//!
//! The tasks are spawned by four storms at a time, each with a consumer of its own, so that no
//! worker of the runtime ever sleeps: what it costs to wake one would drown the rest. Handles are
//! drained each 1,000. A tenth of the tasks run first to warm up, then all of them are measured.
//! Prints one line of JSON; a burst is not warmed up, and has `resident_kib` before it, when it is
//! over, and after each of the five seconds.

use serde_json::{json, Value};
use std::error::Error;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, Barrier};
use tokio::task::JoinHandle;

const DEFAULT_TASKS: usize = 500_000;
const DEFAULT_BURST: usize = 50_000;
const SILENT_SECONDS: usize = 5;
const STORMS: usize = 4;
const DRAIN_AT: usize = 1000;
const WAITING_ORDERS: usize = 256;

#[derive(Debug)]
struct Order {
    payload: Vec<u8>,
    reply: oneshot::Sender<usize>,
}

fn payload(task: usize) -> Vec<u8> {
    vec![0u8; 1024 + task % 4096]
}

async fn consume(mut orders: mpsc::Receiver<Order>) {
    while let Some(order) = orders.recv().await {
        // A task that no longer waits is none: all of them do.
        let _ = order.reply.send(order.payload.len());
    }
}

async fn order(orders: mpsc::Sender<Order>, task: usize) -> usize {
    let (reply, answer) = oneshot::channel();
    let order = Order { payload: payload(task), reply };
    orders.send(order).await.expect("the consumer outlives its senders");
    answer.await.expect("every order is answered")
}

async fn drain(handles: &mut Vec<JoinHandle<usize>>) -> usize {
    let mut bytes = 0;
    for handle in handles.drain(..) {
        bytes += handle.await.expect("no task panics");
    }
    bytes
}

/// One storm: runs `tasks` tasks and returns the sum of their payloads in bytes.
async fn run_one(with_orders: bool, tasks: Range<usize>) -> usize {
    let (sender, receiver) = mpsc::channel(WAITING_ORDERS);
    let consumer = tokio::spawn(consume(receiver));
    let mut handles = Vec::with_capacity(DRAIN_AT);
    let mut bytes = 0;
    for task in tasks {
        handles.push(if with_orders {
            tokio::spawn(order(sender.clone(), task))
        } else {
            tokio::spawn(async move { std::hint::black_box(payload(task)).len() })
        });
        if handles.len() == DRAIN_AT {
            bytes += drain(&mut handles).await;
        }
    }
    bytes += drain(&mut handles).await;
    drop(sender);
    consumer.await.expect("the consumer does not panic");
    bytes
}

/// Runs `tasks` tasks in all, in storms that go on at the same time.
async fn run(with_orders: bool, tasks: usize) -> usize {
    let start = |storm: usize| tasks * storm / STORMS;
    let mut storms: Vec<_> = (0..STORMS)
        .map(|storm| tokio::spawn(run_one(with_orders, start(storm)..start(storm + 1))))
        .collect();
    drain(&mut storms).await
}

/// Runs `tasks` tasks whose payloads are all there at once.
async fn run_burst(tasks: usize) -> usize {
    let all_built = Arc::new(Barrier::new(tasks));
    let mut handles = Vec::with_capacity(tasks);
    for task in 0..tasks {
        let all_built = all_built.clone();
        handles.push(tokio::spawn(async move {
            let mut payload = payload(task);
            payload.fill(1); // memory that nobody wrote to may not be there yet
            all_built.wait().await;
            payload.len()
        }));
    }
    drain(&mut handles).await
}

/// Waits for a run of `tasks` tasks and returns what it took.
async fn measure(tasks: usize, run: impl Future<Output = usize>) -> Value {
    let (cpu, start) = (tokio_on_pools::cpu_micros(), Instant::now());
    let bytes = run.await;
    let seconds = start.elapsed().as_secs_f64();
    let cpu = tokio_on_pools::cpu_micros() - cpu;
    let expected: usize = (0..tasks).map(|task| 1024 + task % 4096).sum();
    assert_eq!(bytes, expected, "every payload came back whole");
    json!({
        "operations": tasks,
        "seconds": seconds,
        "cpu_us_per_operation": cpu as f64 / tasks as f64,
        "usage": tokio_on_pools::usage(),
    })
}

/// Runs a burst and then nothing, and adds to the figures what was resident, and the CPU time of nothing.
async fn burst_and_silence(tasks: usize) -> Value {
    let mut resident = vec![tokio_on_pools::resident_kib()];
    let mut figures = measure(tasks, run_burst(tasks)).await;
    resident.push(tokio_on_pools::resident_kib());
    let cpu = tokio_on_pools::cpu_micros();
    for _ in 0..SILENT_SECONDS {
        tokio::time::sleep(Duration::from_secs(1)).await;
        resident.push(tokio_on_pools::resident_kib());
    }
    figures["silent_cpu_us"] = (tokio_on_pools::cpu_micros() - cpu).into();
    figures["resident_kib"] = resident.into();
    figures
}

async fn warm_and_measure(with_orders: bool, tasks: usize) -> Value {
    run(with_orders, tasks / 10).await;
    measure(tasks, run(with_orders, tasks)).await
}

async fn run_load() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let load = arguments.next().unwrap_or("storm".to_owned());
    let default = if load == "burst" { DEFAULT_BURST } else { DEFAULT_TASKS };
    let tasks = arguments.next().map_or(Ok(default), |tasks| tasks.parse())?;
    let figures = match load.as_str() {
        "storm" => warm_and_measure(true, tasks).await,
        "plain" => warm_and_measure(false, tasks).await,
        "burst" => burst_and_silence(tasks).await,
        _ => return Err("usage: spawn-storm [storm|plain|burst] [TASKS]".into()),
    };
    println!("{figures}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    tokio_on_pools::runtime()?.block_on(run_load())
}
