//! kill -9: what was confirmed is there, the file is sound, every call has one record.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use callwright_store::{JournalWriter, Store, WriterOptions};
use model::HangupCause;

use crate::shelf::*;

const FOLDER: &str = "CALLWRIGHT_CRASH_FOLDER";
const CONFIRMED: &str = "confirmed ";

/// Not a test: the process that [`nothing_confirmed_is_lost_by_kill_9`] kills.
#[tokio::test]
#[ignore = "run by nothing_confirmed_is_lost_by_kill_9"]
async fn child_appends_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("the parent names the folder"));
    let (store, _) = Store::open(URL, &folder, wall(0)).await.unwrap();
    let first = store.next_call_id().await.unwrap().0;
    let options = WriterOptions { spool_after: Duration::from_millis(50), ..WriterOptions::default() };
    let writer = JournalWriter::start(store, options);
    for call in first.. {
        writer.push(entry(1, call, arrived())).await.unwrap();
        for n in 0..20 {
            writer.push(entry(2, call, tagged(&n.to_string(), "set"))).await.unwrap();
        }
        writer.push_durable(entry(3, call, tagged("last", "set"))).await.unwrap();
        println!("\n{CONFIRMED}{call}");
    }
}

#[tokio::test]
async fn nothing_confirmed_is_lost_by_kill_9() {
    let shelf = Shelf::new();
    let mut confirmed = BTreeSet::new();
    for kill_after in [1, 40, 3, 100, 17] {
        let mut child = Child::start(&shelf);
        confirmed.extend(child.confirms(kill_after));
        confirmed.extend(child.kill());
        check(&shelf, &confirmed).await;
    }
    assert!(confirmed.len() >= 161);
}

#[tokio::test]
async fn nothing_confirmed_is_lost_by_kill_9_while_the_database_is_locked() {
    let shelf = Shelf::new();
    let mut confirmed = BTreeSet::new();
    for kill_after in [5, 30] {
        let mut child = Child::start(&shelf);
        confirmed.extend(child.confirms(10));
        let stranger = shelf.lock().await;
        confirmed.extend(child.confirms(kill_after));
        confirmed.extend(child.kill());
        assert!(shelf.file("calls.db.journal.spool").exists());
        unlock(stranger).await;
        check(&shelf, &confirmed).await;
    }
    assert!(confirmed.len() >= 55);
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

/// A process that appends calls and prints the ones that are confirmed.
struct Child {
    process: std::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    fn start(shelf: &Shelf) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_appends_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, shelf.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// The next `count` calls that it confirms.
    fn confirms(&mut self, count: usize) -> Vec<u64> {
        let calls: Vec<u64> = self.numbers().take(count).collect();
        assert_eq!(calls.len(), count, "the child ended by itself");
        calls
    }

    /// Kills it; what it printed between our decision and its death counts as confirmed.
    fn kill(mut self) -> Vec<u64> {
        self.process.kill().unwrap();
        let calls = self.numbers().collect();
        self.process.wait().unwrap();
        calls
    }

    fn numbers(&mut self) -> impl Iterator<Item = u64> {
        let lines = self.lines.by_ref().map_while(Result::ok);
        lines.filter_map(|line| line.strip_prefix(CONFIRMED)?.parse().ok())
    }
}
