//! Whole days: who calls, who waits, who answers.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use callwright_simulator::day::{Runs, Watch, hash_of_runs, run_all};
use common::day::{Centre, ONE_LINE};
use common::outside;
use expect_test::expect;

const MENU: &str = r#"
play("goodbye");
let key = collect(#{ prompt: "connecting", max: 1 });
tag("key", key);
if key == "1" { queue("q"); } else { queue("second"); }
"#;

/// A quarter of an hour with everything in it.
const LITTLE: &str = r#"
clock: "2026-03-02 08:00"
runs_for: 15m
seed: 7
callers:
  - { flow: main.rhai, per_hour: 200, presses: ["1"], patience: { mean: 1m }, talks: { mean: 40s } }
  - { flow: main.rhai, per_hour: 100, presses: ["2"], patience: 30s, talks: { mean: 40s, sd: 20s }, redial: { p: 50%, after: 1m } }
agents:
  - { count: 3, queues: [q], answers_after: { mean: 3s }, ignores: 10% }
  - { name: ben, queues: [second], wrap_up: { mean: 10s }, shift: "08:02-08:12", breaks: ["08:05-08:07"] }
"#;

#[test]
fn the_same_seed_gives_the_same_bytes_a_hundred_times() {
    let centre = Centre::with_flow(MENU);
    let day = centre.day(LITTLE);
    let hash = |seed| day.run(&centre.project, seed, Watch::default(), outside()).trace_hash;
    let first = hash(7);
    assert!((0..100).all(|_| hash(7) == first));
    assert_ne!(hash(8), first);
}

#[test]
fn many_runs_give_what_single_runs_give() {
    let centre = Centre::with_flow(MENU);
    let day = centre.day(LITTLE);
    let runs = Runs { day: &day, project: &centre.project, outside: outside(), first_seed: 3, count: 4 };
    let all = run_all(&[runs, runs], Watch::default(), &|| ());
    let alone: Vec<_> = (3..7).map(|seed| day.run(&centre.project, seed, Watch::default(), outside())).collect();
    assert_eq!(all, [alone.clone(), alone.clone()]);
    assert_ne!(hash_of_runs(&alone), hash_of_runs(&alone[1..]));
}

/// Lines of the trace with one of these words, without the version.
fn lines(trace: &[String], words: &[&str]) -> String {
    trace.iter().filter(|line| words.iter().any(|word| line.contains(word))).map(|line| format!("{line}\n")).collect()
}

#[test]
fn agents_come_rest_and_go_as_their_shifts_say() {
    let centre = Centre::with_flow(ONE_LINE);
    let result = centre.run(
        "clock: \"2026-03-02 08:00\"\nruns_for: 30m\ncallers: [{ to: \"100\", per_hour: 0 }]\nagents:\n  - { name: ben, shift: \"08:05-08:20\", breaks: [\"08:10-08:12:30\"] }\n  - { count: 1, queues: [q], shift: \"07:00-08:01\" }\n",
    );
    expect![[r#"
        08:00:00.000 agent agent-1 ready
        08:01:00.000 agent agent-1 signed_out
        08:05:00.000 agent ben ready
        08:10:00.000 agent ben not_ready: break
        08:12:30.000 agent ben ready
        08:20:00.000 agent ben signed_out
    "#]]
    .assert_eq(&lines(&result.trace, &["agent "]));
}

#[test]
fn callers_press_wait_talk_and_hang_up() {
    let centre = Centre::with_flow(MENU);
    let text = "clock: \"2026-03-02 08:00\"\nruns_for: 5m\ncallers: [{ to: \"100\", arrivals: history.csv, presses: [\"1\"], patience: 30s, talks: { csv: history.csv, column: talked } }]\nagents: [{ count: 1, queues: [q], answers_after: 2s, wrap_up: 5s }]\n";
    let result = centre.run(text);
    let trace = result.trace.join("\n").replace(&centre.project.version.to_string(), "VERSION");
    expect![[r#"
        08:00:00.000 version VERSION-day-1 published
        08:00:00.000 phone of agent-1 registered, 1 contacts
        08:00:00.000 agent agent-1 ready
        08:00:05.000 call 1 arrived from +4930222 to 100 by local
        08:00:05.000 call 1 flow main.rhai started, version VERSION-day-1
        08:00:05.000 call 1 answered
        08:00:05.000 call 1 hears `goodbye` in en (main.rhai:2)
        08:00:05.500 call 1 pressed 1 (main.rhai:3)
        08:00:05.500 call 1 tag key = 1
        08:00:05.500 call 1 queued in q, position 1 (main.rhai:5)
        08:00:05.500 call 1 offered to agent-1: longest idle, 1 free: agent-1 (idle 5.5s); 2 signed out
        08:00:05.500 call 1 leg 2 dialed agent-1 by sip:agent-1@phone1
        08:00:05.500 call 1 leg 2 is ringing
        08:00:07.500 call 1 leg 2 answered: agent-1
        08:00:07.500 call 1 agent-1 answered in q after 2s
        08:00:07.500 call 1 connected to agent-1 on leg 2
        08:00:10.000 call 2 arrived from +4930111 to 100 by local
        08:00:10.000 call 2 flow main.rhai started, version VERSION-day-1
        08:00:10.000 call 2 answered
        08:00:10.000 call 2 hears `goodbye` in en (main.rhai:2)
        08:00:10.500 call 2 pressed 1 (main.rhai:3)
        08:00:10.500 call 2 tag key = 1
        08:00:10.500 call 2 queued in q, position 1 (main.rhai:5)
        08:00:37.500 call 1 disconnected from leg 1 after 30s: normal
        08:00:37.500 call 1 agent-1 of q talked for 30s
        08:00:37.500 call 1 leg 2 released: normal
        08:00:37.500 call 1 ended answered by the caller: normal
        08:00:37.500 agent agent-1 wrap_up
        08:00:40.500 call 2 left q after 30s: abandoned
        08:00:40.500 call 2 ended abandoned by the caller: normal
        08:00:42.500 agent agent-1 ready
    "#]]
    .assert_eq(&format!("{trace}\n"));
}

#[test]
fn staff_and_script_do_not_change_who_calls_and_when() {
    let arrivals = |flow: &str, agents: &str| {
        let centre = Centre::with_flow(flow);
        let text = format!(
            "runs_for: 2h\ncallers: [{{ to: \"100\", per_hour: 60, patience: {{ mean: 20s }} }}]\nagents: {agents}\n"
        );
        let result = centre.run(&text);
        let calls = lines(&result.trace, &["arrived from"]);
        calls
            .lines()
            .map(|line| (line[..12].to_owned(), line.split(" from ").nth(1).unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let few = arrivals(ONE_LINE, "[{ count: 1, queues: [q] }]");
    assert!(few.len() > 80, "{}", few.len());
    assert_eq!(few, arrivals(ONE_LINE, "[{ count: 9, queues: [q] }]"));
    assert_eq!(few, arrivals("play(\"goodbye\");\nqueue(\"q\");\n", "[{ count: 1, queues: [q] }]"));
}

#[test]
fn nobody_is_lost_and_everybody_is_counted_once() {
    let centre = Centre::with_flow(MENU);
    for seed in 0..10 {
        let result = centre.run_seed(&centre.day(LITTLE), seed);
        let f = &result.figures.whole;
        assert_eq!(f.offered, f.answered + f.abandoned + f.voicemail + f.callback + f.overflowed + f.waiting);
        assert!(f.offered > 30 && f.answered > 10 && f.abandoned > 0, "{f:?}");
    }
}

#[test]
fn who_gave_up_calls_again() {
    let centre = Centre::with_flow(ONE_LINE);
    let text = |p: &str| {
        format!(
            "runs_for: 1h\ncallers: [{{ to: \"100\", per_hour: 20, patience: 10s, redial: {{ p: {p}, after: 2m }} }}]\nagents: []\n"
        )
    };
    let (never, always) = (centre.run(&text("0%")), centre.run(&text("100%")));
    assert!(always.figures.calls.arrived > 5 * never.figures.calls.arrived, "{}", always.figures.calls.arrived);
    assert_eq!(never.figures.whole.abandoned, never.figures.calls.arrived);
}

#[test]
fn agents_are_busy_for_as_long_as_they_talk_and_wrap_up() {
    let centre = Centre::with_flow(ONE_LINE);
    let text = "runs_for: 20h\nwarm_up: 1h\ncallers: [{ to: \"100\", per_hour: 60, talks: 2m }]\nagents: [{ count: 5, queues: [q], wrap_up: 1m }]\n";
    let whole = centre.run(text).figures.whole;
    let (busy, wanted) = (whole.occupancy.unwrap(), 3.0 / 5.0);
    assert!((busy - wanted).abs() < 0.04, "{busy}");
    assert!((whole.aht_seconds.unwrap() - 180.0).abs() < 1.0, "{whole:?}");
}

#[test]
fn a_missed_target_points_at_its_line() {
    let centre = Centre::with_flow(ONE_LINE);
    let text = "runs_for: 1h\ncallers: [{ to: \"100\", per_hour: 60, patience: 10s }]\nagents: []\nexpect:\n  service_level: at least 80% in 20s\n  abandoned: at most 5%\n  longest_wait: at most 30s\n";
    let day = centre.day(text);
    let result = centre.run_seed(&day, 1);
    let list = day.verdict(text, &[result]);
    let found = script::Diagnostics { list, sources: [("busy.day.yaml".into(), text.into())].into() };
    expect![[r#"
        error[target-missed]: service level was 0.0 %, not at least 80.0 % in 20s
         --> busy.day.yaml:5:18
          |
        5 |   service_level: at least 80% in 20s
          |                  ^^^^^^^^^^^^^^^^^^^ with seed 1

        error[target-missed]: abandoned was 100.0 %, not at most 5.0 %
         --> busy.day.yaml:6:14
          |
        6 |   abandoned: at most 5%
          |              ^^^^^^^^^^ with seed 1
    "#]]
    .assert_eq(&found.render(false));
}

#[test]
fn a_key_leaves_the_queue() {
    let centre = Centre::with_flow("log(queue(\"q\", #{ exit_keys: \"0\", max_wait: 20.seconds }));\n");
    let text = "runs_for: 5m\ncallers: [{ to: \"100\", arrivals: history.csv, presses: [\"w15s 0\"] }]\nagents: []\n";
    let result = centre.run(text);
    expect![[r#"
        08:00:05.000 call 1 queued in q, position 1 (main.rhai:1)
        08:00:20.500 call 1 left q after 15.5s: exit:0
        08:00:20.500 call 1 log: exit:0 (main.rhai:1)
    "#]]
    .assert_eq(&lines(&result.trace, &["call 1 queued", "call 1 left", "call 1 log"]));
}
