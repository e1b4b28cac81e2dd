//! One queue: its callers in order, its members, its figures.

use std::collections::BTreeMap;

use model::{QueueId, Timestamp};

use crate::bits::Bits;
use crate::estimate::Estimators;
use crate::figures::Counts;
use crate::line::Line;
use crate::{QueueConfig, Strategy};

#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) id: QueueId,
    pub(crate) config: QueueConfig,
    pub(crate) configured: bool,
    /// Everybody who waits here, also while phones ring or the caller is away.
    pub(crate) line: Line,
    pub(crate) members: Bits,
    /// Members on duty per tier.
    pub(crate) staff: BTreeMap<u8, u32>,
    /// Since when nobody is on duty.
    pub(crate) deserted_since: Option<Timestamp>,
    /// Callers who gave up lately, by number: the place they had and when they left.
    pub(crate) abandoned: BTreeMap<String, KeptPlace>,
    pub(crate) counts: Counts,
    pub(crate) estimators: Estimators,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct KeptPlace {
    pub(crate) joined: Timestamp,
    pub(crate) left: Timestamp,
}

/// Numbers whose place is kept; older ones are forgotten first when more give up within a minute.
const KEPT_PLACES_MAX: usize = 4096;

impl Queue {
    pub(crate) fn new(id: QueueId, config: QueueConfig) -> Self {
        Self {
            id,
            config,
            configured: true,
            line: Line::default(),
            members: Bits::default(),
            staff: BTreeMap::new(),
            deserted_since: Some(Timestamp::ZERO),
            abandoned: BTreeMap::new(),
            counts: Counts::default(),
            estimators: Estimators::default(),
        }
    }

    pub(crate) fn on_duty(&self) -> u32 {
        self.staff.values().sum()
    }

    /// How many phones may ring for one caller.
    pub(crate) fn ring_together(&self, cumulative: usize) -> usize {
        match self.config.strategy {
            Strategy::RingAll => usize::MAX,
            Strategy::Cumulative => cumulative,
            _ => 1,
        }
    }

    pub(crate) fn keep_place(&mut self, number: String, joined: Timestamp, left: Timestamp) {
        if self.abandoned.len() >= KEPT_PLACES_MAX {
            let limit = self.config.resume_within;
            self.abandoned.retain(|_, kept| left.since(kept.left) <= limit);
        }
        if self.abandoned.len() < KEPT_PLACES_MAX {
            self.abandoned.insert(number, KeptPlace { joined, left });
        }
    }

    /// The place this number gave up within `resume_within`; it is given back once.
    pub(crate) fn take_place(&mut self, number: &str, now: Timestamp) -> Option<Timestamp> {
        let kept = self.abandoned.remove(number)?;
        (now.since(kept.left) <= self.config.resume_within).then_some(kept.joined)
    }
}
