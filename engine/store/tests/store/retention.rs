//! What is old goes, and what is somebody's goes when he says so.

use std::time::Duration;

use callwright_store::{OpenRecording, Retention, Store, StoreError};
use expect_test::expect;
use model::{
    CallId, CallbackId, CallbackState, CallbackTask, Delivery, Fact, Message, MessageId, MessageState, Parcel, QueueId,
    Work, WorkState,
};

use super::*;

const DAY: i64 = 86_400;

fn days(days: u64) -> Option<Duration> {
    Some(Duration::from_secs(days * 86_400))
}

fn arrived_from(number: &str) -> Fact {
    let Fact::CallArrived { to, source, leg, .. } = arrived() else { unreachable!() };
    Fact::CallArrived { from: number.into(), to, source, leg }
}

async fn record(store: &Store, file: &str, call: u64, at: i64, mailbox: Option<&str>) {
    let recording = OpenRecording {
        file: file.into(),
        call: CallId(call),
        name: "message".into(),
        sample_rate_hz: 8000,
        channels: 1,
        opened_at: wall(at),
        mailbox: mailbox.map(str::to_owned),
        from: String::new(),
    };
    store.open_recording(&recording).await.unwrap();
    store.close_recording(file, Duration::from_secs(4), "silence").await.unwrap();
    let (name, length, ended_by) = ("message".into(), Duration::from_secs(4), "silence".into());
    let saved = Fact::RecordingSaved { name, file: file.into(), length, ended_by };
    store.append(&[entry(at, call, saved)]).await.unwrap();
}

fn message(id: u64, call: u64, from: &str, file: &str) -> Work {
    Work::Message(Message {
        id: MessageId(id),
        mailbox: "reception".into(),
        call: CallId(call),
        from: from.into(),
        name: String::new(),
        file: file.into(),
        length: Duration::from_secs(4),
        left_at: wall(3),
        urgent: false,
        state: MessageState::New,
    })
}

#[tokio::test]
async fn each_kind_of_thing_is_kept_for_its_own_time() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    for (call, day) in [(1, 0), (2, 10), (3, 20), (4, 0)] {
        store.append(&[entry(day * DAY, call, arrived())]).await.unwrap();
        record(&store, &format!("{call}.wav"), call, day * DAY, None).await;
        if call != 4 {
            store.append(&[entry(day * DAY + 9, call, ended())]).await.unwrap();
        }
    }
    for (id, day) in [(1, 0), (2, 25)] {
        let file = format!("message-{id}.wav");
        record(&store, &file, 2, day * DAY, Some("reception")).await;
        store.keep(&[message(id, 2, "", &file)], wall(day * DAY)).await.unwrap();
    }
    let now = wall(30 * DAY);
    assert_eq!(store.expire(now, &Retention::default()).await.unwrap(), Default::default(), "nothing is said");

    let messages = Retention { messages: days(10), ..Retention::default() };
    let gone = store.expire(now, &messages).await.unwrap();
    assert_eq!((gone.files.into_iter().collect::<Vec<_>>(), gone.work), (vec!["message-1.wav".to_owned()], 1));
    assert_eq!(store.work("message", WorkState::Open).await.unwrap(), [message(2, 2, "", "message-2.wav")]);

    let recordings = Retention { recordings: days(15), ..Retention::default() };
    let gone = store.expire(now, &recordings).await.unwrap();
    assert_eq!(gone.files.into_iter().collect::<Vec<_>>(), ["1.wav", "2.wav", "4.wav"]);
    assert_eq!(store.call(CallId(2)).await.unwrap().unwrap().recordings, ["message-2.wav"]);

    let journal = Retention { journal: days(15), ..Retention::default() };
    assert!(store.expire(now, &journal).await.unwrap().facts > 0);
    let mut facts = Vec::new();
    for call in 1..=4 {
        facts.push(store.journal(CallId(call)).await.unwrap().len());
    }
    assert_eq!(facts, [0, 1, 3, 2], "the second message's file of call 2, and call 4 that goes on");

    let calls = Retention { calls: days(5), ..Retention::default() };
    assert_eq!(store.expire(now, &calls).await.unwrap().calls, 3);
    assert_eq!(store.recent(9).await.unwrap().len(), 1);
    assert_eq!(store.next_call_id().await.unwrap(), CallId(5), "no id is given twice");
}

