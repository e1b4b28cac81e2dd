//! kill -9: what was confirmed is there, the file is sound, every call has one record.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use callwright_store::{JournalWriter, Store, WriterOptions};
use model::{CallId, HangupCause};

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
    let writer = JournalWriter::start(store, WriterOptions::default());
    for call in first.. {
        writer.push(entry(1, call, arrived())).await.unwrap();
        for n in 0..20 {
            writer
                .push(entry(2, call, tagged(&n.to_string(), "set")))
                .await
                .unwrap();
        }
        writer
            .push_durable(entry(3, call, tagged("last", "set")))
            .await
            .unwrap();
        println!("\n{CONFIRMED}{call}");
    }
}

#[tokio::test]
async fn nothing_confirmed_is_lost_by_kill_9() {
    let shelf = Shelf::new();
    let mut confirmed = BTreeSet::new();
    for kill_after in [1, 40, 3, 100, 17] {
        confirmed.extend(confirmed_before_kill(&shelf, kill_after));
        let (store, report) = shelf.open(50).await;
        assert_eq!(store.damage().await.unwrap(), [""; 0]);
        let records = store.recent(100_000).await.unwrap();
        let ids: BTreeSet<u64> = records.iter().map(|record| record.call.0).collect();
        assert_eq!(ids.len(), records.len(), "one record per call");
        assert!(
            confirmed.is_subset(&ids),
            "lost {:?}",
            confirmed.difference(&ids)
        );
        for record in records {
            assert_eq!(record.end.unwrap().cause, HangupCause::Crash);
            if confirmed.contains(&record.call.0) {
                assert_eq!(record.tags.len(), 21, "call {}", record.call);
                assert_eq!(
                    store.journal(record.call).await.unwrap().len(),
                    23,
                    "call {}",
                    record.call
                );
            }
        }
        assert!(report.repaired_calls.iter().all(|call| *call > CallId(0)));
    }
    assert!(confirmed.len() >= 161);
}

/// Lets a child append until it has confirmed `calls` calls, then kills it; returns the calls it confirmed.
fn confirmed_before_kill(shelf: &Shelf, calls: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::child_appends_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, shelf.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut numbers = lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix(CONFIRMED)?.parse().ok());
    let mut confirmed: Vec<u64> = numbers.by_ref().take(calls).collect();
    child.kill().unwrap();
    confirmed.extend(numbers); // What it printed between our decision and its death.
    child.wait().unwrap();
    assert!(confirmed.len() >= calls, "the child ended by itself");
    confirmed
}
