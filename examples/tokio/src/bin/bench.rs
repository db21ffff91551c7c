//! Runs every load on every allocator, in turn, and prints medians:
//!
//!     bench --poolgen DIR [--server-table DIR] --system DIR [--repeat N] [--scale PERCENT]
//!           [--only LOAD,...] [--peer NAME=FILE.so]... [--json FILE]
//!     bench --recorder POOLGEN --system DIR [...]
//!
//! The second form tells what recording costs: the `system` programs as they are, and the same under
//! `POOLGEN record`.
//!
//! A DIR holds the programs of this package built with that feature. Peers are what LD_PRELOAD puts
//! in place of malloc under the `system` programs: Debian's that are installed, and those given by
//! --peer. Every run is a fresh process; the order is A B C A B C, so that a disturbance of the
//! machine hits all.

use serde_json::{json, Value};
use std::error::Error;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

type AnyError = Box<dyn Error>;

/// A load: the program that serves it and how much of it is one run.
struct Load {
    name: &'static str,
    server: Option<&'static str>, // None: the program is its own load
    connections: usize,
    operations: usize,
}

const LOADS: [Load; 6] = [
    Load { name: "hello", server: Some("server"), connections: 64, operations: 100_000 },
    Load { name: "json", server: Some("server"), connections: 64, operations: 30_000 },
    Load { name: "parse", server: Some("server"), connections: 64, operations: 30_000 },
    Load { name: "kv", server: Some("server"), connections: 64, operations: 80_000 },
    Load { name: "chat", server: Some("chat"), connections: 200, operations: 20_000 },
    Load { name: "spawn-storm", server: None, connections: 0, operations: 1_000_000 },
];

/// Libraries of the peers, as Debian names them.
const PEERS: [(&str, &str); 3] = [
    ("jemalloc", "libjemalloc.so.2"),
    ("mimalloc", "libmimalloc.so.2.0"),
    ("tcmalloc", "libtcmalloc_minimal.so.4"),
];

struct Allocator {
    name: String,
    programs: PathBuf,
    preload: Option<PathBuf>,
    recorder: Option<PathBuf>, // the poolgen under which the program runs
}

impl Allocator {
    fn new(name: &str, programs: &Path) -> Self {
        Allocator {
            name: name.to_owned(),
            programs: programs.to_owned(),
            preload: None,
            recorder: None,
        }
    }

    fn preloaded(name: &str, programs: &Path, library: PathBuf) -> Self {
        Allocator { preload: Some(library), ..Allocator::new(name, programs) }
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if let Some(poolgen) = &self.recorder {
            let mut command = Command::new(poolgen);
            let profile = std::env::temp_dir().join("poolgen-bench-recorded.json");
            command.args(["record", "-o"]).arg(profile).arg("--").arg(program);
            return command;
        }
        let mut command = Command::new(program);
        if let Some(library) = &self.preload {
            command.env("LD_PRELOAD", library);
        }
        command
    }
}

#[derive(Default)]
struct Options {
    poolgen: Option<PathBuf>,
    server_table: Option<PathBuf>,
    system: Option<PathBuf>,
    recorder: Option<PathBuf>,
    repeat: usize,
    scale: usize, // percent of the operations
    only: Option<String>,
    peers: Vec<(String, PathBuf)>, // further ones, by their files
    json: Option<PathBuf>,
}

/// A library that the dynamic linker cannot load would leave the system's malloc in place, so the
/// file must at least be there.
fn parse_peer(value: &str) -> Result<(String, PathBuf), AnyError> {
    let (name, file) = value.split_once('=').ok_or("--peer takes NAME=FILE.so")?;
    let path = std::fs::canonicalize(file).map_err(|error| format!("--peer {value}: {error}"))?;
    Ok((name.to_owned(), path))
}

