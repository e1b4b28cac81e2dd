//! An agent's state: one enum, with the data of a state inside its variant.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::{AgentId, CallId, Timestamp};

use crate::{AgentConfig, OfferId};

/// What an agent is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentState {
    /// Not at work.
    SignedOut,
    /// At work, takes no calls.
    NotReady {
        /// Why.
        reason: NotReadyReason,
    },
    /// Takes calls, unless an earlier offer that failed keeps him left alone for a moment.
    Ready {
        /// End of the last conversation or sign-in, whichever was later.
        since: Timestamp,
    },
    /// Being offered a call.
    Reserved {
        /// Which.
        call: CallId,
        /// The lease.
        offer: OfferId,
        /// Its deadline.
        ring_until: Timestamp,
    },
    /// In a conversation.
    Talking {
        /// With whom.
        with: Party,
        /// Since when.
        since: Timestamp,
    },
    /// Finishing the work of a call.
    WrapUp {
        /// Which.
        call: CallId,
        /// At the latest until.
        until: Timestamp,
    },
}

/// The other side of an agent's conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A caller of a queue.
    Caller(CallId),
    /// Somebody the queues know nothing about.
    Outside,
}

/// Why an agent takes no calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReadyReason {
    /// What the agent gave: lunch, training.
    Chosen(Arc<str>),
    /// Too many offers in a row failed.
    Unanswered,
    /// He asked for one call, and had it.
    OneCall,
    /// His phone or process is gone.
    Vanished,
}

/// How long an agent wants calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadyFor {
    /// Until he says otherwise.
    #[default]
    Calls,
    /// One call, then not ready.
    OneCall,
}

/// Why an offered phone did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferFailure {
    /// Busy.
    Busy,
    /// The person refused.
    Declined,
    /// Nobody answered in time.
    NoAnswer,
    /// Not registered, no response.
    Unreachable,
    /// No line was free to ring him: no fault of his, it counts for nothing.
    NotPlaced,
}

/// What an agent asked for while busy; the last request wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    SignOut,
    NotReady(NotReadyReason),
}

/// What matters for matching: each agent stands in exactly one of these sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Free,
    BackingOff,
    Reserved,
    Talking,
    WrapUp,
    NotReady,
    SignedOut,
}

impl Standing {
    pub(crate) const ALL: [Standing; 7] = [
        Standing::Free,
        Standing::BackingOff,
        Standing::Reserved,
        Standing::Talking,
        Standing::WrapUp,
        Standing::NotReady,
        Standing::SignedOut,
    ];

    pub(crate) fn on_duty(self) -> bool {
        !matches!(self, Standing::NotReady | Standing::SignedOut)
    }
}

/// An agent with his day.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) id: AgentId,
    /// His place among all agents ordered by name: what decides last.
    pub(crate) by_name: usize,
    /// Index of queue and tier.
    pub(crate) queues: BTreeMap<usize, u8>,
    pub(crate) skills: BTreeMap<String, u8>,
    pub(crate) configured: bool,
    pub(crate) state: AgentState,
    pub(crate) standing: Standing,
    pub(crate) intent: Option<Intent>,
    pub(crate) ready_for: ReadyFor,
    pub(crate) outside_calls: u32,
    pub(crate) idle_since: Timestamp,
    pub(crate) not_before: Timestamp,
    pub(crate) failures: u32,
    /// Number of the last offer: round robin's memory.
    pub(crate) last_offer: u64,
    /// Queue of the last conversation: its wrap-up counts there.
    pub(crate) last_queue: usize,
    /// Talk and wrap-up since the beginning, for comparing with a queue's: neither starts anew with the day.
    pub(crate) worked: Duration,
    pub(crate) day: Day,
}

/// What an agent did since the day began.
#[derive(Debug, Default, Clone)]
pub(crate) struct Day {
    pub(crate) calls: u64,
    pub(crate) talk: Duration,
    pub(crate) wrap_up: Duration,
    pub(crate) on_duty: Duration,
    /// Until when the durations are counted.
    pub(crate) counted_until: Timestamp,
}

impl Agent {
    pub(crate) fn new(id: AgentId, config: &AgentConfig, queues: BTreeMap<usize, u8>) -> Self {
        Self {
            id,
            by_name: 0,
            queues,
            skills: config.skills.clone(),
            configured: true,
            state: AgentState::SignedOut,
            standing: Standing::SignedOut,
            intent: None,
            ready_for: ReadyFor::Calls,
            outside_calls: 0,
            idle_since: Timestamp::ZERO,
            not_before: Timestamp::ZERO,
            failures: 0,
            last_offer: 0,
            last_queue: 0,
            worked: Duration::ZERO,
            day: Day::default(),
        }
    }

    pub(crate) fn standing_at(&self, now: Timestamp) -> Standing {
        match self.state {
            AgentState::SignedOut => Standing::SignedOut,
            AgentState::NotReady { .. } => Standing::NotReady,
            AgentState::Ready { .. } if self.not_before > now => Standing::BackingOff,
            AgentState::Ready { .. } => Standing::Free,
            AgentState::Reserved { .. } => Standing::Reserved,
            AgentState::Talking { .. } => Standing::Talking,
            AgentState::WrapUp { .. } => Standing::WrapUp,
        }
    }

    /// Adds the time since the last change to the day, by the state that now ends.
    pub(crate) fn count_time(&mut self, now: Timestamp) {
        let passed = now.since(self.day.counted_until);
        self.day.counted_until = now;
        match self.state {
            AgentState::Talking { .. } => self.day.talk += passed,
            AgentState::WrapUp { .. } => self.day.wrap_up += passed,
            _ => {}
        }
        if matches!(self.state, AgentState::Talking { .. } | AgentState::WrapUp { .. }) {
            self.worked += passed;
        }
        if self.standing.on_duty() {
            self.day.on_duty += passed;
        }
    }
}

impl fmt::Display for AgentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AgentState::SignedOut => f.write_str("signed out"),
            AgentState::NotReady { reason } => write!(f, "not ready: {reason}"),
            AgentState::Ready { .. } => f.write_str("ready"),
            AgentState::Reserved { call, .. } => write!(f, "reserved for call {call}"),
            AgentState::Talking { with: Party::Caller(call), .. } => write!(f, "talking to call {call}"),
            AgentState::Talking { with: Party::Outside, .. } => f.write_str("talking outside the queues"),
            AgentState::WrapUp { call, .. } => write!(f, "wrapping up call {call}"),
        }
    }
}

impl fmt::Display for NotReadyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotReadyReason::Chosen(text) => f.write_str(text),
            NotReadyReason::Unanswered => f.write_str("offers unanswered"),
            NotReadyReason::OneCall => f.write_str("one call taken"),
            NotReadyReason::Vanished => f.write_str("vanished"),
        }
    }
}

impl fmt::Display for OfferFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OfferFailure::Busy => "busy",
            OfferFailure::Declined => "declined",
            OfferFailure::NoAnswer => "no answer",
            OfferFailure::Unreachable => "unreachable",
            OfferFailure::NotPlaced => "no line free",
        })
    }
}
