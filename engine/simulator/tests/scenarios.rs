//! What an integrator reads when a scenario file or a story is wrong, and calls by key script.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use callwright_simulator::{Call, FakeDirectories, Options, People, parse_keys, run_tests, simulate};
use common::desk::{MONDAY, project};
use common::outside;
use expect_test::expect;

const MENU: &str = r#"import "std/menu" as menu;
play("goodbye");
switch menu::ask("connecting", #{ keys: ["1", "2"] }) {
    "1" => bridge("anna"),
    _ => record("note", #{ max: 5.seconds }),
}
"#;

fn told(flow: &str, scenario: &str) -> String {
    let options = Options { folder: "shop".into(), ..Options::default() };
    let files = [("main.test.yaml".to_owned(), scenario.to_owned())];
    run_tests(&project(flow), &files, &options, outside()).render(false)
}

#[test]
fn a_story_that_goes_otherwise_says_what_was_heard_instead() {
    expect![[r#"
        FAILED main.test.yaml: pressing 1 (32.4s)

        error[step-failed]: caller heard `goodbye`, not `menu`
         --> main.test.yaml:6:16
          |
        6 |       - hears: menu
          |                ^^^^ at Mon 09:00:00
          |
          = help: played by main.rhai:2
          = help: then heard `connecting`, `menu-timeout`, `connecting`, `menu-timeout`, `connecting`
          = help: rerun: callwright test shop --only "pressing 1" --trace

    "#]]
    .assert_eq(&told(
        MENU,
        "flow: main.rhai\nclock: \"2026-03-02 09:00\"\ntests:\n  - name: pressing 1\n    steps:\n      - hears: menu\n",
    ));
}

#[test]
fn a_wrong_partner_and_a_missed_expectation_are_named() {
    let scenario = "flow: main.rhai\nagents: { anna: { answers_after: 4s, talks_for: 9s } }\ntests:
  - name: pressing 1
    steps: [ { hears: connecting }, { presses: \"1\" }, { talks_to: ben } ]
  - name: expecting too much
    steps: [ { hears: connecting }, { presses: \"1\" }, { talks_to: anna } ]
    expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
";
    expect![[r#"
        FAILED main.test.yaml: pressing 1 (15.3s)

        error[step-failed]: caller talked to `anna`, not `ben`
         --> main.test.yaml:5:67
          |
        5 |     steps: [ { hears: connecting }, { presses: "1" }, { talks_to: ben } ]
          |                                                                   ^^^ at Mon 10:00:06
          |
          = help: rerun: callwright test shop --only "pressing 1" --trace

        FAILED main.test.yaml: expecting too much (15.3s)

        error[step-failed]: the outcome was `answered`, not `voicemail`
         --> main.test.yaml:8:24
          |
        8 |     expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
          |                        ^^^^^^^^^ at Mon 10:00:15
          |
          = help: rerun: callwright test shop --only "expecting too much" --trace

        error[step-failed]: the caller waited 4s, not at most 2s
         --> main.test.yaml:8:43
          |
        8 |     expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
          |                                           ^^^^^^^^^^ at Mon 10:00:15
          |
          = help: rerun: callwright test shop --only "expecting too much" --trace

        error[step-failed]: tag `a` was never set
         --> main.test.yaml:8:66
          |
        8 |     expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
          |                                                                  ^ at Mon 10:00:15
          |
          = help: rerun: callwright test shop --only "expecting too much" --trace

        error[step-failed]: `note` was not recorded, nor anything else
         --> main.test.yaml:8:81
          |
        8 |     expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
          |                                                                                 ^^^^ at Mon 10:00:15
          |
          = help: rerun: callwright test shop --only "expecting too much" --trace

        error[step-failed]: the language was `en`, not `ru`
         --> main.test.yaml:8:97
          |
        8 |     expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
          |                                                                                                 ^^ at Mon 10:00:15
          |
          = help: rerun: callwright test shop --only "expecting too much" --trace

        error[step-failed]: the caller never heard `x`
         --> main.test.yaml:8:109
          |
        8 |     expect: { outcome: voicemail, waited: at most 2s, tags: { a: b }, recorded: note, language: ru, heard: [x] }
          |                                                                                                             ^ at Mon 10:00:15
          |
          = help: rerun: callwright test shop --only "expecting too much" --trace

    "#]].assert_eq(&told(MENU, scenario));
}

#[test]
fn a_failing_flow_fails_its_test() {
    let scenario = "flow: main.rhai\ntests:\n  - name: luck\n    steps: []\n";
    expect![[r#"
        FAILED main.test.yaml: luck (1m5s)

        error[step-failed]: the flow failed: out of luck
         --> main.test.yaml:3:11
          |
        3 |   - name: luck
          |           ^^^^ at Mon 10:00:00
          |
          = help: it failed at main.rhai:1:1
          = help: rerun: callwright test shop --only "luck" --trace

    "#]]
    .assert_eq(&told("throw \"out of luck\";", scenario));
}

#[test]
fn unknown_words_point_at_their_place() {
    let scenario = "flow: main.rhai\nclok: x\nagents: { anna: { anwsers_after: 4s, busy: true, ignores: true } }
tests:
  - name: a
    steps: [ { heard: x }, { waits_in: support }, { presses: \"a\" }, { hangs_up: 5s }, { waits: 4 } ]
    expect: { outcome: fine, waited: 10s }
  - name: a
";
    expect![[r#"
        FAILED main.test.yaml: cannot be read (0ms)

        error[unknown-key]: a scenario file has no `clok`
         --> main.test.yaml:2:1
          |
        2 | clok: x
          | ^^^^
          |
          = help: did you mean `clock`?

        error[unknown-key]: an agent has no `anwsers_after`
         --> main.test.yaml:3:19
          |
        3 | agents: { anna: { anwsers_after: 4s, busy: true, ignores: true } }
          |                   ^^^^^^^^^^^^^
          |
          = help: did you mean `answers_after`?

        error[bad-value]: an agent does one thing: `answers_after`, `ignores`, `busy`, `declines`, `offline` or `unknown`
         --> main.test.yaml:3:17
          |
        3 | agents: { anna: { anwsers_after: 4s, busy: true, ignores: true } }
          |                 ^

        error[unknown-key]: a step has no `heard`
         --> main.test.yaml:6:16
          |
        6 |     steps: [ { heard: x }, { waits_in: support }, { presses: "a" }, { hangs_up: 5s }, { waits: 4 } ]
          |                ^^^^^
          |
          = help: did you mean `hears`?

        error[bad-keys]: `a` are no keys of a telephone: 0-9, * and #
         --> main.test.yaml:6:62
          |
        6 |     steps: [ { heard: x }, { waits_in: support }, { presses: "a" }, { hangs_up: 5s }, { waits: 4 } ]
          |                                                              ^^^

        error[bad-duration]: `5s` is no time, write `hangs_up: after 1m`
         --> main.test.yaml:6:81
          |
        6 |     steps: [ { heard: x }, { waits_in: support }, { presses: "a" }, { hangs_up: 5s }, { waits: 4 } ]
          |                                                                                 ^^

        error[bad-duration]: `4` is no duration, write `20s`, `10m`, `1h30m` or `800ms`
         --> main.test.yaml:6:96
          |
        6 |     steps: [ { heard: x }, { waits_in: support }, { presses: "a" }, { hangs_up: 5s }, { waits: 4 } ]
          |                                                                                                ^

        error[unknown-word]: `outcome` is one of answered, abandoned, voicemail, callback, rejected, served, not_reached, failed, not `fine`
         --> main.test.yaml:7:24
          |
        7 |     expect: { outcome: fine, waited: 10s }
          |                        ^^^^

        error[bad-bound]: `10s` is no limit, write `at most 10s` or `at least 5s`
         --> main.test.yaml:7:38
          |
        7 |     expect: { outcome: fine, waited: 10s }
          |                                      ^^^

        error[duplicate-test]: two tests are called `a`
         --> main.test.yaml:8:11
          |
        8 |   - name: a
          |           ^

    "#]].assert_eq(&told(MENU, scenario));
}

#[test]
fn a_flow_without_a_number_is_found() {
    let scenario = "flow: mian.rhai\ntests:\n  - name: a\n";
    expect![[r#"
        FAILED main.test.yaml: a (0ms)

        error[no-number]: no number of `numbers:` leads to `mian.rhai`
         --> main.test.yaml:3:11
          |
        3 |   - name: a
          |           ^
          |
          = help: did you mean `main.rhai`?

    "#]]
    .assert_eq(&told(MENU, scenario));
}

fn call(keys: &str) -> Call {
    Call {
        from: "+4930111".into(),
        to: "100".into(),
        at: MONDAY,
        keys: parse_keys(keys).unwrap(),
        hang_up_after: Some(Duration::from_secs(60)),
        seed: 1,
        people: People::default(),
        directories: FakeDirectories::default(),
    }
}

#[test]
fn keys_are_pressed_when_the_flow_listens() {
    let project = project(MENU);
    let report = simulate(&project, &call("7 w1s 1"), outside());
    let text = report.to_string().replace(project.version.as_str(), "VERSION");
    expect![[r#"
        10:00:00.000 call 1 arrived from +4930111 to 100 by local
        10:00:00.000 call 1 flow main.rhai started, version VERSION
        10:00:00.000 call 1 answered
        10:00:00.000 call 1 hears `goodbye` in en (main.rhai:2)
        10:00:00.500 call 1 pressed 7 (main.rhai:3)
        10:00:00.500 call 1 hears `menu-invalid` in en (main.rhai:3)
        10:00:02.200 call 1 pressed 1 (main.rhai:3)
        10:00:02.200 call 1 leg 2 dialed anna by sip:anna@phone1
        10:00:02.200 call 1 leg 2 is ringing
        10:00:05.200 call 1 leg 2 answered: anna
        10:00:05.200 call 1 connected to anna on leg 2
        10:01:00.000 call 1 disconnected from leg 1 after 54.8s: normal
        10:01:00.000 call 1 leg 2 released: normal
        10:01:00.000 call 1 ended answered by the caller: normal
    "#]]
    .assert_eq(&text);
    expect!["goodbye menu-invalid ringback Some(Answered) 60s"].assert_eq(&format!(
        "{} {:?} {:?}",
        report.heard.join(" "),
        report.outcome,
        report.lasted
    ));
    assert_eq!(report.trace_hash, simulate(&project, &call("7 w1s 1"), outside()).trace_hash);
}

#[test]
fn words_that_are_no_keys_are_refused() {
    assert_eq!(parse_keys("1 x").unwrap_err().to_string(), "`x` is no key, write keys and pauses like \"1 w2s 3#\"");
    assert!(parse_keys("w2").is_err() && parse_keys("").unwrap().is_empty());
}

#[test]
fn callers_wait_in_queues_and_talk_to_agents() {
    let centre = common::day::Centre::with_flow("queue(\"second\", #{ max_wait: 30.seconds });\n");
    let scenario = "flow: main.rhai\ntests:
  - name: ben answers
    agents: { ben: { answers_after: 4s, talks_for: 20s } }
    steps: [ { waits_in: second }, { talks_to: ben } ]
    expect: { outcome: answered, waited: at most 5s }
  - name: somebody made up answers
    agents: { kim: { queues: [second], answers_after: 2s } }
    steps: [ { waits_in: second }, { talks_to: kim }, { hangs_up: after 5s } ]
    expect: { outcome: answered, ended_by: caller }
  - name: ben has not signed in
    agents: { ben: { signed_in: false } }
    steps: [ { waits_in: second }, { talks_to: ben } ]
  - name: another queue
    steps: [ { waits_in: q } ]
  - name: no such queue
    agents: { ben: { queues: [secnd] } }
    steps: [ { waits_in: second } ]
";
    let options = Options { folder: "shop".into(), ..Options::default() };
    let files = [("main.test.yaml".to_owned(), scenario.to_owned())];
    let told = run_tests(&centre.project, &files, &options, outside()).render(false);
    expect![[r#"
        ok     main.test.yaml: ben answers (24s)
        ok     main.test.yaml: somebody made up answers (7s)
        FAILED main.test.yaml: ben has not signed in (30s)

        error[step-failed]: the call ended before the caller talked to `ben`
          --> main.test.yaml:13:48
           |
        13 |     steps: [ { waits_in: second }, { talks_to: ben } ]
           |                                                ^^^ at Mon 10:00:30
           |
           = help: rerun: callwright test shop --only "ben has not signed in" --trace

        FAILED main.test.yaml: another queue (1m3s)

        error[step-failed]: caller waits in `second`, not in `q`
          --> main.test.yaml:15:26
           |
        15 |     steps: [ { waits_in: q } ]
           |                          ^ at Mon 10:00:00
           |
           = help: rerun: callwright test shop --only "another queue" --trace

        FAILED main.test.yaml: no such queue (0ms)

        error[unknown-queue]: unknown queue `secnd`
          --> main.test.yaml:17:31
           |
        17 |     agents: { ben: { queues: [secnd] } }
           |                               ^^^^^
           |
           = help: did you mean `second`?

    "#]]
    .assert_eq(&told);
}

/// What came of a scenario of an office that records, and whose agents pause with `*9`.
fn recorded(flow: &str, scenario: &str) -> String {
    let more = "queues: { sales: { record: true } }\nrecording: { pause_keys: \"*9\", pause_at_most: 20s }\n";
    let config = common::desk::CONFIG.replace("password: example-anna", "password: example-anna, queues: [sales]");
    let tree = script::SourceTree::default()
        .with("callwright.yaml", &format!("{config}{more}"))
        .with("main.rhai", flow)
        .with("customers.csv", "phone,name\n");
    let files = [("main.test.yaml".to_owned(), scenario.to_owned())];
    run_tests(&common::compile(&tree), &files, &Options::default(), outside()).render(false)
}

#[test]
fn a_paused_recording_and_hidden_digits_are_seen() {
    let flow = "collect(#{ max: 4, secret: true }); collect(#{ max: 2 }); queue(\"sales\"); hangup();";
    let told = recorded(
        flow,
        "flow: main.rhai\nagents: { anna: { answers_after: 1s, talks_for: 1m, presses: \"*9\" } }\ntests:
  - name: as it is
    steps:
      - presses: \"471112\"
      - talks_to: anna
      - recording: paused
      - waits: 5s
      - recording: resumed
    expect: { recording: resumed, digits: [hidden, \"12\"] }
  - name: otherwise
    steps: [ { presses: \"471112\" } ]
    expect: { recording: never_paused, digits: \"4711\" }
",
    );
    for line in [
        "ok     main.test.yaml: as it is",
        "FAILED main.test.yaml: otherwise",
        "the recording was paused",
        "digits `4711` were not collected, but `••••`, `12`",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn a_recording_that_nobody_pauses_is_told_so() {
    let told = recorded(
        "queue(\"sales\"); hangup();",
        "flow: main.rhai\nagents: { anna: { answers_after: 1s, talks_for: 30s } }\ntests:
  - name: never
    steps: [ { talks_to: anna } ]
    expect: { recording: never_paused }
  - name: missed
    steps: [ { talks_to: anna }, { recording: paused } ]
    expect: { digits: hidden }
  - name: expected
    steps: [ { talks_to: anna } ]
    expect: { recording: paused, digits: hidden }
",
    );
    for line in [
        "ok     main.test.yaml: never",
        "the call ended before its recording was paused",
        "the recording was never paused",
        "no hidden digits were collected",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}
