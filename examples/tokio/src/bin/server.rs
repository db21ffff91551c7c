//! An HTTP server of four small services, on hyper and Tokio.
//!
//!     GET  /hello      a greeting: hardly allocates, the control of the benchmark
//!     GET  /json       builds a document of 40 orders and serialises it
//!     POST /parse      parses a JSON body and answers with the sum of its numbers
//!     GET, PUT /kv/K   a key-value store in memory
//!     GET  /usage      CPU time, resident size and pools of this process, as JSON
//!
//! `server [PORT]`; port 0, the default, takes a free one. The first line printed is the address.

use hyper::body::Bytes;
use hyper::service::{make_service_fn, service_fn};
use hyper::{Body, Method, Request, Response, Server, StatusCode};
use serde_json::{json, Value};
use std::collections::hash_map::{DefaultHasher, HashMap};
use std::convert::Infallible;
use std::error::Error;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

const SHARDS: usize = 16;
const ORDERS: u64 = 40;

/// Values by key, in shards so that connections seldom wait for each other.
#[derive(Default)]
struct Store {
    shards: [Mutex<HashMap<String, Bytes>>; SHARDS],
}

impl Store {
    fn shard(&self, key: &str) -> &Mutex<HashMap<String, Bytes>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        &self.shards[hasher.finish() as usize % SHARDS]
    }

    fn get(&self, key: &str) -> Option<Bytes> {
        self.shard(key).lock().unwrap().get(key).cloned()
    }

    fn put(&self, key: &str, value: Bytes) {
        self.shard(key).lock().unwrap().insert(key.to_owned(), value);
    }
}

fn orders() -> Value {
    let rows: Vec<Value> = (0..ORDERS)
        .map(|number| {
            json!({
                "id": number,
                "customer": format!("customer {:04}", number * 37 % 1000),
                "items": [number % 7 + 1, number % 3 + 1],
                "price": number as f64 * 1.25,
                "express": number % 4 == 0,
            })
        })
        .collect();
    json!({ "orders": rows })
}

/// Adds up every number in a document, however deep.
fn sum(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or(0.0),
        Value::Array(items) => items.iter().map(sum).sum(),
        Value::Object(members) => members.values().map(sum).sum(),
        _ => 0.0,
    }
}

fn answer_json(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}

fn answer_status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

async fn parse(body: Body) -> Result<Response<Body>, hyper::Error> {
    let bytes = hyper::body::to_bytes(body).await?;
    Ok(match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) => answer_json(&json!({ "sum": sum(&value) })),
        Err(_) => answer_status(StatusCode::BAD_REQUEST),
    })
}

/// Answers a request under /kv/.
async fn key_value(store: &Store, request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let (head, body) = request.into_parts();
    let key = head.uri.path().trim_start_matches("/kv/");
    Ok(match head.method {
        Method::GET => match store.get(key) {
            Some(value) => Response::new(Body::from(value)),
            None => answer_status(StatusCode::NOT_FOUND),
        },
        Method::PUT => {
            let value = hyper::body::to_bytes(body).await?;
            // A copy: what was received is a view of the connection's read buffer, 8 KiB of it.
            store.put(key, Bytes::copy_from_slice(&value));
            answer_status(StatusCode::NO_CONTENT)
        }
        _ => answer_status(StatusCode::METHOD_NOT_ALLOWED),
    })
}

async fn answer(store: Arc<Store>, request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/hello") => Ok(Response::new(Body::from("Hello, world!\n"))),
        (&Method::GET, "/json") => Ok(answer_json(&orders())),
        (&Method::POST, "/parse") => parse(request.into_body()).await,
        (&Method::GET, "/usage") => Ok(answer_json(&tokio_on_pools::usage())),
        (_, path) if path.starts_with("/kv/") => key_value(&store, request).await,
        _ => Ok(answer_status(StatusCode::NOT_FOUND)),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let store = Arc::new(Store::default());
    let connect = make_service_fn(move |_connection| {
        let store = store.clone();
        async move { Ok::<_, Infallible>(service_fn(move |request| answer(store.clone(), request))) }
    });
    let server = Server::try_bind(&([127, 0, 0, 1], port).into())?.tcp_nodelay(true).serve(connect);
    println!("{}", server.local_addr());
    server.await?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    tokio_on_pools::runtime()?.block_on(run())
}
