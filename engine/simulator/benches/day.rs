//! A working day of a centre: nine hours, ten thousand calls through a menu into queues, a hundred agents.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

#[path = "../tests/common/mod.rs"]
mod common;

use callwright_simulator::day::{Day, Watch};
use common::day::Centre;
use common::outside;

fn main() {
    divan::main();
}

const CONFIG: &str = r#"
name: Bench
language: en
time_zone: Europe/Berlin
numbers: { default: main.rhai }
queues:
  sales:   { wrap_up: 15s, music: hold/default }
  support: { wrap_up: 15s, music: hold/default, strategy: least_talk, announce: { position: on_change } }
"#;

const FLOW: &str = r#"
import "std/menu" as menu;
play("welcome");
let choice = menu::ask("language-select", #{ keys: ["1", "2", "3", "0"], otherwise: "0" });
tag("choice", choice);
if choice == "3" {
    play("open-hours-are");
    hangup();
}
play("connecting");
let result = if choice == "1" { queue("sales") } else { queue("support", #{ priority: 30 }) };
if result != "answered" { play("vm-nobodyavail"); }
"#;

const DAY: &str = r#"
clock: "2026-03-02 08:00"
runs_for: 9h
callers:
  - { flow: main.rhai, per_hour: 550, presses: ["1"], patience: { mean: 4m }, talks: { mean: 5m, sd: 3m } }
  - { flow: main.rhai, per_hour: 460, presses: ["2"], patience: { mean: 4m }, talks: { mean: 4m } }
  - { flow: main.rhai, per_hour: 101, presses: ["9", "3"] }
agents:
  - { count: 55, queues: [sales], answers_after: { mean: 4s } }
  - { count: 45, queues: [support, sales], answers_after: { mean: 4s }, shift: "08:00-17:00", breaks: ["12:00-12:30"] }
"#;

fn centre() -> (Centre, Day) {
    let centre = Centre::new(CONFIG, FLOW);
    let day = centre.day(DAY);
    let result = day.run(&centre.project, 1, Watch::default(), outside());
    assert!((9_500..10_500).contains(&result.figures.calls.arrived), "{}", result.figures.calls.arrived);
    assert!(result.figures.whole.answered > 7_000, "{:?}", result.figures.whole);
    (centre, day)
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn ten_thousand_calls(bencher: divan::Bencher<'_, '_>) {
    let (centre, day) = centre();
    bencher.bench_local(|| day.run(&centre.project, 1, Watch::default(), outside()));
}
