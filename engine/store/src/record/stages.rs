//! Where a caller's time goes: every moment from arrival to end belongs to exactly one stage.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{LegId, WallTime};
use serde::{Deserialize, Serialize};

/// How long a call was in each stage. Their sum is the length of the call; wrap-up comes after it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stages {
    /// The flow: prompts, menus, look-ups.
    pub menu: Duration,
    /// In a queue while no telephone rings for the caller.
    pub queue: Duration,
    /// While somebody's telephone rings, in a queue as well, until both hear each other.
    pub ring: Duration,
    /// Two people hear each other.
    pub talk: Duration,
    /// One of them holds the other.
    pub hold: Duration,
    /// The stage it is in, and since when; none when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<(Stage, WallTime)>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) held_by: BTreeSet<LegId>,
}

/// One stage of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// See [`Stages::menu`].
    Menu,
    /// See [`Stages::queue`].
    Queue,
    /// See [`Stages::ring`].
    Ring,
    /// See [`Stages::talk`].
    Talk,
    /// See [`Stages::hold`].
    Hold,
}

impl Stages {
    pub(super) fn begin(at: WallTime) -> Self {
        Self { now: Some((Stage::Menu, at)), ..Self::default() }
    }

    /// Every stage with its name, in the order in which a call goes through them.
    pub fn named(&self) -> [(&'static str, Duration); 5] {
        [("menu", self.menu), ("queue", self.queue), ("ring", self.ring), ("talk", self.talk), ("hold", self.hold)]
    }

    /// Counts the time up to `at` and goes on in `next`; gives what was counted.
    pub(super) fn advance(&mut self, at: WallTime, next: Option<Stage>) -> Option<(Stage, Duration)> {
        let (stage, since) = self.now?;
        let passed = super::between(since, at);
        *match stage {
            Stage::Menu => &mut self.menu,
            Stage::Queue => &mut self.queue,
            Stage::Ring => &mut self.ring,
            Stage::Talk => &mut self.talk,
            Stage::Hold => &mut self.hold,
        } += passed;
        // A clock that was set back must not count the same time twice.
        self.now = next.map(|next| (next, since.max(at)));
        Some((stage, passed))
    }
}
