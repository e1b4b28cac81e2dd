//! Callers who waited when the process died.

use std::time::Duration;

use callwright_store::LostCaller;
use model::{CallId, Fact, QueueId};

use super::*;

fn queue() -> QueueId {
    QueueId::parse("support").unwrap()
}

fn queued(kept: bool) -> Fact {
    Fact::CallQueued { queue: queue(), position: 1, kept, place: None }
}

fn left() -> Fact {
    Fact::QueueLeft { queue: queue(), waited: Duration::ZERO, reason: "timed out".into() }
}

fn answered() -> Fact {
    Fact::QueueAnswered { queue: queue(), agent: model::AgentId::parse("anna").unwrap(), waited: Duration::ZERO }
}

fn lost(call: u64, joined: i64) -> LostCaller {
    LostCaller { call: CallId(call), number: "+4930111111".into(), queue: queue(), joined: wall(joined) }
}

#[tokio::test]
async fn who_waited_at_the_crash_is_told_until_it_is_journalled() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let stories = [
        vec![queued(false)],
        vec![queued(false), left()],
        vec![queued(false), answered()],
        vec![queued(false), answered(), queued(true)],
        vec![queued(false), left(), queued(false)],
        vec![queued(false), ended()],
    ];
    for (call, story) in (1..).zip(stories) {
        store.append(&[entry(1, call, arrived())]).await.unwrap();
        for (at, fact) in (2..).zip(story) {
            store.append(&[entry(at, call, fact)]).await.unwrap();
        }
    }
    drop(store);
    let (store, report) = shelf.open(10).await;
    assert_eq!(report.waiting, [lost(1, 2), lost(4, 2), lost(5, 4)]);
    let told = Fact::CallerLost { number: "1".into(), queue: queue(), waited: Duration::ZERO, callback: None };
    store.append(&[entry(11, 4, told)]).await.unwrap();
    drop(store);
    let (_, report) = shelf.open(12).await;
    assert_eq!(report.waiting, [lost(1, 2), lost(5, 4)], "the process died again before it dealt with these");
}
