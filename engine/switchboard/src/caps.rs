//! How many calls may go out: per rule of `dial:`, per caller and per call. Toll fraud is bounded before it is noticed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use model::{CallId, LegId, Timestamp, TrunkId};
use script::config::{DialRule, TrunkConfig};

/// Outbound legs that one call may hold at once: a ring-all team fits, a loop does not.
const LEGS_PER_CALL_MAX: usize = 32;
/// Outbound legs that one call may place in its whole life.
const DIALS_PER_CALL_MAX: usize = 200;
/// Calls by trunks that one caller's number may hold at once, however many calls it makes.
const OUTSIDE_PER_SOURCE_MAX: u32 = 10;
/// Calls by trunks that one caller's number may place in a minute.
const OUTSIDE_PER_SOURCE_A_MINUTE: usize = 30;

#[derive(Debug, Default)]
pub(crate) struct DialCaps {
    rules: BTreeMap<String, Use>,
    sources: BTreeMap<String, Use>,
    legs: BTreeMap<LegId, Counted>,
    /// Legs that we dialled by a trunk.
    lines: BTreeMap<LegId, TrunkId>,
    live: BTreeMap<CallId, usize>,
    placed: BTreeMap<CallId, usize>,
}

/// Where a leg was counted, to be given back there.
#[derive(Debug)]
struct Counted {
    /// None for a queue's offers.
    call: Option<CallId>,
    rule: Option<String>,
    source: Option<String>,
}

#[derive(Debug, Default)]
struct Use {
    live: u32,
    recent: VecDeque<Timestamp>,
}

impl Use {
    fn forget_old(&mut self, now: Timestamp) {
        while self.recent.front().is_some_and(|at| now - *at >= Duration::from_secs(60)) {
            self.recent.pop_front();
        }
    }

    fn count(&mut self, now: Timestamp) {
        self.live += 1;
        self.recent.push_back(now);
    }
}

