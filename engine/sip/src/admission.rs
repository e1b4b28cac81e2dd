//! Who is listened to at all: a bucket per unknown source, and caps on new calls.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use model::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

// Spread, so that refused callers do not come back all at once.
const RETRY_AFTER_SECONDS: RangeInclusive<u32> = 5..=30;

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
pub struct Admission {
    limits: AdmissionLimits,
    sources: BTreeMap<IpAddr, Source>,
    /// By when they were heard last, for forgetting.
    by_age: BTreeSet<(Timestamp, IpAddr)>,
    new_calls: Bucket,
    rng: ChaCha12Rng,
}

#[derive(Debug, Clone, Copy)]
struct Source {
    heard: Timestamp,
    bucket: Bucket,
    blocked_until: Option<Timestamp>,
}

impl Admission {
    /// `seed` spreads Retry-After.
    pub fn new(limits: AdmissionLimits, seed: u64) -> Self {
        Self {
            limits,
            sources: BTreeMap::new(),
            by_age: BTreeSet::new(),
            new_calls: Bucket::full(Timestamp::ZERO, limits.new_calls_per_second, Duration::from_secs(1)),
            rng: ChaCha12Rng::seed_from_u64(seed),
        }
    }

    /// Asked for every request that starts a transaction, before it is parsed further.
    pub fn request(&mut self, now: Timestamp, source: IpAddr, standing: Standing) -> Decision {
        if standing == Standing::Trunk {
            return Decision::Admit;
        }
        let ip = source.to_canonical();
        let known = self.forget(ip);
        let fresh = Source {
            heard: now,
            bucket: Bucket::full(now, self.limits.requests, self.limits.window),
            blocked_until: None,
        };
        let mut source = match known {
            Some(known) if known.blocked_until.is_none_or(|until| now < until) => Source { heard: now, ..known },
            _ => fresh,
        };
        let decision = if source.blocked_until.is_some() {
            Decision::Drop
        } else if source.bucket.take(now) {
            Decision::Admit
        } else {
            source.blocked_until = Some(now + self.limits.block_for);
            Decision::Drop
        };
        self.remember(ip, source);
        decision
    }

    /// The request just admitted proved to be a user's: it does not count.
    pub fn authenticated(&mut self, source: IpAddr) {
        if let Some(source) = self.sources.get_mut(&source.to_canonical()) {
            source.bucket.give_back();
        }
    }

    /// Asked for every INVITE outside a dialog, after [`Admission::request`] and authentication.
    pub fn new_call(&mut self, now: Timestamp, calls_now: u32) -> Decision {
        if calls_now < self.limits.calls_max && self.new_calls.take(now) {
            return Decision::Admit;
        }
        Decision::Refuse { status: 503, retry_after: self.retry_after() }
    }

    /// A Retry-After, 5–30 s, for refusals decided elsewhere (draining).
    pub fn retry_after(&mut self) -> u32 {
        self.rng.random_range(RETRY_AFTER_SECONDS)
    }

    fn forget(&mut self, ip: IpAddr) -> Option<Source> {
        let source = self.sources.remove(&ip)?;
        self.by_age.remove(&(source.heard, ip));
        Some(source)
    }

    fn remember(&mut self, ip: IpAddr, source: Source) {
        while self.sources.len() >= self.limits.sources_max {
            let Some((_, oldest)) = self.by_age.first().copied() else {
                break;
            };
            self.forget(oldest);
        }
        self.by_age.insert((source.heard, ip));
        self.sources.insert(ip, source);
    }
}

/// `size` tokens, refilled evenly within `window`.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    size: u32,
    window: Duration,
    /// Time saved up: one token costs `window / size`.
    saved: Duration,
    at: Timestamp,
}

impl Bucket {
    fn full(now: Timestamp, size: u32, window: Duration) -> Self {
        Self { size, window, saved: window, at: now }
    }

    fn token(&self) -> Duration {
        self.window / self.size.max(1)
    }

    fn take(&mut self, now: Timestamp) -> bool {
        self.saved = (self.saved + now.since(self.at)).min(self.window);
        self.at = self.at.max(now);
        let enough = self.size > 0 && self.saved >= self.token();
        if enough {
            self.saved -= self.token();
        }
        enough
    }

