//! Keeping one registration: when to send, what a response means, how long to wait after a failure.

use std::time::Duration;

use model::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::action::{DownReason, RegisterInfo, RequestId, TrunkAuthorization};
use super::config::RegisterPolicy;

const BACK_OFF_MIN: Duration = Duration::from_secs(2);
const BACK_OFF_MAX: Duration = Duration::from_secs(600);
// A registrar that grants a second must not make us flood it.
const REFRESH_MIN: Duration = Duration::from_secs(5);
const EXPIRES_MAX: u32 = 86_400;
/// Longer than any transaction: a lost report of its end must not end the registration for ever.
const GIVE_UP_AFTER: Duration = Duration::from_secs(35);

#[derive(Debug)]
pub(super) struct Registration {
    phase: Phase,
    /// Seconds that we ask for; a 423 raises it.
    wish: u32,
    registered_until: Option<Timestamp>,
    failures: u32,
    failure: Option<DownReason>,
    rng: ChaCha12Rng,
}

#[derive(Debug)]
enum Phase {
    /// This trunk knows our address.
    Unneeded,
    Waiting {
        until: Timestamp,
    },
    Sent {
        request: RequestId,
        at: Timestamp,
        attempt: Attempt,
    },
    /// The registration is being given back.
    Leaving {
        request: Option<RequestId>,
        attempt: Attempt,
    },
    Left,
}

/// What one attempt has gone through; bounded, so that no registrar keeps us busy.
#[derive(Debug, Clone, Copy, Default)]
struct Attempt {
    challenges: u32,
    raises: u32,
}

/// What the trunk does next.
#[derive(Debug)]
pub(super) enum Next {
    Wait,
    Send(TrunkAuthorization),
    OtherAddress,
}

impl Registration {
    pub(super) fn new(now: Timestamp, policy: RegisterPolicy, seed: u64) -> Self {
        let (phase, wish) = match policy {
            RegisterPolicy::Never => (Phase::Unneeded, 0),
            RegisterPolicy::Keep { expires } => (Phase::Waiting { until: now }, expires.clamp(1, EXPIRES_MAX)),
        };
        Self { phase, wish, registered_until: None, failures: 0, failure: None, rng: ChaCha12Rng::seed_from_u64(seed) }
    }

    pub(super) fn allows_calls(&self) -> bool {
        match self.phase {
            Phase::Unneeded => true,
            Phase::Waiting { .. } | Phase::Sent { .. } => self.registered_until.is_some(),
            Phase::Leaving { .. } | Phase::Left => false,
        }
    }

    pub(super) fn is_shut_down(&self) -> bool {
        matches!(self.phase, Phase::Leaving { .. } | Phase::Left)
    }

    pub(super) fn failure(&self) -> Option<DownReason> {
        self.failure
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        match self.phase {
            Phase::Sent { request: sent, .. } => sent == request,
            Phase::Leaving { request: sent, .. } => sent == Some(request),
            Phase::Unneeded | Phase::Waiting { .. } | Phase::Left => false,
        }
    }

    /// A REGISTER goes out; the seconds to ask for.
    pub(super) fn sent(&mut self, now: Timestamp, request: RequestId) -> u32 {
        match &mut self.phase {
            Phase::Leaving { request: leaving, .. } => {
                *leaving = Some(request);
                return 0;
            }
            Phase::Sent { request: sent, at, .. } => (*sent, *at) = (request, now),
            _ => self.phase = Phase::Sent { request, at: now, attempt: Attempt::default() },
        }
        self.wish
    }

