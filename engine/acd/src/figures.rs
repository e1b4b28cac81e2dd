//! Figures of a queue, each a fold over what happened, each with its formula.

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use crate::{LeaveReason, QueueConfig, Who};

/// What happened in a queue, or in several added up. `offered = answered + abandoned + voicemail + callback +
/// overflowed + waiting`, always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Asked to wait, refused ones included.
    pub offered: u64,
    /// Talked to an agent.
    pub answered: u64,
    /// Answered within `QueueConfig::answer_within`.
    pub answered_in_time: u64,
    /// Hung up while waiting.
    pub abandoned: u64,
    /// Hung up within `QueueConfig::answer_within`.
    pub abandoned_in_time: u64,
    /// Hung up within `QueueConfig::short_abandon`.
    pub abandoned_short: u64,
    /// Left for a voicemail.
    pub voicemail: u64,
    /// Left for a callback.
    pub callback: u64,
    /// Left otherwise: timed out, full, no agents, exit key, withdrawn, queue removed.
    pub overflowed: u64,
    /// In conversation now.
    pub talking: u64,
    /// Sum of the waits of those answered.
    pub wait_answered: Duration,
    /// Sum of the waits of those who hung up.
    pub wait_abandoned: Duration,
    /// The longest wait of anybody answered or abandoned.
    pub wait_longest: Duration,
    /// Sum of conversations that ended.
    pub talk: Duration,
    /// Sum of wrap-ups that ended.
    pub wrap_up: Duration,
    /// Conversations that ended.
    pub talks: u64,
}

impl Counts {
    pub(crate) fn answered(&mut self, waited: Duration, config: &QueueConfig, who: Who) {
        self.talking += 1;
        if self.is_uncounted(who) {
            return;
        }
        self.answered += 1;
        self.answered_in_time += u64::from(waited <= config.answer_within);
        self.wait_answered += waited;
        self.wait_longest = self.wait_longest.max(waited);
    }

    pub(crate) fn abandoned(&mut self, waited: Duration, config: &QueueConfig, who: Who) {
        if self.is_uncounted(who) {
            return;
        }
        self.abandoned += 1;
        self.abandoned_in_time += u64::from(waited <= config.answer_within);
        self.abandoned_short += u64::from(waited <= config.short_abandon);
        self.wait_abandoned += waited;
        self.wait_longest = self.wait_longest.max(waited);
    }

    /// An errand counts as offered while it waits, and as nothing when it is over.
    fn is_uncounted(&mut self, who: Who) -> bool {
        let errand = who == Who::Errand;
        self.offered -= u64::from(errand);
        errand
    }

    pub(crate) fn left(&mut self, reason: LeaveReason, who: Who) {
        if self.is_uncounted(who) {
            return;
        }
        match reason {
            LeaveReason::Voicemail => self.voicemail += 1,
            LeaveReason::Callback => self.callback += 1,
            _ => self.overflowed += 1,
        }
    }

    pub(crate) fn talked(&mut self, talk: Duration) {
        self.talking -= 1;
        self.talks += 1;
        self.talk += talk;
    }

    /// Everybody who came and no longer waits.
    pub fn gone(&self) -> u64 {
        self.answered + self.abandoned + self.voicemail + self.callback + self.overflowed
    }

    /// The share that this definition calls good; none when nobody counts yet, which is not 100 %.
    pub fn service_level(&self, level: ServiceLevel) -> Option<f64> {
        let (a, a_t, b, b_t) = (self.answered, self.answered_in_time, self.abandoned, self.abandoned_in_time);
        match level {
            ServiceLevel::Answered => share(a_t, a),
            ServiceLevel::Offered => share(a_t, a + b),
            ServiceLevel::NoShort => share(a_t, a + b - self.abandoned_short),
            ServiceLevel::Credit => share(a_t + b_t, a + b),
            ServiceLevel::All => share(a_t, a + b + self.overflowed),
            ServiceLevel::NoAbandon => share(a_t, a + self.overflowed),
        }
    }

    /// ASA: Σ wait of those answered / answered.
    pub fn average_speed_of_answer(&self) -> Option<Duration> {
        mean(self.wait_answered, self.answered)
    }

    /// AHT: (talk + wrap-up) / conversations that ended; hold counts as talk.
    pub fn average_handle_time(&self) -> Option<Duration> {
        mean(self.talk + self.wrap_up, self.talks)
    }

    /// Estimated talk time: talk / conversations that ended.
    pub fn average_talk_time(&self) -> Option<Duration> {
        mean(self.talk, self.talks)
    }

