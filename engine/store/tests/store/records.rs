//! What a record tells about a call beside its facts: direction, legs, stages, wrap-up, marks.

use std::time::Duration;

use callwright_store::{CallRecord, Store};
use expect_test::expect;
use model::{
    AgentId, CallId, CallbackId, Ender, Entry, Errand, Fact, HangupCause, LegFailure, LegId, Outcome, QueueId, Source,
};

use super::*;

fn queue(name: &str) -> QueueId {
    QueueId::parse(name).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn dialed(leg: u64, to: &str) -> Fact {
    Fact::LegDialed { leg: LegId(leg), to: to.into(), route: "trunk provider".into() }
}

fn released(leg: u64) -> Fact {
    Fact::LegReleased { leg: LegId(leg), cause: HangupCause::Normal }
}

fn agent_is(state: &str) -> Fact {
    Fact::AgentStateChanged { agent: agent("anna"), state: state.into(), reason: String::new(), at: String::new() }
}

async fn record_of(store: &Store, call: u64) -> CallRecord {
    store.call(CallId(call)).await.unwrap().unwrap()
}

/// Where the time went, and every leg.
fn story(record: &CallRecord) -> String {
    let seconds = |at: model::WallTime| at.0 / 1_000_000;
    let stages: Vec<String> =
        record.stages.named().iter().map(|(name, time)| format!("{name} {}", time.as_secs())).collect();
    let mut lines =
        vec![format!("{}: {}, wrap-up {}", record.direction.as_str(), stages.join(", "), record.wrap_up().as_secs())];
    for leg in &record.legs {
        let at = |at: Option<model::WallTime>| at.map_or("-".to_owned(), |at| seconds(at).to_string());
        lines.push(format!(
            "leg {} {} {:?} at {}, rang {}, answered {}, released {} {}",
            leg.leg,
            leg.who,
            leg.route,
            seconds(leg.dialed_at),
            at(leg.rang_at),
            at(leg.answered_at),
            at(leg.released_at),
            leg.cause
        ));
    }
    lines.join("\n")
}

fn a_call_through_a_queue() -> Vec<(i64, Fact)> {
    vec![
        (0, arrived()),
        (0, Fact::CallAnswered),
        (10, Fact::CallQueued { queue: queue("sales"), position: 1, kept: false, place: None }),
        (20, dialed(2, "ben")),
        (21, Fact::LegRang { leg: LegId(2) }),
        (25, Fact::LegFailed { leg: LegId(2), to: "ben".into(), reason: LegFailure::NoAnswer }),
        (30, dialed(3, "anna")),
        (31, Fact::LegRang { leg: LegId(3) }),
        (34, Fact::LegAnswered { leg: LegId(3), to: "anna".into() }),
        (34, Fact::QueueAnswered { queue: queue("sales"), agent: agent("anna"), waited: Duration::from_secs(24) }),
        (36, connected(3, "anna")),
        (40, Fact::CallHeld { leg: LegId(3) }),
        (50, Fact::CallResumed { leg: LegId(3) }),
        (66, Fact::CallDisconnected { leg: LegId(3), talked: Duration::from_secs(30), cause: HangupCause::Normal }),
        (66, Fact::QueueTalkEnded { queue: queue("sales"), agent: agent("anna"), talked: Duration::from_secs(32) }),
        (67, agent_is("wrap_up")),
        (70, tagged("rating", "5")),
        (70, tagged("rating-speed", "3")),
        (70, tagged("ratings", "1")),
        (72, ended()),
        (80, agent_is("ready")),
        (90, agent_is("not_ready")),
    ]
}

fn entries(facts: Vec<(i64, Fact)>, call: u64) -> Vec<Entry> {
    let of_agents = |fact: &Fact| matches!(fact, Fact::AgentStateChanged { .. });
    let entry =
        |(at, fact): (i64, Fact)| Entry { call: (!of_agents(&fact)).then_some(CallId(call)), ..entry(at, call, fact) };
    facts.into_iter().map(entry).collect()
}

#[tokio::test]
async fn a_record_has_legs_stages_and_wrap_up_however_its_facts_are_batched() {
    for batch in [1, 2, 7, 100] {
        let shelf = shelf();
        let (store, _) = shelf.open(0).await;
        for facts in entries(a_call_through_a_queue(), 1).chunks(batch) {
            store.append(facts).await.unwrap();
        }
        let record = record_of(&store, 1).await;
        expect![[r#"
            inbound: menu 16, queue 15, ring 11, talk 20, hold 10, wrap-up 14
            leg 1 +4930111111 "" at 0, rang -, answered 0, released 72 normal
            leg 2 ben "trunk provider" at 20, rang 21, answered -, released 25 no_answer
            leg 3 anna "trunk provider" at 30, rang 31, answered 34, released 66 normal"#]]
        .assert_eq(&story(&record));
        let visit = &record.queues[0];
        assert_eq!((visit.rang, visit.held), (Duration::from_secs(9), Duration::from_secs(10)));
        let marks: Vec<String> = record.survey.iter().map(|(name, mark)| format!("{name} {mark}")).collect();
        assert_eq!(marks, ["rating 5", "rating-speed 3"]);
    }
}

#[tokio::test]
async fn a_call_that_the_engine_places_is_outbound() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let placed =
        Fact::CallPlaced { to: "+49301".into(), errand: Errand::Callback(CallbackId(7)), attempt: 2, leg: LegId(1) };
    let facts = vec![
        (0, placed),
        (1, dialed(1, "+49301")),
        (3, Fact::LegFailed { leg: LegId(1), to: "+49301".into(), reason: LegFailure::Unreachable }),
        (3, dialed(4, "+49301")),
        (5, Fact::LegRang { leg: LegId(4) }),
        (9, Fact::LegAnswered { leg: LegId(4), to: "+49301".into() }),
        (9, Fact::CallAnswered),
        (10, dialed(5, "anna")),
        (12, connected(5, "anna")),
        (30, disconnected(5, 18)),
        (30, ended()),
    ];
    for facts in entries(facts, 1).chunks(3) {
        store.append(facts).await.unwrap();
    }
    let record = record_of(&store, 1).await;
    expect![[r#"
        outbound: menu 2, queue 0, ring 10, talk 18, hold 0, wrap-up 0
        leg 4 +49301 "trunk provider" at 3, rang 5, answered 9, released 30 normal
        leg 1 +49301 "trunk provider" at 1, rang -, answered -, released 3 unreachable
        leg 5 anna "trunk provider" at 10, rang -, answered -, released 30 normal"#]]
    .assert_eq(&story(&record));
    let json = serde_json::to_value(&record).unwrap();
    assert_eq!((&json["direction"], &json["attempt"]), (&"outbound".into(), &2.into()));
    assert_eq!(record.answered_by(), Some("anna"));
}

#[tokio::test]
async fn a_transferred_caller_has_a_conversation_with_each() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let facts = vec![
        (0, arrived()),
        (2, dialed(2, "anna")),
        (5, connected(2, "anna")),
        (20, dialed(3, "ben")),
        (25, Fact::CallTransferred { leg: LegId(3), to: "ben".into() }),
        (25, released(2)),
        (40, Fact::CallDisconnected { leg: LegId(1), talked: Duration::from_secs(35), cause: HangupCause::Normal }),
        (40, ended()),
    ];
    store.append(&entries(facts, 1)).await.unwrap();
    let record = record_of(&store, 1).await;
    let talks: Vec<(String, Option<Duration>)> =
        record.conversations.iter().map(|talk| (talk.to.clone(), talk.talked)).collect();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(talks, [("anna".to_owned(), seconds(20)), ("ben".to_owned(), seconds(15))]);
    assert_eq!(record.stages.talk, Duration::from_secs(35));
}

#[tokio::test]
async fn the_death_of_the_process_ends_no_wrap_up_hours_later() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let mut facts = a_call_through_a_queue();
    facts.truncate(facts.len() - 2);
    store.append(&entries(facts, 1)).await.unwrap();
    store.touch_boot(wall(100)).await.unwrap();
    drop(store);
    let (store, _) = shelf.open(10_000).await;
    store.append(&entries(vec![(10_001, agent_is("ready"))], 1)).await.unwrap();
    let visit = record_of(&store, 1).await.queues[0].clone();
    assert_eq!((visit.wrap_up, visit.wraps_up_since), (None, None));
}

#[tokio::test]
async fn missed_is_who_wanted_a_person_and_got_none() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let end = |outcome| Fact::CallEnded { outcome, cause: HangupCause::Normal, by: Ender::Caller };
    let from_phone = Fact::CallArrived {
        from: "anna".into(),
        to: "100".into(),
        source: Source::Agent(agent("anna")),
        leg: LegId(1),
    };
    let calls = [
        vec![(0, arrived()), (9, end(Outcome::Served))],
        vec![(0, arrived()), (1, dialed(2, "anna")), (9, end(Outcome::Served))],
        vec![(0, arrived()), (9, end(Outcome::Voicemail))],
        vec![(0, arrived()), (9, end(Outcome::Rejected))],
        vec![(0, arrived())],
        vec![(0, from_phone), (9, end(Outcome::Abandoned))],
    ];
    let mut said = Vec::new();
    for (call, facts) in (1..).zip(calls) {
        store.append(&entries(facts, call)).await.unwrap();
        let record = record_of(&store, call).await;
        said.push(format!("{} {}", record.direction.as_str(), record.is_missed()));
    }
    assert_eq!(
        said,
        ["inbound false", "inbound true", "inbound true", "inbound false", "inbound false", "internal true"]
    );
}