    pub(super) fn handle_timeout(&mut self, now: Timestamp) -> Next {
        if self.registered_until.is_some_and(|until| now >= until) {
            self.registered_until = None;
            self.failure.get_or_insert(DownReason::RegisterTimeout);
        }
        match self.phase {
            Phase::Waiting { until } if now >= until => Next::Send(TrunkAuthorization::None),
            Phase::Sent { at, .. } if now >= at + GIVE_UP_AFTER => self.failed(now, DownReason::RegisterTimeout, None),
            _ => Next::Wait,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        let phase = match self.phase {
            Phase::Waiting { until } => until,
            Phase::Sent { at, .. } => at + GIVE_UP_AFTER,
            Phase::Unneeded | Phase::Leaving { .. } | Phase::Left => return None,
        };
        Some(self.registered_until.map_or(phase, |until| until.min(phase)))
    }

    /// A final response that is no challenge.
    pub(super) fn handle_response(&mut self, now: Timestamp, status: u16, info: &RegisterInfo) -> Next {
        match (&mut self.phase, status) {
            (Phase::Leaving { .. }, _) => self.phase = Phase::Left,
            (_, 200..300) => self.registered(now, info),
            (Phase::Sent { attempt, .. }, 423) if attempt.raises == 0 => {
                let asked = info.min_expires.filter(|min| *min > self.wish && *min <= EXPIRES_MAX);
                let Some(min) = asked else {
                    return self.failed(now, DownReason::Refused(423), None);
                };
                attempt.raises += 1;
                self.wish = min;
                return Next::Send(TrunkAuthorization::None);
            }
            _ => return self.failed(now, DownReason::Refused(status), info.retry_after),
        }
        Next::Wait
    }

    /// One challenge per attempt, and one more when only the nonce was old.
    pub(super) fn may_answer_challenge(&mut self, stale: bool) -> bool {
        let (Phase::Sent { attempt, .. } | Phase::Leaving { attempt, .. }) = &mut self.phase else {
            return false;
        };
        attempt.challenges += 1;
        // A raised Expires is a new request, which is challenged anew.
        attempt.challenges <= 1 + attempt.raises + u32::from(stale)
    }

    /// No luck here: another address at once, and after a round of them a longer and longer rest.
    pub(super) fn failed(&mut self, now: Timestamp, reason: DownReason, retry_after: Option<u32>) -> Next {
        if self.is_shut_down() {
            self.phase = Phase::Left;
            return Next::Wait;
        }
        // The registrar spoke and does not want us; after silence or its trouble the old registration still stands.
        let final_word = match reason {
            DownReason::Refused(status) => (400..500).contains(&status) && status != 408,
            DownReason::WrongCredentials => true,
            DownReason::NoAnswer | DownReason::RegisterTimeout => false,
        };
        if final_word {
            self.registered_until = None;
        }
        self.failure = Some(reason);
        self.failures = self.failures.saturating_add(1);
        let asked = Duration::from_secs(retry_after.unwrap_or(0).into());
        let rest = self.back_off().max(asked).min(BACK_OFF_MAX);
        self.phase = Phase::Waiting { until: now + rest };
        Next::OtherAddress
    }

    /// Another address is worth a try at once, but each only once before there is a rest.
    pub(super) fn try_next_address(&mut self, now: Timestamp, addresses: usize) {
        if usize::try_from(self.failures).is_ok_and(|failures| failures < addresses) {
            self.phase = Phase::Waiting { until: now };
        }
    }

    /// Calls go to another address now, which does not know us yet.
    pub(super) fn moved(&mut self, now: Timestamp) {
        if let Phase::Waiting { .. } | Phase::Sent { .. } = self.phase {
            self.registered_until = None;
            self.failure.get_or_insert(DownReason::NoAnswer);
            self.phase = Phase::Waiting { until: now };
        }
    }

    pub(super) fn shut_down(&mut self) -> Next {
        let registered = self.registered_until.take().is_some();
        match self.phase {
            Phase::Waiting { .. } | Phase::Sent { .. } if registered => {
                self.phase = Phase::Leaving { request: None, attempt: Attempt::default() };
                Next::Send(TrunkAuthorization::None)
            }
            _ => {
                self.phase = Phase::Left;
                Next::Wait
            }
        }
    }

    fn registered(&mut self, now: Timestamp, info: &RegisterInfo) {
        let granted = info.expires.filter(|granted| *granted > 0).unwrap_or(self.wish).min(EXPIRES_MAX);
        let granted = Duration::from_secs(granted.into());
        self.registered_until = Some(now + granted.max(REFRESH_MIN * 2));
        self.failures = 0;
        self.failure = None;
        self.phase = Phase::Waiting { until: now + (granted * 4 / 5).max(REFRESH_MIN) };
    }

    /// 2 s, 4 s, 8 s … 10 min, each a quarter more or less.
    fn back_off(&mut self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(20);
        let rest = (BACK_OFF_MIN * 2_u32.pow(doublings)).min(BACK_OFF_MAX);
        rest * self.rng.random_range(75..=125) / 100
    }
}
