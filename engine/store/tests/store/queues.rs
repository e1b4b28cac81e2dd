//! Queues in call records, and what a restart reads about agents.

use std::time::Duration;

use expect_test::expect;
use model::{AgentId, CallId, Entry, Fact, QueueId, Source, TrunkId};

use super::*;

fn queue(name: &str) -> QueueId {
    QueueId::parse(name).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn queued(name: &str) -> Fact {
    Fact::CallQueued { queue: queue(name), position: 1, kept: false, place: None }
}

fn answered(name: &str, by: &str, waited: u64) -> Fact {
    Fact::QueueAnswered { queue: queue(name), agent: agent(by), waited: Duration::from_secs(waited) }
}

fn left(name: &str, waited: u64, reason: &str) -> Fact {
    Fact::QueueLeft { queue: queue(name), waited: Duration::from_secs(waited), reason: reason.into() }
}

fn talked(name: &str, by: &str, seconds: u64) -> Fact {
    Fact::QueueTalkEnded { queue: queue(name), agent: agent(by), talked: Duration::from_secs(seconds) }
}

fn arrived_from(number: &str) -> Fact {
    let source = Source::Trunk(TrunkId::parse("provider").unwrap());
    Fact::CallArrived { from: number.into(), to: "100".into(), source, leg: model::LegId(1) }
}

fn state(seconds: i64, name: &str, state: &str, reason: &str, at: &str) -> Entry {
    let fact =
        Fact::AgentStateChanged { agent: agent(name), state: state.into(), reason: reason.into(), at: at.into() };
    Entry { call: None, ..entry(seconds, 0, fact) }
}

#[tokio::test]
async fn a_record_tells_every_queue_the_wait_the_agent_and_the_talk() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let facts = [
        (1, arrived()),
        (2, left("vip", 0, "queue full")),
        (2, queued("sales")),
        (62, left("sales", 60, "timed out")),
        (62, queued("support")),
        (92, answered("support", "anna", 30)),
        (152, talked("support", "anna", 60)),
        (160, ended()),
    ];
    let facts: Vec<Entry> = facts.into_iter().map(|(at, fact)| entry(at, 1, fact)).collect();
    for batch in facts.chunks(3) {
        store.append(batch).await.unwrap();
    }
    let record = store.call(CallId(1)).await.unwrap().unwrap();
    let visits: Vec<String> = record.queues.iter().map(|visit| format!("{visit:?}")).collect();
    expect![[r#"
        QueueVisit { queue: QueueId("vip"), entered_at: WallTime(2000000), waited: Some(0ns), rang: 0ns, agent: None, talked: None, held: 0ns, wrap_up: None, wraps_up_since: None, left: Some("queue full") }
        QueueVisit { queue: QueueId("sales"), entered_at: WallTime(2000000), waited: Some(60s), rang: 0ns, agent: None, talked: None, held: 0ns, wrap_up: None, wraps_up_since: None, left: Some("timed out") }
        QueueVisit { queue: QueueId("support"), entered_at: WallTime(62000000), waited: Some(30s), rang: 0ns, agent: Some(AgentId("anna")), talked: Some(60s), held: 0ns, wrap_up: None, wraps_up_since: Some(WallTime(152000000)), left: None }"#]].assert_eq(&visits.join("\n"));
    assert_eq!((record.queue(), record.agent()), (Some(&queue("support")), Some(&agent("anna"))));
    assert_eq!(record.waited(), Duration::from_secs(90));
}

#[tokio::test]
async fn what_the_death_of_the_process_cut_off_lasted_until_then() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let waits = [entry(1, 1, arrived()), entry(2, 1, queued("sales"))];
    let talks = [entry(1, 2, arrived()), entry(2, 2, queued("sales")), entry(12, 2, answered("sales", "ben", 10))];
    store.append(&waits).await.unwrap();
    store.append(&talks).await.unwrap();
    store.touch_boot(wall(42)).await.unwrap();
    drop(store);
    let (store, report) = shelf.open(100).await;
    assert_eq!(report.repaired_calls, [CallId(1), CallId(2)]);
    let visit = |record: callwright_store::CallRecord| record.queues[0].clone();
    let waited = visit(store.call(CallId(1)).await.unwrap().unwrap());
    assert_eq!((waited.waited, waited.left.as_deref()), (Some(Duration::from_secs(40)), Some("ended")));
    let talked = visit(store.call(CallId(2)).await.unwrap().unwrap());
    assert_eq!((talked.waited, talked.talked), (Some(Duration::from_secs(10)), Some(Duration::from_secs(30))));
}

#[tokio::test]
async fn a_restart_knows_what_each_agent_did_last() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    assert_eq!(store.agent_states().await.unwrap(), []);
    let day = [
        state(1, "anna", "ready", "", ""),
        state(2, "ben", "ready", "", "+79161234567"),
        state(3, "anna", "not_ready", "lunch", ""),
        state(4, "carl", "ready", "", ""),
        state(5, "carl", "signed_out", "", ""),
    ];
    for batch in day.chunks(2) {
        store.append(batch).await.unwrap();
    }
    drop(store);
    let (store, _) = shelf.open(100).await;
    store.append(&[state(101, "anna", "ready", "", "")]).await.unwrap();
    let states = store.agent_states().await.unwrap();
    let lines: Vec<String> = states
        .iter()
        .map(|row| {
            format!("{} {} {:?} {:?} since {}", row.agent, row.state, row.reason, row.at, row.since.0 / 1_000_000)
        })
        .collect();
    expect![[r#"
        anna ready "" "" since 101
        ben ready "" "+79161234567" since 2
        carl signed_out "" "" since 5"#]]
    .assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn a_restart_knows_who_talked_to_whom_last() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let calls = [("+1", "anna", 10), ("+2", "ben", 20), ("", "carl", 30), ("+1", "carl", 40), ("+3", "anna", 5)];
    for (call, (number, by, at)) in (1..).zip(calls) {
        let facts = [entry(at, call, arrived_from(number)), entry(at, call, answered("sales", by, 0))];
        store.append(&facts).await.unwrap();
    }
    let last = store.last_agents(wall(6)).await.unwrap();
    let lines: Vec<String> =
        last.iter().map(|row| format!("{} {} at {}", row.number, row.agent, row.answered_at.0 / 1_000_000)).collect();
    expect![[r#"
        +1 carl at 40
        +2 ben at 20"#]]
    .assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn a_database_of_the_release_before_gets_its_new_columns() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived()), entry(2, 1, ended())]).await.unwrap();
    store.close(wall(3)).await.unwrap();
    drop(store);
    let mut stranger = shelf.stranger().await;
    let undo = "ALTER TABLE calls DROP COLUMN queues; DROP TABLE agents; DROP INDEX journal_answered; \
        DELETE FROM _sqlx_migrations WHERE version = 2";
    stranger.run(undo).await;
    drop(stranger);
    let (store, _) = shelf.open(4).await;
    assert_eq!(store.call(CallId(1)).await.unwrap().unwrap().queues, []);
}
