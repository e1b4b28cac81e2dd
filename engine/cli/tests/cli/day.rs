//! `callwright simulate busy.day.yaml`

use tempfile::TempDir;

use crate::vocabulary::{callwright, project};

const CONFIG: &str = "name: Shop\ntime_zone: Europe/Berlin\nnumbers: { \"100\": main.rhai }\nqueues: { q: {} }\n";
const DAY: &str = "clock: \"2026-03-02 08:00\"\nruns_for: 1h\nseed: 42\ncallers: [{ flow: main.rhai, per_hour: 60, patience: { mean: 1m }, talks: { mean: 2m } }]\nagents: [{ count: 3, queues: [q] }]\nexpect:\n  service_level: at least 10% in 20s\n";

fn shop(day: &str) -> TempDir {
    project(&[("callwright.yaml", CONFIG), ("main.rhai", "queue(\"q\");\n"), ("busy.day.yaml", day)])
}

#[test]
fn a_day_prints_the_contract_s_object() {
    let shop = shop(DAY);
    let done = callwright(shop.path(), &["simulate", "busy.day.yaml", "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    let json = done.json();
    let keys = "offered answered abandoned voicemail callback overflowed waiting service_level asa_seconds abandon_rate average_wait_seconds occupancy longest_wait_seconds";
    for key in keys.split(' ') {
        assert!(json.get(key).is_some() && json["queues"]["q"].get(key).is_some(), "{key} {json}");
    }
    assert_eq!((&json["seed"], json["trace_hash"].as_str().unwrap().len()), (&42.into(), 64));
    let again = callwright(shop.path(), &["simulate", "busy.day.yaml", "--json"]);
    assert_eq!(done.out, again.out);
    let other = callwright(shop.path(), &["simulate", "busy.day.yaml", "--json", "--seed", "43"]).json();
    assert_ne!(json["trace_hash"], other["trace_hash"]);
}

#[test]
fn several_runs_have_intervals_and_staffings_have_rows() {
    let shop = shop(DAY);
    let json = callwright(shop.path(), &["simulate", "busy.day.yaml", "--runs", "4", "--json"]).json();
    assert_eq!(json["runs"], 4, "{json}");
    let level = &json["confidence"]["service_level"];
    assert!(level["low"].as_f64() < json["service_level"].as_f64(), "{json}");
    let done = callwright(shop.path(), &["simulate", "busy.day.yaml", "--agents", "2..4", "--runs", "2"]);
    assert_eq!(done.code, 0, "{done:?}");
    let lines: Vec<&str> = done.out.lines().collect();
    assert!(lines[0].starts_with("busy.day.yaml, 2 runs from seed 42"), "{done:?}");
    assert_eq!(lines.len(), 6, "{done:?}");
    assert!(lines[5].trim_start().starts_with('4') && lines[5].ends_with("met"), "{done:?}");
}

#[test]
fn a_missed_target_is_exit_code_1_and_points_at_its_line() {
    let shop = shop(&DAY.replace("at least 10%", "at least 100%"));
    for arguments in [&["simulate", "busy.day.yaml"][..], &["test"]] {
        let done = callwright(shop.path(), arguments);
        assert_eq!(done.code, 1, "{done:?}");
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains("error[target-missed]: service level was "), "{said}");
        assert!(said.contains("--> busy.day.yaml:7:18"), "{said}");
    }
}

#[test]
fn a_day_becomes_a_page_and_is_compared_with_another_project() {
    let shop = shop(DAY);
    let other = project(&[("callwright.yaml", CONFIG), ("main.rhai", "wait(30.seconds);\nqueue(\"q\");\n")]);
    let folder = other.path().to_str().unwrap();
    let arguments = ["simulate", "busy.day.yaml", "--compare", folder, "--report", "day.html", "--runs", "3"];
    let done = callwright(shop.path(), &arguments);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("difference") && done.out.contains("3 seeds, the same on both sides"), "{done:?}");
    let page = std::fs::read_to_string(shop.path().join("day.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("busy.day.yaml"));
}

#[test]
fn what_is_wrong_with_a_day_is_said() {
    let shop = shop(&DAY.replace("queues: [q]", "queues: [p]"));
    let done = callwright(shop.path(), &["simulate", "busy.day.yaml"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("error[unknown-queue]: unknown queue `p`"), "{done:?}");
    assert!(done.err.ends_with("error: `busy.day.yaml` has 1 error\n"), "{done:?}");
    for arguments in [&["no.day.yaml"][..], &["--runs", "3"], &["busy.day.yaml", "--agents", "9..8"]] {
        let done = callwright(shop.path(), &[&["simulate"], arguments].concat());
        assert_eq!(done.code, 2, "{arguments:?} {done:?}");
    }
}
