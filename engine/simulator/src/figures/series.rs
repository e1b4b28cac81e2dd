//! The day in slices of equal length.

use std::time::Duration;

use model::Timestamp;
use serde::Serialize;

use super::day::seconds;

/// Longest series: a slice may be short, the day must not fill the memory.
const SLOTS_MAX: u128 = 100_000;

/// The day in slices. A call counts in the slice in which it came, whatever becomes of it later.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Length of a slice.
    pub bucket_seconds: f64,
    /// One after the other, from the beginning of the day.
    pub points: Vec<Point>,
}

/// One slice of the day.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Point {
    /// Its beginning, from the beginning of the day.
    pub at_seconds: f64,
    /// Came.
    pub offered: u64,
    /// Of those: answered.
    pub answered: u64,
    /// Of those: answered in time.
    pub answered_in_time: u64,
    /// Of those: gave up.
    pub abandoned: u64,
    /// `sl_offered` of those who came; none when nobody was answered or gave up.
    pub service_level: Option<f64>,
    /// Most callers waiting at once, for any time at all: whoever is answered at once did not wait.
    pub waiting_max: u32,
    /// Callers waiting, averaged over the slice.
    pub waiting_mean: f64,
    /// Agents talking or wrapping up, averaged.
    pub busy_mean: f64,
    /// Agents on duty, averaged.
    pub on_duty_mean: f64,
}

/// The series while it is being written.
#[derive(Debug)]
pub(super) struct Slices {
    bucket: Duration,
    slots: Vec<Slot>,
    until: Timestamp,
    waiting: u32,
    busy: u32,
    on_duty: u32,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    pub(super) offered: u64,
    pub(super) answered: u64,
    pub(super) answered_in_time: u64,
    pub(super) abandoned: u64,
    waiting_max: u32,
    waiting: Duration,
    busy: Duration,
    on_duty: Duration,
}

/// A level that the series follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level {
    Waiting,
    Busy,
    OnDuty,
}

impl Slices {
    pub(super) fn new(bucket: Duration) -> Self {
        let bucket = bucket.max(Duration::from_secs(1));
        Self { bucket, slots: Vec::new(), until: Timestamp::ZERO, waiting: 0, busy: 0, on_duty: 0 }
    }

    /// The slice of somebody who came at `entered`.
    pub(super) fn slot(&mut self, entered: Timestamp) -> &mut Slot {
        let index = self.index(entered);
        if index >= self.slots.len() {
            self.slots.resize(index + 1, Slot::default());
        }
        &mut self.slots[index]
    }

    /// A level changes from now on.
    pub(super) fn change(&mut self, now: Timestamp, level: Level, change: Change) {
        self.advance(now);
        let level = match level {
            Level::Waiting => &mut self.waiting,
            Level::Busy => &mut self.busy,
            Level::OnDuty => &mut self.on_duty,
        };
        match change {
            Change::More => *level += 1,
            Change::Fewer => *level = level.saturating_sub(1),
        }
    }

    fn index(&self, at: Timestamp) -> usize {
        let at = at.since(Timestamp::ZERO).as_micros() / self.bucket.as_micros();
        at.min(SLOTS_MAX) as usize
    }

    fn advance(&mut self, now: Timestamp) {
        let (waiting, busy, on_duty) = (self.waiting, self.busy, self.on_duty);
        while self.until < now {
            let index = self.index(self.until);
            let end = (Timestamp::ZERO + self.bucket * (index as u32 + 1)).min(now);
            let end = if end > self.until { end } else { now }; // past the last slice
            let length = end.since(self.until);
            let slot = self.slot(self.until);
            slot.waiting += length * waiting;
            slot.busy += length * busy;
            slot.on_duty += length * on_duty;
            slot.waiting_max = slot.waiting_max.max(waiting);
            self.until = end;
        }
    }

    /// The series so far.
    pub(super) fn series(&self, now: Timestamp) -> Series {
        let mut done = Slices { slots: self.slots.clone(), ..*self };
        done.advance(now);
        let bucket = self.bucket;
        let points = done.slots.iter().enumerate().map(|(index, slot)| {
            let begin = Timestamp::ZERO + bucket * index as u32;
            slot.point(begin, now.since(begin).min(bucket))
        });
        Series { bucket_seconds: seconds(bucket), points: points.collect() }
    }
}

/// One more or one fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    More,
    Fewer,
}

impl Slot {
    fn point(&self, begin: Timestamp, length: Duration) -> Point {
        let mean = |area: Duration| if length.is_zero() { 0.0 } else { area.as_secs_f64() / length.as_secs_f64() };
        let judged = self.answered + self.abandoned;
        Point {
            at_seconds: seconds(begin.since(Timestamp::ZERO)),
            offered: self.offered,
            answered: self.answered,
            answered_in_time: self.answered_in_time,
            abandoned: self.abandoned,
            service_level: (judged > 0).then(|| super::day::share(self.answered_in_time as f64 / judged as f64)),
            waiting_max: self.waiting_max,
            waiting_mean: super::day::share(mean(self.waiting)),
            busy_mean: super::day::share(mean(self.busy)),
            on_duty_mean: super::day::share(mean(self.on_duty)),
        }
    }
}
