//! `callwright-bench`: loads the real binary and prints what it costs beside the raw UDP floor of the same run.
//!
//! `--quick` for a minute-long run, `--json` for machines, `--write` to update `docs/performance.md`,
//! `--only TEXT` for rows whose name contains it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command")]

mod bridged;
mod ear;
mod floor;
mod latency;
mod loader;
mod memory;
mod reload;
mod report;
mod signalling;
mod streams;

use callwright_tests::{Project, Server};

use crate::report::Report;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// About a minute: for changes while working.
    Quick,
    /// The rows of the table.
    Full,
}

impl Size {
    pub(crate) fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

type Measure = fn(Size, &mut Report);

const MEASURES: [(&str, Measure); 7] = [
    ("floor", floor::measure),
    ("signalling", signalling::measure),
    ("streams", streams::measure),
    ("bridged", bridged::measure),
    ("latency", latency::measure),
    ("memory", memory::measure),
    ("reload", reload::measure),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|a| a == word);
    let only = arguments.iter().position(|a| a == "--only").and_then(|at| arguments.get(at + 1)).cloned();
    let size = if has("--quick") { Size::Quick } else { Size::Full };
    let mut report = Report::default();
    for (name, measure) in MEASURES {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str()) && name != "floor") {
            continue;
        }
        eprintln!("measuring {name} …");
        measure(size, &mut report);
        for row in report.rows_of_last_measure() {
            eprintln!("  {row}");
        }
    }
    println!("{}", if has("--json") { report.json() } else { report.table() });
    if has("--write") {
        report.write(&arguments.join(" "));
    }
}

/// A server of its own for one measurement; `desk` is the loader's telephone.
pub(crate) fn server(desk: std::net::SocketAddr) -> Server {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("projects/bench");
    Server::start(Project::copy_of(&folder, 4_400).with("DESK", desk))
}
