//! Day files: what they may say, and what is answered to what they may not.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::day::{Centre, ONE_LINE};
use expect_test::{Expect, expect};

#[expect(clippy::needless_pass_by_value, reason = "reads like the expect! that it takes")]
fn complains(text: &str, expected: Expect) {
    let found = Centre::with_flow(ONE_LINE).try_day(text).map(|_| ());
    expected.assert_eq(&found.expect_err("this day is wrong"));
}

fn complaint(line: &str) -> String {
    let text = format!("clock: \"2026-03-02 08:00\"\nruns_for: 9h\n{line}\n");
    let text =
        if line.contains("callers:") { text } else { format!("{text}callers: [{{ to: \"100\", per_hour: 1 }}]\n") };
    let found = Centre::with_flow(ONE_LINE).try_day(&text).map(|_| ());
    let found = found.expect_err(line);
    found.lines().next().unwrap().to_owned()
}

#[test]
fn a_day_may_say_everything_at_once() {
    let day = Centre::with_flow(ONE_LINE).day(
        r#"
clock: "2026-03-02 08:00"
runs_for: 9h
warm_up: 30m
seed: 42
callers:
  - { flow: main.rhai, per_hour: 120, presses: ["1"], patience: { mean: 3m }, talks: { mean: 4m } }
  - { flow: main.rhai, arrivals: history.csv, presses: ["2"], patience: 90s, talks: { mean: 3m, sd: 1m } }
  - to: "100"
    per_hour: { "08:00": 60, "10:00": 120.5, "16:30": 0 }
    from: { csv: customers.csv, column: phone }
    presses: [ { keys: ["1", "w2s 3#"], share: 60% }, { keys: "2", share: 40% } ]
    talks: { csv: history.csv, column: talked }
    hangs_up: { mean: 1m }
    redial: { p: 50%, after: { mean: 2m } }
agents:
  - { count: 12, queues: [q], wrap_up: 20s }
  - { count: 2, queues: [{ q: { tier: 2 } }, second], skills: { english: 3 }, answers_after: { mean: 4s }, ignores: 5% }
  - { name: anna, queues: [second], shift: "08:00-14:00", breaks: ["10:00-10:15", "12:00-12:30"] }
directories: { customers: { "+4930111": { vip: true } } }
faults:
  - { customers: down, from: "10:00", for: 20m }
  - { customers: slow 2s, from: "11:00", for: 5m }
  - { provider: down, from: "12:00", for: 5m }
  - { anna: down, from: "13:00", for: 5m }
  - { agent2-1: down, from: "13:00" }
  - { messages: lost 2%, from: "14:00", for: 1h }
  - { project: reloads, from: "15:00" }
expect:
  service_level: at least 80% in 20s
  abandoned: at most 5%
  asa: at most 30s
  queues: { second: { longest_wait: at most 5m, waiting: at most 0 } }
"#,
    );
    assert_eq!((day.seed, day.agents_counted()), (42, Some(12)));
}