#[tokio::test]
async fn an_erased_number_is_nowhere_and_the_calls_still_count() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let (anna, ben) = ("+4930111111", "+49301111112");
    for (call, number) in [(1, anna), (2, ben), (3, "004930111111")] {
        let facts = [arrived_from(number), pressed("4711"), tagged("name", "Meyer"), logged(format!("{number} rang"))];
        for (at, fact) in (1..).zip(facts) {
            store.append(&[entry(at, call, fact)]).await.unwrap();
        }
        record(&store, &format!("{call}.wav"), call, 5, None).await;
    }
    store.append(&[entry(6, 2, connected(2, &format!("sip:{anna}@host")))]).await.unwrap();
    store.keep(&[message(1, 1, anna, "message.wav"), message(2, 2, ben, "other.wav")], wall(6)).await.unwrap();

    let erased = store.erase("+49 30 111111", &model::Numbering::default(), "anna", wall(7)).await.unwrap();
    assert_eq!(erased.files.iter().collect::<Vec<_>>(), ["1.wav", "3.wav", "message.wav"]);
    assert_eq!((erased.calls, erased.mentions, erased.work, erased.recordings), (2, 1, 1, 2));
    // A call that goes on does not bring it back.
    store.append(&[entry(8, 1, tagged("result", "sold")), entry(9, 1, ended())]).await.unwrap();

    let lines = async |call| {
        let lines = store.journal(CallId(call)).await.unwrap();
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        00:01.000 call 1 arrived from  to +4930222222 by trunk provider
        00:02.000 call 1 pressed nothing
        00:03.000 call 1 tag name = 
        00:04.000 call 1 log: 
        00:05.000 call 1 recording `message` saved, 4s, ended by silence
        00:08.000 call 1 tag result = sold
        00:09.000 call 1 ended answered by the caller: normal"#]]
    .assert_eq(&lines(1).await);
    expect![[r#"
        00:01.000 call 2 arrived from +49301111112 to +4930222222 by trunk provider
        00:02.000 call 2 pressed 4711
        00:03.000 call 2 tag name = Meyer
        00:04.000 call 2 log: +49301111112 rang
        00:05.000 call 2 recording `message` saved, 4s, ended by silence
        00:06.000 call 2 connected to sip:@host on leg 2"#]]
    .assert_eq(&lines(2).await);
    let records = store.recent(9).await.unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!((&*records[0].from, records[0].digits.len(), records[0].tags.len()), ("", 0, 1));
    assert_eq!((&*records[1].from, &*records[1].conversations[0].to), (ben, "sip:@host"));
    assert_eq!(store.work("message", WorkState::Open).await.unwrap(), [message(2, 2, ben, "other.wav")]);
    assert!(matches!(store.erase("110", &model::Numbering::default(), "anna", wall(9)).await, Err(StoreError::NoNumber { .. })));

    let mut stranger = shelf.stranger().await;
    assert_eq!(stranger.texts("SELECT asked_by FROM erasures").await, ["anna"]);
    store.close(wall(10)).await.unwrap();
    for file in std::fs::read_dir(shelf.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(11).position(|window| window == b"+4930111111" || window == b"04930111111");
        let longer = at.is_some_and(|at| bytes[at + 11] == b'2');
        assert!(at.is_none() || longer, "{} still holds the number", path.display());
    }
}

#[tokio::test]
async fn numbers_of_messages_and_calls_back_that_went_are_not_given_again() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.keep(&[message(7, 1, "+4930111111", "7.wav"), callback(4, "+4930111111")], wall(1)).await.unwrap();
    store.erase("+4930111111", &model::Numbering::default(), "anna", wall(2)).await.unwrap();
    assert_eq!(store.next_work_ids().await.unwrap(), (MessageId(8), CallbackId(5)), "after an erasure");

    store.keep(&[message(9, 1, "", "9.wav"), callback(6, "+4930222222")], wall(3)).await.unwrap();
    let short = Retention { messages: days(1), calls: days(1), ..Retention::default() };
    let expired = store.expire(wall(2 * DAY), &short).await.unwrap();
    assert_eq!((expired.work, expired.messages), (2, [MessageId(9)].into()));
    assert_eq!(store.next_work_ids().await.unwrap(), (MessageId(10), CallbackId(7)), "after an expiry");
    drop(store);
    let (store, _) = shelf.open(3).await;
    assert_eq!(store.next_work_ids().await.unwrap(), (MessageId(10), CallbackId(7)), "after a restart");
}

fn callback(id: u64, number: &str) -> Work {
    Work::Callback(CallbackTask {
        id: CallbackId(id),
        number: number.into(),
        name: String::new(),
        language: "en".into(),
        queue: QueueId::parse("sales").unwrap(),
        priority: 0,
        skills: Default::default(),
        joined: wall(1),
        order: Default::default(),
        tags: Default::default(),
        booked_by: CallId(1),
        booked_at: wall(1),
        attempts: 1,
        next_at: wall(1),
        state: CallbackState::Done,
        result: String::new(),
    })
}

fn mail(file: &str, state: WorkState) -> Work {
    let what = Parcel::Email {
        to: "desk@clinic.example".into(),
        subject: String::new(),
        text: String::new(),
        attachment: Some(file.to_owned()),
    };
    let (key, about, error) = ("message-1-0".to_owned(), String::new(), String::new());
    let (made_at, next_at) = (wall(1), wall(1));
    Work::Delivery(Delivery { key, call: None, about, what, made_at, attempts: 0, next_at, state, error })
}

fn deleted(work: Work) -> Work {
    let Work::Message(message) = work else { unreachable!() };
    Work::Message(Message { state: MessageState::Deleted, ..message })
}

#[tokio::test]
async fn a_deleted_messages_file_goes_when_no_copy_and_no_mail_names_it() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    store.append(&[entry(1, 1, arrived())]).await.unwrap();
    record(&store, "1-1.wav", 1, 1, Some("reception")).await;
    let (own, copy) = (message(1, 1, "", "1-1.wav"), message(2, 1, "", "1-1.wav"));
    store.keep(&[own.clone(), copy.clone(), mail("1-1.wav", WorkState::Open)], wall(2)).await.unwrap();
    let deletable = async || {
        let files = store.deletable_recordings().await.unwrap();
        files.into_iter().map(|(_, file)| file).collect::<Vec<_>>()
    };
    let none = Vec::<String>::new();
    assert_eq!(deletable().await, none);
    store.keep(&[deleted(own)], wall(3)).await.unwrap();
    assert_eq!(deletable().await, none, "the copy has the same file");
    store.keep(&[deleted(copy)], wall(4)).await.unwrap();
    assert_eq!(deletable().await, none, "the mail is not out");
    store.keep(&[mail("1-1.wav", WorkState::Failed)], wall(5)).await.unwrap();
    assert_eq!(deletable().await, none, "somebody may try the mail again");
    store.keep(&[mail("1-1.wav", WorkState::Done)], wall(6)).await.unwrap();
    assert_eq!(deletable().await, ["1-1.wav"]);
    store.recording_deleted(CallId(1), "1-1.wav").await.unwrap();
    assert_eq!(deletable().await, none);
    assert_eq!(store.recording("1-1.wav").await.unwrap(), None);
    assert_eq!(store.call(CallId(1)).await.unwrap().unwrap().recordings, none);
}

