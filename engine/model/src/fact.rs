//! The journal's facts. `Display` is the trace line that tests, logs and `simulate --trace` show.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, BridgeResult, CallId, CallbackId, CallbackState, ContactState, Errand, HangupCause, LegFailure, LegId,
    MessageId, MessageState, Outcome, PlaybackEnd, QueueId, Source, Timestamp, VersionId, WallTime, short_duration,
};

/// A place in a flow: project-relative file, line and column, both from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Project-relative path, or `std/menu` for the standard library.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One row of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Monotonic time of the run.
    pub at: Timestamp,
    /// Wall-clock time.
    pub wall: WallTime,
    /// The call it belongs to; none for facts about the system.
    pub call: Option<CallId>,
    /// What happened.
    pub fact: Fact,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at)?;
        if let Some(call) = self.call {
            write!(f, "call {call} ")?;
        }
        write!(f, "{}", self.fact)
    }
}

/// Something that happened. Past tense, never a wish. New fields get `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the Display line of each fact says what its fields are")]
pub enum Fact {
    CallArrived {
        from: String,
        to: String,
        source: Source,
        leg: LegId,
    },
    FlowStarted {
        flow: Arc<str>,
        version: VersionId,
    },
    CallRang,
    CallAnswered,
    CallRejected {
        reason: String,
    },
    PromptStarted {
        prompt: String,
        language: String,
        place: Option<Place>,
    },
    PromptEnded {
        prompt: String,
        how: PlaybackEnd,
    },
    DigitsCollected {
        digits: String,
        place: Option<Place>,
    },
    RecordingStarted {
        name: String,
        file: String,
    },
    RecordingSaved {
        name: String,
        file: String,
        length: Duration,
        ended_by: String,
    },
    RecordingFailed {
        name: String,
        reason: String,
    },
    LegDialed {
        leg: LegId,
        to: String,
        route: String,
    },
    LegRang {
        leg: LegId,
    },
    LegAnswered {
        leg: LegId,
        to: String,
    },
    LegConfirmed {
        leg: LegId,
    },
    LegFailed {
        leg: LegId,
        to: String,
        reason: LegFailure,
    },
    LegReleased {
        leg: LegId,
        cause: HangupCause,
    },
    CallConnected {
        leg: LegId,
        to: String,
    },
    CallDisconnected {
        leg: LegId,
        talked: Duration,
        cause: HangupCause,
    },
    BridgeEnded {
        result: BridgeResult,
        place: Option<Place>,
    },
    CallHeld {
        leg: LegId,
    },
    CallResumed {
        leg: LegId,
    },
    TransferRequested {
        leg: LegId,
        to: String,
        attended: bool,
    },
    CallTransferred {
        leg: LegId,
        to: String,
    },
    TransferFailed {
        to: String,
        reason: String,
    },
    LookupAnswered {
        directory: String,
        key: String,
        found: bool,
        took: Duration,
        place: Option<Place>,
    },
    CalendarAsked {
        calendar: String,
        open: bool,
    },
    TagSet {
        key: String,
        value: String,
    },
    LanguageSet {
        language: String,
    },
    Logged {
        text: String,
        place: Option<Place>,
    },
    FlowFailed {
        message: String,
        place: Option<Place>,
    },
    FallbackTaken {
        to: String,
    },
    FlowEnded,
    CallEnded {
        outcome: Outcome,
        cause: HangupCause,
        by: Ender,
    },
    VersionPublished {
        version: VersionId,
    },
    VersionRefused {
        reason: String,
    },
    TrunkUp {
        trunk: crate::TrunkId,
    },
    TrunkDown {
        trunk: crate::TrunkId,
        reason: String,
    },
    PhoneRegistered {
        agent: crate::AgentId,
        contacts: usize,
    },
    CallQueued {
        queue: QueueId,
        position: usize,
        kept: bool,
        place: Option<Place>,
    },
    OfferMade {
        queue: QueueId,
        agent: AgentId,
        why: String,
    },
    OfferEnded {
        agent: AgentId,
        reason: String,
    },
    SearchWidened {
        step: String,
    },
    QueueAnswered {
        queue: QueueId,
        agent: AgentId,
        waited: Duration,
    },
    QueueTalkEnded {
        queue: QueueId,
        agent: AgentId,
        talked: Duration,
    },
    QueueLeft {
        queue: QueueId,
        waited: Duration,
        reason: String,
    },
    AgentStateChanged {
        agent: AgentId,
        state: String,
        reason: String,
        at: String,
    },
    SupervisionStarted {
        agent: AgentId,
        by: String,
        how: String,
    },
    SupervisionEnded {
        agent: AgentId,
        by: String,
    },
    /// Placed by the engine itself: nobody called us.
    CallPlaced {
        to: String,
        errand: Errand,
        attempt: u32,
        leg: LegId,
    },
    MessageSaved {
        message: MessageId,
        mailbox: String,
        length: Duration,
        urgent: bool,
    },
    MessageChanged {
        message: MessageId,
        mailbox: String,
        state: MessageState,
        by: String,
    },
    CallbackBooked {
        callback: CallbackId,
        number: String,
        queue: QueueId,
        at: Option<WallTime>,
    },
    CallbackChanged {
        callback: CallbackId,
        state: CallbackState,
        attempts: u32,
        result: String,
    },
    ContactChanged {
        campaign: String,
        number: String,
        state: ContactState,
        attempts: u32,
        result: String,
    },
    CampaignChanged {
        campaign: String,
        state: String,
    },
    DeliveryQueued {
        key: String,
        by: String,
        to: String,
    },
    Delivered {
        key: String,
        by: String,
        to: String,
        attempts: u32,
    },
    DeliveryFailed {
        key: String,
        by: String,
        to: String,
        error: String,
        gave_up: bool,
    },
    /// He waited in a queue when the process died.
    CallerLost {
        number: String,
        queue: QueueId,
        waited: Duration,
        callback: Option<CallbackId>,
    },
    RecordingPaused {
        by: String,
    },
    RecordingResumed {
        by: String,
    },
    /// He heard the announcement and pressed the key.
    RecordingDeclined {
        key: char,
    },
    /// Somebody listened to the call and filled in a form; the score is percent of what can be reached.
    CallEvaluated {
        form: String,
        by: String,
        score: u8,
        answers: std::collections::BTreeMap<String, u8>,
    },
    HttpAnswered {
        host: String,
        status: u16,
        took: Duration,
        place: Option<Place>,
    },
    Drained,
    Repaired {
        what: String,
    },
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ender {
    /// The caller hung up.
    Caller,
    /// The other party hung up, and the flow had nothing more to do.
    Party,
    /// The flow hung up or came to its end.
    Flow,
    /// The engine: shutdown, limits, errors.
    Engine,
}

impl fmt::Display for Ender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ender::Caller => "the caller",
            Ender::Party => "the other party",
            Ender::Flow => "the flow",
            Ender::Engine => "the engine",
        })
    }
}

