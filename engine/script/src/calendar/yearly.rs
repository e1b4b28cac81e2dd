//! Days that come every year: `12-24..12-26`, `jalali:01-01..01-04`.

use jiff::civil::Date;

use super::jalali::{self, Jalali};

/// The same days of every year; both ends belong to it, and it may go over the year's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Yearly {
    almanac: Almanac,
    first: (i8, i8),
    last: (i8, i8),
}

/// Whose months are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Almanac {
    Gregorian,
    Jalali,
}

impl Yearly {
    /// Reads `12-24`, `12-24..12-26`, `jalali:01-13`; none when it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (almanac, days) = match text.strip_prefix("jalali:") {
            Some(days) => (Almanac::Jalali, days),
            None => (Almanac::Gregorian, text),
        };
        let (first, last) = days.split_once("..").unwrap_or((days, days));
        Some(Self { almanac, first: month_day(almanac, first)?, last: month_day(almanac, last)? })
    }

    pub(crate) fn contains(&self, date: Date) -> bool {
        let day = match self.almanac {
            Almanac::Gregorian => (date.month(), date.day()),
            Almanac::Jalali => match Jalali::of(date) {
                Some(day) => (day.month, day.day),
                None => return false,
            },
        };
        if self.first <= self.last {
            (self.first..=self.last).contains(&day)
        } else {
            day >= self.first || day <= self.last
        }
    }
}

/// `jalali:1405-01-01` or `2026-03-21`, a day of one year.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let Some(day) = text.strip_prefix("jalali:") else {
        // A date of ours has no time and no sign.
        return (text.len() == 10).then(|| text.parse().ok())?;
    };
    let (year, rest) = day.split_once('-')?;
    let (month, day) = month_day(Almanac::Jalali, rest)?;
    Jalali { year: number(year, 4)?, month, day }.to_date()
}

fn month_day(almanac: Almanac, text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.trim().split_once('-')?;
    let (month, day) = (i8::try_from(number(month, 2)?).ok()?, i8::try_from(number(day, 2)?).ok()?);
    let exists = match almanac {
        Almanac::Jalali => jalali::exists(month, day),
        // 29 February is a day of some years.
        Almanac::Gregorian => Date::new(2028, month, day).is_ok(),
    };
    exists.then_some((month, day))
}

fn number(text: &str, digits: usize) -> Option<i32> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(days: &str, date: &str) -> bool {
        Yearly::parse(days).unwrap().contains(date.parse().unwrap())
    }

    #[test]
    fn days_of_every_year() {
        assert!(contains("12-24..12-26", "2026-12-24") && contains("12-24..12-26", "2030-12-26"));
        assert!(!contains("12-24..12-26", "2026-12-27") && !contains("12-24..12-26", "2026-12-23"));
        assert!(contains("12-30..01-08", "2027-01-08") && contains("12-30..01-08", "2026-12-31"));
        assert!(!contains("12-30..01-08", "2026-12-29") && !contains("12-30..01-08", "2027-01-09"));
        assert!(contains("02-29", "2028-02-29") && !contains("02-29", "2027-03-01"));
        for date in ["2026-03-21", "2026-03-24", "2028-03-20", "2030-03-21"] {
            assert!(contains("jalali:01-01..01-04", date), "{date}");
        }
        assert!(!contains("jalali:01-01..01-04", "2028-03-24"));
        assert!(contains("jalali:11-22", "2027-02-11"));
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in ["", "13-01", "02-30", "jalali:07-31", "1-1", "jalali:13-01", "jalali:", "x..y", "2026-12-24"] {
            assert_eq!(Yearly::parse(text), None, "{text}");
        }
        assert_eq!(parse_date("jalali:1404-12-30"), None);
        assert_eq!(parse_date("jalali:1405-09-01"), parse_date("2026-11-22"));
        assert_eq!(parse_date("2026-11-22T10:00"), None);
    }
}
