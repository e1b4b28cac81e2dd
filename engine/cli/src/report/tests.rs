//! What reports say, in each form, and how days and hours are cut.

use std::collections::BTreeMap;
use std::time::Duration;

use acd::ServiceLevel;
use expect_test::expect;
use jiff::tz::TimeZone;
use model::WallTime;
use store::{CallSums, CallbackSums, DeliverySums, MessageSums, OwedSums, QUARTER_US, Span, VisitSums};

use super::gather::{by_day, by_hour};
use super::*;

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn at(text: &str) -> WallTime {
    let time: jiff::Timestamp = text.parse().unwrap();
    WallTime(time.as_microsecond())
}

fn line(name: &str, many: u64) -> Line {
    let seconds = |seconds: u64| Duration::from_secs(seconds);
    let calls = CallSums {
        inbound: 10 * many,
        answered: 7 * many,
        abandoned: many,
        abandoned_short: 1,
        callback: many,
        served: many,
        missed: 2 * many,
        talk: seconds(600 * many),
        longest_wait: seconds(75),
        ..CallSums::default()
    };
    let visits = VisitSums {
        offered: 9 * many,
        answered: 7 * many,
        answered_in_time: 6 * many,
        abandoned: many,
        callback: many,
        wait_answered: seconds(84 * many),
        longest_wait: seconds(75),
        talks: 7 * many,
        talk: seconds(590 * many),
        hold: seconds(20 * many),
        wrap_up: seconds(110 * many),
        ..VisitSums::default()
    };
    let marks = Marks(BTreeMap::from([("rating".to_owned(), BTreeMap::from([(2, many), (5, 3 * many)]))]));
    Line { name: name.to_owned(), calls, visits, marks }
}

fn report(by: By) -> Report {
    let mut whole = Line { name: "all".to_owned(), ..Line::default() };
    let lines = vec![line("sales", 2), line("sup<port>", 1)];
    lines.iter().for_each(|line| whole.add(line));
    let owed = OwedSums {
        callbacks: BTreeMap::from([(
            "sales".to_owned(),
            CallbackSums { booked: 3, done: 2, waiting: 1, ..CallbackSums::default() },
        )]),
        messages: BTreeMap::from([("info".to_owned(), MessageSums { left: 4, heard: 3, urgent: 1 })]),
        deliveries: BTreeMap::from([("email".to_owned(), DeliverySums { wanted: 5, done: 4, failed: 1 })]),
        contacts_left: BTreeMap::new(),
    };
    let date = |day| jiff::civil::date(2026, 3, day);
    Report {
        title: "clinic".to_owned(),
        span: Span { from: at("2026-03-01T23:00:00Z"), until: at("2026-03-08T23:00:00Z") },
        zone: berlin(),
        by,
        level: ServiceLevel::Offered,
        in_time: "20s; sales 30s".to_owned(),
        days: vec![(date(2), line("", 2)), (date(3), line("", 1))],
        hours: vec![(8, line("", 1)), (9, line("", 2))],
        agents: vec![line("anna", 2), line("ben", 1)],
        campaigns: vec![Campaign {
            name: "spring".to_owned(),
            dialed: 40,
            reached: 25,
            results: vec![("paid".to_owned(), 10), ("promised".to_owned(), 5)],
            left: 12,
        }],
        whole,
        lines,
        owed,
    }
}

