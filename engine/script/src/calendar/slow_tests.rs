//! Every hour of 2026 to 2030 compared with a slow computation that shares nothing with the calendar: its own days
//! since 1970, its own rules of daylight saving, its own table of holidays.

use super::*;

/// Year, month, day, weekday (Monday 0) of a day since 1 January 1970, by counting; and when summer time is.
struct Almanac {
    days: Vec<(i32, u8, u8, usize)>,
    /// By zone and year since 1970, in seconds since 1970.
    summers: [Vec<Range<i64>>; 2],
}

impl Almanac {
    fn new() -> Self {
        let mut days = Vec::new();
        for year in 1970..2032 {
            let leap = year % 4 == 0; // 2000 is one, 2100 is far.
            for (month, length) in
                [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].iter().enumerate()
            {
                for day in 1..=*length {
                    // 1 January 1970 was a Thursday.
                    days.push((year, month as u8 + 1, day, (days.len() + 3) % 7));
                }
            }
        }
        let mut almanac = Self { days, summers: Default::default() };
        let (years, hour) = (1970..2032, 3600);
        let berlin = |year| almanac.sunday(year, 3, -1) + hour..almanac.sunday(year, 10, -1) + hour;
        let new_york = |year| almanac.sunday(year, 3, 2) + 7 * hour..almanac.sunday(year, 11, 1) + 6 * hour;
        almanac.summers = [years.clone().map(berlin).collect(), years.map(new_york).collect()];
        almanac
    }

    fn day(&self, index: i64) -> (i32, u8, u8, usize) {
        self.days[usize::try_from(index).unwrap()]
    }

    /// The n-th Sunday of a month, from the end when negative, in seconds since 1970.
    fn sunday(&self, year: i32, month: u8, n: i32) -> i64 {
        let sundays: Vec<i64> = (0..self.days.len())
            .filter(|i| matches!(self.days[*i], (y, m, _, 6) if y == year && m == month))
            .map(|i| i as i64)
            .collect();
        let index = if n > 0 { n - 1 } else { sundays.len() as i32 + n };
        sundays[index as usize] * 86_400
    }

    fn is_summer(&self, zone: usize, year: i32, now: i64) -> bool {
        self.summers[zone][(year - 1970) as usize].contains(&now)
    }

    fn offset(&self, zone: &str, now: i64) -> i64 {
        let (year, ..) = self.day(now.div_euclid(86_400));
        match zone {
            "Asia/Tehran" => 12_600,
            "Europe/Moscow" => 10_800,
            "Europe/Berlin" if self.is_summer(0, year, now) => 7200,
            "Europe/Berlin" => 3600,
            "America/New_York" if self.is_summer(1, year, now) => -4 * 3600,
            "America/New_York" => -5 * 3600,
            other => panic!("{other}"),
        }
    }
}

/// `(year, month, day)` is a holiday: 24 to 26 December, two days of 2027, and Nowruz by its list.
fn holiday((year, month, day, _): (i32, u8, u8, usize)) -> bool {
    let nowruz = match year {
        2028 | 2029 => 20,
        _ => 21,
    };
    let fixed = month == 12 && (24..=26).contains(&day);
    let once = year == 2027 && month == 5 && matches!(day, 9 | 10);
    fixed || once || (month == 3 && (nowruz..nowruz + 4).contains(&day))
}

/// `Mon-Fri 08:00-12:00, 13:00-18:00; Fri 20:00-04:00; Sat 02:30-05:00`, by hand.
fn hours(weekday: usize) -> &'static [(u32, u32)] {
    match weekday {
        0..=3 => &[(480, 720), (780, 1080)],
        4 => &[(480, 720), (780, 1080), (1200, 1440 + 240)],
        5 => &[(150, 300)],
        _ => &[(120, 210)],
    }
}

fn hours_of(day: (i32, u8, u8, usize)) -> &'static [(u32, u32)] {
    match day {
        (2026, 12, 31, _) => &[(480, 780)],
        (2028, 2, 26, _) => hours(0), // A Saturday worked as a Monday.
        day if holiday(day) => &[],
        (.., weekday) => hours(weekday),
    }
}