    /// Every service level with its name.
    pub fn service_levels(&self) -> [(ServiceLevel, Option<f64>); ServiceLevel::ALL.len()] {
        ServiceLevel::ALL.map(|level| (level, self.service_level(level)))
    }

    /// Callers of whom nobody knows what became of them, while `waiting` wait: offered − gone − waiting. Always 0.
    pub fn unaccounted(&self, waiting: usize) -> i128 {
        i128::from(self.offered) - i128::from(self.gone()) - waiting as i128
    }

    /// Abandoned / (answered + abandoned).
    pub fn abandon_rate(&self) -> Option<f64> {
        share(self.abandoned, self.answered + self.abandoned)
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.answered_in_time += other.answered_in_time;
        self.abandoned += other.abandoned;
        self.abandoned_in_time += other.abandoned_in_time;
        self.abandoned_short += other.abandoned_short;
        self.voicemail += other.voicemail;
        self.callback += other.callback;
        self.overflowed += other.overflowed;
        self.talking += other.talking;
        self.wait_answered += other.wait_answered;
        self.wait_abandoned += other.wait_abandoned;
        self.wait_longest = self.wait_longest.max(other.wait_longest);
        self.talk += other.talk;
        self.wrap_up += other.wrap_up;
        self.talks += other.talks;
    }
}

/// What "service level" means; a report names the one it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ServiceLevel {
    /// Hides those who hung up.
    Answered,
    /// Our default.
    #[default]
    Offered,
    /// Short abandons do not count; many contracts say so.
    NoShort,
    /// Those who hung up in time count as good.
    Credit,
    /// Those who overflowed count as well.
    All,
    /// Those who hung up do not count, those who overflowed do.
    NoAbandon,
}

impl ServiceLevel {
    /// Every definition.
    pub const ALL: [ServiceLevel; 6] = [
        ServiceLevel::Answered,
        ServiceLevel::Offered,
        ServiceLevel::NoShort,
        ServiceLevel::Credit,
        ServiceLevel::All,
        ServiceLevel::NoAbandon,
    ];

    /// The formula, for printing beside the number.
    pub const fn formula(self) -> &'static str {
        match self {
            ServiceLevel::Answered => "answered in time / answered",
            ServiceLevel::Offered => "answered in time / (answered + abandoned)",
            ServiceLevel::NoShort => "answered in time / (answered + abandoned − short abandons)",
            ServiceLevel::Credit => "(answered in time + abandoned in time) / (answered + abandoned)",
            ServiceLevel::All => "answered in time / (answered + abandoned + overflowed)",
            ServiceLevel::NoAbandon => "answered in time / (answered + overflowed)",
        }
    }
}

impl fmt::Display for ServiceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ServiceLevel::Answered => "sl_answered",
            ServiceLevel::Offered => "sl_offered",
            ServiceLevel::NoShort => "sl_no_short",
            ServiceLevel::Credit => "sl_credit",
            ServiceLevel::All => "sl_all",
            ServiceLevel::NoAbandon => "sl_no_abandon",
        })
    }
}

/// Jain's index (Σx)² / (n·Σx²): 1 when all carry the same, 1/n when one carries all; none without load.
pub(crate) fn fairness(loads: &[f64]) -> Option<f64> {
    let sum: f64 = loads.iter().sum();
    let squares: f64 = loads.iter().map(|load| load * load).sum();
    (squares > 0.0).then(|| sum * sum / (loads.len() as f64 * squares))
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub(crate) fn mean(sum: Duration, count: u64) -> Option<Duration> {
    (count > 0).then(|| sum.div_f64(count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_definitions_give_six_numbers() {
        let counts = Counts {
            answered: 80,
            answered_in_time: 60,
            abandoned: 20,
            abandoned_in_time: 10,
            abandoned_short: 4,
            overflowed: 20,
            ..Default::default()
        };
        let percent = |level| (counts.service_level(level).unwrap() * 1000.0).round() / 10.0;
        assert_eq!(ServiceLevel::ALL.map(percent), [75.0, 60.0, 62.5, 70.0, 50.0, 60.0]);
        assert!(ServiceLevel::ALL.iter().all(|level| Counts::default().service_level(*level).is_none()));
    }

    #[test]
    fn fairness_is_one_when_all_carry_the_same() {
        assert_eq!(fairness(&[0.5, 0.5, 0.5, 0.5]), Some(1.0));
        assert_eq!(fairness(&[1.0, 0.0, 0.0, 0.0]), Some(0.25));
        assert_eq!(fairness(&[]), None);
    }
}
