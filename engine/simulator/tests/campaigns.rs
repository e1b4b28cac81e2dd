//! Random days of a campaign: nobody is called twice at once, too often, at night, or against his will; and few
//! people who answer wait in vain.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use callwright_simulator::day::{Day, DayResult, Watch};
use common::outside;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use script::{Project, SourceTree};

const ZONES: [(&str, i32); 4] = [("", 1), ("Europe/Moscow", 3), ("Asia/Vladivostok", 10), ("America/New_York", -5)];
const NUMBERS: u32 = 60;
/// Days since 1970 in the zone of Berlin are not needed: the whole test lies in March, before summer time.
const STARTS_AT_HOUR: i64 = 7;

const FLOW: &str = r#"
let key = collect(#{ prompt: "connecting", max: 1 });
if key == "1" { tag("result", queue("q")); }
if key == "9" { tag("result", "do_not_call"); }
"#;

struct Story {
    config: String,
    list: String,
    do_not_call: BTreeSet<String>,
    zones: BTreeMap<String, i32>,
    attempts: u32,
    day: String,
}

fn story(seed: u64) -> Story {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut list = "phone,name,tz\n".to_owned();
    let (mut do_not_call, mut zones) = (BTreeSet::new(), BTreeMap::new());
    for n in 0..NUMBERS {
        let number = format!("+4940{n:05}");
        let (zone, offset) = *ZONES.choose(&mut rng).unwrap();
        list.push_str(&format!("{number},Person {n},{zone}\n"));
        zones.insert(number.clone(), offset);
        if rng.random_bool(0.1) {
            do_not_call.insert(number);
        }
    }
    let attempts = rng.random_range(1..4);
    let queue = if rng.random_bool(0.7) { "queue: q, " } else { "" };
    let (at_once, per_minute) = (rng.random_range(1..8), rng.random_range(1..30));
    let per_agent = if queue.is_empty() { "1" } else { *["1", "1.5", "3"].choose(&mut rng).unwrap() };
    let config = format!(
        r#"
name: Campaign
language: en
time_zone: Europe/Berlin
sip: {{ listen: [udp:127.0.0.1:5060] }}
numbers: {{ default: main.rhai }}
trunks:
  provider: {{ address: sip.provider.example, allow_from: [198.51.100.0/24] }}
dial: [{{ to: "+49*", through: [provider], at_once: 6, per_minute: 25 }}]
queues: {{ q: {{ wrap_up: 5s, max_wait: 20s }} }}
outgoing:
  debts: {{ flow: main.rhai, list: list.csv, do_not_call: dnc.csv, zone: tz, hours: "daily 09:00-20:00", show: "+49401",
            attempts: {attempts}, retry: {{ busy: [1m, 5m], no_answer: [20m, 1h] }}, {queue}per_agent: {per_agent},
            at_once: {at_once}, per_minute: {per_minute}, agent_within: 3s }}
"#
    );
    let (answers, busy) = (rng.random_range(0..8), rng.random_range(0..2));
    let agents = rng.random_range(1..4);
    let day = format!(
        r#"
clock: "2026-03-02 0{STARTS_AT_HOUR}:00"
runs_for: 20h
seed: {seed}
campaigns:
  - {{ name: debts, answers: 0.{answers}, busy: 0.{busy}, answers_after: {{ mean: 8s }}, talks: {{ mean: 60s }},
       presses: [{{ keys: ["w3s 1"], share: 70% }}, {{ keys: ["w3s 9"], share: 10% }}, {{ keys: [], share: 20% }}] }}
agents: [{{ count: {agents}, queues: [q], answers_after: 1s }}]
"#
    );
    Story { config, list, do_not_call, zones, attempts, day }
}

impl Story {
    fn project(&self) -> (std::sync::Arc<Project>, SourceTree) {
        let dnc: String = self.do_not_call.iter().map(|number| format!("{number}\n")).collect();
        let files = SourceTree::default()
            .with("callwright.yaml", &self.config)
            .with("main.rhai", FLOW)
            .with("list.csv", &self.list)
            .with("dnc.csv", &format!("phone\n{dnc}"));
        (common::compile(&files), files)
    }

    fn run(&self) -> DayResult {
        let (project, files) = self.project();
        let day = Day::read("one.day.yaml", &self.day, &project, &files).unwrap_or_else(|found| panic!("{found:?}"));
        day.run(&project, day.seed, Watch { trace: true, audit: true }, outside())
    }
}

/// What a line of the trace says about one call.
struct Placed {
    number: String,
    from: i64,
    to: i64,
}

/// Seconds since the day's midnight.
fn clock(line: &str) -> i64 {
    let time = line.split_whitespace().find(|word| word.matches(':').count() == 2).unwrap();
    let parts: Vec<f64> = time.split(':').map(|part| part.parse().unwrap()).collect();
    (parts[0] * 3600.0 + parts[1] * 60.0 + parts[2]) as i64
}

fn calls(trace: &[String]) -> Vec<Placed> {
    let (mut open, mut done) = (BTreeMap::new(), Vec::new());
    let (mut midnight, mut last) = (0, 0);
    for line in trace {
        let mut at = clock(line) + midnight;
        if at < last {
            midnight += 86_400;
            at += 86_400;
        }
        last = at;
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(call) = words.iter().position(|word| *word == "call").map(|index| words[index + 1].to_owned()) else {
            continue;
        };
        if let Some(number) = words.iter().find(|word| word.starts_with("+4940")).filter(|_| line.contains(" placed "))
        {
            open.insert(call, Placed { number: (*number).to_owned(), from: at, to: i64::MAX });
        } else if line.contains(" ended ")
            && let Some(mut placed) = open.remove(&call)
        {
            placed.to = at;
            done.push(placed);
        }
    }
    done.extend(open.into_values());
    done
}

#[test]
fn on_random_days_nobody_is_called_who_should_not_be() {
    for seed in 0..12 {
        let story = story(seed);
        let result = story.run();
        assert_eq!(result.broken, Vec::<String>::new(), "seed {seed}");
        let calls = calls(&result.trace);
        let mut by_number: BTreeMap<&str, Vec<&Placed>> = BTreeMap::new();
        for call in &calls {
            by_number.entry(&call.number).or_default().push(call);
        }
        for (number, mut calls) in by_number {
            assert!(!story.do_not_call.contains(number), "seed {seed}: {number} is not to be called");
            assert!(calls.len() <= story.attempts as usize, "seed {seed}: {number} was called {} times", calls.len());
            calls.sort_by_key(|call| call.from);
            let twice = calls.windows(2).any(|pair| pair[1].from < pair[0].to);
            assert!(!twice, "seed {seed}: two calls to {number} at once");
            for call in calls {
                let local = (call.from + i64::from(story.zones[number] - 1) * 3600).rem_euclid(86_400) / 3600;
                assert!((9..20).contains(&local), "seed {seed}: {number} was called at {local} o'clock");
            }
        }
        let counted = result.campaigns[0]["calls"].as_u64().unwrap();
        assert_eq!(calls.len() as u64, counted, "seed {seed}: every attempt is one call");
    }
}

#[test]
fn drops_stay_below_the_cap_whatever_the_ratio() {
    let (mut answered, mut dropped) = (0, 0);
    for seed in 100..106 {
        let mut story = story(seed);
        story.config = story
            .config
            .replace("per_agent: 1,", "queue: q, per_agent: 3,")
            .replace("queue: q, queue: q,", "queue: q,");
        let result = story.run();
        let one = &result.campaigns[0];
        let count = |key: &str| one[key].as_u64().unwrap();
        assert!(
            count("dropped_30_days") * 100 <= count("answered_30_days") * 3,
            "seed {seed}: {} of {} were dropped",
            count("dropped_30_days"),
            count("answered_30_days")
        );
        answered += count("answered_30_days");
        dropped += count("dropped_30_days");
    }
    assert!(answered > 50, "{answered} answered, {dropped} dropped");
}

#[test]
fn the_same_seed_gives_the_same_campaign() {
    let story = story(5);
    let first = story.run();
    let again = story.run();
    assert_eq!(first.trace_hash, again.trace_hash);
    assert_eq!(first.campaigns, again.campaigns);
}
