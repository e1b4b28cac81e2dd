//! An agent's day.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{QueueId, Timestamp};
use serde::Serialize;

use super::day::{seconds, share};
use super::word::{AgentWord, Ring};

/// What one agent did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentFigures {
    /// What he serves.
    pub queues: BTreeSet<QueueId>,
    /// What he does now.
    pub state: AgentWord,
    /// Calls of queues that he answered.
    pub answered: u64,
    /// In conversation, calls outside the queues included.
    pub talk_seconds: f64,
    /// Finishing the work of calls.
    pub wrap_up_seconds: f64,
    /// Ready, reserved, talking or wrapping up.
    pub on_duty_seconds: f64,
    /// (talk + wrap-up) / on duty; none for somebody who was never there.
    pub occupancy: Option<f64>,
    /// Calls offered to him.
    pub offers: u64,
    /// Offers that rang out.
    pub rings_missed: u64,
    /// Offers to a busy or unreachable phone, or declined.
    pub rings_refused: u64,
}

/// An agent's day while it lasts.
#[derive(Debug, Default)]
pub(super) struct AgentDay {
    pub(super) queues: BTreeSet<QueueId>,
    state: Option<AgentWord>,
    since: Timestamp,
    talk: Duration,
    wrap_up: Duration,
    on_duty: Duration,
    pub(super) answered: u64,
    pub(super) offers: u64,
    missed: u64,
    refused: u64,
    /// Whose work he finishes.
    pub(super) last_queue: Option<QueueId>,
}

/// Sums of time of several agents.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Load {
    pub(super) busy: Duration,
    pub(super) on_duty: Duration,
}

impl Load {
    pub(super) fn occupancy(self) -> Option<f64> {
        (!self.on_duty.is_zero()).then(|| self.busy.as_secs_f64() / self.on_duty.as_secs_f64())
    }
}

impl AgentDay {
    /// Nothing before `count_from` counts.
    pub(super) fn new(queues: BTreeSet<QueueId>, count_from: Timestamp) -> Self {
        Self { queues, since: count_from, ..Self::default() }
    }

    pub(super) fn state(&self) -> AgentWord {
        self.state.unwrap_or(AgentWord::SignedOut)
    }

    /// Changes the state; gives the one before and how long it lasted.
    pub(super) fn change(&mut self, now: Timestamp, to: AgentWord) -> (AgentWord, Duration) {
        let (from, lasted) = (self.state(), now.since(self.since));
        match from {
            AgentWord::Talking => self.talk += lasted,
            AgentWord::WrapUp => self.wrap_up += lasted,
            _ => {}
        }
        if from.is_on_duty() {
            self.on_duty += lasted;
        }
        self.state = Some(to);
        self.since = self.since.max(now);
        (from, lasted)
    }

    pub(super) fn offer_ended(&mut self, ring: Ring) {
        match ring {
            Ring::Missed => self.missed += 1,
            Ring::Refused => self.refused += 1,
            Ring::Harmless => {}
        }
    }

    /// Until now, the state that lasts included.
    fn totals(&self, now: Timestamp) -> (Duration, Duration, Duration) {
        let lasted = |applies: bool| if applies { now.since(self.since) } else { Duration::ZERO };
        let state = self.state();
        (
            self.talk + lasted(state == AgentWord::Talking),
            self.wrap_up + lasted(state == AgentWord::WrapUp),
            self.on_duty + lasted(state.is_on_duty()),
        )
    }

    pub(super) fn load(&self, now: Timestamp) -> Load {
        let (talk, wrap_up, on_duty) = self.totals(now);
        Load { busy: talk + wrap_up, on_duty }
    }

    pub(super) fn figures(&self, now: Timestamp) -> AgentFigures {
        let (talk, wrap_up, on_duty) = self.totals(now);
        AgentFigures {
            queues: self.queues.clone(),
            state: self.state(),
            answered: self.answered,
            talk_seconds: seconds(talk),
            wrap_up_seconds: seconds(wrap_up),
            on_duty_seconds: seconds(on_duty),
            occupancy: self.load(now).occupancy().map(share),
            offers: self.offers,
            rings_missed: self.missed,
            rings_refused: self.refused,
        }
    }
}
