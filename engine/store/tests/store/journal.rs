//! Records follow from facts.

use callwright_store::{CallFilter, JournalWriter, WriterOptions};
use expect_test::expect;
use model::{CallId, Entry, Fact, Outcome, VersionId};
use std::time::Duration;

use super::*;

/// A menu, a conversation, a message: one call from its arrival to its end.
fn whole_call() -> Vec<Entry> {
    let version = VersionId::parse("0123456789ab").unwrap();
    let saved = Fact::RecordingSaved {
        name: "message".into(),
        file: "recordings/1.wav".into(),
        length: Duration::from_secs(4),
        ended_by: "silence".into(),
    };
    let started = Fact::FlowStarted { flow: "main.rhai".into(), version };
    vec![
        entry(1, 1, arrived()),
        entry(1, 1, started),
        entry(2, 1, Fact::CallAnswered),
        entry(3, 1, pressed("1")),
        entry(3, 1, tagged("account", "4711")),
        entry(4, 1, connected(2, "anna")),
        entry(64, 1, disconnected(2, 60)),
        entry(65, 1, saved),
        entry(70, 1, ended()),
    ]
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a whole record is that long")]
async fn a_call_leaves_its_facts_and_one_record() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    for batch in whole_call().chunks(4) {
        store.append(batch).await.unwrap();
    }
    let journal: Vec<String> = store.journal(CallId(1)).await.unwrap().iter().map(ToString::to_string).collect();
    expect![[r#"
        00:01.000 call 1 arrived from +4930111111 to +4930222222 by trunk provider
        00:01.000 call 1 flow main.rhai started, version 0123456789ab
        00:02.000 call 1 answered
        00:03.000 call 1 pressed 1
        00:03.000 call 1 tag account = 4711
        00:04.000 call 1 connected to anna on leg 2
        01:04.000 call 1 disconnected from leg 2 after 1m: normal
        01:05.000 call 1 recording `message` saved, 4s, ended by silence
        01:10.000 call 1 ended answered by the caller: normal"#]]
    .assert_eq(&journal.join("\n"));
    expect![[r#"
        [
          {
            "call": 1,
            "direction": "inbound",
            "from": "+4930111111",
            "to": "+4930222222",
            "source": {
              "trunk": "provider"
            },
            "flow": "main.rhai",
            "version": "0123456789ab",
            "arrived_at": 1000000,
            "answered_at": 2000000,
            "legs": [
              {
                "leg": 1,
                "who": "+4930111111",
                "route": "",
                "dialed_at": 1000000,
                "rang_at": null,
                "answered_at": 2000000,
                "released_at": 70000000,
                "cause": "normal"
              }
            ],
            "stages": {
              "menu": {
                "secs": 9,
                "nanos": 0
              },
              "queue": {
                "secs": 0,
                "nanos": 0
              },
              "ring": {
                "secs": 0,
                "nanos": 0
              },
              "talk": {
                "secs": 60,
                "nanos": 0
              },
              "hold": {
                "secs": 0,
                "nanos": 0
              }
            },
            "conversations": [
              {
                "leg": 2,
                "to": "anna",
                "connected_at": 4000000,
                "talked": {
                  "secs": 60,
                  "nanos": 0
                }
              }
            ],
            "queues": [],
            "digits": [
              "1"
            ],
            "tags": {
              "account": "4711"
            },
            "survey": {},
            "recordings": [
              "recordings/1.wav"
            ],
            "evaluations": [],
            "end": {
              "at": 70000000,
              "outcome": "answered",
              "cause": "normal",
              "by": "caller"
            }
          }
        ]"#]]
    .assert_eq(&page(&store.calls(&CallFilter::default()).await.unwrap()));
}

#[tokio::test]
async fn batches_of_any_size_give_the_same_record() {
    let facts = whole_call();
    let mut pages = Vec::new();
    for size in 1..=facts.len() {
        let shelf = shelf();
        let (store, _) = shelf.open(0).await;
        for batch in facts.chunks(size) {
            store.append(batch).await.unwrap();
        }
        assert_eq!(store.journal(CallId(1)).await.unwrap(), facts);
        pages.push(page(&store.recent(9).await.unwrap()));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:#?}");
}

#[tokio::test]
async fn a_fact_kind_stands_in_its_own_column() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived()), entry(2, 1, Fact::CallAnswered)]).await.unwrap();
    let mut stranger = shelf.stranger().await;
    let kinds = stranger.texts("SELECT kind FROM journal ORDER BY seq").await;
    assert_eq!(kinds, ["call_arrived", "call_answered"]);
}

#[tokio::test]
async fn calls_are_filtered_by_time_number_and_outcome() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    for call in 1..=5 {
        let at = i64::try_from(call).unwrap() * 10;
        store.append(&[entry(at, call, arrived()), entry(at + 1, call, tagged("n", "1"))]).await.unwrap();
    }
    store.append(&[entry(31, 3, ended())]).await.unwrap();
    let ids = async |filter: CallFilter| -> Vec<u64> {
        store.calls(&filter).await.unwrap().iter().map(|record| record.call.0).collect()
    };
    assert_eq!(ids(CallFilter::default()).await, [1, 2, 3, 4, 5]);
    assert_eq!(ids(CallFilter { from: Some(wall(20)), until: Some(wall(40)), ..Default::default() }).await, [2, 3]);
    assert_eq!(ids(CallFilter { number: Some("+4930111111".into()), limit: 2, ..Default::default() }).await, [4, 5]);
    assert_eq!(ids(CallFilter { number: Some("+49".into()), ..Default::default() }).await, [0; 0]);
    assert_eq!(ids(CallFilter { outcome: Some(Outcome::Answered), ..Default::default() }).await, [3]);
    assert_eq!(store.recent(1).await.unwrap()[0].call, CallId(5));
}

