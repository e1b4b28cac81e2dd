//! One call on a time line: the flow's lines, keys, signalling, decisions, writes and deliveries.

mod ladder;
pub(crate) mod pcap;
mod summary;

use model::{Entry, Fact};

pub(crate) use ladder::{Ladder, rung};
pub(crate) use summary::summary;

/// What a line of the trace is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lane {
    /// Prompts, tags, look-ups: what the flow did.
    Flow,
    /// What the caller pressed.
    Keys,
    /// Signalling with one party.
    Sip,
    /// Queues and why somebody was chosen.
    Queue,
    /// What was made durable for somebody.
    Store,
    /// What went to other systems and people.
    Sent,
    /// The call as a whole.
    Call,
}

impl Lane {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Lane::Flow => "flow",
            Lane::Keys => "keys",
            Lane::Sip => "sip",
            Lane::Queue => "queue",
            Lane::Store => "store",
            Lane::Sent => "sent",
            Lane::Call => "call",
        }
    }

    pub(crate) const fn of(fact: &Fact) -> Self {
        match fact {
            Fact::DigitsCollected { .. } | Fact::LegConfirmed { .. } => Lane::Keys,
            Fact::CallArrived { .. }
            | Fact::CallPlaced { .. }
            | Fact::CallRang
            | Fact::CallAnswered
            | Fact::CallRejected { .. }
            | Fact::LegDialed { .. }
            | Fact::LegRang { .. }
            | Fact::LegAnswered { .. }
            | Fact::LegFailed { .. }
            | Fact::LegReleased { .. }
            | Fact::CallHeld { .. }
            | Fact::CallResumed { .. }
            | Fact::TransferRequested { .. } => Lane::Sip,
            Fact::CallQueued { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. }
            | Fact::SearchWidened { .. }
            | Fact::QueueAnswered { .. }
            | Fact::QueueTalkEnded { .. }
            | Fact::QueueLeft { .. } => Lane::Queue,
            Fact::RecordingSaved { .. }
            | Fact::MessageSaved { .. }
            | Fact::MessageChanged { .. }
            | Fact::CallbackBooked { .. }
            | Fact::CallbackChanged { .. }
            | Fact::ContactChanged { .. }
            | Fact::CallerLost { .. } => Lane::Store,
            Fact::DeliveryQueued { .. } | Fact::Delivered { .. } | Fact::DeliveryFailed { .. } => Lane::Sent,
            Fact::CallConnected { .. }
            | Fact::CallDisconnected { .. }
            | Fact::CallTransferred { .. }
            | Fact::TransferFailed { .. }
            | Fact::CallEnded { .. } => Lane::Call,
            _ => Lane::Flow,
        }
    }
}

/// The entry with its digits as stars.
pub(crate) fn masked(entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    if let Fact::DigitsCollected { digits, .. } = &mut entry.fact {
        *digits = "*".repeat(digits.chars().count());
    }
    entry
}

/// A fact on a line of its own; why somebody was chosen is too much for one.
pub(crate) fn lines(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::OfferMade { agent, why, .. } => {
            let reasons = why.split("; ").filter(|reason| !reason.is_empty()).map(str::to_owned);
            std::iter::once(format!("offered to {agent}")).chain(reasons).collect()
        }
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{AgentId, CallId, HangupCause, LegId, QueueId, Timestamp, WallTime};

    use super::*;

    #[test]
    fn why_an_agent_was_chosen_has_a_line_for_each_reason() {
        let why = "longest idle, 2 free: anna (idle 40s), ben (idle 12s); 1 talking; 1 free without the skills";
        let (queue, agent) = (QueueId::parse("support").expect("a name"), AgentId::parse("anna").expect("a name"));
        let told = lines(&Fact::OfferMade { queue, agent, why: why.into() });
        let expected = [
            "offered to anna",
            "longest idle, 2 free: anna (idle 40s), ben (idle 12s)",
            "1 talking",
            "1 free without the skills",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn digits_become_stars_and_nothing_else_does() {
        let entry = |fact| Entry { at: Timestamp::ZERO, wall: WallTime(0), call: Some(CallId(1)), fact };
        let pressed = entry(Fact::DigitsCollected { digits: "4711".into(), place: None });
        assert_eq!(masked(&pressed).fact.to_string(), "pressed ****");
        let talked =
            Fact::CallDisconnected { leg: LegId(2), talked: Duration::from_secs(47), cause: HangupCause::Normal };
        assert_eq!(masked(&entry(talked.clone())).fact, talked);
    }
}