    fn give_back(&mut self) {
        self.saved = (self.saved + self.token()).min(self.window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn gate() -> Admission {
        Admission::new(AdmissionLimits::default(), 1)
    }

    fn stranger() -> IpAddr {
        "203.0.113.66".parse().unwrap()
    }

    fn admitted(gate: &mut Admission, now: Timestamp, count: usize) -> usize {
        (0..count).filter(|_| gate.request(now, stranger(), Standing::Unknown) == Decision::Admit).count()
    }

    #[test]
    fn the_thirty_first_request_blocks_for_two_minutes() {
        let mut gate = gate();
        assert_eq!(admitted(&mut gate, NOW, 30), 30);
        assert_eq!(admitted(&mut gate, NOW, 1), 0);
        let end = NOW + Duration::from_secs(120);
        let before = Timestamp::from_micros(end.as_micros() - 1);
        assert_eq!(admitted(&mut gate, before, 100), 0);
        assert_eq!(admitted(&mut gate, end, 31), 30, "a new beginning");
    }

    #[test]
    fn a_steady_caller_is_never_blocked() {
        let mut gate = gate();
        for index in 0..1000 {
            let now = NOW + Duration::from_millis(67) * index;
            assert_eq!(admitted(&mut gate, now, 1), 1, "{index}");
        }
    }

    #[test]
    fn others_and_trunks_are_not_affected() {
        let mut gate = gate();
        admitted(&mut gate, NOW, 31);
        assert_eq!(gate.request(NOW, "192.0.2.1".parse().unwrap(), Standing::Unknown), Decision::Admit);
        assert_eq!(gate.request(NOW, stranger(), Standing::Trunk), Decision::Admit);
        let mapped = "::ffff:203.0.113.66".parse().unwrap();
        assert_eq!(gate.request(NOW, mapped, Standing::Unknown), Decision::Drop, "the same host");
        for _ in 0..1000 {
            assert_eq!(gate.request(NOW, "192.0.2.7".parse().unwrap(), Standing::Trunk), Decision::Admit);
        }
    }

    #[test]
    fn authenticated_requests_do_not_count() {
        let mut gate = gate();
        for index in 0..100 {
            assert_eq!(admitted(&mut gate, NOW, 1), 1, "{index}");
            gate.authenticated(stranger());
        }
        gate.authenticated(stranger());
        assert_eq!(admitted(&mut gate, NOW, 31), 30, "no credit beyond the bucket");
    }

    #[test]
    fn the_table_of_sources_is_bounded() {
        let mut gate = gate();
        admitted(&mut gate, NOW, 31);
        let source = |index: u32| IpAddr::from((0x0a00_0000 + index).to_be_bytes());
        let later = NOW + Duration::from_secs(1);
        for index in 0..9_999 {
            gate.request(later, source(index), Standing::Unknown);
        }
        assert_eq!((gate.sources.len(), gate.by_age.len()), (10_000, 10_000));
        assert_eq!(gate.sources[&stranger()].heard, NOW, "at the limit all are known");
        gate.request(later, source(9_999), Standing::Unknown);
        assert_eq!((gate.sources.len(), gate.by_age.len()), (10_000, 10_000));
        assert!(!gate.sources.contains_key(&stranger()), "the longest unheard is forgotten");
    }

    #[test]
    fn new_calls_are_capped_by_number() {
        let mut gate = gate();
        assert_eq!(gate.new_call(NOW, 999), Decision::Admit);
        for calls in [1000, 1001] {
            let Decision::Refuse { status, retry_after } = gate.new_call(NOW, calls) else { panic!("{calls} calls") };
            assert_eq!(status, 503);
            assert!((5..=30).contains(&retry_after));
        }
    }

    #[test]
    fn new_calls_are_capped_by_rate() {
        let mut gate = gate();
        let mut admitted = |now, count: usize| (0..count).filter(|_| gate.new_call(now, 0) == Decision::Admit).count();
        assert_eq!(admitted(NOW, 101), 100);
        assert_eq!(admitted(NOW + Duration::from_millis(9), 1), 0);
        assert_eq!(admitted(NOW + Duration::from_millis(10), 2), 1);
        assert_eq!(admitted(NOW + Duration::from_secs(60), 200), 100, "rest is not saved up");
    }

    #[test]
    fn a_refused_call_costs_no_rate() {
        let mut gate = gate();
        (0..1000).for_each(|_| assert_ne!(gate.new_call(NOW, 1000), Decision::Admit));
        assert_eq!(gate.new_call(NOW, 0), Decision::Admit);
    }

    #[test]
    fn retry_after_is_spread_over_the_whole_range_and_by_seed() {
        let times = |seed| -> Vec<u32> {
            let mut gate = Admission::new(AdmissionLimits::default(), seed);
            (0..1000).map(|_| gate.retry_after()).collect()
        };
        let seen: BTreeSet<u32> = times(1).into_iter().collect();
        assert_eq!((seen.first(), seen.last(), seen.len()), (Some(&5), Some(&30), 26));
        assert_eq!(times(1), times(1));
        assert_ne!(times(1), times(2));
    }
}
