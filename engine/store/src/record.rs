//! One call's record, derived from its facts. Pure: the same facts always give the same record.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, QueueId, Source, VersionId, WallTime};
use serde::{Deserialize, Serialize};

use crate::BootId;

/// What is known about one call: one row per call, from its arrival on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// The run of the engine in which it arrived.
    #[serde(skip)]
    pub boot: BootId,
    /// The caller's number as it was signalled.
    pub from: String,
    /// The number that was dialled.
    pub to: String,
    /// Where it came from, as far as verified.
    pub source: Source,
    /// The flow that ran last.
    pub flow: Option<String>,
    /// The project version that the call holds.
    pub version: Option<VersionId>,
    /// When it arrived.
    pub arrived_at: WallTime,
    /// When the engine answered it.
    pub answered_at: Option<WallTime>,
    /// Every person it was connected to, in order.
    pub conversations: Vec<Conversation>,
    /// Every queue it waited in, in order.
    pub queues: Vec<QueueVisit>,
    /// What the caller pressed, one text per question; empty texts are questions without an answer.
    pub digits: Vec<String>,
    /// What the flow attached to the call.
    pub tags: BTreeMap<String, String>,
    /// Files of finished recordings.
    pub recordings: Vec<String>,
    /// How it ended; none while it goes on.
    pub end: Option<CallEnd>,
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

/// A wait in a queue and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueVisit {
    /// The queue.
    pub queue: QueueId,
    /// When the wait began.
    pub entered_at: WallTime,
    /// How long it lasted; none while it does.
    pub waited: Option<Duration>,
    /// The agent who answered.
    pub agent: Option<AgentId>,
    /// How long they talked; none before they have.
    pub talked: Option<Duration>,
    /// Why the caller left without an answer.
    pub left: Option<String>,
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

    /// The sum of all finished waits in queues.
    pub fn waited(&self) -> Duration {
        self.queues.iter().filter_map(|visit| visit.waited).sum()
    }

    /// The record that an arrival begins; none for every other fact.
    pub(crate) fn begin(boot: BootId, entry: &Entry) -> Option<Self> {
        let (Some(call), Fact::CallArrived { from, to, source, .. }) = (entry.call, &entry.fact) else {
            return None;
        };
        Some(Self {
            call,
            boot,
            from: from.clone(),
            to: to.clone(),
            source: source.clone(),
            flow: None,
            version: None,
            arrived_at: entry.wall,
            answered_at: None,
            conversations: Vec::new(),
            queues: Vec::new(),
            digits: Vec::new(),
            tags: BTreeMap::new(),
            recordings: Vec::new(),
            end: None,
        })
    }

    /// Takes in one more fact of this call. Facts after the end still count (tags, recordings), a second end does not.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Applied {
        match &entry.fact {
            Fact::FlowStarted { flow, version } => {
                self.flow = Some(flow.to_string());
                self.version = Some(version.clone());
            }
            Fact::CallAnswered => {
                self.answered_at.get_or_insert(entry.wall);
            }
            Fact::CallConnected { leg, to } => self.conversations.push(Conversation {
                leg: *leg,
                to: to.clone(),
                connected_at: entry.wall,
                talked: None,
            }),
            Fact::CallDisconnected { leg, talked, .. } => {
                let mut open = self.conversations.iter_mut().rev();
                if let Some(conversation) = open.find(|c| c.leg == *leg && c.talked.is_none()) {
                    conversation.talked = Some(*talked);
                }
            }
            Fact::CallQueued { queue, .. } => self.queues.push(QueueVisit {
                queue: queue.clone(),
                entered_at: entry.wall,
                waited: None,
                agent: None,
                talked: None,
                left: None,
            }),
            Fact::QueueAnswered { queue, agent, waited } => {
                if let Some(visit) = self.visit(|visit| visit.queue == *queue && visit.waited.is_none()) {
                    (visit.waited, visit.agent) = (Some(*waited), Some(agent.clone()));
                }
            }
            Fact::QueueTalkEnded { agent, talked, .. } => {
                let talks = |visit: &QueueVisit| visit.agent.as_ref() == Some(agent) && visit.talked.is_none();
                if let Some(visit) = self.visit(talks) {
                    visit.talked = Some(*talked);
                }
            }
            Fact::QueueLeft { queue, waited, reason } => {
                if let Some(visit) = self.visit(|visit| visit.queue == *queue && visit.waited.is_none()) {
                    (visit.waited, visit.left) = (Some(*waited), Some(reason.clone()));
                } else {
                    self.queues.push(refused(queue, entry.wall, *waited, reason));
                }
            }
            Fact::DigitsCollected { digits, .. } => self.digits.push(digits.clone()),
            Fact::TagSet { key, value } => {
                self.tags.insert(key.clone(), value.clone());
            }
            Fact::RecordingSaved { file, .. } if !self.recordings.contains(file) => self.recordings.push(file.clone()),
            Fact::CallEnded { outcome, cause, by } if self.end.is_none() => {
                self.close_conversations(entry.wall);
                self.end = Some(CallEnd { at: entry.wall, outcome: *outcome, cause: *cause, by: *by });
            }
            _ => return Applied::Nothing,
        }
        Applied::Changed
    }

    /// A conversation or wait that nobody saw ending (the process died) lasted until the call's end.
    fn close_conversations(&mut self, end: WallTime) {
        for conversation in self.conversations.iter_mut().filter(|c| c.talked.is_none()) {
            conversation.talked = Some(between(conversation.connected_at, end));
        }
        for visit in &mut self.queues {
            match (visit.waited, &visit.agent) {
                (None, _) => {
                    visit.waited = Some(between(visit.entered_at, end));
                    visit.left = Some("ended".into());
                }
                (Some(waited), Some(_)) if visit.talked.is_none() => {
                    visit.talked = Some(between(visit.entered_at, end).saturating_sub(waited));
                }
                _ => {}
            }
        }
    }

    /// The newest visit to a queue of which this is true.
    fn visit(&mut self, is: impl Fn(&QueueVisit) -> bool) -> Option<&mut QueueVisit> {
        self.queues.iter_mut().rev().find(|visit| is(visit))
    }
}

/// A queue that was full or deserted let the caller leave before he could wait.
fn refused(queue: &QueueId, at: WallTime, waited: Duration, reason: &str) -> QueueVisit {
    let (waited, left) = (Some(waited), Some(reason.to_owned()));
    QueueVisit { queue: queue.clone(), entered_at: at, waited, agent: None, talked: None, left }
}

fn between(start: WallTime, end: WallTime) -> Duration {
    crate::word::duration(end.0.saturating_sub(start.0))
}
