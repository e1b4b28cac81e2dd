//! Closures from iCalendar files (RFC 5545): whole days and hours, once or again and again.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::rrule::{Rule, day_of};

/// A time at which nobody is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closure {
    /// Whole days, by the clock of the project.
    Days(RangeInclusive<Date>),
    /// From one moment to another.
    Hours(Range<Timestamp>),
}

/// Why an `.ics` file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct IcsError {
    /// Line from 1; 0 when it is about the whole file.
    pub line: usize,
    /// What is wrong there.
    pub problem: IcsProblem,
}

/// What may be wrong with an `.ics` file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IcsProblem {
    /// An event repeats by a rule that we do not know.
    #[error("`{0}` of `RRULE` is not supported, list the dates by `RDATE` or as events of their own")]
    Rule(String),
    /// A date is none.
    #[error("`{0}` is no date")]
    Date(String),
    /// A length is none.
    #[error("`{0}` is no duration, write `P1D` or `PT2H`")]
    Duration(String),
    /// Nobody knows this time zone.
    #[error("unknown time zone `{0}`, write an IANA name such as `Europe/Moscow`")]
    Zone(String),
    /// An event has no beginning.
    #[error("the event has no `DTSTART`")]
    NoStart,
    /// An event ends before it begins.
    #[error("the event ends before it begins")]
    Backwards,
    /// No event at all.
    #[error("no events in it")]
    NoEvents,
    /// More than anybody plans.
    #[error("more than {CLOSURES_MAX} closures")]
    TooMany,
}

/// Twenty years of a daily event are 7,300.
const CLOSURES_MAX: usize = 20_000;

/// Everything that the events close; times without a zone are those of `zone`.
///
/// # Errors
/// The first line that is wrong.
pub fn parse_ics(text: &str, zone: &TimeZone) -> Result<Vec<Closure>, IcsError> {
    let mut events = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut event = Event::default();
    for (line, row) in unfolded(text) {
        let Some((head, value)) = split_value(&row) else { continue };
        let mut parameters = head.split(';');
        let name = parameters.next().unwrap_or_default().to_ascii_uppercase();
        let inside = open.last().is_some_and(|block| block == "VEVENT");
        match name.as_str() {
            "BEGIN" => {
                open.push(value.trim().to_ascii_uppercase());
                if open.last().is_some_and(|block| block == "VEVENT") {
                    event = Event::default();
                }
            }
            "END" => {
                open.pop();
                if inside {
                    events.push((line, std::mem::take(&mut event)));
                }
            }
            // Alarms inside of an event have times of their own.
            _ if inside => {
                let zone_name = parameters.find_map(|parameter| {
                    let (key, value) = parameter.split_once('=')?;
                    key.eq_ignore_ascii_case("TZID").then(|| value.trim_matches('"').to_owned())
                });
                let read = Moments { line, zone_name, zone };
                event.take(&name, value, &read)?;
            }
            _ => {}
        }
    }
    closures(events, zone)
}

fn closures(events: Vec<(usize, Event)>, zone: &TimeZone) -> Result<Vec<Closure>, IcsError> {
    let mut replaced: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for (_, event) in &events {
        if let (Some(uid), Some(moment)) = (&event.uid, &event.replaces) {
            replaced.entry(uid.clone()).or_default().push(moment.date());
        }
    }
    let mut found = Vec::new();
    let none = events.is_empty();
    for (line, mut event) in events {
        if event.cancelled {
            continue;
        }
        if let (Some(uid), None) = (&event.uid, &event.replaces) {
            event.except.extend(replaced.get(uid).into_iter().flatten());
        }
        event.close(line, zone, &mut found)?;
        if found.len() > CLOSURES_MAX {
            return Err(IcsError { line, problem: IcsProblem::TooMany });
        }
    }
    match none {
        true => Err(IcsError { line: 1, problem: IcsProblem::NoEvents }),
        false => Ok(found),
    }
}

/// Lines that begin with a blank belong to the one before (RFC 5545 §3.1).
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut rows: Vec<(usize, String)> = Vec::new();
    for (index, row) in text.lines().enumerate() {
        match (row.strip_prefix([' ', '\t']), rows.last_mut()) {
            (Some(rest), Some((_, begun))) => begun.push_str(rest.trim_end()),
            _ => rows.push((index + 1, row.trim_end().to_owned())),
        }
    }
    rows
}

/// Parameters may hold a colon between quotes.
fn split_value(row: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = row.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    Some((&row[..colon], &row[colon + 1..]))
}

#[derive(Default)]
struct Event {
    uid: Option<String>,
    start: Option<Moment>,
    end: Option<Moment>,
    length: Option<Span>,
    rule: Option<Rule>,
    more: Vec<Moment>,
    except: Vec<Date>,
    /// The occurrence of another event with the same id that this one stands for.
    replaces: Option<Moment>,
    cancelled: bool,
}

/// A day, or a time of it in some zone.
#[derive(Debug, Clone, PartialEq)]
enum Moment {
    Day(Date),
    Time(DateTime, TimeZone),
}

impl Moment {
    fn date(&self) -> Date {
        match self {
            Moment::Day(day) => *day,
            Moment::Time(time, _) => time.date(),
        }
    }
}

