//! Who rang, who answered, who was released and why.

use model::{Fact, LegId, WallTime};
use serde::{Deserialize, Serialize};

const LEGS_MAX: usize = 100; // A queue may ring for hours; its record is rewritten with each leg.

/// One party of a call; the first is whoever called, or whom the engine called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLeg {
    /// The leg.
    pub leg: LegId,
    /// Who: a number or an agent.
    pub who: String,
    /// Trunk or telephone that was dialled, `""` for a leg that came in.
    pub route: String,
    /// When it came in or was dialled.
    pub dialed_at: WallTime,
    /// When it rang.
    pub rang_at: Option<WallTime>,
    /// When it answered.
    pub answered_at: Option<WallTime>,
    /// When it ended; none while it lives.
    pub released_at: Option<WallTime>,
    /// Why it ended, a word of `HangupCause` or `LegFailure`; `""` while it lives.
    pub cause: String,
}

impl CallLeg {
    pub(super) fn new(leg: LegId, who: &str, route: &str, at: WallTime) -> Self {
        let (rang_at, answered_at, released_at) = (None, None, None);
        let (who, route) = (who.to_owned(), route.to_owned());
        Self { leg, who, route, dialed_at: at, rang_at, answered_at, released_at, cause: String::new() }
    }

    /// Did we dial it?
    fn is_placed(&self) -> bool {
        !self.route.is_empty()
    }

    /// Dialled, and neither answered nor given up.
    pub(super) fn is_ringing(&self) -> bool {
        self.is_placed() && self.answered_at.is_none() && self.released_at.is_none()
    }

    pub(super) fn release(&mut self, at: WallTime, cause: &str) {
        if self.released_at.is_none() {
            (self.released_at, self.cause) = (Some(at), cause.to_owned());
        }
    }
}

/// Brings the legs forward; gives whether the fact was about one.
pub(super) fn apply(legs: &mut Vec<CallLeg>, at: WallTime, fact: &Fact) -> super::Applied {
    let of = |legs: &mut Vec<CallLeg>, leg: LegId, change: &dyn Fn(&mut CallLeg)| {
        if let Some(found) = legs.iter_mut().rev().find(|one| one.leg == leg) {
            change(found);
        }
    };
    match fact {
        Fact::LegDialed { leg, to, route } => dialed(legs, CallLeg::new(*leg, to, route, at)),
        Fact::CallRang => legs.iter_mut().take(1).for_each(|leg| leg.rang_at = leg.rang_at.or(Some(at))),
        Fact::CallAnswered => legs.iter_mut().take(1).for_each(|leg| leg.answered_at = leg.answered_at.or(Some(at))),
        Fact::LegRang { leg } => of(legs, *leg, &|leg| leg.rang_at = leg.rang_at.or(Some(at))),
        Fact::LegAnswered { leg, .. } => of(legs, *leg, &|leg| leg.answered_at = leg.answered_at.or(Some(at))),
        Fact::LegReleased { leg, cause } | Fact::CallDisconnected { leg, cause, .. } => {
            of(legs, *leg, &|leg| leg.release(at, cause.as_str()));
        }
        Fact::LegFailed { leg, to, reason } => {
            if !legs.iter().any(|one| one.leg == *leg) {
                add(legs, CallLeg::new(*leg, to, "", at));
            }
            of(legs, *leg, &|leg| leg.release(at, reason.as_str()));
        }
        // A leg of another call came in by an attended transfer.
        Fact::CallTransferred { leg, to } if !legs.iter().any(|one| one.leg == *leg) => {
            let mut new = CallLeg::new(*leg, to, "", at);
            new.answered_at = Some(at);
            add(legs, new);
        }
        _ => return super::Applied::Nothing,
    }
    super::Applied::Changed
}

/// Whom the engine calls comes first, whichever trunk he is reached by.
fn dialed(legs: &mut Vec<CallLeg>, leg: CallLeg) {
    match legs.first_mut() {
        Some(first) if first.leg == leg.leg => *first = leg,
        Some(first) if first.is_placed() && first.who == leg.who && first.answered_at.is_none() => legs.insert(0, leg),
        _ => add(legs, leg),
    }
}

/// Beyond the limit the oldest leg that never answered makes room; the first one stays.
fn add(legs: &mut Vec<CallLeg>, leg: CallLeg) {
    if legs.len() >= LEGS_MAX {
        let vain = legs.iter().skip(1).position(|one| one.answered_at.is_none() && one.released_at.is_some());
        legs.remove(vain.map_or(1, |index| index + 1));
    }
    legs.push(leg);
}
