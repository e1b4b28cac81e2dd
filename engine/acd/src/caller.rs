//! A caller who waits, and a conversation that came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use model::{CallId, Timestamp};

use crate::estimate::Predictions;
use crate::lane::LaneKey;
use crate::line::Rank;
use crate::{OfferId, Who};

/// A caller in a queue: waiting, being offered, or away for a moment.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) rank: Rank,
    pub(crate) queue: usize,
    /// When this call came: the beginning of its wait in all figures.
    pub(crate) entered: Timestamp,
    /// From when its place counts; earlier than `entered` when it was kept.
    pub(crate) joined: Timestamp,
    /// His own limit of waiting, before the queue's.
    pub(crate) max_wait: Option<Duration>,
    pub(crate) priority_s: i32,
    pub(crate) skills: Arc<BTreeMap<String, u8>>,
    /// Preferred agents and how long to wait for each.
    pub(crate) prefer: Vec<(usize, Duration)>,
    /// Index of the preferred agent now waited for; `prefer.len()` when anybody may take the call.
    pub(crate) stage: usize,
    pub(crate) exit_keys: String,
    pub(crate) number: Option<String>,
    /// How many steps of widening were taken.
    pub(crate) steps: usize,
    pub(crate) presence: Presence,
    pub(crate) patience: Patience,
    pub(crate) offers: Vec<OfferId>,
    /// `Strategy::Cumulative`: how many may ring together now.
    pub(crate) ring_together: usize,
    /// Agents whose offer failed in this round.
    pub(crate) tried: BTreeSet<usize>,
    pub(crate) predictions: Predictions,
    pub(crate) who: Who,
}

/// Is the caller there to be connected?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Here,
    Away,
}

/// Whether the longest wait has passed while phones were ringing: they get that one chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Lasts,
    Over,
}

impl Caller {
    pub(crate) fn prefers(&self, agent: usize) -> bool {
        self.prefer.iter().any(|(preferred, _)| *preferred == agent)
    }

    /// Those who alone may take the call now; none when anybody in its lane may.
    pub(crate) fn awaited(&self) -> Option<&[(usize, Duration)]> {
        self.prefer.get(..=self.stage).filter(|_| self.stage < self.prefer.len())
    }

    pub(crate) fn lane(&self) -> LaneKey {
        LaneKey { queue: self.queue, steps: self.steps, skills: self.skills.clone() }
    }
}

/// A caller and an agent in conversation.
#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) agent: usize,
    pub(crate) queue: usize,
    pub(crate) since: Timestamp,
}

/// A lease.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) call: CallId,
    pub(crate) agent: usize,
}
