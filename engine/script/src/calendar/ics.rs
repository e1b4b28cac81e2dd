//! Holidays from iCalendar files (RFC 5545): all-day events, nothing else.

use std::ops::RangeInclusive;

use jiff::civil::Date;

/// Why an `.ics` file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IcsError {
    /// An event repeats by a rule.
    #[error("line {line}: repeating events (`RRULE`) are not supported yet, list each date as an event of its own")]
    Repeats {
        /// Line from 1.
        line: usize,
    },
    /// A date is none.
    #[error("line {line}: `{text}` is no date")]
    BadDate {
        /// Line from 1.
        line: usize,
        /// As it was written.
        text: String,
    },
    /// An event has no beginning.
    #[error("line {line}: the event has no `DTSTART`")]
    NoStart {
        /// Line of its end, from 1.
        line: usize,
    },
    /// No event at all.
    #[error("no events in it")]
    NoEvents,
}

/// The days of all events. `DTEND` is the first day after the event (RFC 5545 §3.6.1).
pub fn parse_ics(text: &str) -> Result<Vec<RangeInclusive<Date>>, IcsError> {
    let mut days = Vec::new();
    let mut event: Option<(Option<Date>, Option<Date>)> = None;
    for (index, row) in text.lines().enumerate() {
        let line = index + 1;
        let Some((head, value)) = row.trim_end().split_once(':') else {
            continue;
        };
        let name = head.split(';').next().unwrap_or_default().to_ascii_uppercase();
        match (name.as_str(), value.to_ascii_uppercase().as_str(), &mut event) {
            ("BEGIN", "VEVENT", _) => event = Some((None, None)),
            ("END", "VEVENT", Some((start, end))) => {
                let start = start.ok_or(IcsError::NoStart { line })?;
                let last = end.and_then(|end| end.yesterday().ok()).map_or(start, |last| last.max(start));
                days.push(start..=last);
                event = None;
            }
            ("DTSTART", _, Some((start, _))) => *start = Some(date(value, line)?),
            ("DTEND", _, Some((_, end))) => *end = Some(date(value, line)?),
            ("RRULE" | "RDATE", _, Some(_)) => return Err(IcsError::Repeats { line }),
            _ => {}
        }
    }
    if days.is_empty() { Err(IcsError::NoEvents) } else { Ok(days) }
}

fn date(text: &str, line: usize) -> Result<Date, IcsError> {
    let digits = text.split(['T', 't']).next().unwrap_or_default().trim();
    let bad = || IcsError::BadDate { line, text: text.chars().take(40).collect() };
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let number: i32 = digits.parse().map_err(|_| bad())?;
    let part = |value: i32| i8::try_from(value).map_err(|_| bad());
    let year = i16::try_from(number / 10_000).map_err(|_| bad())?;
    Date::new(year, part(number / 100 % 100)?, part(number % 100)?).map_err(|_| bad())
}
