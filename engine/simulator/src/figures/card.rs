//! What is known of a call while it lives.

use std::time::Duration;

use model::QueueId;

use super::book::Entry;
use super::word::Leave;

/// A live call that came to a queue.
#[derive(Debug)]
pub(super) struct Card {
    /// The last queue it came to.
    pub(super) queue: QueueId,
    /// Its entry there, and what became of it.
    pub(super) entry: Entry,
    pub(super) fate: Fate,
    /// The call as the whole counts it.
    pub(super) call: Entry,
    pub(super) call_fate: Fate,
}

/// What became of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Waiting,
    Answered,
    Left { how: Leave, waited: Duration },
}

impl Card {
    pub(super) fn new(queue: QueueId, entry: Entry, call: Entry) -> Self {
        Self { queue, entry, fate: Fate::Waiting, call, call_fate: Fate::Waiting }
    }
}

impl Fate {
    /// How long somebody waited who overflowed.
    pub(super) fn overflowed(self) -> Option<Duration> {
        match self {
            Fate::Left { how: Leave::Overflowed, waited } => Some(waited),
            _ => None,
        }
    }
}
