//! The SIP ladder of a call, as its facts tell it: which request or response went which way on which leg.

use std::collections::BTreeSet;

use model::{Ender, Fact, HangupCause, LegFailure, LegId};

/// What the ladder must remember: which legs were answered.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    first: Option<LegId>,
    answered: BTreeSet<LegId>,
    over: BTreeSet<LegId>,
}

/// One message: `<-` came to us, `->` went out.
pub(crate) fn rung(ladder: &mut Ladder, fact: &Fact) -> String {
    let first = ladder.first;
    let line = |way: &str, leg: Option<LegId>, what: &str| match leg {
        Some(leg) => format!("{way} {leg} {what}"),
        None => format!("{way} ? {what}"),
    };
    match fact {
        Fact::CallArrived { leg, .. } => {
            ladder.first = Some(*leg);
            line("<-", Some(*leg), "INVITE")
        }
        Fact::CallPlaced { leg, .. } => {
            ladder.first = Some(*leg);
            String::new()
        }
        Fact::CallRang => line("->", first, "180"),
        Fact::CallAnswered => match first {
            Some(leg) if ladder.answered.insert(leg) => line("->", first, "200"),
            _ => String::new(),
        },
        Fact::CallRejected { reason } => {
            ladder.over.extend(first);
            line("->", first, refusal(reason))
        }
        Fact::LegDialed { leg, .. } => line("->", Some(*leg), "INVITE"),
        Fact::LegRang { leg } => line("<-", Some(*leg), "180"),
        Fact::LegAnswered { leg, .. } => {
            ladder.answered.insert(*leg);
            line("<-", Some(*leg), "200")
        }
        Fact::LegFailed { leg, reason, .. } => match failure(*reason) {
            Some((way, what)) => {
                ladder.over.insert(*leg);
                line(way, Some(*leg), what)
            }
            None => String::new(),
        },
        Fact::CallHeld { leg } => line("<-", Some(*leg), "INVITE hold"),
        Fact::CallResumed { leg } => line("<-", Some(*leg), "INVITE resume"),
        Fact::TransferRequested { leg, attended: false, .. } => line("<-", Some(*leg), "REFER"),
        Fact::TransferRequested { leg, attended: true, .. } => line("<-", Some(*leg), "INVITE Replaces"),
        Fact::CallDisconnected { leg, cause: HangupCause::Normal, .. } if ladder.over.insert(*leg) => {
            line("<-", Some(*leg), "BYE")
        }
        Fact::LegReleased { leg, .. } if ladder.over.insert(*leg) => {
            line("->", Some(*leg), if ladder.answered.contains(leg) { "BYE" } else { "CANCEL" })
        }
        Fact::CallEnded { by: Ender::Caller, .. } => match first {
            Some(leg) if ladder.over.insert(leg) => {
                line("<-", first, if ladder.answered.contains(&leg) { "BYE" } else { "CANCEL" })
            }
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// The status of `reject`.
fn refusal(reason: &str) -> &'static str {
    match reason {
        "busy" => "486",
        "declined" => "603",
        "not_found" => "404",
        _ => "480",
    }
}

/// What stood for a failure; none when nothing was sent.
const fn failure(reason: LegFailure) -> Option<(&'static str, &'static str)> {
    match reason {
        LegFailure::Busy => Some(("<-", "486")),
        LegFailure::Declined => Some(("<-", "603")),
        LegFailure::NotFound => Some(("<-", "404")),
        LegFailure::Unreachable => Some(("<-", "no answer or 5xx")),
        LegFailure::Failed => Some(("<-", "4xx")),
        // We cancel when the ring time is over; the release says so.
        LegFailure::NoAnswer | LegFailure::NotAllowed | LegFailure::NoLine => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Outcome, Source};

    use super::*;

    fn ladder(facts: &[Fact]) -> Vec<String> {
        let mut ladder = Ladder::default();
        facts.iter().map(|fact| rung(&mut ladder, fact)).filter(|rung| !rung.is_empty()).collect()
    }

    fn arrived() -> Fact {
        Fact::CallArrived { from: "1".into(), to: "2".into(), source: Source::Local, leg: LegId(1) }
    }

    fn ended() -> Fact {
        Fact::CallEnded { outcome: Outcome::Answered, cause: HangupCause::Normal, by: Ender::Caller }
    }

    #[test]
    fn a_call_that_is_bridged_has_both_ladders() {
        let facts = [
            arrived(),
            Fact::CallAnswered,
            Fact::LegDialed { leg: LegId(2), to: "anna".into(), route: String::new() },
            Fact::LegRang { leg: LegId(2) },
            Fact::LegAnswered { leg: LegId(2), to: "anna".into() },
            Fact::CallHeld { leg: LegId(2) },
            Fact::CallResumed { leg: LegId(2) },
            Fact::CallDisconnected { leg: LegId(1), talked: Duration::ZERO, cause: HangupCause::Normal },
            Fact::LegReleased { leg: LegId(2), cause: HangupCause::Normal },
            ended(),
        ];
        let expected = [
            "<- 1 INVITE",
            "-> 1 200",
            "-> 2 INVITE",
            "<- 2 180",
            "<- 2 200",
            "<- 2 INVITE hold",
            "<- 2 INVITE resume",
            "<- 1 BYE",
            "-> 2 BYE",
        ];
        assert_eq!(ladder(&facts), expected);
    }

    #[test]
    fn legs_that_nobody_answers_are_cancelled_and_refusals_have_their_status() {
        let dialed = |leg| Fact::LegDialed { leg: LegId(leg), to: "anna".into(), route: String::new() };
        let failed = |leg, reason| Fact::LegFailed { leg: LegId(leg), to: "anna".into(), reason };
        let facts = [
            arrived(),
            dialed(2),
            failed(2, LegFailure::Busy),
            dialed(3),
            failed(3, LegFailure::NoAnswer),
            Fact::LegReleased { leg: LegId(3), cause: HangupCause::NoAnswer },
            ended(),
        ];
        let expected = ["<- 1 INVITE", "-> 2 INVITE", "<- 2 486", "-> 3 INVITE", "-> 3 CANCEL", "<- 1 CANCEL"];
        assert_eq!(ladder(&facts), expected);
        assert_eq!(ladder(&[arrived(), Fact::CallRejected { reason: "busy".into() }])[1], "-> 1 486");
    }
}
