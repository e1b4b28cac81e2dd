//! Is one address alive? OPTIONS tells.

use std::time::Duration;

use model::Timestamp;

use super::action::RequestId;

/// Silence for this long is a miss, although the transaction may go on: calls cannot wait for 32 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// An address that comes back is asked again soon.
const SECOND_LOOK: Duration = Duration::from_secs(2);
const MISSES_DOWN: u32 = 2;
const ANSWERS_UP: u32 = 2;

#[derive(Debug)]
pub(super) struct Health {
    every: Duration,
    standing: Standing,
    ping: State,
}

#[derive(Debug)]
enum Standing {
    Up { misses: u32 },
    Down { answers: u32 },
}

#[derive(Debug)]
enum State {
    Off,
    Waiting { until: Timestamp },
    Sent { request: RequestId, at: Timestamp },
}

/// Shall an OPTIONS be sent?
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ping {
    Now,
    NotYet,
}

impl Health {
    /// Believed alive until proven otherwise, so that calls need not wait for the first answer.
    pub(super) fn new(now: Timestamp, every: Duration) -> Self {
        let ping = if every.is_zero() { State::Off } else { State::Waiting { until: now } };
        Self { every, standing: Standing::Up { misses: 0 }, ping }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(self.standing, Standing::Up { .. })
    }

    pub(super) fn stop(&mut self) {
        self.ping = State::Off;
    }

    pub(super) fn sent(&mut self, now: Timestamp, request: RequestId) {
        self.ping = State::Sent { request, at: now };
    }

    pub(super) fn handle_timeout(&mut self, now: Timestamp) -> Ping {
        if let State::Sent { at, .. } = self.ping
            && now >= at + ANSWER_WITHIN
        {
            self.missed(now, at);
        }
        match self.ping {
            State::Waiting { until } if now >= until => Ping::Now,
            _ => Ping::NotYet,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        match self.ping {
            State::Off => None,
            State::Waiting { until } => Some(until),
            State::Sent { at, .. } => Some(at + ANSWER_WITHIN),
        }
    }

    /// Any final answer is a sign of life, except those that say "not now".
    pub(super) fn handle_response(&mut self, now: Timestamp, request: RequestId, status: u16) {
        match self.sent_at(request) {
            Some(at) if matches!(status, 408 | 503) => self.missed(now, at),
            Some(at) => self.answered(now, at),
            None => {}
        }
    }

    pub(super) fn handle_no_response(&mut self, now: Timestamp, request: RequestId) {
        if let Some(at) = self.sent_at(request) {
            self.missed(now, at);
        }
    }

    fn sent_at(&self, request: RequestId) -> Option<Timestamp> {
        match self.ping {
            State::Sent { request: sent, at } if sent == request => Some(at),
            _ => None,
        }
    }

    fn answered(&mut self, now: Timestamp, at: Timestamp) {
        let mut until = at + self.every;
        self.standing = match self.standing {
            Standing::Up { .. } => Standing::Up { misses: 0 },
            Standing::Down { answers } if answers + 1 >= ANSWERS_UP => Standing::Up { misses: 0 },
            Standing::Down { answers } => {
                until = until.min(now + SECOND_LOOK);
                Standing::Down { answers: answers + 1 }
            }
        };
        self.ping = State::Waiting { until };
    }

    fn missed(&mut self, now: Timestamp, at: Timestamp) {
        let mut until = at + self.every;
        self.standing = match self.standing {
            Standing::Up { misses } if misses + 1 < MISSES_DOWN => {
                until = until.min(now + SECOND_LOOK);
                Standing::Up { misses: misses + 1 }
            }
            Standing::Up { .. } | Standing::Down { .. } => Standing::Down { answers: 0 },
        };
        self.ping = State::Waiting { until };
    }
}
