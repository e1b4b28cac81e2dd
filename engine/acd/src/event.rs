//! What happened. `Display` is the trace line of tests, simulations and logs.

use std::fmt;
use std::time::Duration;

use model::{AgentId, CallId, QueueId, Timestamp, short_duration};

use crate::{AgentState, OfferFailure, WidenStep};

/// One offer of one call to one agent: a lease that ends at its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId(pub u64);

/// A fact about calls, offers and agents.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the Display line of each event says what its fields are")]
pub enum Event {
    CallQueued { call: CallId, queue: QueueId, position: usize, place: Place },
    CallOffered { call: CallId, queue: QueueId, agent: AgentId, offer: OfferId, ring_until: Timestamp },
    OfferWithdrawn { call: CallId, agent: AgentId, offer: OfferId, reason: WithdrawReason },
    CallConnected { call: CallId, queue: QueueId, agent: AgentId, offer: OfferId, waited: Duration },
    ConversationEnded { call: CallId, agent: AgentId, talked: Duration },
    CallAbandoned { call: CallId, queue: QueueId, waited: Duration },
    CallLeft { call: CallId, queue: QueueId, waited: Duration, reason: LeaveReason },
    CallerSteppedOut { call: CallId },
    CallerSteppedIn { call: CallId, position: usize },
    SearchWidened { call: CallId, step: WidenStep },
    AgentStateChanged { agent: AgentId, state: AgentState },
    ConfigReloaded,
}

/// How a caller got his place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// By arriving.
    New,
    /// He had it shortly before, or brought it along.
    Kept,
}

/// Why an offer ended without a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawReason {
    /// The agent's phone failed us, or the lease ran out.
    Failed(OfferFailure),
    /// Another agent was faster.
    AnsweredElsewhere,
    /// The caller hung up or left the queue.
    CallerLeft,
    /// The caller listens to something else and keeps his place.
    CallerSteppedOut,
    /// The agent became not ready, signed out or busy: no penalty.
    AgentLeft,
    /// The agent's phone or process is gone.
    AgentVanished,
}

/// Why a caller left the queue without an answer and without hanging up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveReason {
    /// The longest wait was reached.
    TimedOut,
    /// Too many were waiting on entry.
    Full,
    /// Nobody was on duty.
    NoAgents,
    /// The caller pressed an exit key.
    ExitKey(char),
    /// Taken out from outside.
    Withdrawn,
    /// Will leave a message.
    Voicemail,
    /// Will be called back.
    Callback,
    /// A new configuration has no such queue.
    QueueRemoved,
}

impl fmt::Display for WithdrawReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WithdrawReason::Failed(failure) => failure.fmt(f),
            WithdrawReason::AnsweredElsewhere => f.write_str("answered elsewhere"),
            WithdrawReason::CallerLeft => f.write_str("caller left"),
            WithdrawReason::CallerSteppedOut => f.write_str("caller stepped out"),
            WithdrawReason::AgentLeft => f.write_str("agent left"),
            WithdrawReason::AgentVanished => f.write_str("agent vanished"),
        }
    }
}

impl fmt::Display for LeaveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeaveReason::TimedOut => f.write_str("timed out"),
            LeaveReason::Full => f.write_str("queue full"),
            LeaveReason::NoAgents => f.write_str("no agents"),
            LeaveReason::ExitKey(key) => write!(f, "exit key {key}"),
            LeaveReason::Withdrawn => f.write_str("withdrawn"),
            LeaveReason::Voicemail => f.write_str("voicemail"),
            LeaveReason::Callback => f.write_str("callback"),
            LeaveReason::QueueRemoved => f.write_str("queue removed"),
        }
    }
}

impl fmt::Display for WidenStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WidenStep::DropSkill(skill) => write!(f, "skill {skill} no longer required"),
            WidenStep::AddTier(tier) => write!(f, "tier {tier} added"),
            WidenStep::AddQueue(queue) => write!(f, "agents of {queue} added"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::CallQueued { call, queue, position, place } => {
                let kept = if *place == Place::Kept { ", old place kept" } else { "" };
                write!(f, "call {call} queued in {queue}, position {position}{kept}")
            }
            Event::CallOffered { call, agent, .. } => write!(f, "call {call} offered to {agent}"),
            Event::OfferWithdrawn { agent, reason, .. } => write!(f, "offer to {agent} withdrawn: {reason}"),
            Event::CallConnected { call, agent, waited, .. } => {
                write!(f, "call {call} connected to {agent} after {}", short_duration(*waited))
            }
            Event::ConversationEnded { call, agent, talked } => {
                write!(f, "call {call} and {agent} talked for {}", short_duration(*talked))
            }
            Event::CallAbandoned { call, queue, waited } => {
                write!(f, "call {call} abandoned {queue} after {}", short_duration(*waited))
            }
            Event::CallLeft { call, queue, waited, reason } => {
                write!(f, "call {call} left {queue} after {}: {reason}", short_duration(*waited))
            }
            Event::CallerSteppedOut { call } => write!(f, "call {call} stepped out, place kept"),
            Event::CallerSteppedIn { call, position } => write!(f, "call {call} is back, position {position}"),
            Event::SearchWidened { call, step } => write!(f, "call {call}: {step}"),
            Event::AgentStateChanged { agent, state } => write!(f, "{agent} {state}"),
            Event::ConfigReloaded => f.write_str("configuration reloaded"),
        }
    }
}
