//! The journal's facts. `Display` is the trace line that tests, logs and `simulate --trace` show.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, BridgeResult, CallId, CallbackId, CallbackState, ContactState, Errand, HangupCause, LegFailure, LegId,
    MessageId, MessageState, Outcome, PlaybackEnd, QueueId, Source, Timestamp, VersionId, WallTime,
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
