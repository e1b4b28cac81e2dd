//! Random days on which things go wrong: whatever happens, the books agree after every event, and nobody is lost.
//!
//! A day that fails is made smaller as long as it still fails, and printed as a `*.day.yaml` to try by hand.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;
mod shrinking;

use std::panic::{AssertUnwindSafe, catch_unwind};

use callwright_simulator::day::Watch;
use common::day::Centre;
use common::outside;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shrinking::{Story, shrink};

const CONFIG: &str = r#"
name: Storm
language: en
time_zone: Europe/Berlin
sip: { listen: [udp:127.0.0.1:5060] }
numbers: { default: FLOW }
trunks:
  provider: { address: sip.provider.example, allow_from: [198.51.100.0/24] }
agents:
  anna: { name: Anna, extension: "201", password: example-anna, queues: [first, second], skills: { english: 5 } }
queues:
  first:
    strategy: STRATEGY
    ring_for: 10s
    wrap_up: 5s
    max_wait: 3m
    max_waiting: 6
    no_agents_after: 1m
    widen: [{ after: 20s, drop_skill: english }, { after: 30s, add_queue: second }]
    announce: { position: on_change, wait: every 15s }
    music: hold/default
    record: true
  second: { strategy: longest_idle, ring_for: 5s, connect_tone: true, whisper: beep, whisper_wait: true }
directories:
  customers: { csv: customers.csv, key: phone }
fallback: anna
"#;

const STRATEGIES: [&str; 8] =
    ["ring_all", "in_order", "cumulative", "random", "longest_idle", "fewest_calls", "least_talk", "round_robin"];

/// Ways through queues: skills, overflow, exit keys, preferences, a message in the end, a flow that breaks.
const FLOWS: [&str; 5] = [
    "queue(\"first\", #{ skills: #{ english: 3 } });",
    "lookup(\"customers\", caller.number, #{ meanwhile: \"connecting\" });\nif queue(\"first\", #{ max_wait: 20.seconds, exit_keys: \"012\" }) != \"answered\" { queue(\"second\", #{ priority: 60 }); }",
    "play(\"goodbye\");\nlet key = collect(#{ prompt: \"connecting\", max: 1 });\nif queue(if key == \"1\" { \"first\" } else { \"second\" }, #{ max_wait: 40.seconds }) == \"timed_out\" { record(\"note\", #{ max: 20.seconds }); }",
    "queue(\"second\", #{ prefer: \"anna\", prefer_for: 10.seconds });\nplay(\"goodbye\");",
    "if queue(\"first\", #{ max_wait: 15.seconds }) == \"timed_out\" { bridge(\"anna\", #{ ring_for: 5.seconds }); throw \"luck\"; }",
];

fn row(rng: &mut ChaCha8Rng, choices: &[&str]) -> String {
    (*choices.choose(rng).unwrap()).to_owned()
}

