//! One call's record, derived from its facts. Pure: the same facts always give the same record.

mod leg;
mod stages;
mod visit;

use std::collections::BTreeMap;
use std::time::Duration;

use model::{
    AgentId, CallId, Ender, Entry, Errand, Fact, HangupCause, LegId, Outcome, QueueId, Source, VersionId, WallTime,
};
use serde::{Deserialize, Serialize};

use crate::BootId;

pub use leg::CallLeg;
pub use stages::{Stage, Stages};
pub use visit::{QueueVisit, VisitResult};

/// The tag of `std/survey`; tags that begin with it and `-` or `_` are marks as well.
const SURVEY: &str = "rating";

/// What is known about one call: one row per call, from its arrival on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// The run of the engine in which it arrived.
    #[serde(skip)]
    pub boot: BootId,
    /// Who called whom.
    #[serde(flatten)]
    pub direction: Direction,
    /// The caller's number as it was signalled, `""` when the engine called.
    pub from: String,
    /// The number that was dialled.
    pub to: String,
    /// Where it came from, as far as verified.
    pub source: Source,
    /// The flow that ran last.
    pub flow: Option<String>,
    /// The project version that the call holds.
    pub version: Option<VersionId>,
    /// When it arrived or was placed.
    pub arrived_at: WallTime,
    /// When the engine answered it.
    pub answered_at: Option<WallTime>,
    /// Every party, in order; the first is whoever called or was called.
    pub legs: Vec<CallLeg>,
    /// Where the time went.
    pub stages: Stages,
    /// Every person it was connected to, in order.
    pub conversations: Vec<Conversation>,
    /// Every queue it waited in, in order.
    pub queues: Vec<QueueVisit>,
    /// What the caller pressed, one text per question; empty texts are questions without an answer.
    pub digits: Vec<String>,
    /// What the flow attached to the call.
    pub tags: BTreeMap<String, String>,
    /// Marks that the caller gave, by the tag that holds them.
    pub survey: BTreeMap<String, u8>,
    /// Files of finished recordings.
    pub recordings: Vec<String>,
    /// Forms that were filled in about it, in order.
    pub evaluations: Vec<Evaluation>,
    /// How it ended; none while it goes on.
    pub end: Option<CallEnd>,
}

/// Who called whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "direction", rename_all = "snake_case")]
pub enum Direction {
    /// Somebody called us.
    Inbound,
    /// An agent's phone dialled.
    Internal,
    /// The engine called somebody.
    Outbound {
        /// Why.
        errand: Errand,
        /// Which call of this errand, from 1.
        attempt: u32,
    },
}

impl Direction {
    /// `inbound`, `internal`, `outbound`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Internal => "internal",
            Direction::Outbound { .. } => "outbound",
        }
    }

    /// The campaign that called, if one did.
    pub fn campaign(&self) -> Option<&str> {
        match self {
            Direction::Outbound { errand: Errand::Contact(campaign, _), .. } => Some(campaign),
            _ => None,
        }
    }
}

/// The caller and one other party talking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The other party's leg.
    pub leg: LegId,
    /// Whom the leg reached.
    pub to: String,
    /// When they began to talk.
    pub connected_at: WallTime,
    /// How long they talked; none while they do.
    pub talked: Option<Duration>,
}

/// A form that somebody filled in who listened to the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// When.
    pub at: WallTime,
    /// The form's name.
    pub form: String,
    /// Who listened.
    pub by: String,
    /// Percent of what can be reached.
    pub score: u8,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CallEnd {
    /// When.
    pub at: WallTime,
    /// What it came to for the caller.
    pub outcome: Outcome,
    /// Why.
    pub cause: HangupCause,
    /// Who ended it.
    pub by: Ender,
}

/// What a fact did to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It may differ from before.
    Changed,
    /// It is as before: the fact only stands in the journal.
    Nothing,
}

impl CallRecord {
    /// When the first conversation began.
    pub fn connected_at(&self) -> Option<WallTime> {
        self.conversations.first().map(|conversation| conversation.connected_at)
    }

    /// The sum of all finished conversations.
    pub fn talked(&self) -> Duration {
        self.conversations.iter().filter_map(|conversation| conversation.talked).sum()
    }

    /// The last queue it waited in.
    pub fn queue(&self) -> Option<&QueueId> {
        self.queues.last().map(|visit| &visit.queue)
    }

