//! A load generator for both servers, with a fixed amount of work:
//!
//!     load hello|json|parse|kv ADDRESS [CONNECTIONS [REQUESTS]]
//!     load chat ADDRESS [CONNECTIONS [LINES]]
//!
//! Every connection sends its next request when the answer to the last one is complete. A tenth of
//! the work runs first to warm up. Prints one line of JSON: operations (answers, or lines
//! delivered), seconds, p50_us and p99_us of a request, the server's CPU time for an operation and
//! its usage at the end.

use serde_json::{json, Value};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

type AnyError = Box<dyn Error + Send + Sync>;

const ROOM_SIZE: usize = 10; // connections that share a chat room
const KEYS: u64 = 20_000;

/// What one connection saw.
#[derive(Default)]
struct Seen {
    operations: usize,
    latencies: Vec<Duration>,
}

/// A small, repeatable source of numbers (xorshift, 64 bits).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

// ---- HTTP, as much of it as our own server speaks

struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream: BufReader::new(stream), line: String::new(), body: Vec::new() })
    }

    async fn next_line(&mut self) -> io::Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.line.trim_end())
    }

    /// Sends a request and reads the whole answer; its body is left in `self.body`.
    async fn exchange(&mut self, request: &[u8]) -> Result<(), AnyError> {
        self.stream.write_all(request).await?;
        let status = self.next_line().await?;
        if !status.starts_with("HTTP/1.1 2") && !status.starts_with("HTTP/1.1 404") {
            return Err(format!("the server answered '{status}'").into());
        }
        let mut length = 0;
        loop {
            let header = self.next_line().await?;
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await?;
        Ok(())
    }
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

fn send(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// About 4 KB: 40 orders, each an object of five members.
fn document() -> Vec<u8> {
    let rows: Vec<Value> = (0..40u64)
        .map(|number| {
            json!({
                "id": number,
                "customer": format!("customer {number:04}"),
                "items": [number % 7 + 1, number % 3 + 1],
                "price": number as f64 * 1.25,
                "note": if number % 2 == 0 { "leave at the door" } else { "ring twice" },
            })
        })
        .collect();
    json!({ "orders": rows }).to_string().into_bytes()
}

/// One in five writes a value of 100 to 499 bytes, the others read.
fn key_value(random: &mut Random) -> Vec<u8> {
    let path = format!("/kv/key-{}", random.below(KEYS));
    if random.below(5) > 0 {
        return get(&path);
    }
    let value = vec![b'v'; 100 + random.below(400) as usize];
    send("PUT", &path, &value)
}

async fn request(
    load: String,
    address: String,
    number: u64,
    requests: usize,
) -> Result<Seen, AnyError> {
    let mut connection = Connection::open(&address).await?;
    let mut random = Random(number * 7919 + 12345);
    let fixed = match load.as_str() {
        "parse" => send("POST", "/parse", &document()),
        other => get(&format!("/{other}")),
    };
    let mut seen = Seen { operations: requests, latencies: Vec::with_capacity(requests) };
    for _ in 0..requests {
        let varying = (load == "kv").then(|| key_value(&mut random));
        let start = Instant::now();
        connection.exchange(varying.as_ref().unwrap_or(&fixed)).await?;
        seen.latencies.push(start.elapsed());
    }
    Ok(seen)
}

async fn http_usage(address: &str) -> Result<Value, AnyError> {
    let mut connection = Connection::open(address).await?;
    connection.exchange(&get("/usage")).await?;
    Ok(serde_json::from_slice(&connection.body)?)
}

// ---- chat

/// Joins a room, and returns once the server has said so.
async fn enter(
    address: &str,
    room: &str,
) -> Result<(BufReader<OwnedReadHalf>, OwnedWriteHalf), AnyError> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(format!("{room}\n").as_bytes()).await?;
    let mut line = String::new();
    reader.read_line(&mut line).await?;
    if line != "welcome\n" {
        return Err("the chat server did not say welcome".into());
    }
    Ok((reader, writer))
}

/// Sends `lines` lines, the next one when the last one came back, and waits for those of everybody
/// in the room.
async fn talk(
    address: String,
    number: usize,
    lines: usize,
    everybody: Arc<Barrier>,
) -> Result<Seen, AnyError> {
    let room = format!("room-{}", number / ROOM_SIZE);
    let (mut reader, mut writer) = enter(&address, &room).await?;
    everybody.wait().await;

    let name = format!("member-{number}:");
    let mut random = Random(number as u64 * 7919 + 12345);
    let mut seen = Seen::default();
    let mut line = String::new();
    let mut sent = Instant::now();
    let mut say = true;
    while seen.operations < ROOM_SIZE * lines {
        if say && seen.latencies.len() < lines {
            let words = "word ".repeat(4 + random.below(60) as usize);
            sent = Instant::now();
            writer.write_all(format!("{name} {words}\n").as_bytes()).await?;
        }
        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        seen.operations += 1;
        say = line.starts_with(&name);
        if say {
            seen.latencies.push(sent.elapsed());
        }
    }
    // Nobody leaves while others still count on the room.
    everybody.wait().await;
    Ok(seen)
}

async fn chat_usage(address: &str) -> Result<Value, AnyError> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"/usage\n").await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(serde_json::from_str(&text)?)
}

