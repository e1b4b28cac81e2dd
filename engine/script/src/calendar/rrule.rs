//! Rules by which an event repeats (RFC 5545 §3.3.10), as far as holidays and opening hours need them.

use jiff::Span;
use jiff::civil::{Date, Weekday};

/// Events repeat until here at the latest: nobody plans his holidays longer ahead.
const LAST_YEAR: i16 = 2045;
/// No sensible calendar repeats an event more often before [`LAST_YEAR`].
const OCCURRENCES_MAX: usize = 10_000;

/// A rule. Which days match is asked day by day: slow, and hard to get wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    every: Frequency,
    interval: i32,
    count: Option<usize>,
    until: Option<Date>,
    months: Vec<i8>,
    month_days: Vec<i8>,
    /// Weekdays, with the number within the month or year; 0 for each of them.
    weekdays: Vec<(i8, Weekday)>,
    week_begins: Weekday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Rule {
    /// Reads the value of `RRULE`.
    ///
    /// # Errors
    /// The part that is wrong or unknown, as it was written.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut every = None;
        let mut rule = Self {
            every: Frequency::Yearly,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            week_begins: Weekday::Monday,
        };
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(part)?;
            let fits = match name.to_ascii_uppercase().as_str() {
                "FREQ" => {
                    every = frequency(value);
                    every.is_some()
                }
                "INTERVAL" => value.parse().ok().filter(|n| *n > 0).map(|n| rule.interval = n).is_some(),
                "COUNT" => value.parse().ok().map(|n| rule.count = Some(n)).is_some(),
                "UNTIL" => day_of(value).map(|day| rule.until = Some(day)).is_some(),
                "BYMONTH" => numbers(value, 1, 12).map(|months| rule.months = months).is_some(),
                "BYMONTHDAY" => numbers(value, -31, 31).map(|days| rule.month_days = days).is_some(),
                "BYDAY" => weekdays(value).map(|days| rule.weekdays = days).is_some(),
                "WKST" => weekday(value).map(|day| rule.week_begins = day).is_some(),
                _ => false,
            };
            if !fits {
                return Err(part.to_owned());
            }
        }
        rule.every = every.ok_or_else(|| text.trim().to_owned())?;
        Ok(rule)
    }

    /// The days on which an event that began on `start` comes, in order.
    pub(super) fn days(&self, start: Date) -> Vec<Date> {
        let until = self.until.unwrap_or(Date::MAX);
        let most = self.count.unwrap_or(OCCURRENCES_MAX).min(OCCURRENCES_MAX);
        let all = std::iter::successors(Some(start), |day| day.tomorrow().ok());
        let all = all.take_while(|day| *day <= until && day.year() <= LAST_YEAR);
        // DTSTART is the first occurrence whatever the rule says (RFC 5545 §3.8.5.3).
        all.filter(|day| *day == start || self.matches(start, *day)).take(most).collect()
    }

    fn matches(&self, start: Date, day: Date) -> bool {
        let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
        let passed = match self.every {
            Frequency::Daily => days_between(start, day),
            Frequency::Weekly => days_between(self.week_of(start), self.week_of(day)) / 7,
            Frequency::Monthly => months(day) - months(start),
            Frequency::Yearly => i32::from(day.year()) - i32::from(start.year()),
        };
        passed % self.interval == 0 && self.in_months(start, day) && self.on_day(start, day)
    }

    /// The first day of the week of a day.
    fn week_of(&self, day: Date) -> Date {
        let back = i32::from(day.weekday().since(self.week_begins));
        day.checked_sub(Span::new().days(back)).unwrap_or(day)
    }

    fn in_months(&self, start: Date, day: Date) -> bool {
        let implied = self.every == Frequency::Yearly && self.month_days.is_empty() && self.weekdays.is_empty();
        match self.months.as_slice() {
            [] => !implied || day.month() == start.month(),
            months => months.contains(&day.month()),
        }
    }

    fn on_day(&self, start: Date, day: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        let named = self.month_days.contains(&day.day()) || self.month_days.contains(&from_end);
        if !self.month_days.is_empty() && !named {
            return false;
        }
        if !self.weekdays.is_empty() {
            return self.weekdays.iter().any(|wanted| self.is_weekday(*wanted, day));
        }
        match self.every {
            _ if named => true,
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == start.weekday(),
            Frequency::Monthly | Frequency::Yearly => day.day() == start.day(),
        }
    }

    /// `-1SU` is the last Sunday of the month, or of the year when a yearly rule names no month.
    fn is_weekday(&self, (number, weekday): (i8, Weekday), day: Date) -> bool {
        if day.weekday() != weekday {
            return false;
        }
        let of_year = self.every == Frequency::Yearly && self.months.is_empty();
        let (index, length) = if of_year {
            (i32::from(day.day_of_year()), i32::from(day.days_in_year()))
        } else {
            (i32::from(day.day()), i32::from(day.days_in_month()))
        };
        let counted = match number {
            0 => 0,
            1.. => (index - 1) / 7 + 1,
            _ => -((length - index) / 7 + 1),
        };
        i32::from(number) == counted
    }
}

