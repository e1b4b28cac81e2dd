//! Times of day in a project's time zone, counted from the beginning of a simulated day.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use model::WallTime;

/// When a day begins, and where.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    zone: TimeZone,
    starts: DateTime,
    wall: WallTime,
}

impl Clock {
    /// `2026-03-02 08:00` in a time zone.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Clock> {
        let starts: DateTime = text.parse().ok()?;
        let zoned = starts.to_zoned(zone.clone()).ok()?;
        Some(Clock { zone: zone.clone(), starts, wall: WallTime(zoned.timestamp().as_microsecond()) })
    }

    pub(super) fn wall(&self) -> WallTime {
        self.wall
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How long after the beginning it is so late on its first day (0) or a later one; negative times are the
    /// beginning itself.
    pub(super) fn offset(&self, day: u32, since_midnight: Duration) -> Duration {
        self.offset_of(self.starts.date(), day, since_midnight)
    }

    fn offset_of(&self, date: Date, day: u32, since_midnight: Duration) -> Duration {
        let span = jiff::Span::new().days(i64::from(day));
        let midnight = date.checked_add(span).unwrap_or(date).to_datetime(Time::midnight());
        let at = jiff::SignedDuration::try_from(since_midnight).ok().and_then(|late| midnight.checked_add(late).ok());
        let zoned = at.and_then(|at| at.to_zoned(self.zone.clone()).ok());
        let micros = zoned.map_or(0, |zoned| zoned.timestamp().as_microsecond() - self.wall.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// `09:30` or `09:30:15` of the first day, as far after the beginning.
    pub(super) fn time_of_day(&self, text: &str) -> Option<Duration> {
        Some(self.offset(0, since_midnight(text)?))
    }
}

/// `14:30`, `14:30:05`; `24:00` is the end of the day.
pub(super) fn since_midnight(text: &str) -> Option<Duration> {
    if text == "24:00" {
        return Some(Duration::from_secs(86_400));
    }
    if text.split(':').count() < 2 {
        return None;
    }
    let time: Time = text.parse().ok()?;
    Duration::try_from(time.duration_since(Time::midnight())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_counted_from_the_beginning() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let clock = Clock::read("2026-03-28 22:00", &zone).unwrap();
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        assert_eq!(clock.time_of_day("23:30"), Some(Duration::from_secs(5400)));
        assert_eq!(clock.time_of_day("08:00"), Some(Duration::ZERO));
        // In this night the clocks jump from two to three.
        assert_eq!(clock.offset(1, hours(8)), hours(9));
        assert_eq!(clock.offset(0, hours(24 + 1)), hours(3));
        assert_eq!(
            (since_midnight("24:00"), since_midnight("9"), since_midnight("25:00")),
            (Some(hours(24)), None, None)
        );
    }
}
