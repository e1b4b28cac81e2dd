//! How many calls may go out: per rule of `dial:` and per call. Toll fraud is bounded before it is noticed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use model::{CallId, LegId, Timestamp};
use script::config::DialRule;

/// Outbound legs that one call may hold at once: a ring-all team fits, a loop does not.
const LEGS_PER_CALL_MAX: usize = 32;
/// Outbound legs that one call may place in its whole life.
const DIALS_PER_CALL_MAX: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct DialCaps {
    rules: BTreeMap<String, RuleUse>,
    legs: BTreeMap<LegId, (Option<String>, CallId)>,
    live: BTreeMap<CallId, usize>,
    placed: BTreeMap<CallId, usize>,
}

#[derive(Debug, Default)]
struct RuleUse {
    live: u32,
    recent: VecDeque<Timestamp>,
}

impl DialCaps {
    /// Counts a new leg, or says which cap refuses it.
    pub(crate) fn admit(
        &mut self,
        now: Timestamp,
        call: CallId,
        leg: LegId,
        rule: Option<&DialRule>,
    ) -> Result<(), &'static str> {
        if self.live.get(&call).is_some_and(|live| *live >= LEGS_PER_CALL_MAX) {
            return Err("this call rings 32 phones already");
        }
        if self.placed.get(&call).is_some_and(|placed| *placed >= DIALS_PER_CALL_MAX) {
            return Err("this call has dialled 200 times");
        }
        if let Some(rule) = rule {
            self.admit_rule(now, rule)?;
        }
        self.legs.insert(leg, (rule.map(|rule| rule.to.clone()), call));
        *self.live.entry(call).or_default() += 1;
        *self.placed.entry(call).or_default() += 1;
        Ok(())
    }

    fn admit_rule(&mut self, now: Timestamp, rule: &DialRule) -> Result<(), &'static str> {
        let used = self.rules.entry(rule.to.clone()).or_default();
        while used.recent.front().is_some_and(|at| now - *at >= Duration::from_secs(60)) {
            used.recent.pop_front();
        }
        if used.live >= rule.at_once {
            return Err("`at_once` of its dial rule is reached");
        }
        if used.recent.len() >= rule.per_minute as usize {
            return Err("`per_minute` of its dial rule is reached");
        }
        used.live += 1;
        used.recent.push_back(now);
        Ok(())
    }

    /// Gives a leg's place back. Harmless for legs that were never counted.
    pub(crate) fn release(&mut self, leg: LegId) {
        let Some((rule, call)) = self.legs.remove(&leg) else { return };
        if let Some(used) = rule.and_then(|rule| self.rules.get_mut(&rule)) {
            used.live = used.live.saturating_sub(1);
        }
        if let Some(live) = self.live.get_mut(&call) {
            *live = live.saturating_sub(1);
        }
    }

    /// Moves a leg to the call that took it over.
    pub(crate) fn adopt(&mut self, leg: LegId, by: CallId) {
        if let Some((_, call)) = self.legs.get_mut(&leg) {
            if let Some(live) = self.live.get_mut(call) {
                *live = live.saturating_sub(1);
            }
            *call = by;
            *self.live.entry(by).or_default() += 1;
        }
    }

    pub(crate) fn forget_call(&mut self, call: CallId) {
        self.live.remove(&call);
        self.placed.remove(&call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(at_once: u32, per_minute: u32) -> DialRule {
        DialRule { to: "+7*".into(), through: vec![], at_once, per_minute, show: None }
    }

    #[test]
    fn a_rule_caps_calls_at_once_and_per_minute() {
        let mut caps = DialCaps::default();
        let rule = rule(1, 2);
        let at = |seconds| Timestamp::ZERO + Duration::from_secs(seconds);
        assert!(caps.admit(at(0), CallId(1), LegId(1), Some(&rule)).is_ok());
        assert!(caps.admit(at(0), CallId(2), LegId(2), Some(&rule)).is_err(), "one at once");
        caps.release(LegId(1));
        assert!(caps.admit(at(1), CallId(2), LegId(3), Some(&rule)).is_ok());
        caps.release(LegId(3));
        assert!(caps.admit(at(2), CallId(3), LegId(4), Some(&rule)).is_err(), "two a minute");
        assert!(caps.admit(at(60), CallId(3), LegId(4), Some(&rule)).is_ok(), "a minute later");
    }

    #[test]
    fn one_call_cannot_ring_the_world() {
        let mut caps = DialCaps::default();
        for leg in 0..LEGS_PER_CALL_MAX as u64 {
            caps.admit(Timestamp::ZERO, CallId(1), LegId(leg), None).unwrap();
        }
        assert!(caps.admit(Timestamp::ZERO, CallId(1), LegId(99), None).is_err());
        assert!(caps.admit(Timestamp::ZERO, CallId(2), LegId(99), None).is_ok());
    }
}
