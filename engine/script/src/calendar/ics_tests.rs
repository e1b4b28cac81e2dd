use expect_test::{Expect, expect};

use super::*;

#[expect(clippy::needless_pass_by_value, reason = "reads like the expect! that it takes")]
fn reads(events: &str, expected: Expect) {
    let zone = TimeZone::get("Europe/Moscow").unwrap();
    let found = parse_ics(events, &zone).map_or_else(
        |error| error.to_string(),
        |closures| {
            let line = |closure: &Closure| match closure {
                Closure::Days(days) => format!("{}..{}", days.start(), days.end()),
                Closure::Hours(hours) => format!("{}..{}", hours.start, hours.end),
            };
            let shown: Vec<String> = closures.iter().take(6).map(line).collect();
            format!("{} closures: {}", closures.len(), shown.join(", "))
        },
    );
    expected.assert_eq(&found);
}

fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

#[test]
fn whole_days_end_the_day_before_the_end() {
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:New Year: long\r\nDTSTART;VALUE=DATE:20270101\r\n\
        DTEND;VALUE=DATE:20270109\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20270223\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    reads(ics, expect!["2 closures: 2027-01-01..2027-01-08, 2027-02-23..2027-02-23"]);
    reads(&event("DTSTART:20270101\nDURATION:P1W"), expect!["1 closures: 2027-01-01..2027-01-07"]);
}

#[test]
fn times_are_those_of_their_zone_or_of_the_project() {
    reads(
        &event("DTSTART;TZID=Europe/Berlin:20261224T140000\nDTEND;TZID=Europe/Berlin:20261224T180000"),
        expect!["1 closures: 2026-12-24T13:00:00Z..2026-12-24T17:00:00Z"],
    );
    reads(
        &event("DTSTART:20261224T140000\nDURATION:PT1H30M"),
        expect!["1 closures: 2026-12-24T11:00:00Z..2026-12-24T12:30:00Z"],
    );
    reads(
        &event("DTSTART:20261224T140000Z\nDTEND:20261225T020000Z"),
        expect!["1 closures: 2026-12-24T14:00:00Z..2026-12-25T02:00:00Z"],
    );
    reads(
        &event("DTSTART;TZID=\"Mars/Olympus:Mons\":20261224T140000"),
        expect!["line 3: unknown time zone `Mars/Olympus:Mons`, write an IANA name such as `Europe/Moscow`"],
    );
}

#[test]
fn events_repeat_by_the_clock_of_their_zone() {
    reads(
        &event("DTSTART;VALUE=DATE:20241224\nDTEND;VALUE=DATE:20241227\nRRULE:FREQ=YEARLY;UNTIL=20271231"),
        expect![
            "4 closures: 2024-12-24..2024-12-26, 2025-12-24..2025-12-26, 2026-12-24..2026-12-26, 2027-12-24..2027-12-26"
        ],
    );
    // Two o'clock in Berlin is another moment of UTC after the clocks went back.
    reads(
        &event(
            "DTSTART;TZID=Europe/Berlin:20261023T140000\nDTEND;TZID=Europe/Berlin:20261023T150000\n\
             RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20261030T140000\nRDATE:20261225T140000",
        ),
        expect![
            "3 closures: 2026-10-23T12:00:00Z..2026-10-23T13:00:00Z, 2026-11-06T13:00:00Z..2026-11-06T14:00:00Z, 2026-12-25T13:00:00Z..2026-12-25T14:00:00Z"
        ],
    );
}

#[test]
fn an_occurrence_may_be_moved_or_cancelled() {
    let ics = "BEGIN:VEVENT\nUID:1\nDTSTART:20261201\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261202\nDTSTART:20261210\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261203\nDTSTART:20261203\nSTATUS:CANCELLED\nEND:VEVENT\n";
    reads(ics, expect!["2 closures: 2026-12-01..2026-12-01, 2026-12-10..2026-12-10"]);
}

#[test]
fn alarms_zones_and_folded_lines_do_no_harm() {
    let ics = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19701025T030000\n\
        RRULE:FREQ=YEARLY;BYEASTER=1\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:2026\n 1225\n\
        BEGIN:VALARM\nDURATION:nonsense\nDTSTART:nonsense\nEND:VALARM\nSUMMARY:Chris\n\ttmas\nEND:VEVENT\nEND:VCALENDAR\n";
    reads(ics, expect!["1 closures: 2026-12-25..2026-12-25"]);
}

#[test]
fn mistakes_name_their_line() {
    reads(
        &event("DTSTART:20270101\nRRULE:FREQ=YEARLY;BYEASTER=0"),
        expect![
            "line 4: `BYEASTER=0` of `RRULE` is not supported, list the dates by `RDATE` or as events of their own"
        ],
    );
    reads(&event("DTSTART:20271301"), expect!["line 3: `20271301` is no date"]);
    reads(&event("DTSTART:20271201T256060"), expect!["line 3: `20271201T256060` is no date"]);
    reads(&event("SUMMARY:none"), expect!["line 4: the event has no `DTSTART`"]);
    reads(&event("DTSTART:20270102\nDTEND:20270101"), expect!["line 5: the event ends before it begins"]);
    reads(&event("DTSTART:20270102\nDURATION:-P1D"), expect!["line 4: `-P1D` is no duration, write `P1D` or `PT2H`"]);
    reads("hello", expect!["line 1: no events in it"]);
}

#[test]
fn no_text_makes_it_panic() {
    let zone = TimeZone::UTC;
    let good = event("DTSTART;TZID=Europe/Berlin:20261224T140000\nDURATION:P1D\nRRULE:FREQ=WEEKLY;BYDAY=-1MO;COUNT=5");
    let mut state = 7_u32;
    for _ in 0..20_000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % bytes.len();
            bytes[at] = b"0123456789-+:;=,TZPDW\n \xE9"[(state >> 3) as usize % 24];
        }
        let _ = parse_ics(&String::from_utf8_lossy(&bytes), &zone);
    }
}
