//! Opening hours: weekly hours across midnight, holidays, one-off days, in the project's zone.

mod hours;
mod ics;
mod jalali;
mod rrule;
mod yearly;

pub use hours::HoursError;
pub use ics::{Closure, IcsError, IcsProblem, parse_ics};
pub(crate) use yearly::{Yearly, parse_date};

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::WallTime;

/// Minutes from midnight of the day on which a shift begins; the end may lie in the next day.
pub(crate) type Shift = std::ops::Range<u16>;

/// How far `next_change` looks. A calendar that does not change within it is constant for callers.
const DAYS_AHEAD: i32 = 400;

/// A calendar of `callwright.yaml`.
///
/// A shift belongs to the day on which it begins: `22:00-06:00` on a holiday's eve runs to its end,
/// and the holiday's own night shift does not begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Monday first.
    week: Box<[Vec<Shift>; 7]>,
    holidays: Vec<RangeInclusive<Date>>,
    yearly: Vec<Yearly>,
    /// Hours at which events close it.
    closures: Vec<Range<Timestamp>>,
    /// Days that have the hours of another weekday, holiday or not.
    moved: BTreeMap<Date, Weekday>,
    exceptions: BTreeMap<Date, Vec<Shift>>,
}

/// The moment at which a calendar opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: WallTime,
    /// What it becomes.
    pub becomes: Opening,
}

/// What a calendar says about a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Somebody is there.
    Open,
    /// Nobody is there.
    Closed,
}

impl Calendar {
    /// Parses weekly hours: `Mon-Fri 08:00-18:00, Sat 09:00-12:00`, `daily 22:00-06:00`, `always`.
    pub fn weekly(hours: &str) -> Result<Self, HoursError> {
        hours::parse_week(hours).map(|week| Self { week: Box::new(week), ..Self::default() })
    }

    /// Closes all days of the range.
    pub fn add_holiday(&mut self, days: RangeInclusive<Date>) {
        self.holidays.push(days);
    }

    /// Closes the same days of every year.
    pub(crate) fn add_yearly(&mut self, days: Yearly) {
        self.yearly.push(days);
    }

    /// Closes what an event closes. Events of some hours win over everything, those of whole days are holidays.
    pub fn add_closure(&mut self, closure: Closure) {
        match closure {
            Closure::Days(days) => self.holidays.push(days),
            Closure::Hours(hours) => self.closures.push(hours),
        }
    }

    /// Gives a day the hours of `weekday`: a working Saturday, or a Monday that is worked on another day.
    /// Wins over holidays, but not over exceptions.
    pub fn move_day(&mut self, day: Date, weekday: &str) -> Result<(), HoursError> {
        let weekday = hours::parse_one_day(weekday)?;
        self.moved.insert(day, weekday);
        Ok(())
    }

    /// Replaces a day's hours: `08:00-13:00`, `08:00-12:00, 13:00-15:00` or `closed`. Wins over holidays.
    pub fn add_exception(&mut self, day: Date, hours: &str) -> Result<(), HoursError> {
        hours::parse_day(hours).map(|shifts| drop(self.exceptions.insert(day, shifts)))
    }

    /// Is it open at this moment of the project's own clock, as far as days go? Events of some hours do not count.
    pub fn is_open(&self, local: DateTime) -> bool {
        let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = self.shifts_of(local.date());
        if today.iter().any(|shift| shift.contains(&minute)) {
            return true;
        }
        let Ok(yesterday) = local.date().yesterday() else {
            return false;
        };
        self.shifts_of(yesterday).iter().any(|shift| shift.contains(&(minute + DAY)))
    }

    /// Is it open at this moment in `zone`?
    pub fn is_open_at(&self, now: WallTime, zone: &TimeZone) -> bool {
        timestamp(now).is_some_and(|now| self.open_at(now, zone))
    }

    fn open_at(&self, now: Timestamp, zone: &TimeZone) -> bool {
        !self.closures.iter().any(|hours| hours.contains(&now)) && self.is_open(zone.to_datetime(now))
    }

    /// When it opens next after `now`, be it open now or not; none when it does not within 400 days.
    pub fn next_opening(&self, now: WallTime, zone: &TimeZone) -> Option<WallTime> {
        let change = self.next_change(now, zone)?;
        match change.becomes {
            Opening::Open => Some(change.at),
            Opening::Closed => self.next_change(change.at, zone).map(|opening| opening.at),
        }
    }

    /// When it next opens or closes after `now`; none when nothing changes in the next 400 days.
    pub fn next_change(&self, now: WallTime, zone: &TimeZone) -> Option<Change> {
        let start = timestamp(now)?;
        let is_open = self.open_at(start, zone);
        let mut day = zone.to_datetime(start).date().yesterday().ok()?;
        for _ in 0..DAYS_AHEAD {
            let mut moments = self.moments_of(day, zone);
            moments.sort_unstable();
            let differs = |at: &Timestamp| *at > start && self.open_at(*at, zone) != is_open;
            if let Some(at) = moments.into_iter().find(differs) {
                let becomes = if is_open { Opening::Closed } else { Opening::Open };
                return Some(Change { at: WallTime(at.as_microsecond()), becomes });
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Moments on `day` at which something may change; the clock's own jumps are among them.
    fn moments_of(&self, day: Date, zone: &TimeZone) -> Vec<Timestamp> {
        let previous = day.yesterday().map(|date| self.shifts_of(date).to_vec()).unwrap_or_default();
        let spilled = previous.iter().flat_map(|shift| [shift.start, shift.end]).filter_map(|m| m.checked_sub(DAY));
        let own = self.shifts_of(day).iter().flat_map(|shift| [shift.start, shift.end]).filter(|m| *m < DAY);
        let mut moments = Vec::new();
        // A calendar day may start or end a shift only because the day's rules differ: midnight counts.
        for minute in spilled.chain(own).chain([0]) {
            let local = day.at(0, 0, 0, 0).saturating_add(i64::from(minute).minutes());
            let ambiguous = zone.to_ambiguous_timestamp(local);
            moments.extend([ambiguous.earlier(), ambiguous.later()].into_iter().flatten());
        }
        let Ok(midnight) = zone.to_timestamp(day.at(0, 0, 0, 0)) else {
            return moments;
        };
        let day_end = midnight.saturating_add(26.hours()).unwrap_or(Timestamp::MAX);
        moments.extend(zone.following(midnight).map(|jump| jump.timestamp()).take_while(|at| *at < day_end));
        let edges = self.closures.iter().flat_map(|hours| [hours.start, hours.end]);
        moments.extend(edges.filter(|at| (midnight..day_end).contains(at)));
        moments
    }

    fn shifts_of(&self, day: Date) -> &[Shift] {
        if let Some(shifts) = self.exceptions.get(&day) {
            return shifts;
        }
        let moved = self.moved.get(&day);
        if moved.is_none() && self.is_holiday(day) {
            return &[];
        }
        let weekday = moved.copied().unwrap_or(day.weekday()).to_monday_zero_offset();
        &self.week[usize::from(weekday.unsigned_abs())]
    }

    fn is_holiday(&self, day: Date) -> bool {
        self.holidays.iter().any(|days| days.contains(&day)) || self.yearly.iter().any(|days| days.contains(day))
    }
}

/// Minutes of a day by the clock on the wall.
pub(crate) const DAY: u16 = 24 * 60;

fn timestamp(now: WallTime) -> Option<Timestamp> {
    Timestamp::from_microsecond(now.0).ok()
}

#[cfg(test)]
mod ics_tests;
#[cfg(test)]
mod slow_tests;
#[cfg(test)]
mod tests;
