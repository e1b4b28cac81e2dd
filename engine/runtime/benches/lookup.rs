//! A directory of a million customers: how long it takes to read, what it weighs, how fast it answers.
//!
//! `cargo bench -p callwright-runtime --bench lookup`

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints and may fail")]

use std::io::{BufWriter, Write as _};

use callwright_runtime::{Clock, Directories};
use script::{Project, Secrets, Shipped, SourceFile, SourceTree};

const CUSTOMERS: u64 = 1_000_000;
const LOOKUPS: u64 = 200_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("customers.csv");
    let mut file = BufWriter::new(std::fs::File::create(&path).unwrap());
    writeln!(file, "phone,name,account,manager,vip").unwrap();
    for n in 0..CUSTOMERS {
        writeln!(file, "+4930{n:07},Customer Number {n},{},+49151{n:07},{}", n * 7, n % 100 == 0).unwrap();
    }
    file.flush().unwrap();
    let clock = Clock::start();
    let megabytes = std::fs::metadata(&path).unwrap().len() >> 20;
    let before = resident_mib();
    let started = clock.now();
    let (directories, faults) = Directories::load(folder.path(), &project());
    let read = clock.now() - started;
    assert!(faults.is_empty(), "{faults:?}");
    println!("rows        {CUSTOMERS}, {megabytes} MiB of CSV");
    println!("read in     {read:?}");
    println!("memory      {} MiB", resident_mib().saturating_sub(before));

    let mut times: Vec<_> = (0..LOOKUPS)
        .map(|n| {
            let key = format!("+4930{:07}", n * 7_919 % CUSTOMERS);
            let asked = clock.now();
            let row = directories.find("customers", &key);
            let took = clock.now() - asked;
            assert_eq!(row["phone"], key.as_str());
            took
        })
        .collect();
    times.sort_unstable();
    let part = |thousandths: usize| times[times.len() * thousandths / 1000];
    println!(
        "lookup      p50 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        part(500),
        part(990),
        part(999),
        times[times.len() - 1]
    );
}

fn project() -> Project {
    let config = "numbers: { default: main.rhai }\ndirectories: { customers: { csv: customers.csv, key: phone } }\n";
    let mut tree = SourceTree::default().with("callwright.yaml", config).with("main.rhai", "hangup();");
    tree.insert("customers.csv", SourceFile::Sound { bytes: 1, hash: [0; 32] });
    let secrets = Secrets { env: &|_| None, read: &|_| Ok(String::new()) };
    Project::compile(&tree, &Shipped::default(), secrets).map_err(|found| found.render(false)).unwrap()
}

/// Second field of `statm`: pages of 4 KiB.
fn resident_mib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4 / 1024
}