struct At<'a>(&'a Option<Place>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::CallArrived { from, to, source, .. } => write!(f, "arrived from {from} to {to} by {source}"),
            Fact::FlowStarted { flow, version } => write!(f, "flow {flow} started, version {version}"),
            Fact::CallRang => f.write_str("ringing"),
            Fact::CallAnswered => f.write_str("answered"),
            Fact::CallRejected { reason } => write!(f, "rejected: {reason}"),
            Fact::PromptStarted { prompt, language, place } => {
                write!(f, "hears `{prompt}` in {language}{}", At(place))
            }
            Fact::PromptEnded { prompt, how } => write!(f, "`{prompt}` {how}"),
            Fact::DigitsCollected { digits, place } if digits.is_empty() => write!(f, "pressed nothing{}", At(place)),
            Fact::DigitsCollected { digits, place } => write!(f, "pressed {digits}{}", At(place)),
            Fact::RecordingStarted { name, .. } => write!(f, "recording `{name}` started"),
            Fact::RecordingSaved { name, length, ended_by, .. } => {
                write!(f, "recording `{name}` saved, {}, ended by {ended_by}", short_duration(*length))
            }
            Fact::RecordingFailed { name, reason } => write!(f, "recording `{name}` failed: {reason}"),
            Fact::LegDialed { leg, to, route } => write!(f, "leg {leg} dialed {to} by {route}"),
            Fact::LegRang { leg } => write!(f, "leg {leg} is ringing"),
            Fact::LegAnswered { leg, to } => write!(f, "leg {leg} answered: {to}"),
            Fact::LegConfirmed { leg } => write!(f, "leg {leg} confirmed by key"),
            Fact::LegFailed { leg, to, reason } => write!(f, "leg {leg} to {to} failed: {reason}"),
            Fact::LegReleased { leg, cause } => write!(f, "leg {leg} released: {cause}"),
            Fact::CallConnected { leg, to } => write!(f, "connected to {to} on leg {leg}"),
            Fact::CallDisconnected { leg, talked, cause } => {
                write!(f, "disconnected from leg {leg} after {}: {cause}", short_duration(*talked))
            }
            Fact::BridgeEnded { result, place } => write!(f, "bridge gave {result}{}", At(place)),
            Fact::CallHeld { leg } => write!(f, "held by leg {leg}"),
            Fact::CallResumed { leg } => write!(f, "resumed by leg {leg}"),
            Fact::TransferRequested { leg, to, attended } => {
                write!(f, "leg {leg} asked for {} transfer to {to}", if *attended { "attended" } else { "blind" })
            }
            Fact::CallTransferred { leg, to } => write!(f, "transferred to {to} on leg {leg}"),
            Fact::TransferFailed { to, reason } => write!(f, "transfer to {to} failed: {reason}"),
            Fact::LookupAnswered { directory, key, found, took, place } => {
                let result = if *found { "found" } else { "nothing" };
                write!(f, "lookup {directory} {key}: {result} in {}{}", short_duration(*took), At(place))
            }
            Fact::CalendarAsked { calendar, open } => {
                write!(f, "calendar {calendar} is {}", if *open { "open" } else { "closed" })
            }
            Fact::TagSet { key, value } => write!(f, "tag {key} = {value}"),
            Fact::LanguageSet { language } => write!(f, "language {language}"),
            Fact::Logged { text, place } => write!(f, "log: {text}{}", At(place)),
            Fact::FlowFailed { message, place: Some(place) } => {
                write!(f, "flow failed: {message} ({place}:{})", place.column)
            }
            Fact::FlowFailed { message, place: None } => write!(f, "flow failed: {message}"),
            Fact::FallbackTaken { to } => write!(f, "fallback to {to}"),
            Fact::FlowEnded => f.write_str("flow ended"),
            Fact::CallEnded { outcome, cause, by } => write!(f, "ended {outcome} by {by}: {cause}"),
            Fact::VersionPublished { version } => write!(f, "version {version} published"),
            Fact::VersionRefused { reason } => write!(f, "version refused: {reason}"),
            Fact::TrunkUp { trunk } => write!(f, "trunk {trunk} up"),
            Fact::TrunkDown { trunk, reason } => write!(f, "trunk {trunk} down: {reason}"),
            Fact::PhoneRegistered { agent, contacts } => write!(f, "phone of {agent} registered, {contacts} contacts"),
            Fact::Drained => f.write_str("drained"),
            Fact::Repaired { what } => write!(f, "repaired: {what}"),
            fact => fmt_queue_fact(fact, f),
        }
    }
}

