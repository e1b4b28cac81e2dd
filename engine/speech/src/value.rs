//! Text from a flow as a value that can be said. Everything is checked here, so that grammars
//! cannot fail.

use crate::{Kind, SayError};

/// A checked value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// At most [`NUMBER_MAX`] either way.
    Number(i64),
    Digits(Vec<Digit>),
    Date(Date),
    Time {
        hour: u32,
        minute: u32,
    },
    Duration(Duration),
    Money(Money),
    /// From 1.
    Position(u64),
}

/// What a telephone key or a `+` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digit {
    Number(u32),
    Star,
    Pound,
    Plus,
}

/// A day of the Gregorian calendar that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

/// A length of time, split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration {
    pub(crate) hours: u64,
    pub(crate) minutes: u64,
    pub(crate) seconds: u64,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) negative: bool,
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) currency: Currency,
}

/// Currencies whose names the shipped packs have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Currency {
    Euro,
    Pound,
    Ruble,
    Dollar,
}

/// Nobody follows a longer number by ear; the packs have prompts up to here.
const NUMBER_MAX: u64 = 999_999_999_999;
const NUMBER_WANTED: &str = "a whole number of at most 12 digits";
/// A telephone number has 15 digits, an IBAN 34.
const DIGITS_MAX: usize = 64;
/// Prompts of years exist for these.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2199;

pub(crate) fn parse(kind: Kind, text: &str) -> Result<Value, SayError> {
    let plain = western_digits(text.trim());
    let value = match kind {
        Kind::Number => number(whole(&plain)).ok_or(NUMBER_WANTED),
        Kind::Digits => digits(&plain).ok_or("1 to 64 of the characters 0-9 * # +"),
        Kind::Date => date(&plain).ok_or("a date such as 2026-11-21, from 1900 to 2199"),
        Kind::Time => time(&plain).ok_or("a time such as 09:30"),
        Kind::Duration => duration(&plain).ok_or("seconds, such as 90"),
        Kind::Money => money(&plain).ok_or("an amount such as 12.50 EUR, in EUR, GBP, RUB or USD"),
        Kind::Position => position(whole(&plain)).ok_or("a place in the queue, from 1"),
    };
    value.map_err(|wanted| SayError::new(kind, text, wanted))
}

/// Persian and Arabic digits become ASCII ones.
fn western_digits(text: &str) -> String {
    let western = |c: char| match c {
        '۰'..='۹' => char::from_digit(u32::from(c) - u32::from('۰'), 10).unwrap_or(c),
        '٠'..='٩' => char::from_digit(u32::from(c) - u32::from('٠'), 10).unwrap_or(c),
        _ => c,
    };
    text.chars().map(western).collect()
}

/// Flows compute with fractions too: `21.0` is 21.
fn whole(text: &str) -> &str {
    match text.split_once('.') {
        Some((number, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => number,
        _ => text,
    }
}

/// Only ASCII digits: `parse` alone would take a sign too.
fn unsigned(text: &str) -> Option<u64> {
    let only_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok())?.filter(|number| *number <= NUMBER_MAX)
}

fn number(text: &str) -> Option<Value> {
    let (negative, size) = signed(text)?;
    let size = i64::try_from(unsigned(size)?).ok()?;
    Some(Value::Number(if negative { -size } else { size }))
}

fn signed(text: &str) -> Option<(bool, &str)> {
    Some(match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text),
    })
}

fn digits(text: &str) -> Option<Value> {
    let separators = [' ', '-', '(', ')', '.', '/'];
    let digits: Option<Vec<Digit>> = text.chars().filter(|c| !separators.contains(c)).map(digit).collect();
    let digits = digits?;
    (1..=DIGITS_MAX).contains(&digits.len()).then_some(Value::Digits(digits))
}

fn digit(character: char) -> Option<Digit> {
    match character {
        '*' => Some(Digit::Star),
        '#' => Some(Digit::Pound),
        '+' => Some(Digit::Plus),
        _ => character.to_digit(10).map(Digit::Number),
    }
}

fn date(text: &str) -> Option<Value> {
    let day_part = text.split(['T', 't', ' ']).next()?;
    let mut parts = day_part.split('-');
    let [year, month, day] = [field(&mut parts, 4)?, field(&mut parts, 2)?, field(&mut parts, 2)?];
    let exists = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    (parts.next().is_none() && exists).then_some(Value::Date(Date { year, month, day }))
}