/// A day of a few minutes with everything that may go wrong.
fn story(seed: u64) -> Story {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rng = &mut rng;
    let callers = (0..rng.random_range(1..4)).map(|_| {
        let per_hour = rng.random_range(20..400);
        let patience = row(rng, &["", ", patience: { mean: 30s }", ", patience: 10s"]);
        let talks = row(rng, &["{ mean: 20s }", "5s", "{ mean: 1m, sd: 30s }"]);
        let presses =
            row(rng, &["", ", presses: [\"1\"]", ", presses: [\"w15s 0\"]", ", presses: [\"2\"], hangs_up: 20s"]);
        let redial = row(rng, &["", ", redial: { p: 70%, after: { mean: 20s } }"]);
        format!("{{ to: \"100\", per_hour: {per_hour}, talks: {talks}{patience}{presses}{redial} }}")
    });
    let callers: Vec<String> = callers.collect();
    let agents = (0..rng.random_range(1..4)).map(|_| {
        let count = rng.random_range(1..4);
        let queues = row(rng, &["[first]", "[second]", "[first, { second: { tier: 2 } }]"]);
        let answers = row(rng, &["0s", "3s", "{ mean: 6s }", "12s"]);
        let ignores = row(rng, &["", ", ignores: 40%"]);
        let wrap_up = row(rng, &["", ", wrap_up: 0s", ", wrap_up: { mean: 10s }"]);
        let skills = row(rng, &["", ", skills: { english: 4 }"]);
        let shift = row(rng, &["", ", shift: \"08:01-08:08\"", ", breaks: [\"08:02-08:03\"]"]);
        format!("{{ count: {count}, queues: {queues}, answers_after: {answers}{ignores}{wrap_up}{skills}{shift} }}")
    });
    let agents: Vec<String> = agents.collect();
    let faults = (0..rng.random_range(0..5)).map(|_| {
        let what = row(
            rng,
            &[
                "agent-1: down",
                "messages: lost 30%",
                "messages: lost 90%",
                "project: reloads",
                "provider: down",
                "customers: down",
                "customers: slow 2s",
            ],
        );
        let (from, lasts) = (rng.random_range(0..9), rng.random_range(5..200));
        format!("{{ {what}, from: \"08:0{from}\", for: {lasts}s }}")
    });
    let faults: Vec<String> = faults.collect();
    Story {
        seed,
        minutes: 10,
        strategy: row(rng, &STRATEGIES),
        flow: FLOWS[usize::try_from(seed).unwrap() % FLOWS.len()].to_owned(),
        callers,
        agents,
        faults,
    }
}

/// What goes wrong on the day; nothing when all is well.
fn wrong(story: &Story) -> Option<String> {
    let config = CONFIG.replace("FLOW", "main.rhai").replace("STRATEGY", &story.strategy);
    let centre = Centre::new(&config, &story.flow);
    let day = centre.day(&story.yaml());
    let watch = Watch { trace: false, audit: true };
    let run = catch_unwind(AssertUnwindSafe(|| day.run(&centre.project, story.seed, watch, outside())));
    match run {
        Err(_) => Some("it panicked".to_owned()),
        Ok(result) if !result.broken.is_empty() => Some(result.broken[0].clone()),
        Ok(_) => None,
    }
}

fn try_days(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let story = story(seed);
        if wrong(&story).is_some() {
            let small = shrink(&story, |story| wrong(story).is_some());
            panic!("{}\n{}\n# main.rhai\n{}\n", wrong(&small).unwrap(), small.yaml(), small.flow);
        }
    }
}

#[test]
fn the_books_agree_on_random_days() {
    std::thread::scope(|scope| {
        scope.spawn(|| try_days(0..150));
        scope.spawn(|| try_days(150..300));
    });
}

#[test]
fn random_days_see_everything_go_wrong() {
    let mut seen = String::new();
    for seed in 0..60 {
        let story = story(seed);
        let config = CONFIG.replace("FLOW", "main.rhai").replace("STRATEGY", &story.strategy);
        let centre = Centre::new(&config, &story.flow);
        let result = centre.run_seed(&centre.day(&story.yaml()), seed);
        seen += &result.trace.join("\n");
    }
    let corners = [
        "answered in first",
        "answered in second",
        "timed_out",
        "abandoned",
        "exit:",
        "full",
        "no_agents",
        "search widened",
        "wrap_up",
        "not_ready",
        "signed_out",
        "vanished",
        "-day-2",
        "trunk provider down",
        "fallback to anna",
        "answered_elsewhere",
        "recording `note` saved",
    ];
    for corner in corners {
        assert!(seen.contains(corner), "no random day has `{corner}`");
    }
}

#[test]
fn a_failing_day_shrinks_to_a_short_story() {
    let long = (0..).map(story).find(|story| story.faults.len() == 4 && story.callers.len() == 3).unwrap();
    let first = long.faults[0].clone();
    let small = shrink(&long, |story| story.faults.contains(&first) && !story.callers.is_empty());
    assert_eq!((small.callers.len(), small.agents.len(), small.faults.len(), small.minutes), (1, 0, 1, 1));
}
