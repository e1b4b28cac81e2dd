use super::*;

fn local(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn moment(zoned: &str) -> WallTime {
    WallTime(zoned.parse::<Timestamp>().unwrap().as_microsecond())
}

fn change(calendar: &Calendar, now: &str, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap();
    calendar.next_change(moment(now), &zone).map_or("never".into(), |change| {
        let at = Timestamp::from_microsecond(change.at.0).unwrap();
        format!("{:?} {} {}", change.becomes, zone.to_datetime(at), at)
    })
}

#[test]
fn an_office_is_open_by_day_and_by_weekday() {
    let office = Calendar::weekly("Mon-Fri 08:00-18:00, Sat 09:00-12:00").unwrap();
    // 2026-11-20 is a Friday.
    assert!(!office.is_open(local("2026-11-20T07:59:59")));
    assert!(office.is_open(local("2026-11-20T08:00:00")));
    assert!(office.is_open(local("2026-11-20T17:59:59")));
    assert!(!office.is_open(local("2026-11-20T18:00:00")));
    assert!(office.is_open(local("2026-11-21T09:00:00")));
    assert!(!office.is_open(local("2026-11-22T10:00:00")));
}

#[test]
fn a_night_shift_ends_in_the_next_day() {
    let night = Calendar::weekly("Fri 22:00-06:00").unwrap();
    assert!(night.is_open(local("2026-11-20T23:00:00")));
    assert!(night.is_open(local("2026-11-21T05:59:00")));
    assert!(!night.is_open(local("2026-11-21T06:00:00")));
    assert!(!night.is_open(local("2026-11-20T05:00:00")));
    let sunday = Calendar::weekly("Sun 22:00-06:00").unwrap();
    assert!(sunday.is_open(local("2026-11-23T01:00:00")), "the week goes round");
}

#[test]
fn a_day_may_have_a_lunch_break_and_a_week_may_go_over_its_end() {
    let shop = Calendar::weekly("Sat-Mon 09:00-12:00, 13:00-17:00; Wed, Thu 10:00-11:00").unwrap();
    assert!(shop.is_open(local("2026-11-22T13:00:00")));
    assert!(!shop.is_open(local("2026-11-22T12:30:00")));
    assert!(!shop.is_open(local("2026-11-24T10:00:00")), "tuesday");
    assert!(shop.is_open(local("2026-11-25T10:00:00")), "wednesday");
    assert!(shop.is_open(local("2026-11-26T10:59:00")), "thursday");
    assert!(Calendar::weekly("always").unwrap().is_open(local("2026-11-22T23:59:59")));
}

#[test]
fn holidays_close_and_exceptions_win() {
    let mut office = Calendar::weekly("Mon-Sun 08:00-18:00, 22:00-02:00").unwrap();
    office.add_holiday(day("2026-12-30")..=day("2027-01-08"));
    office.add_exception(day("2026-12-31"), "08:00-13:00").unwrap();
    office.add_exception(day("2027-02-01"), "closed").unwrap();
    assert!(!office.is_open(local("2026-12-30T10:00:00")));
    assert!(office.is_open(local("2026-12-30T01:00:00")), "yesterday's shift runs to its end");
    assert!(office.is_open(local("2026-12-31T12:59:00")));
    assert!(!office.is_open(local("2026-12-31T13:00:00")));
    assert!(!office.is_open(local("2027-01-01T01:00:00")), "the exception has no night");
    assert!(!office.is_open(local("2027-02-01T12:00:00")));
}

#[test]
fn the_next_change_is_the_next_opening_or_closing() {
    let office = Calendar::weekly("Mon-Fri 08:00-18:00").unwrap();
    let zone = "Europe/Moscow";
    assert_eq!(change(&office, "2026-11-20T10:00:00+03:00", zone), "Closed 2026-11-20T18:00:00 2026-11-20T15:00:00Z");
    assert_eq!(change(&office, "2026-11-20T18:00:00+03:00", zone), "Open 2026-11-23T08:00:00 2026-11-23T05:00:00Z");
    assert_eq!(change(&Calendar::weekly("always").unwrap(), "2026-11-20T10:00:00Z", zone), "never");
    let seam = Calendar::weekly("Fri 22:00-24:00, Sat 00:00-06:00").unwrap();
    assert_eq!(change(&seam, "2026-11-20T23:00:00+03:00", zone), "Closed 2026-11-21T06:00:00 2026-11-21T03:00:00Z");
}

#[test]
fn opening_hours_follow_the_wall_clock_through_daylight_saving() {
    let zone = "Europe/Berlin";
    let office = Calendar::weekly("daily 08:00-18:00").unwrap();
    // The night of 2026-03-29 has no 02:00-03:00, that of 2026-10-25 has it twice.
    assert_eq!(change(&office, "2026-03-28T18:00:00+01:00", zone), "Open 2026-03-29T08:00:00 2026-03-29T06:00:00Z");
    assert_eq!(change(&office, "2026-10-24T18:00:00+02:00", zone), "Open 2026-10-25T08:00:00 2026-10-25T07:00:00Z");
}

#[test]
fn an_hour_that_does_not_exist_opens_when_the_clock_jumps_over_it() {
    let zone = "Europe/Berlin";
    let night = Calendar::weekly("Sun 02:30-05:00").unwrap();
    assert_eq!(change(&night, "2026-03-29T00:00:00+01:00", zone), "Open 2026-03-29T03:00:00 2026-03-29T01:00:00Z");
    assert_eq!(change(&night, "2026-03-29T03:10:00+02:00", zone), "Closed 2026-03-29T05:00:00 2026-03-29T03:00:00Z");
    let gone = Calendar::weekly("Sun 02:10-02:50").unwrap();
    assert_eq!(change(&gone, "2026-03-28T12:00:00Z", zone), "Open 2026-04-05T02:10:00 2026-04-05T00:10:00Z");
}

#[test]
fn an_hour_that_comes_twice_is_open_twice() {
    let zone = "Europe/Berlin";
    let night = Calendar::weekly("Sun 02:30-02:45").unwrap();
    assert_eq!(change(&night, "2026-10-25T00:00:00Z", zone), "Open 2026-10-25T02:30:00 2026-10-25T00:30:00Z");
    assert_eq!(change(&night, "2026-10-25T00:45:00Z", zone), "Open 2026-10-25T02:30:00 2026-10-25T01:30:00Z");
    let long = Calendar::weekly("Sun 02:30-05:00").unwrap();
    assert_eq!(change(&long, "2026-10-25T00:40:00Z", zone), "Closed 2026-10-25T02:00:00 2026-10-25T01:00:00Z");
}

#[test]
fn every_change_is_a_change_and_none_is_missed() {
    let mut calendar = Calendar::weekly("Mon-Fri 08:00-12:00, 22:00-03:00; Sun 02:30-04:00").unwrap();
    calendar.add_holiday(day("2026-03-30")..=day("2026-03-31"));
    calendar.add_exception(day("2026-03-29"), "01:00-02:30").unwrap();
    for (zone, start) in [("Europe/Berlin", "2026-03-27T00:00:00Z"), ("America/Santiago", "2026-09-03T00:00:00Z")] {
        let zone = TimeZone::get(zone).unwrap();
        let start = moment(start);
        let minutes = (0..7 * 24 * 60).map(|minute| WallTime(start.0 + minute * 60_000_000));
        let states: Vec<_> = minutes.map(|now| (now, calendar.is_open_at(now, &zone))).collect();
        for (index, (now, open)) in states.iter().enumerate().step_by(7) {
            let expected = states[index..].iter().find(|(_, other)| other != open).map(|(at, _)| *at);
            if let Some(expected) = expected {
                assert_eq!(calendar.next_change(*now, &zone).unwrap().at, expected);
            }
        }
    }
}

#[test]
fn wrong_hours_say_what_is_wrong() {
    let error = |text: &str| Calendar::weekly(text).unwrap_err().to_string();
    expect_test::expect![[r#"
        unknown day `Fry`, did you mean `Fri`?
        `8-18` is no time, write `08:00-18:00`
        `08:00-25:00` is no time, write `08:00-18:00`
        `08:00-08:00` begins where it ends, write `00:00-24:00` for a whole day
        `08:00-18:00` has no day, write `Mon-Fri 08:00-18:00` or `daily 08:00-18:00`
        `Mon-Fri` is no time, write `08:00-18:00`
        a comma is missing, write `09:00 - 17:00, Sat 10:00-12:00`
        a comma is missing, write `09:00-12:00, 13:00-17:00`
        hours are empty, write `Mon-Fri 08:00-18:00` or `always`"#]]
    .assert_eq(
        &[
            error("Mon-Fry 08:00-18:00"),
            error("Mon 8-18"),
            error("Mon 08:00-25:00"),
            error("Mon 08:00-08:00"),
            error("08:00-18:00"),
            error("Mon-Fri"),
            error("Mon-Fri 09:00 - 17:00 Sat 10:00-12:00"),
            error("Mon 09:00-12:00 13:00-17:00"),
            error(" "),
        ]
        .join("\n"),
    );
}

#[test]
fn working_days_move_as_in_the_russian_production_calendar() {
    let mut office = Calendar::weekly("Mon-Thu 09:00-18:00, Fri 09:00-16:45").unwrap();
    office.add_holiday(day("2025-12-31")..=day("2026-01-11"));
    office.add_holiday(day("2026-03-09")..=day("2026-03-09"));
    // A day off that was moved away and is worked like any Friday, and a Saturday that is.
    office.move_day(day("2026-01-09"), "Fri").unwrap();
    office.move_day(day("2026-02-28"), "monday").unwrap();
    office.add_exception(day("2026-02-20"), "09:00-15:45").unwrap();
    assert!(office.is_open(local("2026-01-09T16:44:00")) && !office.is_open(local("2026-01-09T16:45:00")));
    assert!(office.is_open(local("2026-02-28T17:59:00")), "a Saturday with the hours of a Monday");
    assert!(!office.is_open(local("2026-03-09T12:00:00")));
    assert!(!office.is_open(local("2026-02-20T16:00:00")), "the eve of a holiday is shorter");
    assert_eq!(
        change(&office, "2026-01-01T00:00:00Z", "Europe/Moscow"),
        "Open 2026-01-09T09:00:00 2026-01-09T06:00:00Z"
    );
    assert!(office.move_day(day("2026-01-09"), "Fry").is_err());
}

#[test]
fn the_next_opening_is_the_same_whether_it_is_open_or_not() {
    let office = Calendar::weekly("Mon-Fri 08:00-18:00").unwrap();
    let zone = TimeZone::get("Europe/Moscow").unwrap();
    let opens = |now: &str| office.next_opening(moment(now), &zone);
    let monday = Some(moment("2026-11-23T08:00:00+03:00"));
    assert_eq!(opens("2026-11-20T10:00:00+03:00"), monday, "open on Friday");
    assert_eq!(opens("2026-11-20T18:00:00+03:00"), monday);
    assert_eq!(opens("2026-11-23T07:59:59+03:00"), monday);
    assert_eq!(Calendar::weekly("never").unwrap().next_opening(moment("2026-11-23T07:59:59Z"), &zone), None);
    assert_eq!(Calendar::weekly("always").unwrap().next_opening(moment("2026-11-23T07:59:59Z"), &zone), None);
}

#[test]
fn an_event_of_some_hours_closes_them_only() {
    let mut office = Calendar::weekly("daily 08:00-18:00").unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    office.add_closure(Closure::Hours(at("2026-11-23T10:30:00+03:00")..at("2026-11-23T11:00:00+03:00")));
    let zone = "Europe/Moscow";
    assert_eq!(change(&office, "2026-11-23T09:00:00+03:00", zone), "Closed 2026-11-23T10:30:00 2026-11-23T07:30:00Z");
    assert_eq!(change(&office, "2026-11-23T10:30:00+03:00", zone), "Open 2026-11-23T11:00:00 2026-11-23T08:00:00Z");
    assert!(!office.is_open_at(moment("2026-11-23T10:59:59+03:00"), &TimeZone::get(zone).unwrap()));
}
