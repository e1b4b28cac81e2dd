//! Single values: numbers, shares, times of day, distributions.

use std::ops::RangeInclusive;
use std::time::Duration;

use script::config::tree::{Node, Value};

use super::Page;
use crate::day::clock::since_midnight;
use crate::day::draw::Draw;
use crate::day::file::TimeSpan;

const A_DAY: Duration = Duration::from_secs(86_400);

impl Page<'_> {
    /// A whole number within limits.
    pub(super) fn whole(&mut self, node: &Node, what: &str, limits: RangeInclusive<u64>) -> Option<u64> {
        let text = self.reader.text(node, what)?;
        let number = text.parse().ok().filter(|number| limits.contains(number));
        if number.is_none() {
            let (low, high) = limits.into_inner();
            self.error(
                &node.span,
                "bad-number",
                format!("`{what}` is a whole number from {low} to {high}, not `{text}`"),
            );
        }
        number
    }

    /// A number that is not negative.
    pub(super) fn number(&mut self, node: &Node, what: &str, most: f64) -> Option<f64> {
        let text = self.reader.text(node, what)?;
        let number = text.parse().ok().filter(|number: &f64| (0.0..=most).contains(number));
        if number.is_none() {
            self.error(&node.span, "bad-number", format!("`{what}` is a number from 0 to {most}, not `{text}`"));
        }
        number
    }

    /// `5%` or `0.05`, as a number from 0 to 1.
    pub(super) fn share(&mut self, node: &Node, what: &str) -> Option<f64> {
        let text = self.reader.text(node, what)?;
        let share = share(&text);
        if share.is_none() {
            self.error(&node.span, "bad-share", format!("`{what}` is a share like `5%` or 0.05, not `{text}`"));
        }
        share
    }

    /// `"10:30"`, as far after the beginning.
    pub(super) fn time_of_day(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let text = self.reader.text(node, what)?;
        let time = self.clock.time_of_day(&text);
        if time.is_none() {
            self.error(&node.span, "bad-time", format!("`{what}` is a time of day like \"10:30\", not `{text}`"));
        }
        time
    }

    /// `"08:00-14:00"`; when it ends before it begins, it ends on the next morning.
    pub(super) fn time_span(&mut self, node: &Node, what: &str) -> Option<TimeSpan> {
        let text = self.reader.text(node, what)?;
        let times = text.split_once('-');
        let times = times.and_then(|(from, to)| Some((since_midnight(from.trim())?, since_midnight(to.trim())?)));
        let Some((from, to)) = times else {
            self.error(&node.span, "bad-time", format!("`{what}` is two times like \"08:00-14:00\", not `{text}`"));
            return None;
        };
        Some(TimeSpan { from, to: if to > from { to } else { to + A_DAY } })
    }

    /// `90s`, `{ mean: 3m }`, `{ mean: 3m, sd: 1m }`, `{ csv: file, column: name }`
    pub(super) fn draw(&mut self, node: &Node, what: &str) -> Option<Draw> {
        if !matches!(node.value, Value::Map(_)) {
            return self.reader.duration(node, what).map(Draw::Fixed);
        }
        let fields = self.reader.fields(node, &format!("`{what}`"), &["mean", "sd", "csv", "column"]);
        if let Some(csv) = fields.get("csv") {
            for key in ["mean", "sd"] {
                if let Some(node) = fields.get(key) {
                    self.error(&node.span, "bad-value", format!("times from a `csv` have no `{key}`"));
                }
            }
            return self.observed(csv, fields.get("column").copied()).map(|times| Draw::Observed(times.into()));
        }
        let Some(mean_node) = fields.get("mean") else {
            let message = format!(
                "`{what}` is a time, `{{ mean: 3m }}`, `{{ mean: 3m, sd: 1m }}` or `{{ csv: FILE, column: NAME }}`"
            );
            self.error(&node.span, "missing-key", message);
            return None;
        };
        let mean = self.reader.duration(mean_node, "mean")?;
        if mean.is_zero() {
            self.error(&mean_node.span, "bad-duration", "a `mean` is longer than nothing");
            return None;
        }
        let sd = match fields.get("sd") {
            Some(node) => Some(self.reader.duration(node, "sd")?),
            None => None,
        };
        Some(match sd {
            None => Draw::Exponential { mean },
            Some(sd) if sd.is_zero() => Draw::Fixed(mean),
            Some(sd) => Draw::LogNormal { mean, sd },
        })
    }
}

/// `5%`, `0.05`
pub(super) fn share(text: &str) -> Option<f64> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&number).then_some(number)
}