// ---- both

struct Work {
    load: String,
    address: String,
    connections: usize,
    operations: usize, // requests in all, or lines said in all
}

impl Work {
    async fn usage(&self) -> Result<Value, AnyError> {
        match self.load.as_str() {
            "chat" => chat_usage(&self.address).await,
            _ => http_usage(&self.address).await,
        }
    }

    async fn run(&self, operations: usize) -> Result<Seen, AnyError> {
        let share = operations.div_ceil(self.connections);
        let everybody = Arc::new(Barrier::new(self.connections));
        let tasks: Vec<_> = (0..self.connections)
            .map(|number| match self.load.as_str() {
                "chat" => {
                    tokio::spawn(talk(self.address.clone(), number, share, everybody.clone()))
                }
                load => tokio::spawn(request(
                    load.to_owned(),
                    self.address.clone(),
                    number as u64,
                    share,
                )),
            })
            .collect();
        let mut all = Seen::default();
        for task in tasks {
            let seen = task.await??;
            all.operations += seen.operations;
            all.latencies.extend(seen.latencies);
        }
        Ok(all)
    }
}

fn parse_work() -> Result<Work, AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| match arguments.get(index) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let load = arguments.first().map_or("", String::as_str);
    let (connections, operations) = match load {
        "hello" => (64, 200_000),
        "json" | "parse" => (64, 60_000),
        "kv" => (64, 150_000),
        "chat" => (200, 40_000),
        _ => {
            return Err("usage: load hello|json|parse|kv|chat ADDRESS [CONNECTIONS [COUNT]]".into())
        }
    };
    let work = Work {
        load: load.to_owned(),
        address: arguments.get(1).ok_or("the server's address is missing")?.clone(),
        connections: number(2, connections)?,
        operations: number(3, operations)?,
    };
    if work.load == "chat" && work.connections % ROOM_SIZE != 0 {
        return Err(format!("chat takes a multiple of {ROOM_SIZE} connections").into());
    }
    Ok(work)
}

/// The latency that `percent` of 100 requests stay within, in microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> u128 {
    let index = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(index).map_or(0, Duration::as_micros)
}

fn cpu_us(usage: &Value) -> f64 {
    usage["cpu_us"].as_f64().unwrap_or(0.0)
}

// One thread: what it leaves of the machine is the server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), AnyError> {
    let work = parse_work()?;
    work.run(work.operations / 10).await?;
    let before = work.usage().await?;
    let start = Instant::now();
    let mut seen = work.run(work.operations).await?;
    let seconds = start.elapsed().as_secs_f64();
    let after = work.usage().await?;

    seen.latencies.sort_unstable();
    println!(
        "{}",
        json!({
            "operations": seen.operations,
            "seconds": seconds,
            "p50_us": percentile(&seen.latencies, 50) as u64,
            "p99_us": percentile(&seen.latencies, 99) as u64,
            "cpu_us_per_operation": (cpu_us(&after) - cpu_us(&before)) / seen.operations as f64,
            "usage": after,
        })
    );
    Ok(())
}
