//! Starts both servers as a user would and talks to each of their services.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(program: &str) -> Self {
        let mut child = Command::new(program).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Running { child, address: address.trim().to_owned() }
    }

    /// Sends one request on a connection of its own; returns the status line and the body.
    fn request(&self, method: &str, path: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn ok(body: &str) -> (String, String) {
    ("HTTP/1.1 200 OK".to_owned(), body.to_owned())
}

#[test]
fn http_services() {
    let server = Running::start(env!("CARGO_BIN_EXE_server"));
    assert_eq!(server.request("GET", "/hello", ""), ok("Hello, world!\n"));
    assert_eq!(server.request("GET", "/nowhere", "").0, "HTTP/1.1 404 Not Found");

    let (_, orders) = server.request("GET", "/json", "");
    let orders: serde_json::Value = serde_json::from_str(&orders).unwrap();
    assert_eq!(orders["orders"].as_array().unwrap().len(), 40);
    assert_eq!(orders["orders"][39]["price"], 48.75);

    let document = r#"{"a": [1, 2, {"b": 3.5}], "c": "4"}"#;
    assert_eq!(server.request("POST", "/parse", document), ok(r#"{"sum":6.5}"#));
    assert_eq!(server.request("POST", "/parse", "{").0, "HTTP/1.1 400 Bad Request");
}

#[test]
fn key_value_store() {
    let server = Running::start(env!("CARGO_BIN_EXE_server"));
    assert_eq!(server.request("GET", "/kv/a", "").0, "HTTP/1.1 404 Not Found");
    for value in ["short".to_owned(), "long ".repeat(10_000)] {
        assert_eq!(server.request("PUT", "/kv/a", &value).0, "HTTP/1.1 204 No Content");
        assert_eq!(server.request("GET", "/kv/a", ""), ok(&value));
    }
}

#[test]
fn a_line_reaches_everybody_in_the_room() {
    let chat = Running::start(env!("CARGO_BIN_EXE_chat"));
    let mut members: Vec<_> = (0..20)
        .map(|number| {
            let mut stream = TcpStream::connect(&chat.address).unwrap();
            writeln!(stream, "room {}", number % 2).unwrap();
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            assert_eq!(line, "welcome\n");
            reader
        })
        .collect();
    writeln!(members[0].get_mut(), "to the even room").unwrap();
    writeln!(members[1].get_mut(), "to the odd room").unwrap();
    for (number, member) in members.iter_mut().enumerate() {
        let mut line = String::new();
        member.read_line(&mut line).unwrap();
        let room = if number % 2 == 0 { "even" } else { "odd" };
        assert_eq!(line, format!("to the {room} room\n"));
    }
}

#[test]
fn a_storm_ends_with_every_payload_whole() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_spawn-storm")).args(["storm", "20000"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["operations"], 20000);

    let pools = &figures["usage"]["pools"];
    if cfg!(feature = "poolgen") {
        let used = |row: &serde_json::Value| row["carved"].as_u64().unwrap() > 0;
        assert!(pools["rows"].as_array().unwrap().iter().any(used), "no pool was used");
    } else {
        assert!(pools.is_null());
    }
}

#[test]
fn memory_of_a_burst_goes_back_while_there_is_nothing_to_do() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_spawn-storm")).args(["burst", "20000"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let kib = |value: &serde_json::Value| value.as_u64().unwrap();
    let resident: Vec<_> = figures["resident_kib"].as_array().unwrap().iter().map(kib).collect();
    assert_eq!(resident.len(), 7);
    let payloads = 20_000 * (1024 + 4095 / 2) / 1024; // KiB
    assert!(kib(&figures["usage"]["peak_kib"]) > payloads, "{figures}");
    if cfg!(feature = "poolgen") {
        assert!(resident[6] < payloads / 3, "{figures}");
    }
}