fn parse_options() -> Result<Options, AnyError> {
    let mut options = Options { repeat: 5, scale: 100, ..Options::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} takes a value"))?;
        match name.as_str() {
            "--poolgen" => options.poolgen = Some(value.into()),
            "--server-table" => options.server_table = Some(value.into()),
            "--system" => options.system = Some(value.into()),
            "--recorder" => options.recorder = Some(value.into()),
            "--repeat" => options.repeat = value.parse()?,
            "--scale" => options.scale = value.parse()?,
            "--peer" => options.peers.push(parse_peer(&value)?),
            "--only" => options.only = Some(value),
            "--json" => options.json = Some(value.into()),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    if options.repeat == 0 || options.scale == 0 {
        return Err("--repeat and --scale are at least 1".into());
    }
    Ok(options)
}

fn find_library(name: &str) -> Option<PathBuf> {
    let folders =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
}

fn allocators(options: &Options) -> Result<Vec<Allocator>, AnyError> {
    let mut list = Vec::new();
    if let Some(programs) = &options.poolgen {
        list.push(Allocator::new("poolgen", programs));
    }
    if let Some(programs) = &options.server_table {
        list.push(Allocator::new("server table", programs));
    }
    let system = options.system.as_ref().ok_or("--system is missing")?;
    list.push(Allocator::new("system", system));
    if let Some(poolgen) = &options.recorder {
        let recorder = Some(poolgen.clone());
        list.push(Allocator { recorder, ..Allocator::new("recorded", system) });
        return Ok(list);
    }
    for (name, library) in PEERS {
        match find_library(library) {
            Some(path) => list.push(Allocator::preloaded(name, system, path)),
            None => eprintln!("{name} is left out: no {library}"),
        }
    }
    for (name, library) in &options.peers {
        list.push(Allocator::preloaded(name, system, library.clone()));
    }
    Ok(list)
}

/// A server in a process of its own, ended with the value.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(mut command: Command) -> Result<Self, AnyError> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Running { child, address: address.trim().to_owned() })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_json(mut command: Command) -> Result<Value, AnyError> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// One run of a load: what the load generator, or the program itself, printed.
fn run(load: &Load, allocator: &Allocator, options: &Options) -> Result<Value, AnyError> {
    let operations = (load.operations * options.scale / 100).max(1000).to_string();
    let Some(server) = load.server else {
        let mut command = allocator.command(load.name);
        command.args(["storm", &operations]);
        return read_json(command);
    };
    let running = Running::start(allocator.command(server))?;
    let system = options.system.as_ref().ok_or("--system is missing")?;
    let mut command = Command::new(system.join("load"));
    command.args([load.name, &running.address, &load.connections.to_string(), &operations]);
    read_json(command)
}

/// The medians of what several runs of one load on one allocator printed.
struct Cell {
    cpu_us: f64,
    cpu_spread: f64, // (largest - smallest) / median
    per_second: f64,
    p99_us: Option<f64>,
    peak_mib: f64,
    grown: Option<f64>, // blocks beyond the initial counts
}

fn sorted(runs: &[Value], figure: impl Fn(&Value) -> f64) -> Vec<f64> {
    let mut figures: Vec<f64> = runs.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures
}

fn median(runs: &[Value], figure: impl Fn(&Value) -> f64) -> f64 {
    sorted(runs, figure)[runs.len() / 2]
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn grown(run: &Value) -> Option<f64> {
    let rows = run["usage"]["pools"]["rows"].as_array()?;
    Some(rows.iter().map(|row| number(&row["grown"])).sum())
}

fn summarise(runs: &[Value]) -> Cell {
    let cpu = sorted(runs, |run| number(&run["cpu_us_per_operation"]));
    let cpu_us = cpu[cpu.len() / 2];
    let all = |name: &str| runs.iter().all(|run| !run[name].is_null());
    Cell {
        cpu_us,
        cpu_spread: (cpu[cpu.len() - 1] - cpu[0]) / cpu_us,
        per_second: median(runs, |run| number(&run["operations"]) / number(&run["seconds"])),
        p99_us: all("p99_us").then(|| median(runs, |run| number(&run["p99_us"]))),
        peak_mib: median(runs, |run| number(&run["usage"]["peak_kib"]) / 1024.0),
        grown: grown(&runs[0]).map(|_| median(runs, |run| grown(run).unwrap_or(0.0))),
    }
}

/// Prints a table whose cells are `text(cell, cell of the system's malloc)`.
fn print_table(
    title: &str,
    names: &[&str],
    rows: &[(&str, Vec<Cell>)],
    text: impl Fn(&Cell, &Cell) -> String,
) {
    println!("\n{title}\n");
    print!("{:<12}", "");
    names.iter().for_each(|name| print!("{name:>16}"));
    println!();
    let system = names.iter().position(|name| *name == "system").unwrap_or(0);
    for (load, cells) in rows {
        print!("{load:<12}");
        cells.iter().for_each(|cell| print!("{:>16}", text(cell, &cells[system])));
        println!();
    }
}

fn report(names: &[&str], rows: &[(&str, Vec<Cell>)]) {
    print_table(
        "CPU microseconds an operation, and to the system's",
        names,
        rows,
        |cell, system| format!("{:.2} {:.2}x", cell.cpu_us, cell.cpu_us / system.cpu_us),
    );
    print_table("its spread, % of the median", names, rows, |cell, _| {
        format!("{:.0}", cell.cpu_spread * 100.0)
    });
    print_table("operations a second, thousands", names, rows, |cell, _| {
        format!("{:.1}", cell.per_second / 1000.0)
    });
    print_table("p99 of a request, microseconds", names, rows, |cell, _| {
        cell.p99_us.map_or("-".to_owned(), |micros| format!("{micros:.0}"))
    });
    print_table("peak resident MiB", names, rows, |cell, _| format!("{:.1}", cell.peak_mib));
    print_table("blocks grown beyond the initial counts", names, rows, |cell, _| {
        cell.grown.map_or("-".to_owned(), |blocks| format!("{blocks:.0}"))
    });
}

fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
        // A terminal that is gone is no reason to stop.
        let _ = std::io::stderr().flush();
    }
}

fn is_wanted(load: &Load, only: &Option<String>) -> bool {
    only.as_ref().is_none_or(|list| list.split(',').any(|name| name == load.name))
}

fn main() -> Result<(), AnyError> {
    let options = parse_options()?;
    let allocators = allocators(&options)?;
    let names: Vec<&str> = allocators.iter().map(|allocator| allocator.name.as_str()).collect();
    let loads: Vec<&Load> = LOADS.iter().filter(|load| is_wanted(load, &options.only)).collect();
    let mut rows = Vec::new();
    let mut raw = Vec::new();
    for load in &loads {
        let mut runs = vec![Vec::new(); allocators.len()];
        for repetition in 1..=options.repeat {
            for (allocator, runs) in allocators.iter().zip(&mut runs) {
                progress(&format!(
                    "{} {repetition}/{}: {}",
                    load.name, options.repeat, allocator.name
                ));
                runs.push(run(load, allocator, &options)?);
            }
        }
        rows.push((load.name, runs.iter().map(|runs| summarise(runs)).collect::<Vec<Cell>>()));
        for (name, runs) in names.iter().zip(runs) {
            raw.push(json!({ "load": load.name, "allocator": name, "runs": runs }));
        }
    }
    progress("");
    report(&names, &rows);
    if let Some(path) = &options.json {
        std::fs::write(path, format!("{:#}\n", Value::from(raw)))?;
    }
    Ok(())
}
