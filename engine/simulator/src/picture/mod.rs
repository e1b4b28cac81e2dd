//! A day as a page: one HTML file that needs nothing else, readable in light and dark, on paper and aloud.

pub mod chart;
mod curves;
mod page;
mod sections;

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use model::WallTime;

use crate::compare::Comparison;
use crate::figures::DayFigures;
use crate::runs::RunsFigures;
use crate::tables::SweepRow;

/// What goes onto the page. Only the day itself is required.
#[derive(Debug, Clone)]
pub struct Picture<'d> {
    /// Heading: the day's file or its project.
    pub title: &'d str,
    /// The moment with which the day begins.
    pub begins: WallTime,
    /// The zone of its clock.
    pub zone: &'d TimeZone,
    /// What decided all chance; of the first run, when there are several.
    pub seed: u64,
    /// The same for the same seed, byte for byte.
    pub trace_hash: &'d str,
    /// The day of that seed.
    pub day: &'d DayFigures,
    /// All runs together, when there are several.
    pub runs: Option<&'d RunsFigures>,
    /// The share of calls that should be answered in time: a line in the charts.
    pub service_level_goal: Option<f64>,
    /// What the day was to reach.
    pub targets: &'d [Target],
    /// The same day with other numbers of agents.
    pub sweep: &'d [SweepRow],
    /// The same day with another version of the project.
    pub comparison: Option<&'d Comparison>,
}

/// Something that the day was to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What: `service level`, `queue sales: abandon rate`.
    pub figure: String,
    /// `at least 80 % in 20 s`
    pub wanted: String,
    /// `76.2 %`
    pub got: String,
    /// Whether it was reached.
    pub verdict: Verdict,
}

/// Whether a target was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Reached.
    Met,
    /// Not reached.
    Missed,
}

impl Picture<'_> {
    /// The whole page. The same figures give the same bytes.
    pub fn html(&self) -> String {
        page::page(self).into_string()
    }

    /// Hours on the clock at which the day begins: 8.5 for half past eight.
    fn first_hour(&self) -> f64 {
        let time = self.local_time();
        time.map_or(0.0, |time| f64::from(time.hour()) + f64::from(time.minute()) / 60.0)
    }

    /// `Monday, 2 March 2026, 08:00 Europe/Berlin`
    fn begins_text(&self) -> String {
        let time = self.local_time();
        time.map(|time| time.strftime("%A, %-d %B %Y, %H:%M %Q").to_string()).unwrap_or_default()
    }

    fn local_time(&self) -> Option<jiff::Zoned> {
        let time = jiff::Timestamp::from_microsecond(self.begins.0).ok()?;
        Some(time.to_zoned(self.zone.clone()))
    }
}
