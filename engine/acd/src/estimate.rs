//! How long will it take? Five estimators run in the shadow; the one that erred least on the last calls speaks.

use std::fmt;
use std::time::Duration;

use model::{CallId, QueueId, Timestamp};

use crate::acd::Acd;
use crate::queue::Queue;

/// A way to foretell a wait. n callers ahead, s agents on duty, m mean handle time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Estimator {
    /// (n + 1)·m / s.
    QueueLength,
    /// Σ 1 / (s/m + i·θ) for i = 0..n, θ the rate at which callers give up (Ibrahim and Whitt).
    QueueLengthAbandonment,
    /// What the head of the line has waited.
    HeadOfLine,
    /// What the last caller to be connected had waited.
    LastToEnter,
    /// (n + 1)·m / (s·share), the share of the agents' time that this queue gets.
    SharedAgents,
}

/// What a caller can be told, as a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedWait {
    /// At least, in whole minutes.
    pub from_minutes: u64,
    /// At most, in whole minutes; the least is 1.
    pub to_minutes: u64,
    /// Who says so.
    pub by: Estimator,
}

impl Estimator {
    /// Every estimator.
    pub const ALL: [Estimator; 5] = [
        Estimator::QueueLength,
        Estimator::QueueLengthAbandonment,
        Estimator::HeadOfLine,
        Estimator::LastToEnter,
        Estimator::SharedAgents,
    ];
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Estimator::QueueLength => "queue length",
            Estimator::QueueLengthAbandonment => "queue length with abandonment",
            Estimator::HeadOfLine => "head of the line",
            Estimator::LastToEnter => "last to enter service",
            Estimator::SharedAgents => "shared agents",
        })
    }
}

/// What each estimator said of one caller on entry, in seconds, and what the caller was told since.
#[derive(Debug, Default)]
pub(crate) struct Predictions {
    on_entry: [Option<f64>; Estimator::ALL.len()],
    told: Option<(ExpectedWait, u64)>,
}

/// The contest of one queue.
#[derive(Debug, Default)]
pub(crate) struct Estimators {
    /// Smoothed absolute error in seconds.
    error: [f64; Estimator::ALL.len()],
    samples: [u32; Estimator::ALL.len()],
    last_wait: Option<Duration>,
    /// Counts changes of staff: only they let an announced wait grow.
    staffing: u64,
}

/// So many waits are observed before anybody is told anything.
const SAMPLES_MIN: u32 = 5;
/// Weight of the newest error; about the last twenty calls matter.
const NEWEST: f64 = 0.1;
/// An estimator that errs by more than this, and by more than it says, is not confident enough to speak.
const ERROR_MAX_S: f64 = 120.0;

impl Estimators {
    pub(crate) fn staff_changed(&mut self) {
        self.staffing += 1;
    }

    /// A caller was answered: compares what was said with what came.
    pub(crate) fn learn(&mut self, predictions: &Predictions, waited: Duration) {
        self.last_wait = Some(waited);
        for (index, said) in predictions.on_entry.iter().enumerate() {
            if let Some(said) = said {
                let error = (said - waited.as_secs_f64()).abs();
                let weight = NEWEST.max(1.0 / f64::from(self.samples[index] + 1));
                self.error[index] += weight * (error - self.error[index]);
                self.samples[index] += 1;
            }
        }
    }

    /// The best estimator and its error in seconds.
    pub(crate) fn best(&self) -> Option<(Estimator, f64)> {
        let known = Estimator::ALL.iter().enumerate().filter(|(index, _)| self.samples[*index] >= SAMPLES_MIN);
        let best = known.min_by(|(a, _), (b, _)| self.error[*a].total_cmp(&self.error[*b]));
        best.map(|(index, estimator)| (*estimator, self.error[index]))
    }
}

impl Acd {
    /// How much longer this caller waits, rounded to 1, 2 or 5 minutes. None when nobody is on duty or nobody can
    /// tell yet. What a caller was told does not grow unless the staff changed.
    pub fn expected_wait(&mut self, now: Timestamp, call: CallId) -> Option<ExpectedWait> {
        let caller = self.callers.get(&call)?;
        let queue = &self.queues[caller.queue];
        let (by, error) = queue.estimators.best()?;
        let ahead = queue.line.position(caller.rank) - 1;
        let waited = now.since(caller.entered).as_secs_f64();
        let left = match by {
            Estimator::HeadOfLine | Estimator::LastToEnter => {
                (caller.predictions.on_entry[by as usize]? - waited).max(0.0)
            }
            _ => self.estimate(now, queue, ahead)[by as usize]?,
        };
        if queue.on_duty() == 0 || (error > ERROR_MAX_S && error > left) {
            return None;
        }
        let to_minutes = round_up(left + error);
        let from_minutes = ((left - error).max(0.0) / 60.0).floor() as u64;
        let mut said = ExpectedWait { from_minutes: from_minutes.min(to_minutes), to_minutes, by };
        let staffing = queue.estimators.staffing;
        if let Some((told, then)) = caller.predictions.told
            && then == staffing
        {
            said.to_minutes = said.to_minutes.min(told.to_minutes);
            said.from_minutes = said.from_minutes.min(told.from_minutes).min(said.to_minutes);
        }
        self.callers.get_mut(&call)?.predictions.told = Some((said, staffing));
        Some(said)
    }

