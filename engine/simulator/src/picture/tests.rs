//! What is on the page, and that it needs nothing else.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use expect_test::expect;
use jiff::tz::TimeZone;
use model::WallTime;

use super::*;
use crate::compare::Side;
use crate::tables::Targets;
use crate::toy::Toy;

/// Monday, 2 March 2026, 08:00 in Berlin.
const MONDAY: WallTime = WallTime(1_772_434_800_000_000);

/// Calm at eight, a peak at ten, lunch, a second peak at three.
fn busy_day(agents: u32) -> Toy {
    let shape = |passed: Duration| {
        let hour = passed.as_secs_f64() / 3600.0;
        let peak = |at: f64| (-(hour - at).powi(2) / 2.0).exp();
        0.3 + 0.7 * (peak(2.0) + 0.9 * peak(7.0)).min(1.0)
    };
    let hours = |hours: u64| Duration::from_secs(3600 * hours);
    Toy {
        warm_up: Duration::ZERO,
        lasts: hours(9),
        shape,
        queues: &["sales", "support"],
        ..Toy::even(agents, 240.0, 180, 180)
    }
}

fn days(agents: u32, runs: u64) -> Vec<DayFigures> {
    (1..=runs).map(|seed| busy_day(agents).day(seed)).collect()
}

struct Days {
    usual: Vec<DayFigures>,
    more: Vec<DayFigures>,
    sweep: Vec<SweepRow>,
}

/// Computed once for all tests.
fn the_days() -> &'static Days {
    static DAYS: OnceLock<Days> = OnceLock::new();
    DAYS.get_or_init(|| {
        let sweep = (9..=14).map(|agents| {
            let targets = if agents < 12 { Targets::Missed } else { Targets::Met };
            SweepRow { agents, figures: RunsFigures::of(&days(agents, 2)), targets }
        });
        Days { usual: days(11, 5), more: days(12, 5), sweep: sweep.collect() }
    })
}

fn whole_page() -> String {
    let Days { usual, more, sweep } = the_days();
    let comparison =
        Comparison::of(Side { name: "eleven agents", days: usual }, Side { name: "twelve agents", days: more });
    let target = |figure: &str, wanted: &str, got: &str, verdict| Target {
        figure: figure.to_owned(),
        wanted: wanted.to_owned(),
        got: got.to_owned(),
        verdict,
    };
    Picture {
        title: "busy.day.yaml <of the clinic>",
        begins: MONDAY,
        zone: &TimeZone::get("Europe/Berlin").unwrap(),
        seed: 1,
        trace_hash: "5b1b6f0c5e2a",
        day: &usual[0],
        runs: Some(&RunsFigures::of(usual)),
        service_level_goal: Some(0.8),
        targets: &[
            target("service level", "at least 80 % in 20 s", "72.1 %", Verdict::Missed),
            target("abandon rate", "at most 9 %", "6.2 %", Verdict::Met),
        ],
        sweep,
        comparison: Some(&comparison),
    }
    .html()
}

/// Headings, captions and names of charts, in order.
fn outline(html: &str) -> String {
    let mut lines = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap();
        let name = tag.split(' ').next().unwrap();
        match name {
            "title" | "h1" | "h2" | "caption" | "summary" => lines.push(format!("{name} {text}")),
            "svg" => lines.push(format!("svg {}", tag.split("aria-label=").nth(1).unwrap().split('"').nth(1).unwrap())),
            _ => {}
        }
    }
    lines.join("\n")
}

#[test]
fn the_page_has_its_parts_in_order() {
    expect![[r#"
        title busy.day.yaml &lt;of the clinic&gt; – a simulated day
        h1 busy.day.yaml &lt;of the clinic&gt;
        h2 Figures
        caption Targets
        h2 The course of the day
        svg Callers waiting
        svg Agents on duty and busy
        svg Service level
        svg Calls offered, answered, abandoned
        svg Callers waiting, by queue
        summary The same in numbers
        caption Slices of 0:05:00
        h2 Queues
        h2 Agents
        h2 Staffing
        svg Service by number of agents
        h2 eleven agents against twelve agents
        caption all calls
        caption queue sales
        caption queue support
        h2 Service level, by name"#]]
    .assert_eq(&outline(&whole_page()));
}

#[test]
fn without_more_the_page_shows_the_day_alone() {
    let day = &the_days().usual[0];
    let html = Picture {
        title: "quiet",
        begins: MONDAY,
        zone: &TimeZone::UTC,
        seed: 7,
        trace_hash: "abc",
        day,
        runs: None,
        service_level_goal: None,
        targets: &[],
        sweep: &[],
        comparison: None,
    }
    .html();
    assert!(!html.contains("id=\"staffing\"") && !html.contains("id=\"comparison\"") && !html.contains("Targets"));
    assert!(html.contains("<p>A simulated day, Monday, 2 March 2026, 07:00 UTC</p>"));
    assert!(html.contains("Seed <code>7</code>, trace <code>abc</code>"));
}

#[test]
fn the_page_needs_nothing_else() {
    let html = whole_page();
    for foreign in ["<script", "<link", "<img", "src=", "@import", "url(", "href="] {
        assert!(!html.contains(foreign), "the page has `{foreign}`");
    }
    let addresses: BTreeSet<&str> = html.split("http").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(addresses, BTreeSet::from(["-equiv=", "://www.w3.org/2000/svg"]));
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    assert!(html.contains("busy.day.yaml &lt;of the clinic&gt;"));
}

#[test]
fn every_colour_of_a_chart_has_a_dark_one() {
    let html = whole_page();
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let drawn = html.split("</style>").nth(1).unwrap();
    for attribute in ["fill", "stroke"] {
        let used: BTreeSet<&str> = drawn.split(&format!(" {attribute}=\"#")).skip(1).map(|rest| &rest[..6]).collect();
        assert!(!used.is_empty());
        for colour in used {
            let rule = format!("svg [{attribute}=\"#{colour}\"]");
            assert!(style.contains(&rule), "no rule for {rule}");
        }
    }
}

#[test]
fn the_same_figures_give_the_same_page() {
    assert_eq!(whole_page(), whole_page());
}

/// `PICTURE=/tmp/day.html cargo test -p callwright-simulator look` writes the page for looking at it.
#[test]
fn look() {
    if let Some(path) = std::env::var_os("PICTURE") {
        std::fs::write(path, whole_page()).unwrap();
    }
}
