//! How fake people behave when their telephone rings.

use std::collections::BTreeMap;
use std::time::Duration;

/// What one person does with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habits {
    /// Does he answer?
    pub answer: Answer,
    /// How long he talks before he hangs up; none leaves that to the caller.
    pub talks_for: Option<Duration>,
    /// Keys that he presses after answering, one second later.
    pub presses: String,
    /// Does an agent take calls of queues from the beginning?
    pub duty: Duty,
}

/// Whether an agent is at work when the world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duty {
    /// He has signed in, if he serves any queue.
    #[default]
    SignedIn,
    /// Not yet.
    SignedOut,
}

/// What becomes of a ringing telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is answered after so much ringing.
    After(Duration),
    /// It rings until somebody stops it.
    Ignores,
    /// 486.
    Busy,
    /// 603, after one second of ringing.
    Declines,
    /// An agent without a registered phone, a number that does not answer the network at all.
    Offline,
    /// 404.
    Unknown,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            answer: Answer::After(Duration::from_secs(3)),
            talks_for: Some(Duration::from_secs(60)),
            presses: String::new(),
            duty: Duty::default(),
        }
    }
}

impl Habits {
    /// Somebody with nothing special but this.
    pub fn who(answer: Answer) -> Self {
        Self { answer, ..Self::default() }
    }
}

/// Everybody who can be rung.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// By agent's name, number or SIP address.
    pub known: BTreeMap<String, Habits>,
    /// Everybody else.
    pub others: Habits,
}

impl People {
    /// The habits of `who`.
    pub fn habits(&self, who: &str) -> &Habits {
        self.known.get(who).unwrap_or(&self.others)
    }
}
