//! What is due when. Every timer has a name, so that a trace can say which one fired.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::{AgentId, CallId, Timestamp};

/// Something that happens by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// An agent did not answer in time.
    RingTimeout(AgentId),
    /// An agent's wrap-up is over.
    WrapUpEnd(AgentId),
    /// An agent may be offered calls again.
    BackOffEnd(AgentId),
    /// The preferred agent was waited for long enough.
    PreferEnd(CallId),
    /// The next step of widening is due.
    Widen(CallId),
    /// One more agent rings.
    RingMore(CallId),
    /// Nobody has been on duty for too long.
    NoAgents(CallId),
    /// The longest wait is reached.
    MaxWait(CallId),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::RingTimeout(agent) => write!(f, "RingTimeout {agent}"),
            Timer::WrapUpEnd(agent) => write!(f, "WrapUpEnd {agent}"),
            Timer::BackOffEnd(agent) => write!(f, "BackOffEnd {agent}"),
            Timer::PreferEnd(call) => write!(f, "PreferEnd call {call}"),
            Timer::Widen(call) => write!(f, "Widen call {call}"),
            Timer::RingMore(call) => write!(f, "RingMore call {call}"),
            Timer::NoAgents(call) => write!(f, "NoAgents call {call}"),
            Timer::MaxWait(call) => write!(f, "MaxWait call {call}"),
        }
    }
}

/// All timers; each is due at most once at a time.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Timestamp, Timer)>,
    at: BTreeMap<Timer, Timestamp>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.cancel(&timer);
        self.due.insert((at, timer.clone()));
        self.at.insert(timer, at);
    }

    pub(crate) fn cancel(&mut self, timer: &Timer) {
        if let Some(at) = self.at.remove(timer) {
            self.due.remove(&(at, timer.clone()));
        }
    }

    pub(crate) fn next(&self) -> Option<(Timestamp, Timer)> {
        self.due.first().cloned()
    }

    pub(crate) fn is_set(&self, timer: &Timer) -> bool {
        self.at.contains_key(timer)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        let (at, timer) = self.due.first().filter(|(at, _)| *at <= now)?.clone();
        self.due.remove(&(at, timer.clone()));
        self.at.remove(&timer);
        Some(timer)
    }
}