fn frequency(text: &str) -> Option<Frequency> {
    Some(match text.to_ascii_uppercase().as_str() {
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return None,
    })
}

fn numbers(text: &str, low: i8, high: i8) -> Option<Vec<i8>> {
    let number = |part: &str| part.parse().ok().filter(|n| (low..=high).contains(n) && *n != 0);
    text.split(',').map(number).collect()
}

fn weekdays(text: &str) -> Option<Vec<(i8, Weekday)>> {
    let numbered = |part: &str| {
        let split = part.len().checked_sub(2).filter(|at| part.is_char_boundary(*at))?;
        let (number, day) = part.split_at(split);
        let number = if number.is_empty() { Some(0) } else { number.parse().ok().filter(|n: &i8| *n != 0) };
        Some((number.filter(|n| (-53..=53).contains(n))?, weekday(day)?))
    };
    text.split(',').map(numbered).collect()
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

/// The day of `20261231` or `20261231T225959Z`.
pub(super) fn day_of(text: &str) -> Option<Date> {
    let digits = text.split(['T', 't']).next()?.trim();
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i16>().ok();
    let small = |value: i16| i8::try_from(value).ok();
    Date::new(part(0..4)?, small(part(4..6)?)?, small(part(6..8)?)?).ok()
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rule: &str, start: &str, most: usize) -> String {
        let days = Rule::parse(rule).unwrap().days(start.parse().unwrap());
        days.iter().take(most).map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rules_of_holidays() {
        assert_eq!(days("FREQ=YEARLY", "2024-12-25", 3), "2024-12-25 2025-12-25 2026-12-25");
        assert_eq!(days("FREQ=YEARLY", "2024-02-29", 3), "2024-02-29 2028-02-29 2032-02-29");
        assert_eq!(days("FREQ=YEARLY;INTERVAL=2;COUNT=2", "2024-12-25", 9), "2024-12-25 2026-12-25");
        assert_eq!(days("FREQ=YEARLY;UNTIL=20251225T000000Z", "2024-12-25", 9), "2024-12-25 2025-12-25");
        let thanksgiving = "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH";
        assert_eq!(days(thanksgiving, "2025-11-27", 4), "2025-11-27 2026-11-26 2027-11-25 2028-11-23");
        let memorial = "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO";
        assert_eq!(days(memorial, "2026-05-25", 4), "2026-05-25 2027-05-31 2028-05-29 2029-05-28");
        let repentance = "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=16,17,18,19,20,21,22;BYDAY=WE";
        assert_eq!(days(repentance, "2026-11-18", 3), "2026-11-18 2027-11-17 2028-11-22");
    }

    #[test]
    fn rules_of_other_closures() {
        assert_eq!(days("FREQ=DAILY;INTERVAL=3;COUNT=3", "2026-11-29", 9), "2026-11-29 2026-12-02 2026-12-05");
        let every_second_week = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR";
        assert_eq!(days(every_second_week, "2026-11-23", 4), "2026-11-23 2026-11-27 2026-12-07 2026-12-11");
        // RFC 5545 §3.3.10: where weeks begin matters to every second one.
        let (monday, sunday) =
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU");
        assert_eq!(days(monday, "1997-08-05", 4), "1997-08-05 1997-08-10 1997-08-19 1997-08-24");
        assert_eq!(days(sunday, "1997-08-05", 4), "1997-08-05 1997-08-17 1997-08-19 1997-08-31");
        assert_eq!(days("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30", 4), "2026-11-30 2026-12-31 2027-01-31 2027-02-28");
        assert_eq!(days("FREQ=MONTHLY;BYDAY=1TU", "2026-12-01", 3), "2026-12-01 2027-01-05 2027-02-02");
        assert_eq!(days("FREQ=MONTHLY", "2026-10-31", 3), "2026-10-31 2026-12-31 2027-01-31");
        assert_eq!(days("FREQ=YEARLY;BYDAY=-1SU", "2026-12-27", 2), "2026-12-27 2027-12-26");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (rule, culprit) in [
            ("FREQ=SECONDLY", "FREQ=SECONDLY"),
            ("FREQ=YEARLY;BYEASTER=0", "BYEASTER=0"),
            ("FREQ=YEARLY;BYDAY=XX", "BYDAY=XX"),
            ("FREQ=YEARLY;BYMONTH=13", "BYMONTH=13"),
            ("INTERVAL=2", "INTERVAL=2"),
            ("FREQ=WEEKLY;WKST=XX", "WKST=XX"),
            ("nonsense", "nonsense"),
            ("FREQ=YEARLY;BYDAY=é", "BYDAY=é"),
        ] {
            assert_eq!(Rule::parse(rule).unwrap_err(), culprit);
        }
    }
}
