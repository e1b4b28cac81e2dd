//! One call's record, derived from its facts. Pure: the same facts always give the same record.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, Source, VersionId, WallTime};
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

    /// A conversation that nobody saw ending (the process died) lasted until the call's end.
    fn close_conversations(&mut self, end: WallTime) {
        for conversation in self.conversations.iter_mut().filter(|c| c.talked.is_none()) {
            let micros = end.0.saturating_sub(conversation.connected_at.0);
            conversation.talked = Some(crate::word::duration(micros));
        }
    }
}
