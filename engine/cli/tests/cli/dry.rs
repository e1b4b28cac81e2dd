//! `callwright simulate` and `callwright test`

use expect_test::expect;
use tempfile::TempDir;

use crate::vocabulary::{callwright, project};

const CONFIG: &str = "name: Shop\ntime_zone: Europe/Berlin\nnumbers: { \"100\": main.rhai, \"101\": other.rhai }\n";
const MAIN: &str = "answer();\nlet key = collect(#{ prompt: \"goodbye\", max: 1 });\ntag(\"key\", key);\nhangup();\n";
const TESTS: &str = "flow: main.rhai\nclock: \"2026-03-02 10:00\"\ntests:\n  - name: a key is kept\n    from: \"+4930111111\"\n    steps:\n      - hears: goodbye\n      - presses: \"1\"\n  - name: a prompt that nobody plays\n    from: \"+4930111111\"\n    steps:\n      - hears: beep\n";

fn shop(tests: &str) -> TempDir {
    let other = "play(\"beep\");\n";
    project(&[("callwright.yaml", CONFIG), ("main.rhai", MAIN), ("other.rhai", other), ("main.test.yaml", tests)])
}

#[test]
fn the_same_arguments_give_the_same_call() {
    let shop = shop(TESTS);
    let call = |seed: &str| callwright(shop.path(), &["simulate", "--press", "1", "--seed", seed, "--trace"]);
    let first = call("7");
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(first.out, call("7").out);
    assert!(first.out.contains("pressed 1 (main.rhai:2)"), "{first:?}");
}

#[test]
fn a_call_is_told_in_a_few_lines() {
    let shop = shop(TESTS);
    let done = callwright(shop.path(), &["simulate", "other.rhai", "--from", "+4930", "--at", "2026-03-02 09:30"]);
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(lines[..2], ["call from +4930 to 100 at 2026-03-02 09:30, seed 1", "  hears beep"], "{done:?}");
    assert!(lines[2].starts_with("served after "), "{done:?}");
}

#[test]
fn json_says_what_was_heard() {
    let shop = shop(TESTS);
    let done = callwright(shop.path(), &["simulate", ".", "--hang-up-after", "1s", "--json"]);
    let json = done.json();
    assert_eq!(json["heard"][0], "goodbye", "{json}");
    assert_eq!(json["trace_hash"].as_str().unwrap().len(), 64);
}

#[test]
fn what_cannot_be_simulated_is_said() {
    let shop = shop(TESTS);
    for arguments in [&["--at", "soon"][..], &["--press", "x"], &["nowhere.rhai"], &["nowhere"], &["--seed", "x"]] {
        let done = callwright(shop.path(), &[&["simulate"], arguments].concat());
        assert_eq!(done.code, 2, "{arguments:?} {done:?}");
    }
}

#[test]
fn a_failing_test_points_into_its_file() {
    let shop = shop(TESTS);
    let done = callwright(shop.path(), &["test"]);
    assert_eq!(done.code, 1, "{done:?}");
    let (first, found) = done.out.split_once("\n\n").unwrap();
    assert!(first.starts_with("ok     main.test.yaml: a key is kept ("), "{first}");
    assert!(first.contains("\nFAILED main.test.yaml: a prompt that nobody plays ("), "{first}");
    let (found, summary) = found.trim_end().rsplit_once("\n\n").unwrap();
    assert!(summary.starts_with("2 tests: 1 passed, 1 failed, "), "{summary}");
    expect![[r#"
        error[step-failed]: caller heard `goodbye`, not `beep`
          --> main.test.yaml:12:16
           |
        12 |       - hears: beep
           |                ^^^^ at Mon 10:00:00
           |
           = help: played by main.rhai:2
           = help: rerun: callwright test . --only "a prompt that nobody plays" --trace
    "#]]
    .assert_eq(&format!("{}\n", found.trim_end()));
}

#[test]
fn one_test_can_be_chosen() {
    let shop = shop(TESTS);
    let done = callwright(shop.path(), &["test", "--only", "kept", "--json", "--trace"]);
    assert_eq!(done.code, 0, "{done:?}");
    let json = done.json();
    assert_eq!((&json["run"], &json["passed"], &json["failed"]), (&1.into(), &1.into(), &0.into()));
    assert!(json["tests"][0]["trace"].as_array().unwrap().len() > 3, "{json}");
    let nothing = callwright(shop.path(), &["test", "--only", "lunch"]);
    assert_eq!((nothing.code, nothing.err.as_str()), (2, "error: no test of `.` has `lunch` in its name\n"));
}
