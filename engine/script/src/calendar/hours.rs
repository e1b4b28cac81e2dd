//! `Mon-Fri 08:00-18:00, Sat 09:00-12:00`

use jiff::civil::Weekday;

use super::{DAY, Shift};
use crate::diagnostic::did_you_mean;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Why hours cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// A weekday is none.
    #[error("unknown day `{word}`{}", .close.map(|close| format!(", did you mean `{close}`?")).unwrap_or_default())]
    Day {
        /// As it was written.
        word: String,
        /// What was probably meant.
        close: Option<&'static str>,
    },
    /// A time is none.
    #[error("`{0}` is no time, write `08:00-18:00`")]
    Time(String),
    /// Two parts stand in one.
    #[error("a comma is missing, write `{before}, {after}`")]
    Comma {
        /// The hours that are complete.
        before: String,
        /// What follows them.
        after: String,
    },
    /// Two times are the same.
    #[error("`{0}` begins where it ends, write `00:00-24:00` for a whole day")]
    Empty(String),
    /// Times stand without a day.
    #[error("`{0}` has no day, write `Mon-Fri 08:00-18:00` or `daily 08:00-18:00`")]
    NoDay(String),
    /// Nothing is there.
    #[error("hours are empty, write `Mon-Fri 08:00-18:00` or `always`")]
    Nothing,
}

/// Weekly hours; a part without a day adds hours to the days named before it.
pub(super) fn parse_week(text: &str) -> Result<[Vec<Shift>; 7], HoursError> {
    let mut week: [Vec<Shift>; 7] = Default::default();
    match text.trim().to_lowercase().as_str() {
        "" => return Err(HoursError::Nothing),
        "always" | "24/7" => {
            return Ok(std::array::from_fn(|_| Vec::from([Shift { start: 0, end: DAY }])));
        }
        "never" | "closed" => return Ok(week),
        _ => {}
    }
    let mut days: Option<Vec<usize>> = None;
    for part in text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let mut words = part.split_whitespace().peekable();
        let mut named = Vec::new();
        while let Some(word) = words.next_if(|word| !word.starts_with(|c: char| c.is_ascii_digit())) {
            named.extend(parse_days(word)?);
        }
        let rest: Vec<&str> = words.collect();
        if !named.is_empty() {
            // `Mon, Wed 08:00-12:00`: days without hours join those that follow.
            match &mut days {
                Some(waiting) if week_untouched(&week, waiting) => waiting.extend(named),
                _ => days = Some(named),
            }
        }
        if rest.is_empty() {
            continue;
        }
        let shift = parse_shift(&rest)?;
        for day in days.as_ref().ok_or_else(|| HoursError::NoDay(part.to_owned()))? {
            week[*day].push(shift.clone());
        }
    }
    match days {
        Some(days) if week_untouched(&week, &days) => Err(HoursError::Time(text.trim().to_owned())),
        _ => Ok(week),
    }
}

/// Hours of one day: `08:00-12:00, 13:00-15:00`, `closed`.
pub(super) fn parse_day(text: &str) -> Result<Vec<Shift>, HoursError> {
    match text.trim() {
        "" => Err(HoursError::Nothing),
        "closed" => Ok(Vec::new()),
        hours => hours.split(',').map(|part| parse_shift(&part.split_whitespace().collect::<Vec<_>>())).collect(),
    }
}

fn week_untouched(week: &[Vec<Shift>; 7], days: &[usize]) -> bool {
    days.iter().all(|day| week[*day].is_empty())
}

fn parse_days(word: &str) -> Result<Vec<usize>, HoursError> {
    if matches!(word.to_lowercase().as_str(), "daily" | "every-day") {
        return Ok((0..7).collect());
    }
    let Some((first, last)) = word.split_once(['-', '–']) else {
        return parse_weekday(word).map(|day| vec![day]);
    };
    let (first, last) = (parse_weekday(first)?, parse_weekday(last)?);
    // `Sat-Mon` goes over the end of the week.
    let count = (last + 7 - first) % 7 + 1;
    Ok((0..count).map(|step| (first + step) % 7).collect())
}

/// `Mon`, `monday`.
pub(super) fn parse_one_day(text: &str) -> Result<Weekday, HoursError> {
    let offset = parse_weekday(text.trim())?;
    let offset = i8::try_from(offset).ok().and_then(|offset| Weekday::from_monday_zero_offset(offset).ok());
    Ok(offset.expect("a week has seven days"))
}

fn parse_weekday(word: &str) -> Result<usize, HoursError> {
    const LONG: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let lower = word.to_lowercase();
    let known = DAYS.iter().position(|day| *day == lower).or_else(|| LONG.iter().position(|day| *day == lower));
    known.ok_or_else(|| HoursError::Day {
        word: word.to_owned(),
        close: did_you_mean(&lower, LONG.into_iter().chain(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])),
    })
}

/// `08:00-18:00`, `08:00 - 18:00`; nothing may follow.
fn parse_shift(words: &[&str]) -> Result<Shift, HoursError> {
    let hours = |count: usize| shift(&words[..count].concat());
    match (1..words.len()).find(|count| hours(*count).is_ok()) {
        Some(count) => Err(HoursError::Comma { before: words[..count].join(" "), after: words[count..].join(" ") }),
        None => hours(words.len()).map_err(|error| match error {
            HoursError::Time(_) => HoursError::Time(words.join(" ")),
            other => other,
        }),
    }
}

fn shift(text: &str) -> Result<Shift, HoursError> {
    let wrong = || HoursError::Time(text.to_owned());
    let (start, end) = text.split_once(['-', '–']).ok_or_else(wrong)?;
    let start = parse_time(start).filter(|minute| *minute < DAY).ok_or_else(wrong)?;
    let end = parse_time(end).ok_or_else(wrong)?;
    match start.cmp(&end) {
        std::cmp::Ordering::Less => Ok(start..end),
        std::cmp::Ordering::Equal => Err(HoursError::Empty(text.to_owned())),
        std::cmp::Ordering::Greater => Ok(start..end + DAY),
    }
}

fn parse_time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && part.len() <= 2;
    if !digits(hours) || !digits(minutes) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}