/// The lines of queues, agents and supervisors.
fn fmt_queue_fact(fact: &Fact, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fact {
        Fact::CallQueued { queue, position, kept, place } => {
            let kept = if *kept { ", old place kept" } else { "" };
            write!(f, "queued in {queue}, position {position}{kept}{}", At(place))
        }
        Fact::OfferMade { agent, why, .. } => write!(f, "offered to {agent}: {why}"),
        Fact::OfferEnded { agent, reason } => write!(f, "offer to {agent} ended: {reason}"),
        Fact::SearchWidened { step } => write!(f, "search widened: {step}"),
        Fact::QueueAnswered { queue, agent, waited } => {
            write!(f, "{agent} answered in {queue} after {}", short_duration(*waited))
        }
        Fact::QueueTalkEnded { queue, agent, talked } => {
            write!(f, "{agent} of {queue} talked for {}", short_duration(*talked))
        }
        Fact::QueueLeft { queue, waited, reason } => {
            write!(f, "left {queue} after {}: {reason}", short_duration(*waited))
        }
        Fact::AgentStateChanged { agent, state, reason, at } => {
            write!(f, "agent {agent} {state}")?;
            if !reason.is_empty() {
                write!(f, ": {reason}")?;
            }
            if at.is_empty() { Ok(()) } else { write!(f, ", at {at}") }
        }
        Fact::SupervisionStarted { agent, by, how } => write!(f, "{by} began to {how} to {agent}"),
        Fact::SupervisionEnded { agent, by } => write!(f, "{by} left the conversation of {agent}"),
        fact => fmt_work_fact(fact, f),
    }
}

