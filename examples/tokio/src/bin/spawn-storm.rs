//! A fixed amount of work for the runtime itself, without a socket:
//!
//!     spawn-storm storm [TASKS]   each task sends a payload of 1024 + i mod 4096 bytes to a
//!                                 consumer over an mpsc channel and awaits its answer on a oneshot
//!     spawn-storm plain [TASKS]   each task only builds the payload
//!
//! The tasks are spawned by four storms at a time, each with a consumer of its own, so that no
//! worker of the runtime ever sleeps: what it costs to wake one would drown the rest. Handles are
//! drained each 1,000. A tenth of the tasks run first to warm up, then all of them are measured.
//! Prints one line of JSON.

use serde_json::json;
use std::error::Error;
use std::ops::Range;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const DEFAULT_TASKS: usize = 500_000;
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

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let with_orders = match arguments.next().as_deref() {
        None | Some("storm") => true,
        Some("plain") => false,
        Some(_) => return Err("usage: spawn-storm [storm|plain] [TASKS]".into()),
    };
    let tasks = arguments.next().map_or(Ok(DEFAULT_TASKS), |tasks| tasks.parse())?;

    run(with_orders, tasks / 10).await;
    let (cpu, start) = (tokio_on_pools::cpu_micros(), Instant::now());
    let bytes = run(with_orders, tasks).await;
    let seconds = start.elapsed().as_secs_f64();
    let cpu = tokio_on_pools::cpu_micros() - cpu;
    let expected: usize = (0..tasks).map(|task| 1024 + task % 4096).sum();
    assert_eq!(bytes, expected, "every payload came back whole");

    println!(
        "{}",
        json!({
            "operations": tasks,
            "seconds": seconds,
            "cpu_us_per_operation": cpu as f64 / tasks as f64,
            "usage": tokio_on_pools::usage(),
        })
    );
    Ok(())
}
