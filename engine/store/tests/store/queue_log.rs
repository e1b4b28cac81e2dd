//! The journal as Asterisk's `queue_log`.

use std::collections::BTreeMap;
use std::time::Duration;

use callwright_store::{JournalPlace, QueueLog, Span, Store};
use expect_test::expect;
use model::{AgentId, Entry, Fact, HangupCause, LegId, QueueId, VersionId};

use super::*;

fn queue(name: &str) -> QueueId {
    QueueId::parse(name).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn of_nobody(seconds: i64, fact: Fact) -> Entry {
    Entry { call: None, ..entry(seconds, 0, fact) }
}

fn state(seconds: i64, name: &str, state: &str, reason: &str) -> Entry {
    let fact =
        Fact::AgentStateChanged { agent: agent(name), state: state.into(), reason: reason.into(), at: String::new() };
    of_nobody(seconds, fact)
}

fn queued(position: usize) -> Fact {
    Fact::CallQueued { queue: queue("sales"), position, kept: false, place: None }
}

fn offered(name: &str) -> Fact {
    Fact::OfferMade { queue: queue("sales"), agent: agent(name), why: "longest idle".into() }
}

fn offer_ended(name: &str, reason: &str) -> Fact {
    Fact::OfferEnded { agent: agent(name), reason: reason.into() }
}

fn left(waited: u64, reason: &str) -> Fact {
    Fact::QueueLeft { queue: queue("sales"), waited: Duration::from_secs(waited), reason: reason.into() }
}

fn answered(call: u64, at: i64, waited: u64) -> Vec<Entry> {
    let answered =
        Fact::QueueAnswered { queue: queue("sales"), agent: agent("anna"), waited: Duration::from_secs(waited) };
    vec![
        entry(at, call, queued(1)),
        entry(at, call, offered("anna")),
        entry(at + 3, call, Fact::LegAnswered { leg: LegId(7), to: "anna".into() }),
        entry(at + 4, call, answered),
    ]
}

fn talk_ended(talked: u64) -> Fact {
    Fact::QueueTalkEnded { queue: queue("sales"), agent: agent("anna"), talked: Duration::from_secs(talked) }
}

fn hung_up(leg: u64, cause: HangupCause) -> Fact {
    Fact::CallDisconnected { leg: LegId(leg), talked: Duration::from_secs(1), cause }
}

fn transfer(to: &str, attended: bool) -> Fact {
    Fact::TransferRequested { leg: LegId(7), to: to.into(), attended }
}

fn log_of(entries: impl IntoIterator<Item = Entry>) -> String {
    let mut log = QueueLog::new(BTreeMap::from([(agent("anna"), vec![queue("sales"), queue("support")])]));
    entries.into_iter().flat_map(|entry| log.take(&entry)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_caller_enters_is_rung_for_and_served() {
    let mut entries = vec![
        entry(100, 1, arrived()),
        entry(101, 1, queued(1)),
        entry(101, 1, offered("ben")),
        entry(111, 1, offer_ended("ben", "no answer")),
        entry(111, 1, offered("carl")),
        entry(112, 1, offer_ended("carl", "answered elsewhere")),
    ];
    entries.extend(answered(1, 112, 15).into_iter().skip(1));
    entries.extend([entry(150, 1, hung_up(7, HangupCause::Normal)), entry(150, 1, talk_ended(34))]);
    expect![[r#"
        101|1|sales|NONE|DID|+4930222222
        101|1|sales|NONE|ENTERQUEUE||+4930111111|1
        111|1|sales|ben|RINGNOANSWER|10000
        112|1|sales|carl|RINGCANCELED|1000
        116|1|sales|anna|CONNECT|15|1.7|4
        150|1|sales|anna|COMPLETEAGENT|15|34|1"#]]
    .assert_eq(&log_of(entries));
}

#[test]
fn every_way_out_of_a_queue_has_its_event_with_its_positions() {
    let mut entries = Vec::new();
    let ways = ["abandoned", "timed_out", "no_agents", "exit:5", "callback", "withdrawn"];
    for (place, call) in (1..=ways.len()).zip(1..) {
        entries.push(entry(10, call, arrived()));
        entries.push(entry(10, call, queued(place)));
    }
    let mut leaving: Vec<(u64, &str)> = (1..).zip(ways).collect();
    leaving.swap(0, 1); // Whoever stood behind moves up.
    for (call, way) in leaving {
        entries.push(entry(30, call, left(20, way)));
        entries.push(entry(31, call, ended()));
    }
    entries.push(entry(40, 9, arrived()));
    entries.push(entry(40, 9, left(0, "full")));
    let log = log_of(entries);
    let ends: Vec<&str> = log.lines().filter(|line| line.starts_with("30|") || line.starts_with("40|")).collect();
    expect![[r#"
        30|2|sales|NONE|EXITWITHTIMEOUT|2|2|20
        30|1|sales|NONE|ABANDON|1|1|20
        30|3|sales|NONE|EXITEMPTY|1|3|20
        30|4|sales|NONE|EXITWITHKEY|5|1|4|20
        30|5|sales|NONE|WITHDRAW|1|5|20|callback
        30|6|sales|NONE|WITHDRAW|1|6|20|withdrawn"#]]
    .assert_eq(&ends.join("\n"));
}

#[test]
fn who_hung_up_and_where_a_caller_was_sent_are_told() {
    let mut entries = Vec::new();
    for call in 1..=4 {
        entries.push(entry(0, call, arrived()));
        entries.extend(answered(call, 10, 4));
    }
    entries.push(entry(20, 1, hung_up(1, HangupCause::Normal)));
    entries.push(entry(20, 1, talk_ended(6)));
    entries.push(entry(21, 2, transfer("201|x", false)));
    entries.push(entry(25, 2, talk_ended(11)));
    entries.push(entry(26, 3, transfer("ben", true)));
    entries.push(entry(26, 3, talk_ended(12)));
    entries.push(entry(27, 4, transfer("202", false)));
    entries.push(entry(28, 4, Fact::TransferFailed { to: "202".into(), reason: "busy".into() }));
    entries.push(entry(29, 4, hung_up(7, HangupCause::Normal)));
    entries.push(entry(29, 4, talk_ended(15)));
    let log = log_of(entries);
    let ends: Vec<&str> = log.lines().filter(|line| line.starts_with('2')).collect();
    expect![[r#"
        20|1|sales|anna|COMPLETECALLER|4|6|1
        25|2|sales|anna|BLINDTRANSFER|201_x|callwright|4|11|1
        26|3|sales|anna|ATTENDEDTRANSFER|BRIDGE|ben|4|12|1
        29|4|sales|anna|COMPLETEAGENT|4|15|1"#]]
    .assert_eq(&ends.join("\n"));
}

#[test]
fn agents_come_pause_and_go_in_each_of_their_queues() {
    let version = VersionId::parse("abc").unwrap();
    let day = [
        of_nobody(1, Fact::VersionPublished { version }),
        state(2, "anna", "ready", ""),
        state(3, "anna", "reserved", ""),
        state(4, "anna", "talking", ""),
        state(5, "anna", "wrap_up", ""),
        state(6, "anna", "not_ready", "lunch"),
        state(7, "anna", "ready", ""),
        state(8, "anna", "signed_out", ""),
        state(9, "ben", "talking", ""),
        state(10, "ben", "signed_out", ""),
    ];
    expect![[r#"
        1|NONE|NONE|NONE|CONFIGRELOAD|
        2|NONE|sales|anna|ADDMEMBER|
        2|NONE|support|anna|ADDMEMBER|
        6|NONE|NONE|anna|PAUSEALL|lunch
        6|NONE|sales|anna|PAUSE|lunch
        6|NONE|support|anna|PAUSE|lunch
        7|NONE|NONE|anna|UNPAUSEALL|
        7|NONE|sales|anna|UNPAUSE|
        7|NONE|support|anna|UNPAUSE|
        8|NONE|sales|anna|REMOVEMEMBER|
        8|NONE|support|anna|REMOVEMEMBER|
        10|NONE|NONE|ben|REMOVEMEMBER|"#]]
    .assert_eq(&log_of(day));
}

#[tokio::test]
async fn the_store_gives_what_the_log_needs_of_a_span() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let facts = [
        entry(5, 1, arrived()),
        entry(6, 1, logged("not for the log")),
        entry(6, 1, queued(1)),
        entry(60, 1, left(54, "abandoned")),
    ];
    store.append(&facts).await.unwrap();
    assert_eq!(read(&store, 0, 100).await, ["00:05", "00:06", "01:00"]);
    assert_eq!(read(&store, 6, 60).await, ["00:06"]);
}

/// When each entry of a span happened.
async fn read(store: &Store, from: i64, until: i64) -> Vec<String> {
    let span = Span { from: wall(from), until: wall(until) };
    let (mut at, mut times) = (JournalPlace::default(), Vec::new());
    loop {
        let (entries, next) = store.queue_log_entries(span, at).await.unwrap();
        times.extend(entries.iter().map(|entry| entry.at.to_string()[..5].to_owned()));
        match next {
            Some(next) => at = next,
            None => return times,
        }
    }
}
