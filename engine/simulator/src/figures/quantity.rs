//! The figures one by one, so that runs, comparisons and pictures can go through them.

use super::day::Figures;
use crate::statistics::Estimate;

/// One of the figures of [`Figures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named like the fields of Figures")]
pub enum Quantity {
    Offered,
    Answered,
    Abandoned,
    Voicemail,
    Callback,
    Overflowed,
    Waiting,
    ServiceLevel,
    AsaSeconds,
    AbandonRate,
    AverageWaitSeconds,
    Occupancy,
    LongestWaitSeconds,
    AhtSeconds,
    ShortAbandons,
    Fairness,
}

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// So many.
    Count,
    /// From 0 to 1, written in percent.
    Share,
    /// Seconds.
    Seconds,
    /// A plain number without a unit.
    Index,
}

/// Which way a figure should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// That depends.
    Neither,
}

impl Quantity {
    /// Every figure, in the order of the contract.
    pub const ALL: [Quantity; 16] = [
        Quantity::Offered,
        Quantity::Answered,
        Quantity::Abandoned,
        Quantity::Voicemail,
        Quantity::Callback,
        Quantity::Overflowed,
        Quantity::Waiting,
        Quantity::ServiceLevel,
        Quantity::AsaSeconds,
        Quantity::AbandonRate,
        Quantity::AverageWaitSeconds,
        Quantity::Occupancy,
        Quantity::LongestWaitSeconds,
        Quantity::AhtSeconds,
        Quantity::ShortAbandons,
        Quantity::Fairness,
    ];

    /// The key in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Quantity::Offered => "offered",
            Quantity::Answered => "answered",
            Quantity::Abandoned => "abandoned",
            Quantity::Voicemail => "voicemail",
            Quantity::Callback => "callback",
            Quantity::Overflowed => "overflowed",
            Quantity::Waiting => "waiting",
            Quantity::ServiceLevel => "service_level",
            Quantity::AsaSeconds => "asa_seconds",
            Quantity::AbandonRate => "abandon_rate",
            Quantity::AverageWaitSeconds => "average_wait_seconds",
            Quantity::Occupancy => "occupancy",
            Quantity::LongestWaitSeconds => "longest_wait_seconds",
            Quantity::AhtSeconds => "aht_seconds",
            Quantity::ShortAbandons => "short_abandons",
            Quantity::Fairness => "fairness",
        }
    }

    /// The words in tables.
    pub const fn title(self) -> &'static str {
        match self {
            Quantity::Offered => "offered",
            Quantity::Answered => "answered",
            Quantity::Abandoned => "abandoned",
            Quantity::Voicemail => "voicemail",
            Quantity::Callback => "callback",
            Quantity::Overflowed => "overflowed",
            Quantity::Waiting => "still waiting",
            Quantity::ServiceLevel => "service level",
            Quantity::AsaSeconds => "speed of answer",
            Quantity::AbandonRate => "abandon rate",
            Quantity::AverageWaitSeconds => "average wait",
            Quantity::Occupancy => "occupancy",
            Quantity::LongestWaitSeconds => "longest wait",
            Quantity::AhtSeconds => "handle time",
            Quantity::ShortAbandons => "short abandons",
            Quantity::Fairness => "fairness",
        }
    }

    /// How it is written.
    pub const fn unit(self) -> Unit {
        match self {
            Quantity::ServiceLevel | Quantity::AbandonRate | Quantity::Occupancy => Unit::Share,
            Quantity::AsaSeconds
            | Quantity::AverageWaitSeconds
            | Quantity::LongestWaitSeconds
            | Quantity::AhtSeconds => Unit::Seconds,
            Quantity::Fairness => Unit::Index,
            _ => Unit::Count,
        }
    }

    /// Which way it should go.
    pub const fn better(self) -> Better {
        match self {
            Quantity::Answered | Quantity::ServiceLevel | Quantity::Fairness => Better::Higher,
            Quantity::Offered | Quantity::Occupancy | Quantity::AhtSeconds | Quantity::Callback => Better::Neither,
            _ => Better::Lower,
        }
    }

    /// Its value, none where there is nothing to divide by.
    pub fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Quantity::Offered => Some(figures.offered as f64),
            Quantity::Answered => Some(figures.answered as f64),
            Quantity::Abandoned => Some(figures.abandoned as f64),
            Quantity::Voicemail => Some(figures.voicemail as f64),
            Quantity::Callback => Some(figures.callback as f64),
            Quantity::Overflowed => Some(figures.overflowed as f64),
            Quantity::Waiting => Some(figures.waiting as f64),
            Quantity::ServiceLevel => figures.service_level,
            Quantity::AsaSeconds => figures.asa_seconds,
            Quantity::AbandonRate => figures.abandon_rate,
            Quantity::AverageWaitSeconds => figures.average_wait_seconds,
            Quantity::Occupancy => figures.occupancy,
            Quantity::LongestWaitSeconds => Some(figures.longest_wait_seconds),
            Quantity::AhtSeconds => figures.aht_seconds,
            Quantity::ShortAbandons => Some(figures.short_abandons as f64),
            Quantity::Fairness => figures.fairness,
        }
    }

    /// `1234`, `88.8 %`, `7.8 s`, `0.998`; `n/a` where there is none.
    pub fn text(self, value: Option<f64>) -> String {
        match value {
            Some(value) if self.unit() == Unit::Count && value.fract() == 0.0 => format!("{value:.0}"),
            Some(value) => self.number(value) + self.unit().sign(),
            None => "n/a".to_owned(),
        }
    }

    /// `88.8 % ± 1.2`: the mean and half of the 95 % interval, when there is one.
    pub fn estimate_text(self, estimate: Option<Estimate>) -> String {
        let mean = estimate.map(|estimate| estimate.mean);
        let half = estimate.and_then(|estimate| estimate.half_width()).map(|half| self.number(half));
        match (mean, half.filter(|half| half.contains(|digit| matches!(digit, '1'..='9')))) {
            (Some(mean), Some(half)) => format!("{}{} ± {half}", self.number(mean), self.unit().sign()),
            _ => self.text(mean),
        }
    }

    fn number(self, value: f64) -> String {
        let text = match self.unit() {
            Unit::Count | Unit::Seconds => format!("{value:.1}"),
            Unit::Share => format!("{:.1}", value * 100.0),
            Unit::Index => format!("{value:.3}"),
        };
        // A tiny difference is no negative zero.
        let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
        if zero { text.replace('-', "") } else { text }
    }
}

impl Unit {
    const fn sign(self) -> &'static str {
        match self {
            Unit::Share => " %",
            Unit::Seconds => " s",
            Unit::Count | Unit::Index => "",
        }
    }
}
