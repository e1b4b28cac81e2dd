//! The hour that a customer chooses for his call back, by his own clock.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use model::{Timestamp, WallTime};
use script::EffectResult;
use script::calendar::Calendar;

use crate::call::Call;
use crate::desk::{Desk, iso};

impl Call {
    /// When it is next `time` for the owner of `number`, within the hours in which customers are called.
    pub(crate) fn callback_time(&self, desk: &Desk, now: Timestamp, number: &str, time: Time) -> EffectResult {
        let config = &self.project.config;
        let zone = config.callbacks.zone_of(number, &config.time_zone);
        let at = next_time(config.callbacks.calendar(config), zone, desk.wall(now), time);
        EffectResult::Text(at.map(|at| iso(at, zone)).unwrap_or_default())
    }
}

fn next_time(hours: Option<&Calendar>, zone: &TimeZone, wall: WallTime, time: Time) -> Option<WallTime> {
    let now = jiff::Timestamp::from_microsecond(wall.0).ok()?;
    let today = zone.to_datetime(now).date();
    let on = |day: jiff::civil::Date| zone.to_timestamp(day.to_datetime(time)).ok();
    let at = on(today).filter(|at| *at > now).or_else(|| on(today.tomorrow().ok()?))?;
    let at = WallTime(at.as_microsecond());
    match hours {
        Some(hours) if !hours.is_open_at(at, zone) => hours.next_opening(at, zone),
        _ => Some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(now: &str, zone: &str, hour: i8, hours: &str) -> Option<String> {
        let hours = Calendar::weekly(hours).unwrap();
        let (zone, now) = (TimeZone::get(zone).unwrap(), now.parse::<jiff::Timestamp>().unwrap());
        let at = next_time(Some(&hours), &zone, WallTime(now.as_microsecond()), jiff::civil::time(hour, 0, 0, 0));
        at.map(|at| iso(at, &zone))
    }

    #[test]
    fn an_hour_is_that_of_the_customers_clock_and_of_an_open_day() {
        let vladivostok = |now, hour| asked(now, "Asia/Vladivostok", hour, "daily 09:00-20:00").unwrap();
        assert_eq!(vladivostok("2026-03-02T01:00:00Z", 14), "2026-03-02T14:00:00+10:00", "it is 11:00 there");
        assert_eq!(vladivostok("2026-03-02T09:00:00Z", 14), "2026-03-03T14:00:00+10:00", "14:00 is over there");
        assert_eq!(vladivostok("2026-03-02T01:00:00Z", 22), "2026-03-03T09:00:00+10:00", "nobody is called at night");
        assert_eq!(vladivostok("2026-03-02T01:00:00Z", 5), "2026-03-03T09:00:00+10:00");
        let weekdays = |now| asked(now, "Europe/Moscow", 10, "Mon-Fri 09:00-18:00");
        assert_eq!(weekdays("2026-03-06T12:00:00Z").as_deref(), Some("2026-03-09T09:00:00+03:00"), "after a Friday");
        assert_eq!(asked("2026-03-02T01:00:00Z", "UTC", 10, "never"), None);
    }
}