#[test]
fn a_misspelt_key_is_pointed_at() {
    complains(
        "clock: \"2026-03-02 08:00\"\nruns_for: 9h\ncallers:\n  - { flow: main.rhai, per_hour: 10, patiense: 90s }\n",
        expect![[r#"
            error[unknown-key]: a row of `callers` has no `patiense`
             --> busy.day.yaml:4:38
              |
            4 |   - { flow: main.rhai, per_hour: 10, patiense: 90s }
              |                                      ^^^^^^^^
              |
              = help: did you mean `patience`?
        "#]],
    );
}

#[test]
fn names_that_the_project_does_not_know_are_pointed_at() {
    complains(
        "runs_for: 9h\ncallers: [{ flow: mian.rhai, per_hour: 1 }]\nagents:\n  - { count: 2, queues: [secnd] }\n  - { name: ana }\nfaults: [{ crm: down }]\nexpect: { servicelevel: at least 80% }\n",
        expect![[r#"
            error[no-number]: no number of `numbers:` leads to `mian.rhai`
             --> busy.day.yaml:2:19
              |
            2 | callers: [{ flow: mian.rhai, per_hour: 1 }]
              |                   ^^^^^^^^^
              |
              = help: did you mean `main.rhai`?

            error[unknown-queue]: unknown queue `secnd`
             --> busy.day.yaml:4:26
              |
            4 |   - { count: 2, queues: [secnd] }
              |                          ^^^^^
              |
              = help: did you mean `second`?

            error[unknown-agent]: unknown agent `ana`
             --> busy.day.yaml:5:13
              |
            5 |   - { name: ana }
              |             ^^^
              |
              = help: did you mean `anna`?
              = help: agents who are made up for the day have a `count`, agents of callwright.yaml a `name`

            error[unknown-fault]: there is no directory, trunk or agent `crm` that could fail
             --> busy.day.yaml:6:12
              |
            6 | faults: [{ crm: down }]
              |            ^^^

            error[unknown-key]: `expect` has no `servicelevel`
             --> busy.day.yaml:7:11
              |
            7 | expect: { servicelevel: at least 80% }
              |           ^^^^^^^^^^^^
              |
              = help: did you mean `service_level`?
        "#]],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a flat table of mistakes and answers")]
fn what_cannot_be_meant_is_said() {
    let lines = [
        "runs_for: 9h",
        "warm_up: 9h",
        "seed: often",
        "callers: [{ to: \"100\" }]",
        "callers: [{ to: \"100\", per_hour: -1 }]",
        "callers: [{ to: \"100\", per_hour: 1, arrivals: history.csv }]",
        "callers: [{ to: \"100\", arrivals: histry.csv }]",
        "callers: [{ to: \"100\", arrivals: customers.csv }]",
        "callers: [{ to: \"100\", per_hour: 1, talks: { csv: empty.csv } }]",
        "callers: [{ to: \"100\", per_hour: 1, talks: { csv: history.csv, column: talk } }]",
        "callers: [{ to: \"100\", per_hour: 1, talks: { sd: 1m } }]",
        "callers: [{ to: \"100\", per_hour: 1, patience: soon }]",
        "callers: [{ to: \"100\", per_hour: 1, presses: [x] }]",
        "callers: [{ to: \"100\", per_hour: 1, presses: [{ keys: \"1\", share: 60% }] }]",
        "callers: [{ to: \"100\", per_hour: { \"9\": 1 } }]",
        "callers: [{ to: \"100\", per_hour: { \"10:00\": 1, \"09:00\": 2 } }]",
        "callers: [{ to: \"100\", per_hour: 1, redial: { after: 1m } }]",
        "callers: []",
        "agents: [{ queues: [q] }]",
        "agents: [{ count: 2 }]",
        "agents: [{ count: 100000, queues: [q] }]",
        "agents: [{ name: anna }, { name: anna }]",
        "agents: [{ name: anna, shift: morning }]",
        "agents: [{ name: anna, ignores: often }]",
        "agents: [{ name: anna, tier: 2 }]",
        "faults: [{ from: \"10:00\" }]",
        "faults: [{ customers: gone }]",
        "faults: [{ messages: lost }]",
        "faults: [{ customers: down, provider: down }]",
        "expect: { asa: at most 5% }",
        "expect: { service_level: 80% in 20s }",
        "expect: { service_level: at least 80% in 20s, queues: { q: { service_level: at least 1% in 30s } } }",
    ];
    let said: String = lines.iter().map(|line| format!("{line}\n    {}\n", complaint(line))).collect();
    expect![[r#"
        runs_for: 9h
            error[duplicate-key]: `runs_for` stands here twice
        warm_up: 9h
            error[bad-duration]: a day that is all `warm_up` has no figures
        seed: often
            error[bad-number]: `seed` is a whole number from 0 to 18446744073709551615, not `often`
        callers: [{ to: "100" }]
            error[missing-key]: neither `per_hour` nor `arrivals` says when these callers call
        callers: [{ to: "100", per_hour: -1 }]
            error[bad-number]: `per_hour` is a number from 0 to 1000000, not `-1`
        callers: [{ to: "100", per_hour: 1, arrivals: history.csv }]
            error[bad-value]: callers come `per_hour` or by their `arrivals`, not both
        callers: [{ to: "100", arrivals: histry.csv }]
            error[missing-file]: there is no file `histry.csv` in the project
        callers: [{ to: "100", arrivals: customers.csv }]
            error[unknown-column]: no column is called at, time, arrived, start, calldate: write `arrivals: { csv: FILE, column: NAME }`
        callers: [{ to: "100", per_hour: 1, talks: { csv: empty.csv } }]
            error[empty-file]: there is no row in this file
        callers: [{ to: "100", per_hour: 1, talks: { csv: history.csv, column: talk } }]
            error[unknown-column]: the file has no column `talk`, only start, src, talked
        callers: [{ to: "100", per_hour: 1, talks: { sd: 1m } }]
            error[missing-key]: `talks` is a time, `{ mean: 3m }`, `{ mean: 3m, sd: 1m }` or `{ csv: FILE, column: NAME }`
        callers: [{ to: "100", per_hour: 1, patience: soon }]
            error[bad-duration]: `soon` is no duration, write `20s`, `10m`, `1h30m` or `800ms`
        callers: [{ to: "100", per_hour: 1, presses: [x] }]
            error[bad-keys]: `x` is no key, write keys and pauses like "1 w2s 3#"
        callers: [{ to: "100", per_hour: 1, presses: [{ keys: "1", share: 60% }] }]
            error[bad-share]: the shares of `presses` add up to 60 %, not to 100 %
        callers: [{ to: "100", per_hour: { "9": 1 } }]
            error[bad-time]: `9` is no time of day, write `per_hour: { "08:00": 60 }`
        callers: [{ to: "100", per_hour: { "10:00": 1, "09:00": 2 } }]
            error[bad-time]: `09:00` comes before the time above it
        callers: [{ to: "100", per_hour: 1, redial: { after: 1m } }]
            error[missing-key]: `redial` needs `p`, the share of those who call again
        callers: []
            error[bad-value]: `callers` is a list of those who call, `- { per_hour: 120 }`
        agents: [{ queues: [q] }]
            error[missing-key]: a row of `agents` has a `count`, or the `name` of one agent
        agents: [{ count: 2 }]
            error[missing-key]: agents who are made up need `queues`
        agents: [{ count: 100000, queues: [q] }]
            error[bad-number]: `count` is a whole number from 0 to 10000, not `100000`
        agents: [{ name: anna }, { name: anna }]
            error[duplicate-value]: agent `anna` works twice on this day
        agents: [{ name: anna, shift: morning }]
            error[bad-time]: `shift` is two times like "08:00-14:00", not `morning`
        agents: [{ name: anna, ignores: often }]
            error[bad-share]: `ignores` is a share like `5%` or 0.05, not `often`
        agents: [{ name: anna, tier: 2 }]
            error[missing-key]: a `tier` is one in `queues`, which are not given
        faults: [{ from: "10:00" }]
            error[missing-key]: this fault does not say what goes wrong, write `crm: down`
        faults: [{ customers: gone }]
            error[bad-value]: `customers` cannot be `gone`, write `down` or `slow 2s`
        faults: [{ messages: lost }]
            error[bad-value]: `messages` cannot be `lost`, write `messages: lost 2%`
        faults: [{ customers: down, provider: down }]
            error[bad-value]: one thing goes wrong in each row of `faults`
        expect: { asa: at most 5% }
            error[bad-bound]: `at most 5%` is no limit of `asa`, write `at most 30s`
        expect: { service_level: 80% in 20s }
            error[bad-bound]: `80% in 20s` is no limit of `service_level`, write `at least 80% in 20s`
        expect: { service_level: at least 80% in 20s, queues: { q: { service_level: at least 1% in 30s } } }
            error[bad-bound]: all service levels of one day count the same time, `in 20s`
    "#]].assert_eq(&said);
}

#[test]
fn a_day_answers_the_questions_that_flows_ask_other_systems() {
    let flow = "let sent = http(\"https://crm.example/orders/17\");\ntag(\"order\", if sent == () { \"none\" } else { sent.body.state });\nhangup();\n";
    let config = "numbers: { \"100\": main.rhai }\nhttp: { allow: [crm.example] }\n";
    let centre = Centre::new(config, flow);
    let day = |http: &str| {
        let text = format!("runs_for: 1h\ncallers: [{{ to: \"100\", per_hour: 20 }}]\n{http}");
        centre.run(&text).trace.join("\n")
    };
    let told = day("http: { \"https://crm.example/orders/17\": { status: 200, body: { state: sent } } }\n");
    assert!(told.contains("tag order = sent") && !told.contains("tag order = none"), "{told}");
    let told = day("");
    assert!(told.contains("tag order = none"), "nobody answers who was not written down: {told}");
}
