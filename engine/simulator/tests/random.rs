//! Whatever happens in whatever order: the books agree, and every call ends exactly once.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use callwright_simulator::{Answer, Habits};
use common::desk::{Desk, answers_after, who};
use model::{Fact, HangupCause, LegFailure, LegId};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use switchboard::LegEvent;

/// Every verb that waits, one after the other.
const FLOWS: [&str; 5] = [
    "play(\"goodbye\");\nlog(collect(#{ prompt: \"connecting\", max: 2 }));\nbridge([\"anna\", \"ben\", \"+4915111\"], #{ ring_for: 5.seconds });\nrecord(\"note\", #{ max: 5.seconds });\nfn after_call(outcome) { log(\"over\"); lookup(\"customers\", \"1\"); }",
    "ring();\nwait(1.seconds);\nbridge([\"anna\", \"cleo\", \"ben\"], #{ how: \"cumulative\", ring_for: 3.seconds, confirm: \"1\" });\nbridge([\"ben\", \"anna\"], #{ how: \"random\", whisper: \"beep\", music: \"hold/default\" });\nplay(\"goodbye\");",
    "lookup(\"customers\", \"1\", #{ meanwhile: \"connecting\" });\nlog(transfer(\"anna\"));\nplay(\"goodbye\", #{ barge_in: false });\nlog(transfer(\"ben\"));",
    "bridge(\"nobody\");\nbridge([\"anna\", \"ben\"], #{ how: \"in_order\", ring_for: 4.seconds });\nthrow \"luck\";",
    "record(\"note\", #{ silence: 2.seconds, max: 20.seconds });\nbridge(\"cleo\");\nloop { log(\"x\"); }",
];

fn habits(rng: &mut ChaCha8Rng) -> Habits {
    let answers = [Answer::Ignores, Answer::Busy, Answer::Declines, Answer::Offline, Answer::Unknown];
    let mut habits = match rng.random_range(0..10) {
        0..4 => who(*answers.choose(rng).unwrap()),
        _ => answers_after(rng.random_range(0..6)),
    };
    if rng.random_bool(0.5) {
        habits.presses = ["1", "21", "2"].choose(rng).unwrap().to_string();
    }
    if rng.random_bool(0.5) {
        habits.talks_for = Some(Duration::from_millis(rng.random_range(0..8000)));
    }
    habits
}

/// Something that a telephone may do at any time, sensible or not.
fn anything(rng: &mut ChaCha8Rng, desk: &mut Desk, callers: &mut Vec<LegId>) {
    let live = desk.world.live_legs();
    // Mostly somebody who is there, sometimes a leg that is gone or never was.
    let any = |rng: &mut ChaCha8Rng| match live.choose(rng) {
        Some(leg) if rng.random_bool(0.85) => *leg,
        _ => LegId(rng.random_range(1..30)),
    };
    let (leg, other) = (any(rng), any(rng));
    let to = ["202", "cleo", "+4915111", "+1", "anna"].choose(rng).unwrap().to_string();
    match rng.random_range(0..18) {
        0 => callers.push(desk.calls()),
        1 => callers.push(desk.agent_dials("anna", &to)),
        2 | 14 => desk.does(leg, LegEvent::Held),
        3 | 15 | 16 => desk.does(leg, LegEvent::Resumed),
        4 => desk.does(leg, LegEvent::TransferRequested { to, replaces: None }),
        5 | 6 => desk.does(leg, LegEvent::TransferRequested { to, replaces: Some(other) }),
        7 => desk.does(leg, LegEvent::HungUp(HangupCause::Vanished)),
        8 => desk.does(leg, LegEvent::Failed(LegFailure::Busy)),
        9 => desk.does(leg, LegEvent::Answered),
        10 => desk.world.hang_up(leg),
        11 => desk.world.speak(leg, Duration::from_secs(3)),
        12 => desk.does(leg, LegEvent::Ringing { early_media: rng.random_bool(0.5) }),
        _ => desk.world.press(leg, ["1", "#", "23"].choose(rng).unwrap()),
    }
}

fn story(seed: u64) -> Desk {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let flow = FLOWS[usize::try_from(seed).unwrap() % FLOWS.len()];
    let people = [("anna", habits(&mut rng)), ("ben", habits(&mut rng)), ("cleo", habits(&mut rng))];
    let mut desk = Desk::new(flow, people);
    let mut callers = vec![desk.calls()];
    for _ in 0..40 {
        let pause = if rng.random_bool(0.3) { 0 } else { rng.random_range(0..1500) };
        desk.world.advance(Duration::from_millis(pause));
        anything(&mut rng, &mut desk, &mut callers);
    }
    if rng.random_bool(0.3) {
        desk.world.drain(Duration::from_secs(20));
    }
    desk.finish();
    desk
}

#[test]
fn every_call_ends_exactly_once_and_no_leg_is_left() {
    for seed in 0..200 {
        let desk = story(seed);
        let facts = desk.world.journal();
        let count = |wanted: fn(&Fact) -> bool| facts.iter().filter(|entry| wanted(&entry.fact)).count();
        let arrived = count(|fact| matches!(fact, Fact::CallArrived { .. }));
        let ended: Vec<_> =
            facts.iter().filter(|entry| matches!(entry.fact, Fact::CallEnded { .. })).map(|entry| entry.call).collect();
        let mut once = ended.clone();
        once.sort();
        once.dedup();
        assert_eq!((ended.len(), once.len()), (arrived, arrived), "seed {seed}");
        assert_eq!(desk.world.live_legs(), Vec::<LegId>::new(), "seed {seed}");
    }
}

#[test]
fn the_random_stories_reach_every_corner() {
    let told: String = (0..60).map(|seed| story(seed).trace()).collect();
    let corners = [
        "connected to",
        "transferred to",
        "asked for attended",
        "confirmed by key",
        "held by",
        "resumed by",
        "recording `note` saved",
        "fallback to ben",
        "flow failed",
        "drained",
        "log: over",
        "released: answered_elsewhere",
        "ended abandoned",
    ];
    for corner in corners {
        assert!(told.contains(corner), "no story has `{corner}`");
    }
    let failed = |line: &str| line.contains(" transfer to ") && line.contains(" failed: ");
    assert!(told.lines().any(failed), "no story has a transfer that failed");
}

#[test]
fn at_most_one_answer_is_connected_at_a_time() {
    for seed in 200..350 {
        let desk = story(seed);
        let mut talking = std::collections::BTreeMap::new();
        for entry in desk.world.journal() {
            match (&entry.fact, entry.call) {
                (Fact::CallConnected { leg, .. }, Some(call)) => {
                    let before = talking.insert(call, *leg);
                    assert_eq!(before, None, "seed {seed}: call {call} connected twice");
                }
                (Fact::CallDisconnected { .. }, Some(call)) => {
                    assert!(talking.remove(&call).is_some(), "seed {seed}: call {call} parted from nobody");
                }
                _ => {}
            }
        }
        assert!(talking.is_empty(), "seed {seed}: {talking:?} never parted");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let hash = |seed| callwright_simulator::trace_hash(story(seed).world.journal());
    let first = hash(5);
    assert!((0..100).all(|_| hash(5) == first));
    assert_ne!(hash(6), first);
}