impl Event {
    fn take(&mut self, name: &str, value: &str, read: &Moments<'_>) -> Result<(), IcsError> {
        match name {
            "UID" => self.uid = Some(value.trim().to_owned()),
            "STATUS" => self.cancelled = value.trim().eq_ignore_ascii_case("CANCELLED"),
            "DTSTART" => self.start = Some(read.moment(value)?),
            "DTEND" => self.end = Some(read.moment(value)?),
            "RECURRENCE-ID" => self.replaces = Some(read.moment(value)?),
            "DURATION" => self.length = Some(read.length(value)?),
            "RRULE" => {
                let rule = Rule::parse(value).map_err(|part| read.wrong(IcsProblem::Rule(part)))?;
                self.rule = Some(rule);
            }
            // A period's beginning is enough: its length is that of the event.
            "RDATE" => {
                for part in value.split(',') {
                    self.more.push(read.moment(part.split('/').next().unwrap_or_default())?);
                }
            }
            "EXDATE" => {
                for part in value.split(',') {
                    self.except.push(read.moment(part)?.date());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&self, line: usize, zone: &TimeZone, found: &mut Vec<Closure>) -> Result<(), IcsError> {
        let wrong = |problem| IcsError { line, problem };
        let start = self.start.as_ref().ok_or_else(|| wrong(IcsProblem::NoStart))?;
        let days = self.rule.as_ref().map_or_else(|| vec![start.date()], |rule| rule.days(start.date()));
        let later = self.more.iter().map(Moment::date).filter(|day| !days.contains(day)).collect::<Vec<_>>();
        let wanted = days.iter().chain(&later).filter(|day| !self.except.contains(day));
        for day in wanted {
            found.push(self.on(start, *day, zone).ok_or_else(|| wrong(IcsProblem::Backwards))?);
        }
        Ok(())
    }

    /// The occurrence that begins on `day`; none when it ends before it begins.
    fn on(&self, start: &Moment, day: Date, zone: &TimeZone) -> Option<Closure> {
        match start {
            Moment::Day(first) => {
                let length = match (&self.end, self.length) {
                    // `DTEND` is the first day after the event (RFC 5545 §3.6.1).
                    (Some(end), _) => first.until(end.date()).ok()?.get_days(),
                    (None, Some(length)) => first.until(first.checked_add(length).ok()?).ok()?.get_days(),
                    (None, None) => 1,
                };
                let last = day.checked_add(Span::new().days(length.max(1) - 1)).ok()?;
                (length >= 0).then_some(Closure::Days(day..=last))
            }
            Moment::Time(first, own) => {
                let begins = own.to_timestamp(day.to_datetime(first.time())).ok()?;
                let ends = match (&self.end, self.length) {
                    (Some(Moment::Time(end, end_zone)), _) => {
                        let passed = first.date().until(end.date()).ok()?;
                        end_zone.to_timestamp(day.checked_add(passed).ok()?.to_datetime(end.time())).ok()?
                    }
                    (Some(Moment::Day(end)), _) => zone.to_timestamp(end.to_datetime(Time::midnight())).ok()?,
                    (None, Some(length)) => begins.to_zoned(own.clone()).checked_add(length).ok()?.timestamp(),
                    (None, None) => begins,
                };
                (begins <= ends).then_some(Closure::Hours(begins..ends))
            }
        }
    }
}

/// Reads the values of one line.
struct Moments<'a> {
    line: usize,
    zone_name: Option<String>,
    zone: &'a TimeZone,
}

impl Moments<'_> {
    fn wrong(&self, problem: IcsProblem) -> IcsError {
        IcsError { line: self.line, problem }
    }

    /// `20261224`, `20261224T140000`, `20261224T140000Z`
    fn moment(&self, text: &str) -> Result<Moment, IcsError> {
        let text = text.trim();
        let bad = || self.wrong(IcsProblem::Date(text.chars().take(40).collect()));
        let day = day_of(text).ok_or_else(bad)?;
        let Some((_, time)) = text.split_once(['T', 't']) else { return Ok(Moment::Day(day)) };
        let (digits, utc) = time.strip_suffix(['Z', 'z']).map_or((time, false), |digits| (digits, true));
        let time = time_of(digits).ok_or_else(bad)?;
        let zone = match &self.zone_name {
            _ if utc => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| self.wrong(IcsProblem::Zone(name.clone())))?,
            None => self.zone.clone(),
        };
        Ok(Moment::Time(day.to_datetime(time), zone))
    }

    /// `P1D`, `PT2H30M`, `P1W` (RFC 5545 §3.3.6), never negative.
    fn length(&self, text: &str) -> Result<Span, IcsError> {
        let text = text.trim();
        let span = text.trim_start_matches('+').parse::<Span>().ok().filter(|span| !span.is_negative());
        span.ok_or_else(|| self.wrong(IcsProblem::Duration(text.chars().take(40).collect())))
    }
}

fn time_of(digits: &str) -> Option<Time> {
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i8>().ok();
    // Midnight's leap second is none for us.
    Time::new(part(0..2)?, part(2..4)?, part(4..6)?.min(59), 0).ok()
}
