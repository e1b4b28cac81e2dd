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
    let scores = Scores(BTreeMap::from([
        ("quality".to_owned(), Score { filled: 2 * many, percent: 150 * many }),
        ("sales-talk".to_owned(), Score { filled: 1, percent: 40 }),
    ]));
    Line { name: name.to_owned(), calls, visits, marks, scores }
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
        evaluated: vec![line("anna", 2), line("ben", 1)],
        names: BTreeMap::from([("anna".to_owned(), "Анна Петрова".to_owned())]),
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

        evaluations quality: 75.0 % from 6
          anna: 75.0 % from 4; rating 4.25 from 8 calls
          ben: 75.0 % from 2; rating 4.25 from 4 calls

        evaluations sales-talk: 40.0 % from 2
          anna: 40.0 % from 1; rating 4.25 from 8 calls
          ben: 40.0 % from 1; rating 4.25 from 4 calls

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
        agent,answered_from_queues,answered_direct,talk_seconds,hold_seconds,wrap_up_seconds,average_handle_seconds,average_wait_seconds,in_time,satisfaction,evaluations,evaluation_score,evaluations_quality,evaluation_score_quality,evaluations_sales-talk,evaluation_score_sales-talk
        sales,14,14,2380,40,220,100,12,0.8571,4.25,5,0.68,4,0.75,1,0.4
        sup<port>,7,7,1190,20,110,100,12,0.8571,4.25,3,0.6333,2,0.75,1,0.4
        all,21,21,3570,60,330,100,12,0.8571,4.25,8,0.6625,6,0.75,2,0.4
    "#]].assert_eq(&csv(&report(By::Agent)).unwrap());
}

#[test]
fn csv_holds_no_formula_and_leaves_telephone_numbers_alone() {
    let mut report = report(By::Number);
    for (name, written) in [
        ("=HYPERLINK(1)", "\n'=HYPERLINK(1),"),
        ("+1+1", "\n'+1+1,"),
        ("@SUM(1)", "\n'@SUM(1),"),
        ("\t=1", "\n'\t=1,"),
        ("\r=1", "\n\"'\r=1\","),
        ("+4930111111", "\n+4930111111,"),
    ] {
        report.lines[0].name = name.to_owned();
        let csv = csv(&report).unwrap();
        assert!(csv.contains(written), "{csv:?}");
    }
}

#[test]
fn a_page_runs_nothing_that_a_caller_or_a_project_wrote() {
    const EVIL: &str = "<script>alert(1)</script>\"'&";
    let evil = || EVIL.to_owned();
    let mut report = report(By::Queue);
    report.title = evil();
    report.in_time = evil();
    for lines in [&mut report.lines, &mut report.agents, &mut report.evaluated] {
        for line in lines.iter_mut() {
            line.name = evil();
            line.marks.0.insert(evil(), BTreeMap::from([(1, 1)]));
            line.scores.0.insert(evil(), Score { filled: 1, percent: 1 });
        }
    }
    report.whole.marks.0.insert(evil(), BTreeMap::from([(1, 1)]));
    report.whole.scores.0.insert(evil(), Score { filled: 1, percent: 1 });
    report.campaigns[0].name = evil();
    report.campaigns[0].results.push((evil(), 1));
    report.owed.callbacks.insert(evil(), CallbackSums::default());
    report.owed.messages.insert(evil(), MessageSums::default());
    report.owed.deliveries.insert(evil(), DeliverySums::default());
    for by in [By::Queue, By::Number, By::Campaign] {
        report.by = by;
        let html = page(&report, Language::En);
        assert!(!html.to_lowercase().contains("<script"), "a script in the page by {}", by.as_str());
        assert!(!html.contains("</script>\"'"), "a quote that ends an attribute");
        assert!(html.matches("&lt;script&gt;alert(1)&lt;/script&gt;&quot;").count() >= 12);
        assert!(html.contains("default-src 'none'"), "the page's policy forbids scripts");
    }
}

#[test]
fn evaluations_stand_beside_what_callers_said() {
    let json = json(&report(By::Agent));
    expect![[r#"
        {
          "agents": {
            "anna": {
              "filled": 4,
              "satisfaction": 4.25,
              "score": 0.75
            },
            "ben": {
              "filled": 2,
              "satisfaction": 4.25,
              "score": 0.75
            }
          },
          "filled": 6,
          "score": 0.75
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&json["evaluations"]["quality"]).unwrap());
    assert_eq!(json["lines"][0]["forms"]["sales-talk"]["score"], 0.4);
    let text = text(&report(By::Agent));
    assert!(
        text.contains("\nevaluations quality: 75.0 % from 6\n  anna: 75.0 % from 4; rating 4.25 from 8 calls\n"),
        "{text}"
    );
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
        Evaluations
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
