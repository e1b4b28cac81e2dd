//! The counts of one queue, or of the whole.

use std::collections::BTreeMap;
use std::time::Duration;

use acd::Counts;
use model::{CallId, Timestamp};

use super::series::{Change, Level, Slices};
use super::settings::Limits;
use super::word::Leave;

/// One queue's callers, or all of them.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) limits: Limits,
    pub(super) counts: Counts,
    /// Waits that are over, however they ended.
    pub(super) waits: u64,
    pub(super) wait_sum: Duration,
    longest: Duration,
    waiting: BTreeMap<CallId, Entry>,
    pub(super) slices: Slices,
}

/// One caller of a queue, or of the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// When he came first.
    pub(super) entered: Timestamp,
    /// Waits before the one that now runs.
    pub(super) before: Duration,
    /// Since when he waits now.
    pub(super) since: Timestamp,
}

impl Book {
    pub(super) fn new(limits: Limits, bucket: Duration) -> Self {
        Self {
            limits,
            counts: Counts::default(),
            waits: 0,
            wait_sum: Duration::ZERO,
            longest: Duration::ZERO,
            waiting: BTreeMap::new(),
            slices: Slices::new(bucket),
        }
    }

    /// Somebody new.
    pub(super) fn offered(&mut self, now: Timestamp, call: CallId) -> Entry {
        self.counts.offered += 1;
        self.slices.slot(now).offered += 1;
        self.wait(now, call, Entry { entered: now, before: Duration::ZERO, since: now })
    }

    /// Somebody who had left goes on waiting: what was counted as leaving is taken back.
    pub(super) fn came_back(&mut self, now: Timestamp, call: CallId, entry: Entry, waited: Duration) -> Entry {
        *self.count_of(Leave::Overflowed) -= 1;
        self.waits -= 1;
        self.wait_sum -= entry.before + waited;
        self.wait(now, call, Entry { before: entry.before + waited, since: now, ..entry })
    }

    fn wait(&mut self, now: Timestamp, call: CallId, entry: Entry) -> Entry {
        self.waiting.insert(call, entry);
        self.slices.change(now, Level::Waiting, Change::More);
        entry
    }

    pub(super) fn answered(&mut self, now: Timestamp, call: CallId, waited: Duration) {
        let Some((entry, waited)) = self.waited(now, call, waited) else { return };
        let in_time = u64::from(waited <= self.limits.within);
        self.counts.answered += 1;
        self.counts.answered_in_time += in_time;
        self.counts.wait_answered += waited;
        self.counts.wait_longest = self.counts.wait_longest.max(waited);
        let slot = self.slices.slot(entry.entered);
        slot.answered += 1;
        slot.answered_in_time += in_time;
    }

    pub(super) fn left(&mut self, now: Timestamp, call: CallId, waited: Duration, leave: Leave) {
        let Some((entry, waited)) = self.waited(now, call, waited) else { return };
        *self.count_of(leave) += 1;
        if leave == Leave::Abandoned {
            self.counts.abandoned_in_time += u64::from(waited <= self.limits.within);
            self.counts.abandoned_short += u64::from(waited <= self.limits.short_abandon);
            self.counts.wait_abandoned += waited;
            self.counts.wait_longest = self.counts.wait_longest.max(waited);
            self.slices.slot(entry.entered).abandoned += 1;
        }
    }

    /// Somebody who overflowed left a message or booked a callback in the end.
    pub(super) fn renamed(&mut self, leave: Leave) {
        *self.count_of(Leave::Overflowed) -= 1;
        *self.count_of(leave) += 1;
    }

    /// A wait is over; all of it, earlier parts included.
    fn waited(&mut self, now: Timestamp, call: CallId, waited: Duration) -> Option<(Entry, Duration)> {
        let entry = self.waiting.remove(&call)?;
        let waited = entry.before + waited;
        self.waits += 1;
        self.wait_sum += waited;
        self.longest = self.longest.max(waited);
        self.slices.change(now, Level::Waiting, Change::Fewer);
        Some((entry, waited))
    }

    fn count_of(&mut self, leave: Leave) -> &mut u64 {
        match leave {
            Leave::Abandoned => &mut self.counts.abandoned,
            Leave::Voicemail => &mut self.counts.voicemail,
            Leave::Callback => &mut self.counts.callback,
            Leave::Overflowed => &mut self.counts.overflowed,
        }
    }

    /// How many wait now: counted by heads, not by subtraction.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }

    pub(super) fn is_waiting(&self, call: CallId) -> bool {
        self.waiting.contains_key(&call)
    }

    /// The longest wait of anybody, of those who still wait too.
    pub(super) fn longest(&self, now: Timestamp) -> Duration {
        let running = self.waiting.values().map(|entry| entry.before + now.since(entry.since));
        running.fold(self.longest, Duration::max)
    }

    /// `offered = answered + abandoned + voicemail + callback + overflowed + waiting`, or what is wrong.
    pub(super) fn conservation(&self) -> Result<(), String> {
        let counts = &self.counts;
        if counts.unaccounted(self.waiting.len()) == 0 {
            return Ok(());
        }
        Err(format!(
            "{} offered, but {} answered + {} abandoned + {} voicemail + {} callback + {} overflowed + {} waiting make {}",
            counts.offered,
            counts.answered,
            counts.abandoned,
            counts.voicemail,
            counts.callback,
            counts.overflowed,
            self.waiting(),
            counts.gone() + self.waiting(),
        ))
    }
}
