//! What a telephone does when it rings.

use std::time::Duration;

/// How an incoming call is treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// Provisional answer sent at once.
    pub ringing: Ringing,
    /// Time until `then`.
    pub after: Duration,
    /// What happens in the end.
    pub then: Then,
}

/// The provisional answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ringing {
    /// Not a single packet goes out.
    Nothing,
    /// 180 Ringing.
    Plain,
    /// 180 with 100rel, when the caller supports it.
    Reliable,
    /// 183 with SDP and audio.
    EarlyMedia,
}

/// The final answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// 200 OK.
    Answer,
    /// This code.
    Refuse(u16),
    /// 302 to this address.
    Redirect(String),
    /// None, until the caller gives up.
    Nothing,
}

impl Answering {
    /// Rings, then answers.
    pub fn after(after: Duration) -> Self {
        Self { ringing: Ringing::Plain, after, then: Then::Answer }
    }

    /// Answers without ringing.
    pub fn at_once() -> Self {
        Self { ringing: Ringing::Nothing, after: Duration::ZERO, then: Then::Answer }
    }

    /// Refuses with 486, 603, 404 …
    pub fn refuse(code: u16) -> Self {
        Self { ringing: Ringing::Nothing, after: Duration::ZERO, then: Then::Refuse(code) }
    }

    /// Rings until the caller gives up.
    pub fn ring_forever() -> Self {
        Self { ringing: Ringing::Plain, after: Duration::ZERO, then: Then::Nothing }
    }

    /// A dead phone: no packet at all.
    pub fn ignore() -> Self {
        Self { ringing: Ringing::Nothing, after: Duration::ZERO, then: Then::Nothing }
    }

    /// The same with another provisional answer.
    pub fn with(mut self, ringing: Ringing) -> Self {
        self.ringing = ringing;
        self
    }
}
