//! Sums of calls and of visits to queues, as reports ask for them.

use std::collections::BTreeMap;
use std::time::Duration;

use callwright_store::{CallSums, EvaluationSums, Key, Limit, Limits, QUARTER_US, Span, Store, VisitSums};
use expect_test::expect;
use model::{
    AgentId, CallId, CallbackId, CallbackOrder, CallbackState, CallbackTask, Ender, Errand, Fact, HangupCause, LegId,
    Outcome, QueueId, Work,
};

use super::*;

fn queue(name: &str) -> QueueId {
    QueueId::parse(name).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ended_so(outcome: Outcome) -> Fact {
    Fact::CallEnded { outcome, cause: HangupCause::Normal, by: Ender::Caller }
}

fn all() -> Span {
    Span { from: wall(0), until: wall(1_000_000) }
}

/// 20 s are in time; in `slow` 60 s.
fn limits() -> Limits {
    let limit = |in_time| Limit { in_time: seconds(in_time), short: seconds(5) };
    Limits { usual: limit(20), queues: BTreeMap::from([(queue("slow"), limit(60)), (queue("sales"), limit(20))]) }
}

/// A visit of so many seconds and what came of it.
async fn visit(store: &Store, call: u64, at: i64, name: &str, waited: u64, end: &str) {
    let until = at + waited.cast_signed();
    let mut facts = vec![
        entry(at, call, arrived()),
        entry(at, call, Fact::CallQueued { queue: queue(name), position: 1, kept: false, place: None }),
    ];
    if let Some(name_of) = end.strip_prefix("agent ") {
        let (queue, agent) = (queue(name), agent(name_of));
        let answered = Fact::QueueAnswered { queue: queue.clone(), agent: agent.clone(), waited: seconds(waited) };
        facts.extend([
            entry(until, call, answered),
            entry(until, call, connected(2, name_of)),
            entry(until + 100, call, disconnected(2, 100)),
            entry(until + 100, call, Fact::QueueTalkEnded { queue, agent, talked: seconds(100) }),
            entry(until + 100, call, tagged("rating", if waited > 20 { "2" } else { "5" })),
            entry(until + 100, call, ended_so(Outcome::Answered)),
        ]);
    } else {
        let left = Fact::QueueLeft { queue: queue(name), waited: seconds(waited), reason: end.into() };
        let outcome = match end {
            "abandoned" => Outcome::Abandoned,
            "callback" => Outcome::Callback,
            _ => Outcome::Served,
        };
        facts.extend([entry(until, call, left), entry(until, call, ended_so(outcome))]);
    }
    store.append(&facts).await.unwrap();
}

async fn a_day(store: &Store) {
    visit(store, 1, 1_000, "sales", 10, "agent anna").await;
    visit(store, 2, 2_000, "sales", 30, "agent anna").await;
    visit(store, 3, 2_100, "slow", 30, "agent ben").await;
    visit(store, 4, 3_000, "sales", 3, "abandoned").await;
    visit(store, 5, 3_100, "sales", 40, "abandoned").await;
    visit(store, 6, 3_200, "sales", 50, "callback").await;
    visit(store, 7, 3_300, "sales", 60, "timed_out").await;
    let direct = [
        entry(4_000, 8, arrived()),
        entry(4_000, 8, Fact::FlowStarted { flow: "main".into(), version: model::VersionId::parse("a").unwrap() }),
        entry(4_010, 8, connected(2, "carl")),
        entry(4_040, 8, disconnected(2, 30)),
        entry(4_040, 8, ended_so(Outcome::Answered)),
        entry(4_100, 9, arrived()),
    ];
    store.append(&direct).await.unwrap();
    for (call, answers) in [(20, true), (21, false)] {
        let errand = Errand::Contact("spring".into(), "+49301".into());
        let placed = Fact::CallPlaced { to: "+49301".into(), errand, attempt: 1, leg: LegId(1) };
        let mut facts = vec![entry(5_000, call, placed)];
        if answers {
            facts.push(entry(5_010, call, Fact::CallAnswered));
            facts.push(entry(5_020, call, tagged("result", "paid")));
        } else {
            // An agent was found first, and then nobody was at home: that is no conversation.
            let (queue, agent, talked) = (queue("sales"), agent("anna"), Duration::ZERO);
            let queued = Fact::CallQueued { queue: queue.clone(), position: 1, kept: true, place: None };
            let answered = Fact::QueueAnswered { queue: queue.clone(), agent: agent.clone(), waited: seconds(1) };
            facts.push(entry(5_001, call, queued));
            facts.push(entry(5_002, call, answered));
            facts.push(entry(5_020, call, Fact::QueueTalkEnded { queue, agent, talked }));
        }
        facts.push(entry(5_030, call, ended_so(if answers { Outcome::Served } else { Outcome::NotReached })));
        store.append(&facts).await.unwrap();
    }
}

fn calls_line(key: &str, sums: &CallSums) -> String {
    format!(
        "{key:?}: {} inbound = {} answered + {} abandoned ({} short) + {} voicemail + {} callback + {} other; \
        {} missed; talk {}; longest {}; {} outbound, {} reached; unaccounted {}",
        sums.inbound,
        sums.answered,
        sums.abandoned,
        sums.abandoned_short,
        sums.voicemail,
        sums.callback,
        sums.other(),
        sums.missed,
        sums.talk.as_secs(),
        sums.longest_wait.as_secs(),
        sums.outbound,
        sums.reached,
        sums.unaccounted(),
    )
}

fn visits_line(key: &str, sums: &VisitSums) -> String {
    format!(
        "{key:?}: {} offered = {} answered ({} in time) + {} abandoned ({} in time, {} short) + {} callback + {} other; \
        waited {}, longest {}; {} talks of {}",
        sums.offered,
        sums.answered,
        sums.answered_in_time,
        sums.abandoned,
        sums.abandoned_in_time,
        sums.abandoned_short,
        sums.callback,
        sums.other,
        sums.wait_answered.as_secs(),
        sums.longest_wait.as_secs(),
        sums.talks,
        sums.talk.as_secs(),
    )
}

async fn calls_by(store: &Store, key: Key) -> String {
    let sums = store.call_sums(all(), key, &limits()).await.unwrap();
    sums.iter().map(|(key, sums)| calls_line(key, sums)).collect::<Vec<_>>().join("\n")
}

async fn visits_by(store: &Store, key: Key) -> String {
    let sums = store.visit_sums(all(), key, &limits()).await.unwrap();
    sums.iter().map(|(key, sums)| visits_line(key, sums)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn calls_are_counted_once_and_none_is_lost() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    expect![[r#""": 9 inbound = 4 answered + 2 abandoned (1 short) + 0 voicemail + 1 callback + 2 other; 4 missed; talk 330; longest 60; 2 outbound, 1 reached; unaccounted 0"#]].assert_eq(&calls_by(&store, Key::Whole).await);
    expect![[r#""carl": 1 inbound = 1 answered + 0 abandoned (0 short) + 0 voicemail + 0 callback + 0 other; 0 missed; talk 30; longest 0; 0 outbound, 0 reached; unaccounted 0"#]].assert_eq(&calls_by(&store, Key::Agent).await);
    expect![[r#""spring": 0 inbound = 0 answered + 0 abandoned (0 short) + 0 voicemail + 0 callback + 0 other; 0 missed; talk 0; longest 0; 2 outbound, 1 reached; unaccounted 0"#]].assert_eq(&calls_by(&store, Key::Campaign).await);
}

#[tokio::test]
async fn visits_keep_each_queue_to_its_own_promise() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    expect![[r#"
        "sales": 6 offered = 2 answered (1 in time) + 2 abandoned (1 in time, 1 short) + 1 callback + 1 other; waited 40, longest 60; 2 talks of 200
        "slow": 1 offered = 1 answered (1 in time) + 0 abandoned (0 in time, 0 short) + 0 callback + 0 other; waited 30, longest 30; 1 talks of 100"#]].assert_eq(&visits_by(&store, Key::Queue).await);
    expect![[r#"
        "anna": 2 offered = 2 answered (1 in time) + 0 abandoned (0 in time, 0 short) + 0 callback + 0 other; waited 40, longest 30; 2 talks of 200
        "ben": 1 offered = 1 answered (1 in time) + 0 abandoned (0 in time, 0 short) + 0 callback + 0 other; waited 30, longest 30; 1 talks of 100"#]].assert_eq(&visits_by(&store, Key::Agent).await);
}

#[tokio::test]
async fn every_key_adds_up_to_the_whole() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    let whole = store.call_sums(all(), Key::Whole, &limits()).await.unwrap().remove("").unwrap();
    let visits = store.visit_sums(all(), Key::Whole, &limits()).await.unwrap().remove("").unwrap();
    for key in [Key::Queue, Key::Number, Key::Flow, Key::Quarter] {
        let mut sum = CallSums::default();
        store.call_sums(all(), key, &limits()).await.unwrap().values().for_each(|line| sum += line);
        assert_eq!(sum, whole, "{key:?}");
        let mut sum = VisitSums::default();
        store.visit_sums(all(), key, &limits()).await.unwrap().values().for_each(|line| sum += line);
        assert_eq!(sum, visits, "{key:?}");
    }
}

#[tokio::test]
async fn a_span_begins_with_its_first_moment_and_ends_before_its_last() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    let span = Span { from: wall(2_000), until: wall(3_000) };
    let whole = store.call_sums(span, Key::Whole, &limits()).await.unwrap();
    assert_eq!(whole[""].inbound, 2);
    let quarters = store.call_sums(all(), Key::Quarter, &limits()).await.unwrap();
    let firsts: Vec<i64> = quarters.keys().map(|key| key.parse::<i64>().unwrap() * QUARTER_US / 1_000_000).collect();
    assert_eq!(firsts, [900, 1_800, 2_700, 3_600, 4_500]);
    assert!(
        store
            .call_sums(Span { from: wall(9_000), until: wall(9_001) }, Key::Whole, &limits())
            .await
            .unwrap()
            .get("")
            .is_none_or(|sums| *sums == CallSums::default())
    );
}

#[tokio::test]
async fn marks_and_results_are_counted_where_they_belong() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    let marks = store.marks(all(), Key::Agent).await.unwrap();
    let lines: Vec<String> =
        marks.iter().map(|line| format!("{} {} {} × {}", line.key, line.name, line.mark, line.calls)).collect();
    assert_eq!(lines, ["anna rating 2 × 1", "anna rating 5 × 1", "ben rating 2 × 1"]);
    let results = store.campaign_results(all()).await.unwrap();
    assert_eq!(results, BTreeMap::from([(("spring".to_owned(), "paid".to_owned()), 1)]));
}

#[tokio::test]
async fn promises_are_counted_with_what_became_of_them() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    let task = |id, booked, state| {
        Work::Callback(CallbackTask {
            id: CallbackId(id),
            number: "+49301".into(),
            name: String::new(),
            language: "en".into(),
            queue: queue("sales"),
            priority: 0,
            skills: BTreeMap::new(),
            joined: wall(booked),
            order: CallbackOrder::AgentFirst,
            tags: BTreeMap::new(),
            booked_by: CallId(1),
            booked_at: wall(booked),
            attempts: 1,
            next_at: wall(booked),
            state,
            result: String::new(),
        })
    };
    let tasks = [
        task(1, 10, CallbackState::Done),
        task(2, 20, CallbackState::GaveUp),
        task(3, 30, CallbackState::Waiting),
        task(4, 400, CallbackState::Done),
    ];
    store.keep(&tasks, wall(500)).await.unwrap();
    let sums = store.owed_sums(Span { from: wall(0), until: wall(100) }).await.unwrap();
    let sales = &sums.callbacks["sales"];
    assert_eq!((sales.booked, sales.done, sales.gave_up, sales.waiting), (3, 1, 1, 1));
}

fn evaluated(form: &str, score: u8) -> Fact {
    let answers = BTreeMap::from([("greeting".to_owned(), score / 20)]);
    Fact::CallEvaluated { form: form.into(), by: "boris".into(), score, answers }
}

async fn evaluations_by(store: &Store, key: Key) -> String {
    let sums = store.evaluations(all(), key).await.unwrap();
    let line = |one: &EvaluationSums| format!("{:?} {}: {} in {}", one.key, one.form, one.score, one.filled);
    sums.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Long after the calls, some of them twice; nobody talked in call 4.
async fn evaluate_the_day(store: &Store) {
    let forms = [(1, "quality", 80), (2, "quality", 60), (2, "quality", 100), (3, "sales", 40), (4, "quality", 20)];
    for (at, (call, form, score)) in (100_000..).zip(forms) {
        store.append(&[entry(at, call, evaluated(form, score))]).await.unwrap();
    }
}

#[tokio::test]
async fn forms_that_were_filled_in_count_where_their_calls_do() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    evaluate_the_day(&store).await;
    expect![[r#"
        "anna" quality: 240 in 3
        "ben" sales: 40 in 1"#]]
    .assert_eq(&evaluations_by(&store, Key::Agent).await);
    expect![[r#"
        "sales" quality: 260 in 4
        "slow" sales: 40 in 1"#]]
    .assert_eq(&evaluations_by(&store, Key::Queue).await);
    let morning = store.evaluations(Span { from: wall(0), until: wall(2_000) }, Key::Whole).await.unwrap();
    assert_eq!((morning[0].filled, morning[0].score), (1, 80), "the call's day counts, not the evaluation's");
    let record = store.call(CallId(2)).await.unwrap().unwrap();
    let filled: Vec<String> =
        record.evaluations.iter().map(|one| format!("{} {} {} {}", one.at.0, one.form, one.by, one.score)).collect();
    assert_eq!(filled, ["100001000000 quality boris 60", "100002000000 quality boris 100"]);
}

#[tokio::test]
async fn forms_that_an_older_release_kept_are_found_in_the_journal() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    evaluate_the_day(&store).await;
    let before = (evaluations_by(&store, Key::Agent).await, store.call(CallId(2)).await.unwrap());
    store.close(wall(200_000)).await.unwrap();
    drop(store);
    let mut stranger = shelf.stranger().await;
    stranger
        .run(
            "DROP TABLE evaluations; ALTER TABLE calls DROP COLUMN evaluations; DROP TABLE newest_work; \
            DROP INDEX recordings_discarded; DELETE FROM _sqlx_migrations WHERE version >= 6",
        )
        .await;
    drop(stranger);
    let (store, _) = shelf.open(200_001).await;
    assert_eq!((evaluations_by(&store, Key::Agent).await, store.call(CallId(2)).await.unwrap()), before);
}

#[tokio::test]
async fn forms_go_with_their_calls() {
    let shelf = shelf();
    let (store, _) = shelf.open(0).await;
    a_day(&store).await;
    evaluate_the_day(&store).await;
    let retention = callwright_store::Retention { calls: Some(seconds(100)), ..Default::default() };
    store.expire(wall(200_000), &retention).await.unwrap();
    assert_eq!(evaluations_by(&store, Key::Agent).await, "");
}
