//! From when to when: dates and times in the project's zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};
use model::WallTime;
use store::Span;

/// How many days a report covers that says nothing else, today included.
const USUAL_DAYS: i64 = 7;

/// An end of the span as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Day(Date),
    Time(DateTime),
    Today,
    Yesterday,
}

/// Reads one end.
pub(crate) fn parse_moment(text: &str) -> Result<Moment, String> {
    match text {
        "today" => return Ok(Moment::Today),
        "yesterday" => return Ok(Moment::Yesterday),
        _ => {}
    }
    let has_time = text.contains(['T', ' ', ':']);
    if !has_time && let Ok(date) = text.parse::<Date>() {
        return Ok(Moment::Day(date));
    }
    text.parse::<DateTime>()
        .map(Moment::Time)
        .map_err(|_| format!("`{text}` is no date; write 2026-03-02, 2026-03-02T12:00, today or yesterday"))
}

/// The span between two ends; `to` includes its day. Days begin and end as the zone's clocks do.
pub(crate) fn span(from: Option<Moment>, to: Option<Moment>, now: WallTime, zone: &TimeZone) -> Result<Span, String> {
    let now = jiff::Timestamp::from_microsecond(now.0).map_err(|error| error.to_string())?.to_zoned(zone.clone());
    let starts = |moment: Moment| -> Result<Zoned, jiff::Error> {
        match moment {
            Moment::Day(date) => date.to_zoned(zone.clone()),
            Moment::Time(time) => time.to_zoned(zone.clone()),
            Moment::Today => now.start_of_day(),
            Moment::Yesterday => now.date().yesterday()?.to_zoned(zone.clone()),
        }
    };
    let ends = |moment: Moment| -> Result<Zoned, jiff::Error> {
        match moment {
            Moment::Day(date) => date.tomorrow()?.to_zoned(zone.clone()),
            Moment::Time(time) => time.to_zoned(zone.clone()),
            Moment::Today => now.date().tomorrow()?.to_zoned(zone.clone()),
            Moment::Yesterday => now.start_of_day(),
        }
    };
    let both = || -> Result<(Zoned, Zoned), jiff::Error> {
        let until = ends(to.unwrap_or(Moment::Today))?;
        let from = match from {
            Some(from) => starts(from)?,
            None => {
                let last = if until.time() == Time::midnight() { until.date().yesterday()? } else { until.date() };
                last.checked_sub((USUAL_DAYS - 1).days())?.to_zoned(zone.clone())?
            }
        };
        Ok((from, until))
    };
    let (from, until) = both().map_err(|error| format!("no such time: {error}"))?;
    if from >= until {
        return Err("`--from` must be before `--to`".to_owned());
    }
    let wall = |time: &Zoned| WallTime(time.timestamp().as_microsecond());
    Ok(Span { from: wall(&from), until: wall(&until) })
}
