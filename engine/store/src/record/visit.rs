//! A call's visits to queues, and how long the agent was busy with each.

use std::time::Duration;

use model::{AgentId, Fact, QueueId, WallTime};
use serde::{Deserialize, Serialize};

use super::stages::Stage;
use super::{Applied, between};

/// A wait in a queue and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueVisit {
    /// The queue.
    pub queue: QueueId,
    /// When the wait began.
    pub entered_at: WallTime,
    /// How long it lasted, ringing included; none while it does.
    pub waited: Option<Duration>,
    /// The part of the wait in which agents' telephones rang.
    #[serde(default)]
    pub rang: Duration,
    /// The agent who answered.
    pub agent: Option<AgentId>,
    /// How long they talked, hold included; none before they have.
    pub talked: Option<Duration>,
    /// The part of the conversation in which one held the other.
    #[serde(default)]
    pub held: Duration,
    /// How long the agent wrapped up afterwards; none before he has.
    #[serde(default)]
    pub wrap_up: Option<Duration>,
    /// Since when he wraps up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wraps_up_since: Option<WallTime>,
    /// Why the caller left without an answer.
    pub left: Option<String>,
}

/// What became of a visit to a queue: offered = the sum of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VisitResult {
    /// He waits.
    Waiting,
    /// An agent answered.
    Answered,
    /// He hung up.
    Abandoned,
    /// He left for a message.
    Voicemail,
    /// He will be called back.
    Callback,
    /// Anything else: timed out, full, no agents, exit key, withdrawn, the process died.
    Other,
}

impl VisitResult {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            VisitResult::Waiting => "waiting",
            VisitResult::Answered => "answered",
            VisitResult::Abandoned => "abandoned",
            VisitResult::Voicemail => "voicemail",
            VisitResult::Callback => "callback",
            VisitResult::Other => "other",
        }
    }
}

impl QueueVisit {
    fn new(queue: &QueueId, entered_at: WallTime) -> Self {
        Self {
            queue: queue.clone(),
            entered_at,
            waited: None,
            rang: Duration::ZERO,
            agent: None,
            talked: None,
            held: Duration::ZERO,
            wrap_up: None,
            wraps_up_since: None,
            left: None,
        }
    }

    /// What became of it.
    pub fn result(&self) -> VisitResult {
        match (&self.agent, self.left.as_deref()) {
            (Some(_), _) => VisitResult::Answered,
            (None, None) => VisitResult::Waiting,
            (None, Some("abandoned")) => VisitResult::Abandoned,
            (None, Some("voicemail")) => VisitResult::Voicemail,
            (None, Some("callback")) => VisitResult::Callback,
            (None, Some(_)) => VisitResult::Other,
        }
    }

    /// Does the agent talk, as far as anybody saw?
    fn is_talking(&self) -> bool {
        self.agent.is_some() && self.talked.is_none()
    }

    /// The agent is done with wrapping up, or the process that knew is gone.
    pub(crate) fn wrapped_up(&mut self, at: Option<WallTime>) {
        if let Some(since) = self.wraps_up_since.take() {
            self.wrap_up = at.map(|at| between(since, at));
        }
    }
}

/// Brings the visits forward; gives whether the fact was about one.
pub(super) fn apply(visits: &mut Vec<QueueVisit>, at: WallTime, fact: &Fact) -> Applied {
    match fact {
        Fact::CallQueued { queue, .. } => visits.push(QueueVisit::new(queue, at)),
        Fact::QueueAnswered { queue, agent, waited } => {
            if let Some(visit) = newest(visits, |visit| visit.queue == *queue && visit.waited.is_none()) {
                (visit.waited, visit.agent) = (Some(*waited), Some(agent.clone()));
            }
        }
        Fact::QueueTalkEnded { agent, talked, .. } => {
            let talks = |visit: &QueueVisit| visit.agent.as_ref() == Some(agent) && visit.talked.is_none();
            if let Some(visit) = newest(visits, talks) {
                (visit.talked, visit.wraps_up_since) = (Some(*talked), Some(at));
            }
        }
        Fact::QueueLeft { queue, waited, reason } => {
            let waits = |visit: &QueueVisit| visit.queue == *queue && visit.waited.is_none();
            if newest(visits, waits).is_none() {
                // A queue that was full or deserted let the caller leave before he could wait.
                visits.push(QueueVisit::new(queue, at));
            }
            if let Some(visit) = newest(visits, waits) {
                (visit.waited, visit.left) = (Some(*waited), Some(reason.clone()));
            }
        }
        _ => return Applied::Nothing,
    }
    Applied::Changed
}

/// Time that the call spent in a stage counts for the visit that goes on.
pub(super) fn count(visits: &mut [QueueVisit], stage: Stage, passed: Duration) {
    match stage {
        Stage::Ring => {
            if let Some(visit) = visits.last_mut().filter(|visit| visit.waited.is_none()) {
                visit.rang += passed;
            }
        }
        Stage::Hold => {
            if let Some(visit) = visits.last_mut().filter(|visit| visit.is_talking()) {
                visit.held += passed;
            }
        }
        Stage::Menu | Stage::Queue | Stage::Talk => {}
    }
}

/// A wait or conversation that nobody saw ending (the process died) lasted until the call's end.
pub(super) fn close(visits: &mut [QueueVisit], end: WallTime) {
    for visit in visits {
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

/// The newest visit of which this is true.
fn newest(visits: &mut [QueueVisit], is: impl Fn(&QueueVisit) -> bool) -> Option<&mut QueueVisit> {
    visits.iter_mut().rev().find(|visit| is(visit))
}
