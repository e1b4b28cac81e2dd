//! Callers who waited when the process died, and recordings that become messages.

use std::time::Duration;

use callwright_store::{LostCaller, OpenRecording};
use model::{CallId, Fact, MessageId, MessageState, QueueId, Work, WorkState};

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

#[tokio::test]
async fn a_recording_for_a_box_that_a_crash_cut_becomes_a_message_once() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let recording = |file: &str, mailbox: Option<&str>| OpenRecording {
        file: file.into(),
        call: CallId(7),
        name: "message".into(),
        sample_rate_hz: 8000,
        channels: 1,
        opened_at: wall(2),
        mailbox: mailbox.map(str::to_owned),
        from: "+4930111111".into(),
    };
    for (file, mailbox) in [("a.wav", Some("sales")), ("click.wav", Some("sales")), ("call.wav", None)] {
        store.open_recording(&recording(file, mailbox)).await.unwrap();
    }
    drop(store);
    let (store, report) = shelf.open(10).await;
    for open in &report.open_recordings {
        let length = Duration::from_millis(if open.file == "click.wav" { 999 } else { 1000 });
        store.recording_repaired(&open.file, length, wall(11)).await.unwrap();
    }
    let again = store.recording_repaired("a.wav", Duration::from_secs(1), wall(12)).await.unwrap_err();
    assert!(matches!(again, callwright_store::StoreError::UnknownRecording { .. }), "{again}");
    let work = store.work("message", WorkState::Open).await.unwrap();
    let [Work::Message(message)] = &work[..] else { panic!("{work:?}") };
    assert_eq!((message.id, &*message.mailbox, &*message.file), (MessageId(1), "sales", "a.wav"));
    assert_eq!((message.call, &*message.from, message.left_at), (CallId(7), "+4930111111", wall(2)));
    assert_eq!((message.length, message.state), (Duration::from_secs(1), MessageState::New));
    let journal: Vec<String> = store.journal(CallId(7)).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(journal.iter().filter(|line| line.contains("message 1 saved in sales")).count(), 1, "{journal:?}");
}
