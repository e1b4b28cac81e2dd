//! Guessing passwords is slow: failures are counted per address and user.

use std::net::IpAddr;

use model::Timestamp;

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

/// Counts authentication failures: 10 a minute per (address, user) block that pair for 5 minutes.
#[derive(Debug, Default)]
pub struct AuthFailures {}

impl AuthFailures {
    /// Nothing counted.
    pub fn new() -> Self {
        todo!()
    }

    /// Asked before the password is looked at.
    pub fn standing(&self, now: Timestamp, source: IpAddr, user: &str) -> FailureStanding {
        todo!("{now} {source} {user}")
    }

    /// Counts a wrong password.
    pub fn failed(&mut self, now: Timestamp, source: IpAddr, user: &str) -> FailureStanding {
        todo!("{now} {source} {user}")
    }

    /// A right password clears the count of that pair.
    pub fn succeeded(&mut self, source: IpAddr, user: &str) {
        todo!("{source} {user}")
    }
}
