//! Guessing passwords is slow: failures are counted per address and user.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use model::Timestamp;

/// The failure that blocks.
const FAILURES_MAX: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);
const BLOCK_FOR: Duration = Duration::from_secs(300);

// Names and addresses are the attacker's choice: the longest quiet pair is forgotten first.
const PAIRS_MAX: usize = 10_000;

/// Is this address still allowed to try this user?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureStanding {
    /// Go on.
    Allowed,
    /// This very failure was one too many: tell the operator, once.
    JustBlocked,
    /// Drop requests without an answer.
    Blocked,
}

type Pair = (IpAddr, String);

/// Counts authentication failures: 10 within a minute block that (address, user) pair for 5 minutes.
#[derive(Debug, Default)]
pub struct AuthFailures {
    pairs: BTreeMap<Pair, Record>,
    /// By the last failure, for forgetting.
    by_age: BTreeSet<(Timestamp, Pair)>,
}

#[derive(Debug)]
struct Record {
    /// Oldest first, at most [`FAILURES_MAX`].
    failures: VecDeque<Timestamp>,
    last: Timestamp,
    blocked_until: Option<Timestamp>,
}

impl AuthFailures {
    /// Nothing counted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asked before the password is looked at.
    pub fn standing(&self, now: Timestamp, source: IpAddr, user: &str) -> FailureStanding {
        let blocked_until = self.pairs.get(&pair(source, user)).and_then(|record| record.blocked_until);
        if blocked_until.is_some_and(|until| now < until) { FailureStanding::Blocked } else { FailureStanding::Allowed }
    }

    /// Counts a wrong password.
    pub fn failed(&mut self, now: Timestamp, source: IpAddr, user: &str) -> FailureStanding {
        if self.standing(now, source, user) == FailureStanding::Blocked {
            return FailureStanding::Blocked;
        }
        let pair = pair(source, user);
        let mut record =
            self.forget(&pair).unwrap_or(Record { failures: VecDeque::new(), last: now, blocked_until: None });
        record.failures.retain(|failure| now.since(*failure) < WINDOW);
        record.failures.push_back(now);
        record.last = now;
        record.blocked_until = None;
        let blocked = record.failures.len() >= FAILURES_MAX;
        if blocked {
            record.failures.clear();
            record.blocked_until = Some(now + BLOCK_FOR);
        }
        self.by_age.insert((now, pair.clone()));
        self.pairs.insert(pair, record);
        if self.pairs.len() > PAIRS_MAX {
            let oldest = self.by_age.first().map(|(_, oldest)| oldest.clone());
            oldest.and_then(|oldest| self.forget(&oldest));
        }
        if blocked { FailureStanding::JustBlocked } else { FailureStanding::Allowed }
    }

    /// A right password clears the count of that pair.
    pub fn succeeded(&mut self, source: IpAddr, user: &str) {
        self.forget(&pair(source, user));
    }

    fn forget(&mut self, pair: &Pair) -> Option<Record> {
        let record = self.pairs.remove(pair)?;
        self.by_age.remove(&(record.last, pair.clone()));
        Some(record)
    }
}

fn pair(source: IpAddr, user: &str) -> Pair {
    (source.to_canonical(), user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn attacker() -> IpAddr {
        "203.0.113.66".parse().unwrap()
    }

    fn blocked() -> AuthFailures {
        let mut failures = AuthFailures::new();
        for _ in 1..10 {
            assert_eq!(failures.failed(NOW, attacker(), "anna"), FailureStanding::Allowed);
        }
        assert_eq!(failures.standing(NOW, attacker(), "anna"), FailureStanding::Allowed, "nine are allowed");
        assert_eq!(failures.failed(NOW, attacker(), "anna"), FailureStanding::JustBlocked);
        failures
    }

    #[test]
    fn the_tenth_failure_blocks_for_five_minutes() {
        let mut failures = blocked();
        let end = NOW + Duration::from_secs(300);
        let before = Timestamp::from_micros(end.as_micros() - 1);
        assert_eq!(failures.failed(before, attacker(), "anna"), FailureStanding::Blocked);
        assert_eq!(failures.standing(before, attacker(), "anna"), FailureStanding::Blocked);
        assert_eq!(failures.standing(end, attacker(), "anna"), FailureStanding::Allowed);
        assert_eq!(failures.failed(end, attacker(), "anna"), FailureStanding::Allowed, "counted anew");
    }

    #[test]
    fn the_owner_elsewhere_is_not_affected() {
        let failures = blocked();
        assert_eq!(failures.standing(NOW, "192.0.2.1".parse().unwrap(), "anna"), FailureStanding::Allowed);
        assert_eq!(failures.standing(NOW, attacker(), "ben"), FailureStanding::Allowed);
        assert_eq!(failures.standing(NOW, "::ffff:203.0.113.66".parse().unwrap(), "anna"), FailureStanding::Blocked);
    }

    #[test]
    fn slow_failures_do_not_add_up() {
        let mut failures = AuthFailures::new();
        for index in 0..100 {
            let now = NOW + Duration::from_millis(6_667) * index;
            assert_eq!(failures.failed(now, attacker(), "anna"), FailureStanding::Allowed, "{index}");
        }
    }

    #[test]
    fn a_right_password_clears_the_count() {
        let mut failures = AuthFailures::new();
        for _ in 0..5 {
            (0..9).for_each(|_| assert_eq!(failures.failed(NOW, attacker(), "anna"), FailureStanding::Allowed));
            failures.succeeded(attacker(), "anna");
        }
        assert!(failures.pairs.is_empty() && failures.by_age.is_empty());
    }

    #[test]
    fn the_table_is_bounded() {
        let mut failures = blocked();
        for index in 0..PAIRS_MAX - 1 {
            failures.failed(NOW + Duration::from_secs(1), attacker(), &format!("user{index}"));
        }
        assert_eq!((failures.pairs.len(), failures.by_age.len()), (PAIRS_MAX, PAIRS_MAX));
        assert_eq!(failures.standing(NOW, attacker(), "anna"), FailureStanding::Blocked, "at the limit");
        failures.failed(NOW + Duration::from_secs(2), attacker(), "one more");
        assert_eq!((failures.pairs.len(), failures.by_age.len()), (PAIRS_MAX, PAIRS_MAX));
        assert_eq!(failures.standing(NOW, attacker(), "anna"), FailureStanding::Allowed, "forgotten");
    }
}