#[tokio::test]
async fn a_second_arrival_or_end_changes_nothing() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived()), entry(5, 1, ended())]).await.unwrap();
    let first = store.calls(&CallFilter::default()).await.unwrap();
    store.append(&[entry(7, 1, arrived()), entry(9, 1, ended())]).await.unwrap();
    assert_eq!(store.calls(&CallFilter::default()).await.unwrap(), first);
}

#[tokio::test]
async fn reading_does_not_stop_appending() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let writer = JournalWriter::start(store.clone(), WriterOptions::default());
    let reading = tokio::spawn({
        let store = store.clone();
        async move {
            let mut seen = 0;
            while seen < 2000 {
                let now = store.journal(CallId(1)).await.unwrap().len();
                assert!(now >= seen, "a fact that was read has gone");
                seen = now;
            }
        }
    });
    for n in 0..2000 {
        writer.push(entry(1, 1, logged(n.to_string()))).await.unwrap();
    }
    writer.flush().await.unwrap();
    reading.await.unwrap();
    let expected: Vec<String> = (0..2000).map(|n| n.to_string()).collect();
    assert_eq!(log_of(&store, 1).await, expected);
}

#[tokio::test]
async fn a_second_arrival_after_a_restart_changes_nothing() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived()), entry(2, 1, tagged("n", "1")), entry(5, 1, ended())]).await.unwrap();
    let first = store.calls(&CallFilter::default()).await.unwrap();
    drop(store);
    let (store, _) = shelf.open(6).await;
    store.append(&[entry(7, 1, arrived()), entry(9, 1, ended()), entry(9, 2, arrived())]).await.unwrap();
    let after = store.calls(&CallFilter::default()).await.unwrap();
    assert_eq!((after.len(), &after[..1]), (2, &first[..]));
    assert_eq!(store.journal(CallId(1)).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_batch_that_failed_leaves_nothing_in_the_record() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    let refused = [entry(2, 1, tagged("refused", "yes")), entry(2, 2, arrived())];
    let stranger = shelf.lock().await;
    store.append(&refused).await.unwrap_err();
    unlock(stranger).await;
    // The first table takes the batch, the second does not: the transaction fails after the facts were applied.
    let mut stranger = shelf.stranger().await;
    stranger.refuse_tag("refused").await;
    store.append(&refused).await.unwrap_err();
    stranger.refuse_nothing().await;
    store.append(&[entry(3, 1, tagged("taken", "yes"))]).await.unwrap();
    let records = store.recent(9).await.unwrap();
    let tags: Vec<_> = records.iter().map(|record| (record.call, record.tags.keys().cloned().collect())).collect();
    assert_eq!(tags, [(CallId(1), vec!["taken".to_owned()])]);
    assert_eq!(store.journal(CallId(1)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn more_calls_than_memory_keeps_have_their_records() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let calls = 5000;
    let of_all = |fact: fn() -> Fact| (1..=calls).map(|call| entry(1, call, fact())).collect::<Vec<_>>();
    store.append(&of_all(arrived)).await.unwrap();
    store.append(&of_all(|| tagged("n", "1"))).await.unwrap();
    store.append(&of_all(ended)).await.unwrap();
    let records = store.recent(10_000).await.unwrap();
    assert_eq!(records.len(), 5000);
    assert!(records.iter().all(|record| record.end.is_some() && record.tags["n"] == "1"));
}
