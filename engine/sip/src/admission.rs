//! Who is listened to at all: a bucket per unknown source, and caps on new calls.

use std::net::IpAddr;
use std::time::Duration;

use model::Timestamp;

/// What is done with a request before anything else looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Admit,
    /// No answer at all.
    Drop,
    /// A stateless refusal.
    Refuse {
        /// 503.
        status: u16,
        /// Retry-After, seconds.
        retry_after: u32,
    },
}

/// What is known about a source by its address alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Anybody.
    Unknown,
    /// A configured trunk: never blocked.
    Trunk,
}

/// The bounds. All counts are inclusive: this many pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Requests of an unknown source within `window`. Default 30.
    pub requests: u32,
    /// See `requests`. Default 2 s.
    pub window: Duration,
    /// How long a source is not heard after that. Default 120 s.
    pub block_for: Duration,
    /// Sources remembered; the longest unheard is forgotten first. Default 10,000.
    pub sources_max: usize,
    /// New calls in one second, from everybody. Default 100.
    pub new_calls_per_second: u32,
    /// Calls at once. Default 1000.
    pub calls_max: u32,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            requests: 30,
            window: Duration::from_secs(2),
            block_for: Duration::from_secs(120),
            sources_max: 10_000,
            new_calls_per_second: 100,
            calls_max: 1000,
        }
    }
}

/// The gate in front of everything.
#[derive(Debug)]
pub struct Admission {}

impl Admission {
    /// `seed` spreads Retry-After.
    pub fn new(limits: AdmissionLimits, seed: u64) -> Self {
        todo!("{limits:?} {seed}")
    }

    /// Asked for every request that starts a transaction, before it is parsed further.
    pub fn request(&mut self, now: Timestamp, source: IpAddr, standing: Standing) -> Decision {
        todo!("{now} {source} {standing:?}")
    }

    /// The request just admitted proved to be a user's: it does not count.
    pub fn authenticated(&mut self, source: IpAddr) {
        todo!("{source}")
    }

    /// Asked for every INVITE outside a dialog, after [`Admission::request`] and authentication.
    pub fn new_call(&mut self, now: Timestamp, calls_now: u32) -> Decision {
        todo!("{now} {calls_now}")
    }

    /// A Retry-After, 5–30 s, for refusals decided elsewhere (draining).
    pub fn retry_after(&mut self) -> u32 {
        todo!()
    }
}