    /// The last agent who answered it from a queue.
    pub fn agent(&self) -> Option<&AgentId> {
        self.queues.iter().rev().find_map(|visit| visit.agent.as_ref())
    }

    /// Who answered a call that no queue gave to anybody: an agent's name or a number.
    pub fn answered_by(&self) -> Option<&str> {
        let first = self.conversations.first().filter(|_| self.agent().is_none());
        first.map(|conversation| conversation.to.as_str())
    }

    /// The sum of all finished waits in queues.
    pub fn waited(&self) -> Duration {
        self.queues.iter().filter_map(|visit| visit.waited).sum()
    }

    /// How long agents wrapped up after it.
    pub fn wrap_up(&self) -> Duration {
        self.queues.iter().filter_map(|visit| visit.wrap_up).sum()
    }

    /// Did somebody want a person and get none? Not while the call goes on.
    pub fn is_missed(&self) -> bool {
        let wanted = |outcome| match outcome {
            Outcome::Answered | Outcome::Rejected | Outcome::NotReached => false,
            Outcome::Abandoned | Outcome::Voicemail | Outcome::Callback | Outcome::Failed => true,
            Outcome::Served => !self.queues.is_empty() || self.legs.len() > 1,
        };
        self.end.is_some_and(|end| wanted(end.outcome))
    }

    /// What the flow said came of it, by the tag `result`.
    pub fn result(&self) -> &str {
        self.tags.get("result").map_or("", String::as_str)
    }

    /// Agents who wrap up after it.
    pub(crate) fn wrapping_up(&self) -> impl Iterator<Item = &AgentId> {
        let wraps = self.queues.iter().filter(|visit| visit.wraps_up_since.is_some());
        wraps.filter_map(|visit| visit.agent.as_ref())
    }

    /// The agent does something else now. What another run of the engine saw of him says nothing about how long.
    pub(crate) fn wrapped_up(&mut self, agent: &AgentId, boot: BootId, at: WallTime) -> Applied {
        let at = (boot == self.boot).then_some(at);
        for visit in self.queues.iter_mut().filter(|visit| visit.agent.as_ref() == Some(agent)) {
            visit.wrapped_up(at);
        }
        Applied::Changed
    }

    /// The record that an arrival or a placed call begins; none for every other fact.
    pub(crate) fn begin(boot: BootId, entry: &Entry) -> Option<Self> {
        let call = entry.call?;
        let (direction, from, to, source, leg) = match &entry.fact {
            Fact::CallArrived { from, to, source, leg } => {
                let inside = matches!(source, Source::Agent(_));
                let direction = if inside { Direction::Internal } else { Direction::Inbound };
                (direction, from.clone(), to, source.clone(), CallLeg::new(*leg, from, "", entry.wall))
            }
            Fact::CallPlaced { to, errand, attempt, leg } => {
                let direction = Direction::Outbound { errand: errand.clone(), attempt: *attempt };
                (direction, String::new(), to, Source::Local, CallLeg::new(*leg, to, "", entry.wall))
            }
            _ => return None,
        };
        Some(Self {
            call,
            boot,
            direction,
            from,
            to: to.clone(),
            source,
            flow: None,
            version: None,
            arrived_at: entry.wall,
            answered_at: None,
            legs: vec![leg],
            stages: Stages::begin(entry.wall),
            conversations: Vec::new(),
            queues: Vec::new(),
            digits: Vec::new(),
            tags: BTreeMap::new(),
            survey: BTreeMap::new(),
            recordings: Vec::new(),
            evaluations: Vec::new(),
            end: None,
        })
    }

