//! The Persian calendar, by the 33-year rule, which holds for the years 1178 to 1633 (1799 to
//! 2254): wider than the dates that [`crate::say`] takes.

use crate::value::Date;

/// 1 Farvardin 1278, counted like [`days_gregorian`].
const FARVARDIN_1278: Date = Date { year: 1899, month: 3, day: 21 };
const FIRST_YEAR: u32 = 1278;

/// The same day in the Persian calendar.
pub(crate) fn from_gregorian(date: Date) -> Date {
    let mut days = days_gregorian(date) - days_gregorian(FARVARDIN_1278);
    let mut year = FIRST_YEAR;
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    // Six months of 31 days, then months of 30.
    let (month, day) =
        if days < 186 { (days / 31 + 1, days % 31 + 1) } else { ((days - 186) / 30 + 7, (days - 186) % 30 + 1) };
    Date { year, month, day }
}

fn year_days(year: u32) -> u32 {
    if (25 * year + 11) % 33 < 8 { 366 } else { 365 }
}

/// Days since 1 March of the year 0; the year begins in March, so that the leap day is its last.
fn days_gregorian(Date { year, month, day }: Date) -> u32 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1
}