#[tokio::test]
async fn an_old_message_leaves_its_file_to_a_younger_copy() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    record(&store, "1-1.wav", 1, 1, Some("reception")).await;
    store.keep(&[message(1, 1, "", "1-1.wav")], wall(1)).await.unwrap();
    store.keep(&[message(2, 1, "", "1-1.wav")], wall(9 * DAY)).await.unwrap();
    let messages = Retention { messages: days(5), ..Retention::default() };
    let expired = store.expire(wall(10 * DAY), &messages).await.unwrap();
    assert_eq!((expired.messages, expired.files.len()), ([MessageId(1)].into(), 0));
    assert_eq!(store.deletable_recordings().await.unwrap(), []);
    let expired = store.expire(wall(20 * DAY), &messages).await.unwrap();
    assert_eq!(expired.files, ["1-1.wav".to_owned()].into());
}

#[tokio::test]
async fn a_discarded_take_is_no_message_after_a_crash_and_its_file_goes() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let recording = OpenRecording {
        file: "1-1.wav".into(),
        call: CallId(1),
        name: "reception".into(),
        sample_rate_hz: 8000,
        channels: 1,
        opened_at: wall(1),
        mailbox: Some("reception".into()),
        from: String::new(),
    };
    store.open_recording(&recording).await.unwrap();
    store.discard_recording("1-1.wav").await.unwrap();
    assert!(matches!(store.discard_recording("2.wav").await, Err(StoreError::UnknownRecording { .. })));
    drop(store);
    let (store, report) = shelf.open(5).await;
    assert_eq!(report.open_recordings, []);
    assert_eq!(store.deletable_recordings().await.unwrap(), [(CallId(1), "1-1.wav".to_owned())]);
}
