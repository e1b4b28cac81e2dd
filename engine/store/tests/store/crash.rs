//! kill -9: what was confirmed is there, the file is sound, every call has one record.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use callwright_store::{JournalWriter, Store, WriterOptions, WriterState};
use model::HangupCause;

use super::*;

const FOLDER: &str = "CALLWRIGHT_CRASH_FOLDER";
const URL: &str = "CALLWRIGHT_CRASH_URL";
const CONFIRMED: &str = "confirmed ";
const DATABASE: &str = "database";
const SPOOL: &str = "spool";

/// Not a test: the process that [`nothing_confirmed_is_lost_by_kill_9`] kills.
#[tokio::test]
#[ignore = "run by nothing_confirmed_is_lost_by_kill_9"]
async fn child_appends_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("the parent names the folder"));
    let url = std::env::var(URL).expect("the parent names the database");
    let (store, _) = Store::open(&url, &folder, wall(0)).await.unwrap();
    let first = store.next_call_id().await.unwrap().0;
    let options = WriterOptions { spool_after: Duration::from_millis(50), ..WriterOptions::default() };
    let writer = JournalWriter::start(store, options);
    for call in first.. {
        writer.push(entry(1, call, arrived())).await.unwrap();
        for n in 0..20 {
            writer.push(entry(2, call, tagged(&n.to_string(), "set"))).await.unwrap();
        }
        writer.push_durable(entry(3, call, tagged("last", "set"))).await.unwrap();
        let place = if writer.state() == WriterState::Healthy { DATABASE } else { SPOOL };
        println!("\n{CONFIRMED}{call} {place}");
    }
}

#[tokio::test]
async fn nothing_confirmed_is_lost_by_kill_9() {
    let shelf = shelf();
    let mut confirmed = BTreeSet::new();
    for kill_after in [1, 40, 3, 100, 17] {
        let mut child = Child::start(&shelf);
        confirmed.extend(child.confirms(kill_after, DATABASE));
        confirmed.extend(child.kill());
        check(&shelf, &confirmed).await;
    }
    assert!(confirmed.len() >= 161);
}

#[tokio::test]
async fn nothing_confirmed_is_lost_by_kill_9_while_the_database_is_locked() {
    let shelf = shelf();
    let mut confirmed = BTreeSet::new();
    for kill_after in [5, 30] {
        let mut child = Child::start(&shelf);
        confirmed.extend(child.confirms(10, DATABASE));
        let stranger = shelf.lock().await;
        confirmed.extend(child.confirms(kill_after, SPOOL));
        confirmed.extend(child.kill());
        assert!(spool_of(&shelf).exists());
        unlock(stranger).await;
        check(&shelf, &confirmed).await;
    }
    assert!(confirmed.len() >= 55);
}

fn spool_of(shelf: &Shelf) -> PathBuf {
    let files = std::fs::read_dir(shelf.path()).unwrap().map(|file| file.unwrap().path());
    files.into_iter().find(|path| path.extension() == Some("spool".as_ref())).expect("a spool")
}

/// Opens as the next start does, and compares with what was confirmed.
async fn check(shelf: &Shelf, confirmed: &BTreeSet<u64>) {
    let (store, _) = shelf.open(50).await;
    assert_eq!(store.damage().await.unwrap(), [""; 0]);
    let records = store.recent(100_000).await.unwrap();
    let ids: BTreeSet<u64> = records.iter().map(|record| record.call.0).collect();
    assert_eq!(ids.len(), records.len(), "one record per call");
    assert!(confirmed.is_subset(&ids), "lost {:?}", confirmed.difference(&ids));
    for record in records {
        assert_eq!(record.end.unwrap().cause, HangupCause::Crash);
        if confirmed.contains(&record.call.0) {
            assert_eq!(record.tags.len(), 21, "call {}", record.call);
            let facts = store.journal(record.call).await.unwrap();
            assert_eq!(facts.len(), 23, "call {}", record.call);
        }
    }
}

fn child_test() -> String {
    let (_crate, module) = module_path!().split_once("::").unwrap();
    format!("{module}::child_appends_until_it_is_killed")
}

/// A process that appends calls and prints the ones that are confirmed.
struct Child {
    process: std::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    fn start(shelf: &Shelf) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &child_test(), "--ignored", "--nocapture"])
            .env(FOLDER, shelf.path())
            .env(URL, shelf.url())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// The calls that it confirms until `count` of them were written to `place`.
    fn confirms(&mut self, count: usize, place: &str) -> Vec<u64> {
        let mut missing = count;
        let mut calls = Vec::new();
        while missing > 0 {
            let (call, at) = self.numbers().next().expect("the child goes on until it is killed");
            missing -= usize::from(at == place);
            calls.push(call);
        }
        calls
    }

    /// Kills it; what it printed between our decision and its death counts as confirmed.
    fn kill(mut self) -> Vec<u64> {
        self.process.kill().unwrap();
        let calls = self.numbers().map(|(call, _)| call).collect();
        self.process.wait().unwrap();
        calls
    }

    fn numbers(&mut self) -> impl Iterator<Item = (u64, String)> {
        let lines = self.lines.by_ref().map_while(Result::ok);
        lines.filter_map(|line| {
            let (call, place) = line.strip_prefix(CONFIRMED)?.split_once(' ')?;
            Some((call.parse().ok()?, place.to_owned()))
        })
    }
}