    /// How long somebody who came now would wait in a queue; none when nobody is on duty or nobody can tell yet.
    pub fn expected_wait_in(&self, now: Timestamp, queue: &QueueId) -> Option<ExpectedWait> {
        let queue = &self.queues[self.queue_index(queue).ok()?];
        let (by, error) = queue.estimators.best()?;
        let left = self.estimate(now, queue, queue.line.len())[by as usize]?;
        if queue.on_duty() == 0 || (error > ERROR_MAX_S && error > left) {
            return None;
        }
        let to_minutes = round_up(left + error);
        let from_minutes = ((left - error).max(0.0) / 60.0).floor() as u64;
        Some(ExpectedWait { from_minutes: from_minutes.min(to_minutes), to_minutes, by })
    }

    /// Every estimator speaks in the shadow when a caller enters.
    pub(crate) fn predict(&mut self, now: Timestamp, call: CallId, position: usize) {
        let Some(queue) = self.callers.get(&call).map(|caller| caller.queue) else { return };
        let on_entry = self.estimate(now, &self.queues[queue], position - 1);
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.predictions.on_entry = on_entry;
        }
    }

    /// Seconds of wait behind `ahead` callers, by every estimator that knows enough.
    fn estimate(&self, now: Timestamp, queue: &Queue, ahead: usize) -> [Option<f64>; Estimator::ALL.len()] {
        let counts = &queue.counts;
        let head = queue.line.iter().next().and_then(|rank| self.callers.get(&rank.call));
        let head_of_line = head.map(|head| now.since(head.entered).as_secs_f64());
        let last = queue.estimators.last_wait.map(|wait| wait.as_secs_f64());
        let staff = f64::from(queue.on_duty());
        let handle = counts.average_handle_time().map(|time| time.as_secs_f64()).filter(|time| *time > 0.0);
        let Some(handle) = handle.filter(|_| staff > 0.0) else { return [None, None, head_of_line, last, None] };
        let service_rate = staff / handle;
        let waits = (counts.wait_answered + counts.wait_abandoned).as_secs_f64();
        let give_up_rate = if waits > 0.0 { counts.abandoned as f64 / waits } else { 0.0 };
        let places = ahead as f64 + 1.0;
        let with_abandonment = wait_while_others_give_up(ahead, service_rate, give_up_rate);
        let shared = self.share_of_agents(queue).map(|share| places / (service_rate * share));
        [Some(places / service_rate), Some(with_abandonment), head_of_line, last, shared]
    }

    /// The part of its agents' working time that a queue gets.
    fn share_of_agents(&self, queue: &Queue) -> Option<f64> {
        let worked = |index: usize| self.agents[index].worked;
        let all: Duration = queue.members.both(&queue.members).map(worked).sum();
        let own = (queue.counts.talk + queue.counts.wrap_up).as_secs_f64();
        (all > Duration::ZERO && own > 0.0).then(|| (own / all.as_secs_f64()).clamp(0.01, 1.0))
    }
}

/// Terms added one by one; the rest of a long line is an integral, so that the cost does not grow with it.
const TERMS_MAX: usize = 64;

/// Σ 1 / (`service` + i·`give_up`) for i = 0..=`ahead`, the tail by the trapezoidal rule: within 1e-4.
fn wait_while_others_give_up(ahead: usize, service: f64, give_up: f64) -> f64 {
    let term = |i: usize| 1.0 / (service + i as f64 * give_up);
    let last = ahead.min(TERMS_MAX);
    let exact: f64 = (0..=last).map(term).sum();
    if last == ahead {
        return exact;
    }
    if give_up <= 0.0 {
        return (ahead as f64 + 1.0) / service;
    }
    exact + (term(last) / term(ahead)).ln() / give_up + (term(ahead) - term(last)) / 2.0
}

/// Minutes as people say them: one by one to 5, by twos to 10, by fives above.
fn round_up(seconds: f64) -> u64 {
    let minutes = (seconds / 60.0).ceil().max(1.0) as u64;
    match minutes {
        0..=5 => minutes,
        6..=10 => minutes.next_multiple_of(2),
        _ => minutes.next_multiple_of(5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimator_that_erred_least_speaks() {
        let mut contest = Estimators::default();
        for _ in 0..SAMPLES_MIN {
            let said = [Some(300.0), Some(70.0), None, Some(60.0), Some(90.0)];
            contest.learn(&Predictions { on_entry: said, told: None }, Duration::from_secs(62));
        }
        assert_eq!(contest.best(), Some((Estimator::LastToEnter, 2.0)));
    }

    #[test]
    fn the_wait_behind_a_long_line_is_the_sum_of_its_terms() {
        for (ahead, service, give_up) in [(10, 0.1, 0.01), (1000, 0.05, 0.02), (5000, 2.0, 1e-9), (300, 1.0, 0.0)] {
            let sum: f64 = (0..=ahead).map(|i| 1.0 / (service + f64::from(i) * give_up)).sum();
            let fast = wait_while_others_give_up(ahead as usize, service, give_up);
            assert!((fast / sum - 1.0).abs() < 1e-4, "{fast}, not {sum}");
        }
    }

    #[test]
    fn minutes_are_said_in_steps() {
        assert_eq!([0.0, 61.0, 301.0, 601.0].map(round_up), [1, 2, 6, 15]);
    }
}