fn field<'a>(parts: &mut impl Iterator<Item = &'a str>, width: usize) -> Option<u32> {
    let part = parts.next().filter(|part| part.len() == width)?;
    u32::try_from(unsigned(part)?).ok()
}

fn month_days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn time(text: &str) -> Option<Value> {
    let clock = text.split(['T', 't', ' ']).next_back()?;
    let mut parts = clock.split(':');
    let hour = parts.next().filter(|hour| hour.len() <= 2).and_then(unsigned)?;
    let minute = parts.next().filter(|minute| minute.len() >= 2)?;
    // After the minutes may come seconds or an offset: neither is said.
    let (minute, rest) = minute.split_at_checked(2)?;
    let offset_or_nothing = rest.is_empty() || rest.starts_with(['+', '-', 'Z', 'z']);
    let minute = unsigned(minute)?;
    (offset_or_nothing && hour < 24 && minute < 60)
        .then_some(Value::Time { hour: u32::try_from(hour).ok()?, minute: u32::try_from(minute).ok()? })
}

fn duration(text: &str) -> Option<Value> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    unsigned(&fraction.chars().take(9).collect::<String>())?;
    let rounded_up = u64::from(fraction.as_bytes().first()? >= &b'5');
    let total = unsigned(whole)? + rounded_up;
    Some(Value::Duration(Duration { hours: total / 3600, minutes: total / 60 % 60, seconds: total % 60 }))
}

fn money(text: &str) -> Option<Value> {
    let (amount, currency) = text.split_once(' ')?;
    let currency = match currency.trim() {
        "EUR" => Currency::Euro,
        "GBP" => Currency::Pound,
        "RUB" => Currency::Ruble,
        "USD" => Currency::Dollar,
        _ => return None,
    };
    let (negative, size) = signed(amount)?;
    let (major, minor) = size.split_once('.').unwrap_or((size, "0"));
    let minor = match minor.len() {
        1 => unsigned(minor)? * 10,
        2 => unsigned(minor)?,
        _ => return None,
    };
    Some(Value::Money(Money { negative, major: unsigned(major)?, minor, currency }))
}

fn position(text: &str) -> Option<Value> {
    unsigned(text).filter(|position| *position >= 1).map(Value::Position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iso_date_and_time_serves_as_date_and_as_time() {
        let now = "2026-11-21T09:05:07+03:00";
        assert_eq!(parse(Kind::Date, now), Ok(Value::Date(Date { year: 2026, month: 11, day: 21 })));
        assert_eq!(parse(Kind::Time, now), Ok(Value::Time { hour: 9, minute: 5 }));
        assert_eq!(parse(Kind::Time, "2026-11-21T09:05+03:00"), Ok(Value::Time { hour: 9, minute: 5 }));
    }

    #[test]
    fn persian_digits_are_digits() {
        assert_eq!(parse(Kind::Number, "۲۱"), Ok(Value::Number(21)));
        assert_eq!(parse(Kind::Number, "٣"), Ok(Value::Number(3)));
    }

    #[test]
    fn a_fraction_of_nothing_is_a_whole_number() {
        assert_eq!(parse(Kind::Number, "-21.0"), Ok(Value::Number(-21)));
        assert_eq!(parse(Kind::Position, "3.00"), Ok(Value::Position(3)));
    }

    #[test]
    fn values_that_do_not_fit_are_refused_by_name() {
        let refusals = [
            (Kind::Number, "3.5"),
            (Kind::Number, "--3"),
            (Kind::Number, "1000000000000"),
            (Kind::Digits, ""),
            (Kind::Digits, "12a"),
            (Kind::Date, "2026-02-29"),
            (Kind::Date, "1850-01-01"),
            (Kind::Date, "2026-1-1"),
            (Kind::Time, "24:00"),
            (Kind::Time, "9"),
            (Kind::Time, "09:3"),
            (Kind::Duration, "-5"),
            (Kind::Duration, "5."),
            (Kind::Money, "12.505 EUR"),
            (Kind::Money, "12 XAU"),
            (Kind::Position, "0"),
        ];
        for (kind, value) in refusals {
            let error = parse(kind, value).expect_err(value).to_string();
            assert!(error.contains(&format!("`{value}` as {kind}")), "{error}");
        }
    }

    #[test]
    fn fractions_of_seconds_are_rounded() {
        let seconds = |text| match parse(Kind::Duration, text) {
            Ok(Value::Duration(duration)) => (duration.minutes, duration.seconds),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(seconds("59.4999"), (0, 59));
        assert_eq!(seconds("59.5"), (1, 0));
        assert_eq!(seconds("90"), (1, 30));
    }
}