/// The lines of messages, calls back, deliveries and campaigns.
fn fmt_work_fact(fact: &Fact, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fact {
        Fact::CallPlaced { to, errand, attempt, .. } => write!(f, "placed to {to} for {errand}, attempt {attempt}"),
        Fact::MessageSaved { message, mailbox, length, urgent } => {
            let urgent = if *urgent { ", urgent" } else { "" };
            write!(f, "message {message} saved in {mailbox}, {}{urgent}", short_duration(*length))
        }
        Fact::MessageChanged { message, mailbox, state, by } => {
            write!(f, "message {message} in {mailbox} {} by {by}", state.as_str())
        }
        Fact::CallbackBooked { callback, number, queue, at } => {
            let later = if at.is_some() { ", for later" } else { "" };
            write!(f, "callback {callback} to {number} booked in {queue}{later}")
        }
        Fact::CallbackChanged { callback, state, attempts, result } => {
            write!(f, "callback {callback} {}, attempt {attempts}: {result}", state.as_str())
        }
        Fact::ContactChanged { campaign, number, state, attempts, result } => {
            write!(f, "contact {number} of {campaign} {}, attempt {attempts}: {result}", state.as_str())
        }
        Fact::CampaignChanged { campaign, state } => write!(f, "campaign {campaign} {state}"),
        Fact::DeliveryQueued { key, by, to } => write!(f, "{by} to {to} queued as {key}"),
        Fact::Delivered { key, by, to, attempts } => write!(f, "{by} {key} to {to} delivered, attempt {attempts}"),
        Fact::DeliveryFailed { key, by, to, error, gave_up } => {
            let then = if *gave_up { "given up" } else { "to be tried again" };
            write!(f, "{by} {key} to {to} failed, {then}: {error}")
        }
        Fact::CallerLost { number, queue, waited, callback } => {
            let who = if number.is_empty() { "somebody" } else { number };
            write!(f, "{who} was lost in {queue} after {}", short_duration(*waited))?;
            callback.map_or(Ok(()), |id| write!(f, ", callback {id}"))
        }
        Fact::RecordingPaused { by } => write!(f, "recording paused by {by}"),
        Fact::RecordingResumed { by } => write!(f, "recording resumed by {by}"),
        Fact::RecordingDeclined { key } => write!(f, "recording declined with {key}"),
        Fact::CallEvaluated { form, by, score, answers } => {
            let answers: Vec<String> =
                answers.iter().map(|(question, points)| format!("{question} {points}")).collect();
            write!(f, "evaluated by {by} with {form}, {score} %: {}", answers.join(", "))
        }
        Fact::HttpAnswered { host, status, took, place } => {
            write!(f, "http {host}: {status} in {}{}", short_duration(*took), At(place))
        }
        fact => write!(f, "{fact:?}"),
    }
}
