//! A server that stops, comes back, or has somebody else on it.

use std::time::Duration;

use callwright_store::{JournalWriter, StoreError, WriterOptions, WriterState};
use model::{Campaign, CampaignState, Work, WorkState};

use crate::server::Server;
use crate::shelf::*;

fn impatient() -> WriterOptions {
    let (spool_after, retry_every) = (Duration::from_millis(50), Duration::from_millis(20));
    WriterOptions { spool_after, retry_every, ..WriterOptions::default() }
}

async fn spooling(writer: &JournalWriter) {
    writer.watch().wait_for(|state| matches!(state, WriterState::Spooling { .. })).await.unwrap();
}

async fn healthy(writer: &JournalWriter) {
    writer.watch().wait_for(|state| *state == WriterState::Healthy).await.unwrap();
}

fn texts(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

async fn push_all(writer: &JournalWriter, range: std::ops::Range<u32>) {
    for n in range {
        writer.push(entry(1, 1, logged(n.to_string()))).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_cut_off_and_comes_back_has_every_fact_once() {
    let server = Server::start();
    let shelf = Shelf::on(&server);
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), impatient());
    push_all(&writer, 0..100).await;
    assert_eq!(writer.flush().await.unwrap(), WriterState::Healthy);
    for round in 1..=2 {
        let first = round * 100;
        push_all(&writer, first..first + 50).await;
        server.cut();
        push_all(&writer, first + 50..first + 99).await;
        writer.push_durable(entry(1, 1, logged((first + 99).to_string()))).await.unwrap();
        spooling(&writer).await;
        store.keep(&[], wall(2)).await.unwrap_err();
        server.go_on();
        healthy(&writer).await;
        assert_eq!(log_of(&store, 1).await, texts(0..first + 100));
        assert!(!store.spool_path().exists());
        store.keep(&[], wall(2)).await.unwrap();
    }
    assert_eq!(store.work("message", WorkState::Open).await.unwrap(), Vec::<Work>::new());
}

#[tokio::test]
async fn a_silent_server_delays_no_confirmation_for_long() {
    let server = Server::start();
    let shelf = Shelf::on(&server);
    let (store, _) = shelf.open(0).await;
    let options = WriterOptions { answer_within: Duration::from_millis(500), ..impatient() };
    let writer = JournalWriter::start(store.clone(), options);
    push_all(&writer, 0..10).await;
    writer.flush().await.unwrap();
    server.signal("STOP");
    push_all(&writer, 10..20).await;
    assert!(matches!(writer.flush().await.unwrap(), WriterState::Spooling { .. }));
    server.signal("CONT");
    healthy(&writer).await;
    assert_eq!(log_of(&store, 1).await, texts(0..20));
}

#[tokio::test]
async fn a_spool_of_an_absent_server_is_replayed_at_the_next_start() {
    let server = Server::start();
    let shelf = Shelf::on(&server);
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), impatient());
    writer.push(entry(1, 1, arrived())).await.unwrap();
    writer.flush().await.unwrap();
    server.cut();
    writer.push_durable(entry(2, 1, ended())).await.unwrap();
    writer.close().await.unwrap();
    drop(store);
    let error = shelf.try_open(3).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot reach the database postgres://callwright@/"), "{error}");
    server.go_on();
    let (store, report) = shelf.open(4).await;
    assert_eq!((report.replayed_entries, report.repaired_calls), (1, vec![]));
    assert_eq!(store.recent(9).await.unwrap()[0].end.unwrap().at, wall(2));
}

#[tokio::test]
async fn who_lost_the_lock_to_another_process_writes_no_more() {
    let shelf = Shelf::on_postgres();
    let (store, _) = shelf.open(0).await;
    let mut stranger = shelf.stranger().await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = \
        (SELECT oid FROM pg_database WHERE datname = current_database())";
    // The server was restarted and we come back first: nothing has happened.
    stranger.run(end).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();

    stranger.run(end).await;
    let elsewhere = shelf.elsewhere();
    let (other, report) = elsewhere.open(10).await;
    assert_eq!(report.repaired_calls.len(), 1);
    let error = store.append(&[entry(2, 1, ended())]).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    other.close(wall(11)).await.unwrap();
    let error = store.append(&[entry(2, 1, ended())]).await.unwrap_err();
    assert!(matches!(error, StoreError::TakenOver { .. }), "{error}");
}

#[tokio::test]
async fn a_text_that_the_server_cannot_hold_keeps_nothing_out() {
    let shelf = Shelf::on_postgres();
    let (store, _) = shelf.open(0).await;
    let model::Fact::CallArrived { to, source, leg, .. } = arrived() else { unreachable!() };
    let strange = model::Fact::CallArrived { from: "+49\0ab".into(), to, source, leg };
    store.append(&[entry(1, 1, strange.clone())]).await.unwrap();
    assert_eq!(store.recent(1).await.unwrap()[0].from, "+49\u{FFFD}ab");
    assert_eq!(store.journal(model::CallId(1)).await.unwrap()[0].fact, strange);
}

#[tokio::test]
async fn an_erasure_may_take_longer_than_any_other_statement() {
    let shelf = Shelf::on(Server::shared());
    let (store, _) = shelf.open(0).await;
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN PERFORM pg_sleep(6); RETURN new; END $$; \
        CREATE TRIGGER slow BEFORE INSERT ON erasures FOR EACH ROW EXECUTE FUNCTION slow()";
    shelf.stranger().await.run(slow).await;
    store.erase("+4930111111", &model::Numbering::default(), "anna", wall(1)).await.unwrap();
    let slow = "CREATE TRIGGER slow BEFORE INSERT ON work FOR EACH ROW EXECUTE FUNCTION slow()";
    shelf.stranger().await.run(slow).await;
    let work = Work::Campaign(Campaign { name: "debts".into(), state: CampaignState::Ready, days: Vec::new() });
    store.keep(&[work], wall(2)).await.expect_err("who waits for an answer is not kept waiting for a minute");
}