    /// Takes in one more fact of this call. Facts after the end still count (tags, recordings), a second end does not.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Applied {
        let parts = [
            self.apply_to_call(entry),
            self.apply_to_conversations(entry),
            visit::apply(&mut self.queues, entry.wall, &entry.fact),
            leg::apply(&mut self.legs, entry.wall, &entry.fact),
        ];
        if parts.iter().all(|part| *part == Applied::Nothing) {
            return Applied::Nothing;
        }
        if let Some((stage, passed)) = self.stages.advance(entry.wall, self.stage()) {
            visit::count(&mut self.queues, stage, passed);
        }
        if matches!(entry.fact, Fact::CallEnded { .. }) {
            self.close(entry.wall);
        }
        Applied::Changed
    }

    fn apply_to_call(&mut self, entry: &Entry) -> Applied {
        match &entry.fact {
            Fact::FlowStarted { flow, version } => {
                self.flow = Some(flow.to_string());
                self.version = Some(version.clone());
            }
            Fact::CallAnswered => {
                self.answered_at.get_or_insert(entry.wall);
            }
            Fact::LegAnswered { leg, .. } if self.legs.first().is_some_and(|first| first.leg == *leg) => {
                self.answered_at.get_or_insert(entry.wall);
            }
            Fact::DigitsCollected { digits, .. } => self.digits.push(digits.clone()),
            Fact::TagSet { key, value } => {
                self.tags.insert(key.clone(), value.clone());
                self.survey.extend(mark(key, value));
            }
            Fact::RecordingSaved { file, .. } if !self.recordings.contains(file) => self.recordings.push(file.clone()),
            Fact::CallEvaluated { form, by, score, .. } => {
                let (form, by) = (form.clone(), by.clone());
                self.evaluations.push(Evaluation { at: entry.wall, form, by, score: *score });
            }
            Fact::CallEnded { outcome, cause, by } if self.end.is_none() => {
                self.end = Some(CallEnd { at: entry.wall, outcome: *outcome, cause: *cause, by: *by });
            }
            _ => return Applied::Nothing,
        }
        Applied::Changed
    }

    fn apply_to_conversations(&mut self, entry: &Entry) -> Applied {
        let open = self.conversations.iter_mut().rev().find(|conversation| conversation.talked.is_none());
        match (&entry.fact, open) {
            (Fact::CallConnected { leg, to }, _) => self.begin_conversation(*leg, to, entry.wall),
            // Somebody else goes on with the conversation.
            (Fact::CallTransferred { leg, to }, Some(open)) if open.leg != *leg => {
                open.talked = Some(between(open.connected_at, entry.wall));
                self.begin_conversation(*leg, to, entry.wall);
            }
            // The fact counts from the first party on, whoever took over later.
            (Fact::CallDisconnected { talked, .. }, Some(open)) => {
                let own = between(open.connected_at, entry.wall);
                open.talked = Some((*talked).min(own));
                self.stages.held_by.clear();
            }
            (Fact::CallHeld { leg }, _) => {
                self.stages.held_by.insert(*leg);
            }
            (Fact::CallResumed { leg } | Fact::LegReleased { leg, .. }, _) => {
                self.stages.held_by.remove(leg);
            }
            _ => return Applied::Nothing,
        }
        Applied::Changed
    }

    fn begin_conversation(&mut self, leg: LegId, to: &str, at: WallTime) {
        self.conversations.push(Conversation { leg, to: to.to_owned(), connected_at: at, talked: None });
    }

    /// Where the call is, as its parts tell; none when it is over.
    fn stage(&self) -> Option<Stage> {
        if self.end.is_some() {
            return None;
        }
        let talks = self.conversations.last().is_some_and(|conversation| conversation.talked.is_none());
        let met = |leg: &CallLeg| self.conversations.iter().any(|conversation| conversation.leg == leg.leg);
        let called = self.legs.first().is_some_and(CallLeg::is_ringing);
        let rings = called || self.legs.iter().skip(1).any(|leg| leg.released_at.is_none() && !met(leg));
        let waits = self.queues.last().is_some_and(|visit| visit.waited.is_none());
        Some(match (talks, rings, waits) {
            (true, ..) if !self.stages.held_by.is_empty() => Stage::Hold,
            (true, ..) => Stage::Talk,
            (false, true, _) => Stage::Ring,
            (false, false, true) => Stage::Queue,
            (false, false, false) => Stage::Menu,
        })
    }

    /// A conversation, wait or leg that nobody saw ending (the process died) lasted until the call's end.
    fn close(&mut self, at: WallTime) {
        let Some(end) = &self.end else { return };
        for conversation in self.conversations.iter_mut().filter(|c| c.talked.is_none()) {
            conversation.talked = Some(between(conversation.connected_at, at));
        }
        for leg in &mut self.legs {
            leg.release(at, end.cause.as_str());
        }
        visit::close(&mut self.queues, at);
    }
}

/// The mark that a tag holds, when the tag is one of a survey and its value a number.
pub(crate) fn mark(key: &str, value: &str) -> Option<(String, u8)> {
    let is_survey = key.strip_prefix(SURVEY).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']));
    let mark = value.parse::<u8>().ok().filter(|_| is_survey)?;
    Some((key.to_owned(), mark))
}

fn between(start: WallTime, end: WallTime) -> Duration {
    crate::word::duration(end.0.saturating_sub(start.0))
}
