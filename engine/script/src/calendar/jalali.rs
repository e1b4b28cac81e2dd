//! Dates of the Persian calendar, by the 33-year rule, which holds for the years 1178 to 1633 (1799 to 2254).

use jiff::civil::Date;

/// The first and the last year for which the rule holds.
const YEARS: std::ops::RangeInclusive<i32> = 1178..=1633;
/// 1 Farvardin 1278 is 21 March 1899.
const ANCHOR: (i32, Date) = (1278, jiff::civil::date(1899, 3, 21));

/// A day of the Persian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Jalali {
    pub(crate) year: i32,
    pub(crate) month: i8,
    pub(crate) day: i8,
}

impl Jalali {
    /// The same day in the Persian calendar; none outside the years 1178 to 1633.
    pub(crate) fn of(date: Date) -> Option<Self> {
        let (anchor_year, anchor) = ANCHOR;
        let mut days = days_between(anchor, date);
        let mut year = anchor_year;
        while days < 0 {
            year -= 1;
            days += length_of(year);
        }
        while days >= length_of(year) {
            days -= length_of(year);
            year += 1;
        }
        // Six months of 31 days, then months of 30.
        let (month, day) = if days < 186 { (days / 31, days % 31) } else { ((days - 186) / 30 + 6, (days - 186) % 30) };
        let part = |value: i32| i8::try_from(value + 1).ok();
        YEARS.contains(&year).then_some(Self { year, month: part(month)?, day: part(day)? })
    }

    /// The same day in the Gregorian calendar; none when there is no such day.
    pub(crate) fn to_date(self) -> Option<Date> {
        let month = i32::from(self.month);
        if !YEARS.contains(&self.year) || !exists(self.month, self.day) {
            return None;
        }
        let (anchor_year, anchor) = ANCHOR;
        let years: i32 = if self.year >= anchor_year {
            (anchor_year..self.year).map(length_of).sum()
        } else {
            -(self.year..anchor_year).map(length_of).sum::<i32>()
        };
        let months = if month <= 7 { (month - 1) * 31 } else { 186 + (month - 7) * 30 };
        let date = anchor.checked_add(jiff::Span::new().days(years + months + i32::from(self.day) - 1)).ok()?;
        // 30 Esfand exists in leap years only.
        (Self::of(date) == Some(self)).then_some(date)
    }
}

/// Is there such a day in some year?
pub(crate) fn exists(month: i8, day: i8) -> bool {
    let longest = if month <= 6 { 31 } else { 30 };
    (1..=12).contains(&month) && (1..=longest).contains(&day)
}

const fn length_of(year: i32) -> i32 {
    if (25 * year + 11).rem_euclid(33) < 8 { 366 } else { 365 }
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jalali(year: i32, month: i8, day: i8) -> Jalali {
        Jalali { year, month, day }
    }

    #[test]
    fn new_year_is_where_the_almanac_has_it() {
        let new_years = [
            (1400, "2021-03-21"),
            (1401, "2022-03-21"),
            (1402, "2023-03-21"),
            (1403, "2024-03-20"),
            (1404, "2025-03-21"),
            (1405, "2026-03-21"),
            (1406, "2027-03-21"),
            (1407, "2028-03-20"),
            (1408, "2029-03-20"),
            (1409, "2030-03-21"),
            (1410, "2031-03-21"),
        ];
        for (year, date) in new_years {
            let date: Date = date.parse().unwrap();
            assert_eq!(Jalali::of(date), Some(jalali(year, 1, 1)), "{date}");
            assert_eq!(jalali(year, 1, 1).to_date(), Some(date), "{year}");
        }
    }

    #[test]
    fn known_days_agree() {
        for (date, year, month, day) in [
            ("2026-11-22", 1405, 9, 1),
            ("2026-09-22", 1405, 6, 31),
            ("2026-09-23", 1405, 7, 1),
            ("2027-02-11", 1405, 11, 22),
            ("2025-03-20", 1403, 12, 30),
            ("2030-03-20", 1408, 12, 30),
            ("1979-02-11", 1357, 11, 22),
        ] {
            assert_eq!(Jalali::of(date.parse().unwrap()), Some(jalali(year, month, day)), "{date}");
        }
        assert_eq!(jalali(1404, 12, 30).to_date(), None, "no leap year");
        assert_eq!(jalali(1403, 12, 30).to_date(), Some("2025-03-20".parse().unwrap()));
        assert_eq!(jalali(1405, 7, 31).to_date(), None);
    }

    #[test]
    fn every_day_goes_there_and_back() {
        let mut date: Date = "1850-01-01".parse().unwrap();
        let mut before: Option<Jalali> = None;
        while date.year() < 2200 {
            let jalali = Jalali::of(date).unwrap();
            assert_eq!(jalali.to_date(), Some(date));
            assert!(before < Some(jalali), "{date}");
            before = Some(jalali);
            date = date.tomorrow().unwrap();
        }
    }
}
