//! How long reports of many calls take: a store is filled through the journal, then asked.
//!
//! `CALLS=1000000 FOLDER=/tmp/million cargo bench -p callwright-store --bench report`; a folder that has a store
//! already is only asked. `STORE` names another database than the SQLite file in the folder.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use callwright_store::{Key, Limit, Limits, Span, Store};
use model::{
    AgentId, CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, QueueId, Source, Timestamp, TrunkId, VersionId,
    WallTime,
};

/// Monday, 5 January 2026, 00:00 UTC.
const FIRST: i64 = 1_767_571_200_000_000;
const DAY: i64 = 86_400_000_000;
/// Calls of one batch.
const BATCH: u64 = 500;

fn main() {
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let calls = number("CALLS", 20_000);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = std::env::var_os("FOLDER").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let url = std::env::var("STORE").unwrap_or_else(|_| "sqlite:callwright.db".into());
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio.block_on(run(&url, &folder, calls));
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn run(url: &str, folder: &Path, calls: u64) {
    let (store, _) = Store::open(url, folder, WallTime(FIRST)).await.expect("a store");
    let next = store.next_call_id().await.expect("calls").0;
    let begun = Instant::now();
    for first in (next..=calls).step_by(usize::try_from(BATCH).expect("small")) {
        let last = calls.min(first + BATCH - 1);
        let entries: Vec<Entry> = (first..=last).flat_map(|call| facts(call, calls)).collect();
        store.append(&entries).await.expect("appended");
    }
    println!("{} calls written in {:.1?}", calls.saturating_sub(next - 1), begun.elapsed());
    let usual = Limit { in_time: Duration::from_secs(20), short: Duration::from_secs(5) };
    let sales = Limit { in_time: Duration::from_secs(30), ..usual };
    let limits = Limits { usual, queues: BTreeMap::from([(queue(1), sales)]) };
    let month = Span { from: WallTime(FIRST), until: WallTime(FIRST + 30 * DAY) };
    let whole = Span { from: WallTime(FIRST), until: WallTime(FIRST + 400 * DAY) };
    for (name, span) in [("a month", month), ("everything", whole)] {
        for key in [Key::Whole, Key::Queue, Key::Agent, Key::Number, Key::Quarter] {
            let begun = Instant::now();
            let calls = store.call_sums(span, key, &limits).await.expect("sums");
            let of_calls = begun.elapsed();
            let begun = Instant::now();
            let visits = store.visit_sums(span, key, &limits).await.expect("sums");
            let of_visits = begun.elapsed();
            let begun = Instant::now();
            let marks = store.marks(span, key).await.expect("marks");
            let of_marks = begun.elapsed();
            let inbound: u64 = calls.values().map(|line| line.inbound).sum();
            println!(
                "{name}, by {key:?}: {inbound} calls in {of_calls:.2?}, {} lines of visits in {of_visits:.2?}, {} marks in {of_marks:.2?}",
                visits.len(),
                marks.len()
            );
        }
    }
    store.close(WallTime(FIRST)).await.expect("closed");
}

fn queue(number: u64) -> QueueId {
    QueueId::parse(["support", "sales", "billing", "vip", "returns"][(number % 5) as usize]).expect("a name")
}

/// A number that looks like chance and always is the same.
fn draw(call: u64, what: u64) -> u64 {
    let mut x = call.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 29)
}

/// One call of a year: through a queue to an agent, given up, or served by the flow.
fn facts(call: u64, calls: u64) -> Vec<Entry> {
    let day = (call * 365 / calls.max(1)).cast_signed();
    let second = (8 * 3600 + draw(call, 1) % (10 * 3600)).cast_signed();
    let arrived = FIRST + day * DAY + second * 1_000_000;
    let (queue, agent) =
        (queue(draw(call, 2)), AgentId::parse(&format!("agent-{}", draw(call, 3) % 80)).expect("a name"));
    let (waits, talks) = (draw(call, 4) % 90, 30 + draw(call, 5) % 400);
    let kind = draw(call, 6) % 100;
    let source = Source::Trunk(TrunkId::parse("provider").expect("a name"));
    let from = format!("+4930{:07}", draw(call, 7) % 3_000_000);
    let to = format!("+49301000{}", draw(call, 8) % 20);
    let version = VersionId::parse("0123456789ab").expect("a version");
    let mut facts = vec![
        (0, Fact::CallArrived { from, to, source, leg: LegId(call * 2) }),
        (0, Fact::FlowStarted { flow: "main".into(), version }),
        (0, Fact::CallAnswered),
    ];
    let (outcome, end) = match kind {
        0..80 => {
            let leg = LegId(call * 2 + 1);
            let (waited, talked) = (Duration::from_secs(waits), Duration::from_secs(talks));
            let (answers, ends) = (5 + waits, 5 + waits + talks);
            facts.push((5, Fact::CallQueued { queue: queue.clone(), position: 1, kept: false, place: None }));
            facts.push((answers, Fact::LegDialed { leg, to: agent.to_string(), route: "sip:agent".into() }));
            facts.push((answers, Fact::QueueAnswered { queue: queue.clone(), agent: agent.clone(), waited }));
            facts.push((answers, Fact::CallConnected { leg, to: agent.to_string() }));
            facts.push((ends, Fact::CallDisconnected { leg, talked, cause: HangupCause::Normal }));
            facts.push((ends, Fact::QueueTalkEnded { queue, agent, talked }));
            if kind < 25 {
                facts.push((ends, Fact::TagSet { key: "rating".into(), value: (1 + draw(call, 9) % 5).to_string() }));
            }
            (Outcome::Answered, ends)
        }
        80..90 => {
            facts.push((5, Fact::CallQueued { queue: queue.clone(), position: 1, kept: false, place: None }));
            facts.push((
                5 + waits,
                Fact::QueueLeft { queue, waited: Duration::from_secs(waits), reason: "abandoned".into() },
            ));
            (Outcome::Abandoned, 5 + waits)
        }
        _ => (Outcome::Served, 40),
    };
    facts.push((end, Fact::CallEnded { outcome, cause: HangupCause::Normal, by: Ender::Caller }));
    let entry = |(after, fact): (u64, Fact)| {
        let passed = after * 1_000_000;
        let wall = WallTime(arrived + passed.cast_signed());
        Entry { at: Timestamp::from_micros(passed), wall, call: Some(CallId(call)), fact }
    };
    facts.into_iter().map(entry).collect()
}