#[test]
fn a_table_says_everything_and_which_service_level_it_means() {
    expect![[r#"
        clinic, Mon 2026-03-02 00:00 to Mon 2026-03-09 00:00, Europe/Berlin

        inbound calls   30
        answered        21
        missed          6
        abandoned       3, 2 of them short
        talk time       30:00
        average wait    0:12
        longest wait    1:15
        service level   75.0 % by sl_offered: answered in time / (answered + abandoned), in time = 20s; sales 30s

        calls   30 offered = 21 answered + 3 abandoned + 0 voicemail + 3 callback + 3 other
        queues  27 offered = 21 answered + 3 abandoned + 0 voicemail + 3 callback + 0 other

        callbacks sales: 3 booked = 2 done + 0 gave up + 0 cancelled + 0 rang first + 1 waiting
        messages info: 4 left, 3 heard, 1 urgent
        deliveries email: 5 wanted, 4 done, 1 failed

        campaign spring: 40 dialed, 25 reached, paid 10, promised 5, 12 contacts left

        rating 4.25 from 12 calls (2: 3, 5: 9)

        queue      offered  answered  abandoned  short  voicemail  callback  other  waiting  avg wait  longest   level   talk  hold  wrap-up  avg handle  rating
        sales           18        14          2      0          0         2      0        0      0:12     1:15  75.0 %  19:40  0:40     3:40        1:40    4.25
        sup<port>        9         7          1      0          0         1      0        0      0:12     1:15  75.0 %   9:50  0:20     1:50        1:40    4.25
    "#]].assert_eq(&text(&report(By::Queue)));
}

#[test]
fn calls_of_which_nobody_knows_what_became_are_shouted_about() {
    let mut report = report(By::Queue);
    report.whole.calls.inbound += 1;
    assert!(text(&report).contains("+ 1 UNACCOUNTED FOR"), "{}", text(&report));
}

#[test]
fn csv_has_a_row_for_each_line_and_one_for_all() {
    expect![[r#"
        agent,answered_from_queues,answered_direct,talk_seconds,hold_seconds,wrap_up_seconds,average_handle_seconds,average_wait_seconds,in_time,satisfaction
        sales,14,14,2380,40,220,100,12,0.8571,4.25
        sup<port>,7,7,1190,20,110,100,12,0.8571,4.25
        all,21,21,3570,60,330,100,12,0.8571,4.25
    "#]].assert_eq(&csv(&report(By::Agent)).unwrap());
    let mut report = report(By::Number);
    report.lines[0].name = "=HYPERLINK(1)".to_owned();
    assert!(csv(&report).unwrap().contains("\n'=HYPERLINK(1),"));
}

#[test]
fn json_has_every_definition_of_the_service_level() {
    let json = json(&report(By::Day));
    assert_eq!(json["service_level"]["by_definition"].as_object().unwrap().len(), 6);
    assert_eq!(json["calls"]["figures"]["inbound"], 30.0);
    assert_eq!(json["calls"]["unaccounted"], 0);
    assert_eq!(json["satisfaction"]["rating"]["distribution"]["5"], 9);
    assert_eq!((&json["from"], &json["by"]), (&"2026-03-02T00:00:00+01:00".into(), &"day".into()));
}

/// Headings and names of charts, in order.
fn outline(html: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap();
        match tag.split(' ').next().unwrap() {
            "h1" | "h2" => lines.push(text.to_owned()),
            "svg" => lines.push(format!("svg {}", tag.split("aria-label=").nth(1).unwrap().split('"').nth(1).unwrap())),
            _ => {}
        }
    }
    lines
}

#[test]
fn the_page_has_its_parts_and_needs_nothing_else() {
    let html = page(&report(By::Queue), Language::En);
    expect![[r#"
        clinic
        Figures
        The course
        svg Calls by day
        svg Service level by day
        svg Calls by hour
        svg Service level by hour
        Lines
        Agents
        Callbacks
        Messages
        Deliveries
        Campaigns
        Satisfaction
        Service level, by name"#]]
    .assert_eq(&outline(&html).join("\n"));
    for foreign in ["<script", "<link", "<img", "src=", "@import", "url(", "href="] {
        assert!(!html.contains(foreign), "the page has `{foreign}`");
    }
    assert!(html.contains("sup&lt;port&gt;") && !html.contains("sup<port>"));
}

#[test]
fn every_word_of_the_page_has_a_translation_and_persian_runs_from_the_right() {
    let html = page(&report(By::Queue), Language::Fa);
    assert!(html.contains("<html lang=\"fa\" dir=\"rtl\">"), "{}", &html[..200]);
    let english: Vec<String> =
        outline(&html).into_iter().filter(|line| line.chars().filter(char::is_ascii_alphabetic).count() > 3).collect();
    assert_eq!(english, ["clinic"], "headings that nobody translated");
    for by in [By::Queue, By::Agent, By::Number, By::Hour, By::Day, By::Flow, By::Campaign] {
        for word in by.columns().iter().map(|column| column.title()).chain([by.as_str()]) {
            assert_ne!(Language::Ru.word(word), word, "`{word}`");
        }
    }
}

fn quarter(text: &str) -> (String, Line) {
    ((at(text).0 / QUARTER_US).to_string(), line("", 1))
}

#[test]
fn days_and_hours_are_those_of_the_zone_also_when_its_clock_changes() {
    // In Berlin 29 March 2026 has 23 hours: it begins at 23:00 UTC and ends at 22:00 UTC.
    let quarters = BTreeMap::from([
        quarter("2026-03-28T22:45:00Z"),
        quarter("2026-03-28T23:00:00Z"),
        quarter("2026-03-29T21:45:00Z"),
        quarter("2026-03-29T22:00:00Z"),
        quarter("2026-03-31T22:00:00Z"),
    ]);
    let days: Vec<String> =
        by_day(&quarters, &berlin()).iter().map(|(date, line)| format!("{date} {}", line.calls.inbound / 10)).collect();
    assert_eq!(days, ["2026-03-28 1", "2026-03-29 2", "2026-03-30 1", "2026-03-31 0", "2026-04-01 1"]);
    // 25 October has two hours from 02:00 on.
    let twice = BTreeMap::from([quarter("2026-10-25T00:30:00Z"), quarter("2026-10-25T01:30:00Z")]);
    let hours: Vec<(i8, u64)> =
        by_hour(&twice, &berlin()).iter().map(|(hour, line)| (*hour, line.calls.inbound / 10)).collect();
    assert_eq!(hours, [(2, 2)]);
}

#[test]
fn dates_mean_whole_days_of_the_zone() {
    let now = at("2026-03-30T10:00:00Z");
    let cut = |from: Option<&str>, to: Option<&str>| {
        let moment = |text: Option<&str>| text.map(|text| parse_moment(text).unwrap());
        let span = span(moment(from), moment(to), now, &berlin());
        span.map(|span| {
            let shown = |at: WallTime| jiff::Timestamp::from_microsecond(at.0).unwrap().to_string();
            format!("{} {}", shown(span.from), shown(span.until))
        })
    };
    assert_eq!(cut(Some("2026-03-29"), Some("2026-03-29")).unwrap(), "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z");
    assert_eq!(cut(None, None).unwrap(), "2026-03-23T23:00:00Z 2026-03-30T22:00:00Z");
    assert_eq!(cut(Some("yesterday"), Some("yesterday")).unwrap(), "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z");
    let morning = cut(Some("2026-03-30T08:00"), Some("2026-03-30T12:00"));
    assert_eq!(morning.unwrap(), "2026-03-30T06:00:00Z 2026-03-30T10:00:00Z");
    assert!(cut(Some("2026-03-30"), Some("2026-03-29")).is_err());
    assert!(parse_moment("last week").unwrap_err().contains("2026-03-02"));
}