impl DialCaps {
    /// Counts a new leg, or says which cap refuses it. `source` is the caller's number, `""` when withheld.
    pub(crate) fn admit(
        &mut self,
        now: Timestamp,
        (call, leg): (CallId, LegId),
        source: &str,
        rule: Option<&DialRule>,
    ) -> Result<(), &'static str> {
        if self.live.get(&call).is_some_and(|live| *live >= LEGS_PER_CALL_MAX) {
            return Err("this call rings 32 phones already");
        }
        if self.placed.get(&call).is_some_and(|placed| *placed >= DIALS_PER_CALL_MAX) {
            return Err("this call has dialled 200 times");
        }
        let by_trunk = rule.is_some_and(|rule| !rule.through.is_empty());
        let source = (by_trunk && !source.is_empty()).then(|| source.to_owned());
        if let Some(rule) = rule {
            self.check_rule(now, rule)?;
        }
        if let Some(source) = &source {
            self.check_source(now, source)?;
            self.sources.entry(source.clone()).or_default().count(now);
        }
        if let Some(rule) = rule {
            self.rules.entry(rule.to.clone()).or_default().count(now);
        }
        self.legs.insert(leg, Counted { call: Some(call), rule: rule.map(|rule| rule.to.clone()), source });
        *self.live.entry(call).or_default() += 1;
        *self.placed.entry(call).or_default() += 1;
        Ok(())
    }

    /// Counts a leg that a queue rings for an agent on a number outside: by its rule only.
    pub(crate) fn admit_offer(&mut self, now: Timestamp, leg: LegId, rule: &DialRule) -> Result<(), &'static str> {
        self.check_rule(now, rule)?;
        self.rules.entry(rule.to.clone()).or_default().count(now);
        self.legs.insert(leg, Counted { call: None, rule: Some(rule.to.clone()), source: None });
        Ok(())
    }

    /// How many more calls this rule and its trunks let out now.
    pub(crate) fn room(&mut self, now: Timestamp, trunks: &BTreeMap<TrunkId, TrunkConfig>, rule: &DialRule) -> usize {
        let (at_once, per_minute) = (rule.at_once as usize, rule.per_minute as usize);
        let lines = self.lines_free(trunks, rule);
        let Some(used) = self.rules.get_mut(&rule.to) else { return at_once.min(per_minute).min(lines) };
        used.forget_old(now);
        let at_once = at_once.saturating_sub(used.live as usize);
        at_once.min(per_minute.saturating_sub(used.recent.len())).min(lines)
    }

    /// A leg is dialled by this trunk.
    pub(crate) fn takes_line(&mut self, leg: LegId, trunk: TrunkId) {
        self.lines.insert(leg, trunk);
    }

    /// How many more calls the trunks of this rule carry (`max_calls`); without a limit on one of them, any number.
    fn lines_free(&self, trunks: &BTreeMap<TrunkId, TrunkConfig>, rule: &DialRule) -> usize {
        let free = |trunk: &TrunkId| {
            let max = trunks.get(trunk)?.max_calls? as usize;
            Some(max.saturating_sub(self.lines.values().filter(|used| *used == trunk).count()))
        };
        let lines = rule.through.iter().map(free).sum::<Option<usize>>();
        lines.filter(|_| !rule.through.is_empty()).unwrap_or(usize::MAX)
    }

    fn check_rule(&mut self, now: Timestamp, rule: &DialRule) -> Result<(), &'static str> {
        let Some(used) = self.rules.get_mut(&rule.to) else { return Ok(()) };
        used.forget_old(now);
        if used.live >= rule.at_once {
            return Err("`at_once` of its dial rule is reached");
        }
        if used.recent.len() >= rule.per_minute as usize {
            return Err("`per_minute` of its dial rule is reached");
        }
        Ok(())
    }

    fn check_source(&mut self, now: Timestamp, source: &str) -> Result<(), &'static str> {
        // Callers who have been quiet for a minute are forgotten: the table stays small.
        self.sources.retain(|_, used| {
            used.forget_old(now);
            used.live > 0 || !used.recent.is_empty()
        });
        let Some(used) = self.sources.get(source) else { return Ok(()) };
        if used.live >= OUTSIDE_PER_SOURCE_MAX {
            return Err("this caller has 10 calls to the outside already");
        }
        if used.recent.len() >= OUTSIDE_PER_SOURCE_A_MINUTE {
            return Err("this caller placed 30 calls to the outside within a minute");
        }
        Ok(())
    }

    /// Gives a leg's place back. Harmless for legs that were never counted.
    pub(crate) fn release(&mut self, leg: LegId) {
        self.lines.remove(&leg);
        let Some(counted) = self.legs.remove(&leg) else { return };
        let rule = counted.rule.and_then(|rule| self.rules.get_mut(&rule));
        let source = counted.source.and_then(|source| self.sources.get_mut(&source));
        for used in rule.into_iter().chain(source) {
            used.live = used.live.saturating_sub(1);
        }
        if let Some(live) = counted.call.and_then(|call| self.live.get_mut(&call)) {
            *live = live.saturating_sub(1);
        }
    }

    /// Moves a leg to the call that took it over.
    pub(crate) fn adopt(&mut self, leg: LegId, by: CallId) {
        if let Some(counted) = self.legs.get_mut(&leg) {
            if let Some(live) = counted.call.and_then(|call| self.live.get_mut(&call)) {
                *live = live.saturating_sub(1);
            }
            counted.call = Some(by);
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
        let trunk = model::TrunkId::parse("provider").unwrap();
        DialRule { to: "+7*".into(), through: vec![trunk], at_once, per_minute, show: None }
    }

    #[test]
    fn a_rule_caps_calls_at_once_and_per_minute() {
        let mut caps = DialCaps::default();
        let rule = rule(1, 2);
        let at = |seconds| Timestamp::ZERO + Duration::from_secs(seconds);
        assert!(caps.admit(at(0), (CallId(1), LegId(1)), "", Some(&rule)).is_ok());
        assert!(caps.admit(at(0), (CallId(2), LegId(2)), "", Some(&rule)).is_err(), "one at once");
        caps.release(LegId(1));
        assert!(caps.admit(at(1), (CallId(2), LegId(3)), "", Some(&rule)).is_ok());
        caps.release(LegId(3));
        assert!(caps.admit(at(2), (CallId(3), LegId(4)), "", Some(&rule)).is_err(), "two a minute");
        assert!(caps.admit(at(60), (CallId(3), LegId(4)), "", Some(&rule)).is_ok(), "a minute later");
    }

    #[test]
    fn one_call_cannot_ring_the_world() {
        let mut caps = DialCaps::default();
        for leg in 0..LEGS_PER_CALL_MAX as u64 {
            caps.admit(Timestamp::ZERO, (CallId(1), LegId(leg)), "", None).unwrap();
        }
        assert!(caps.admit(Timestamp::ZERO, (CallId(1), LegId(99)), "", None).is_err());
        assert!(caps.admit(Timestamp::ZERO, (CallId(2), LegId(99)), "", None).is_ok());
    }

    #[test]
    fn one_caller_cannot_fill_the_trunks_by_many_calls() {
        let mut caps = DialCaps::default();
        let rule = rule(1000, 1000);
        let dial = |caps: &mut DialCaps, n: u64, source: &str| {
            caps.admit(Timestamp::ZERO, (CallId(n), LegId(n)), source, Some(&rule))
        };
        for n in 0..u64::from(OUTSIDE_PER_SOURCE_MAX) {
            dial(&mut caps, n, "+491").unwrap();
        }
        assert!(dial(&mut caps, 90, "+491").is_err());
        assert!(dial(&mut caps, 91, "+492").is_ok(), "somebody else");
        assert!(dial(&mut caps, 92, "").is_ok(), "withheld numbers are many people");
        caps.release(LegId(0));
        assert!(dial(&mut caps, 93, "+491").is_ok());
    }
}
