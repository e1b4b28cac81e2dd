//! A database that is locked or gone loses nothing and doubles nothing.

use std::time::Duration;

use callwright_store::{JournalWriter, WriterOptions, WriterState};

use super::*;

fn impatient() -> WriterOptions {
    let (spool_after, retry_every) = (Duration::from_millis(50), Duration::from_millis(20));
    WriterOptions { spool_after, retry_every, ..WriterOptions::default() }
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

async fn push_all(writer: &JournalWriter, range: std::ops::Range<u32>) {
    for n in range {
        writer.push(entry(1, 1, logged(n.to_string()))).await.unwrap();
    }
}

async fn healthy(writer: &JournalWriter) {
    writer.watch().wait_for(|state| *state == WriterState::Healthy).await.unwrap();
}

#[tokio::test]
async fn entries_go_to_the_spool_while_the_database_is_locked_and_back_in_order() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), impatient());
    push_all(&writer, 0..100).await;
    assert_eq!(writer.flush().await.unwrap(), WriterState::Healthy);

    let stranger = shelf.lock().await;
    push_all(&writer, 100..900).await;
    writer.push_durable(entry(1, 1, logged("900"))).await.unwrap();
    assert!(matches!(writer.state(), WriterState::Spooling { .. }), "{:?}", writer.state());
    assert_eq!(log_of(&store, 1).await.len(), 100, "readers go on");
    assert!(store.spool_path().exists());

    unlock(stranger).await;
    push_all(&writer, 901..1500).await;
    healthy(&writer).await;
    writer.close().await.unwrap();
    assert_eq!(log_of(&store, 1).await, numbers(0..1500));
    assert!(!store.spool_path().exists());
}

#[tokio::test]
async fn a_spool_left_behind_is_replayed_once_at_the_next_start() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), impatient());
    writer.push(entry(1, 2, arrived())).await.unwrap();
    writer.flush().await.unwrap();
    let stranger = shelf.lock().await;
    push_all(&writer, 0..700).await;
    writer.push(entry(9, 2, ended())).await.unwrap();
    assert!(matches!(writer.close().await.unwrap(), WriterState::Spooling { .. }));
    let spool = std::fs::read(store.spool_path()).unwrap();
    let path = store.spool_path();
    drop(store);
    unlock(stranger).await;

    let (store, report) = shelf.open(20).await;
    assert_eq!((report.replayed_entries, report.repaired_calls), (701, vec![]));
    assert_eq!(log_of(&store, 1).await, numbers(0..700));
    assert_eq!(store.recent(9).await.unwrap()[0].end.unwrap().at, wall(9));
    drop(store);

    // The process died after the last commit and before it removed the file.
    std::fs::write(path, spool).unwrap();
    let (store, _) = shelf.open(30).await;
    assert_eq!(log_of(&store, 1).await, numbers(0..700));
}

#[tokio::test]
async fn torn_and_damaged_lines_cost_only_themselves() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), impatient());
    let stranger = shelf.lock().await;
    push_all(&writer, 0..3).await;
    writer.close().await.unwrap();
    let path = store.spool_path();
    drop(store);
    unlock(stranger).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(1, "not json");
    lines.push(&lines[0][..20]);
    std::fs::write(&path, lines.join("\n")).unwrap();

    let (store, report) = shelf.open(20).await;
    assert_eq!(report.replayed_entries, 3);
    assert_eq!(log_of(&store, 1).await, numbers(0..3));
    let damaged = std::fs::read_to_string(path.with_added_extension("damaged")).unwrap();
    assert_eq!(damaged, "not json\n");
}

#[tokio::test]
async fn nothing_is_confirmed_while_neither_file_can_be_written() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), impatient());
    let stranger = shelf.lock().await;
    std::fs::create_dir(store.spool_path()).unwrap();
    writer.push(entry(1, 1, logged("0"))).await.unwrap();
    let flush = writer.flush();
    tokio::pin!(flush);
    let mut state = writer.watch();
    tokio::select! {
        _ = &mut flush => panic!("confirmed what is on no disk"),
        state = state.wait_for(|state| matches!(state, WriterState::Failing { .. })) => drop(state.unwrap()),
    }
    unlock(stranger).await;
    flush.await.unwrap();
    assert_eq!(log_of(&store, 1).await, ["0"]);
}

#[tokio::test]
async fn a_full_channel_gives_the_entry_back() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), WriterOptions { capacity: 2, ..impatient() });
    // The task has not run yet: this test has one thread and has not waited since.
    let entries: Vec<_> = (0..3).map(|n| entry(1, 1, logged(n.to_string()))).collect();
    writer.try_push(entries[0].clone()).unwrap();
    writer.try_push(entries[1].clone()).unwrap();
    assert_eq!(writer.try_push(entries[2].clone()), Err(entries[2].clone()));
    writer.push(entries[2].clone()).await.unwrap();
    writer.flush().await.unwrap();
    assert_eq!(log_of(&store, 1).await, numbers(0..3));
}
