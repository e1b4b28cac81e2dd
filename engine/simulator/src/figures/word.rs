//! The journal's words for states and reasons, as values.

use serde::Serialize;

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the style guide")]
pub enum AgentWord {
    SignedOut,
    NotReady,
    Ready,
    Reserved,
    Talking,
    WrapUp,
}

impl AgentWord {
    /// Every state.
    pub const ALL: [AgentWord; 6] = [
        AgentWord::SignedOut,
        AgentWord::NotReady,
        AgentWord::Ready,
        AgentWord::Reserved,
        AgentWord::Talking,
        AgentWord::WrapUp,
    ];

    /// The word itself.
    pub const fn as_str(self) -> &'static str {
        match self {
            AgentWord::SignedOut => "signed_out",
            AgentWord::NotReady => "not_ready",
            AgentWord::Ready => "ready",
            AgentWord::Reserved => "reserved",
            AgentWord::Talking => "talking",
            AgentWord::WrapUp => "wrap_up",
        }
    }

    /// `ready`, `wrap-up`, `wrapping up call 7`, `not ready: lunch`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = plain(text);
        if text.starts_with("wrap") {
            return Some(AgentWord::WrapUp);
        }
        Self::ALL.into_iter().find(|word| text.starts_with(word.as_str()))
    }

    pub(super) fn is_on_duty(self) -> bool {
        !matches!(self, AgentWord::SignedOut | AgentWord::NotReady)
    }

    /// Works for a caller: occupied, as occupancy has it.
    pub(super) fn is_busy(self) -> bool {
        matches!(self, AgentWord::Talking | AgentWord::WrapUp)
    }
}

/// How a caller left a queue without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Abandoned,
    Voicemail,
    Callback,
    Overflowed,
}

impl Leave {
    pub(super) fn parse(reason: &str) -> Self {
        let reason = plain(reason);
        match reason.as_str() {
            "voicemail" => Leave::Voicemail,
            "callback" => Leave::Callback,
            _ if reason.starts_with("abandon") || reason.contains("hung_up") => Leave::Abandoned,
            _ => Leave::Overflowed,
        }
    }
}

/// How an offered telephone disappointed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ring {
    Missed,
    Refused,
    /// Answered here or elsewhere, or the caller left: nobody's fault.
    Harmless,
}

impl Ring {
    pub(super) fn parse(reason: &str) -> Self {
        match plain(reason).as_str() {
            "no_answer" => Ring::Missed,
            "busy" | "declined" | "unreachable" => Ring::Refused,
            _ => Ring::Harmless,
        }
    }
}

fn plain(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_in_every_spelling_of_the_journal() {
        let read = |text| AgentWord::parse(text).map(AgentWord::as_str);
        assert_eq!(read("wrap-up"), Some("wrap_up"));
        assert_eq!(read("wrapping up call 7"), Some("wrap_up"));
        assert_eq!(read("not ready: lunch"), Some("not_ready"));
        assert_eq!(read("signed_out"), Some("signed_out"));
        assert_eq!(read("asleep"), None);
    }

    #[test]
    fn whoever_neither_hung_up_nor_left_a_message_overflowed() {
        assert_eq!(Leave::parse("abandoned"), Leave::Abandoned);
        assert_eq!(Leave::parse("caller hung up"), Leave::Abandoned);
        assert_eq!(Leave::parse("callback"), Leave::Callback);
        assert_eq!(Leave::parse("exit:0"), Leave::Overflowed);
        assert_eq!(Leave::parse("timed_out"), Leave::Overflowed);
    }
}
