//! What a caller asks of a queue.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, QueueId, Timestamp};

/// A caller's request to wait.
#[derive(Debug, Clone)]
pub struct Enqueue {
    /// Where.
    pub queue: QueueId,
    /// Seconds of virtual waiting: 60 overtakes everybody who came less than a minute earlier; negative lets others pass.
    pub priority_s: i32,
    /// Required skills and their least level; 0 counts as 1.
    pub skills: BTreeMap<String, u8>,
    /// Who should take it, one after the other; they need no membership in the queue. Names nobody has are passed over.
    pub prefer: Vec<Prefer>,
    /// Longest wait; none for the queue's.
    pub max_wait: Option<Duration>,
    /// Keys that leave the queue.
    pub exit_keys: String,
    /// The caller's number, normalised, for giving the old place back; none when withheld.
    pub number: Option<String>,
    /// A place won earlier, by a callback or in another queue; none for now.
    pub joined: Option<Timestamp>,
    /// Whether the figures count it.
    pub who: Who,
}

/// Who waits in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Who {
    /// Somebody who called us.
    #[default]
    Caller,
    /// A call of ours: a call back, a message for an agent. Service levels are promises to callers; it has no part in them.
    Errand,
}

impl Enqueue {
    /// A plain request.
    pub fn new(queue: QueueId) -> Self {
        Self {
            queue,
            priority_s: 0,
            skills: BTreeMap::new(),
            prefer: Vec::new(),
            max_wait: None,
            exit_keys: String::new(),
            number: None,
            joined: None,
            who: Who::Caller,
        }
    }
}

/// An agent to wait for; nobody waits for one who is not on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefer {
    /// Who.
    pub agent: AgentId,
    /// How long to wait for him before the next one may take it too.
    pub wait: Duration,
}