fn slowly_open(almanac: &Almanac, zone: &str, now: i64) -> bool {
    let local = now + almanac.offset(zone, now);
    let (day, minute) = (local.div_euclid(86_400), (local.rem_euclid(86_400) / 60) as u32);
    let within =
        |day: i64, minute: u32| hours_of(almanac.day(day)).iter().any(|(from, to)| (*from..*to).contains(&minute));
    within(day, minute) || within(day - 1, minute + 1440)
}

#[test]
fn every_half_hour_until_2031_agrees_with_a_slow_computation() {
    let almanac = Almanac::new();
    let mut calendar =
        Calendar::weekly("Mon-Fri 08:00-12:00, 13:00-18:00; Fri 20:00-04:00; Sat 02:30-05:00; Sun 02:00-03:30")
            .unwrap();
    calendar.add_yearly(Yearly::parse("12-24..12-26").unwrap());
    calendar.add_yearly(Yearly::parse("jalali:01-01..01-04").unwrap());
    calendar.add_holiday("2027-05-09".parse().unwrap()..="2027-05-10".parse().unwrap());
    calendar.add_exception("2026-12-31".parse().unwrap(), "08:00-13:00").unwrap();
    calendar.move_day("2028-02-26".parse().unwrap(), "Mon").unwrap();
    let (from, to) = (1_767_225_600, 1_924_992_000); // 2026-01-01 and 2031-01-01 in UTC.
    for name in ["Europe/Berlin", "Asia/Tehran", "America/New_York", "Europe/Moscow"] {
        let zone = TimeZone::get(name).unwrap();
        for now in (from..to).step_by(1800) {
            let wall = WallTime(now * 1_000_000);
            assert_eq!(calendar.is_open_at(wall, &zone), slowly_open(&almanac, name, now), "{name} {now}");
        }
        // The next opening, asked every second week, is the first open minute after a closed one.
        for now in (from..to - 30 * 86_400).step_by(14 * 86_400 + 5400) {
            let opening = (now / 60 + 1..)
                .map(|minute| minute * 60)
                .find(|at| slowly_open(&almanac, name, *at) && !slowly_open(&almanac, name, *at - 60));
            let found = calendar.next_opening(WallTime(now * 1_000_000), &zone).map(|at| at.0 / 1_000_000);
            assert_eq!(found, opening, "{name} {now}");
        }
    }
}

#[test]
fn nights_of_daylight_saving_have_as_many_open_minutes_as_the_clock_shows() {
    let night = Calendar::weekly("daily 22:00-06:00").unwrap();
    let minutes = |zone: &str, from: &str| {
        let zone = TimeZone::get(zone).unwrap();
        let from = from.parse::<Timestamp>().unwrap().as_microsecond();
        (0..20 * 60).filter(|minute| night.is_open_at(WallTime(from + minute * 60_000_000), &zone)).count()
    };
    // From 16:00 of the day before, for 20 hours.
    assert_eq!(minutes("Europe/Berlin", "2026-03-28T15:00:00Z"), 7 * 60, "the hour from two to three does not exist");
    assert_eq!(minutes("Europe/Berlin", "2026-10-24T14:00:00Z"), 9 * 60, "it comes twice");
    assert_eq!(minutes("America/New_York", "2030-03-09T21:00:00Z"), 7 * 60);
    assert_eq!(minutes("America/New_York", "2030-11-02T20:00:00Z"), 9 * 60);
    // Iran had daylight saving until 2022.
    assert_eq!(minutes("Asia/Tehran", "2022-03-21T12:30:00Z"), 7 * 60);
    for day in ["2026-03-20T12:30:00Z", "2026-03-21T12:30:00Z", "2026-09-21T12:30:00Z", "2030-03-21T12:30:00Z"] {
        assert_eq!(minutes("Asia/Tehran", day), 8 * 60, "{day}");
    }
}
