//! A chat server of lines. The first line of a connection names a room and is answered with
//! `welcome`; every later line goes to everybody in the room, its sender included. The room
//! `/usage` answers with CPU time, resident size and pools of this process instead, as JSON.
//!
//! `chat [PORT]`; port 0, the default, takes a free one. The first line printed is the address.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Lines that may wait for a slow member before its room waits for it.
const WAITING_LINES: usize = 64;

type Member = mpsc::Sender<Arc<str>>;
type Rooms = Arc<Mutex<HashMap<String, Vec<Member>>>>;

fn join(rooms: &Rooms, room: &str, member: Member) {
    let mut rooms = rooms.lock().unwrap();
    rooms.entry(room.to_owned()).or_default().push(member);
}

fn leave(rooms: &Rooms, room: &str, member: &Member) {
    let mut rooms = rooms.lock().unwrap();
    if let Some(members) = rooms.get_mut(room) {
        members.retain(|other| !other.same_channel(member));
        if members.is_empty() {
            rooms.remove(room);
        }
    }
}

fn members(rooms: &Rooms, room: &str) -> Vec<Member> {
    rooms.lock().unwrap().get(room).cloned().unwrap_or_default()
}

/// Writes what the room sends, until all senders are gone or the client is.
async fn write_lines(mut client: OwnedWriteHalf, mut lines: mpsc::Receiver<Arc<str>>) {
    while let Some(line) = lines.recv().await {
        if client.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Sends every line of the client to its room.
async fn read_lines(client: BufReader<OwnedReadHalf>, rooms: &Rooms, room: &str) -> io::Result<()> {
    let mut lines = client.lines();
    while let Some(mut line) = lines.next_line().await? {
        line.push('\n');
        let line: Arc<str> = line.into();
        for member in members(rooms, room) {
            // A member that has just left is no error of this one.
            let _ = member.send(line.clone()).await;
        }
    }
    Ok(())
}

async fn serve(stream: TcpStream, rooms: Rooms) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut room = String::new();
    reader.read_line(&mut room).await?;
    let room = room.trim_end();
    if room == "/usage" {
        let usage = format!("{}\n", tokio_on_pools::usage());
        return writer.write_all(usage.as_bytes()).await;
    }

    let (member, lines) = mpsc::channel(WAITING_LINES);
    join(&rooms, room, member.clone());
    writer.write_all(b"welcome\n").await?;
    tokio::spawn(write_lines(writer, lines));
    let result = read_lines(reader, &rooms, room).await;
    leave(&rooms, room, &member);
    result
}

async fn run() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", listener.local_addr()?);
    let rooms = Rooms::default();
    loop {
        let (stream, _) = listener.accept().await?;
        let rooms = rooms.clone();
        tokio::spawn(async move {
            // A client that breaks off ends its own task and nothing else.
            let _ = serve(stream, rooms).await;
        });
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    tokio_on_pools::runtime()?.block_on(run())
}
