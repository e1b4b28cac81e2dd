//! Who did not understand a challenge: many phones give up at the first sight of an algorithm that they
//! do not know, although RFC 7616 §3.7 tells them to choose. They ask again without credentials.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Challenges remembered; older ones are forgotten, at the price of one more try of their phone.
const REMEMBERED: usize = 512;

/// The requests that were challenged lately and not seen again with credentials.
#[derive(Debug, Default)]
pub(crate) struct Unanswered {
    requests: VecDeque<(u64, u32)>,
}

impl Unanswered {
    /// Notes a request without credentials. Was an earlier one of the same Call-ID challenged in vain?
    /// Repetitions of a datagram have the same CSeq and do not count.
    pub(crate) fn asks_again(&mut self, call_id: &str, cseq: u32) -> bool {
        let call = hashed(call_id);
        if let Some((_, first)) = self.requests.iter().find(|(known, _)| *known == call) {
            return cseq > *first;
        }
        self.requests.truncate(REMEMBERED - 1);
        self.requests.push_front((call, cseq));
        false
    }

    /// The phone of this Call-ID has answered a challenge.
    pub(crate) fn answered(&mut self, call_id: &str) {
        let call = hashed(call_id);
        self.requests.retain(|(known, _)| *known != call);
    }
}

fn hashed(call_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    call_id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_later_request_of_the_same_call_asks_again() {
        let mut unanswered = Unanswered::default();
        let asked =
            [("a", 1), ("a", 1), ("b", 7), ("a", 2), ("a", 3), ("b", 7)].map(|(c, n)| unanswered.asks_again(c, n));
        assert_eq!(asked, [false, false, false, true, true, false]);
    }

    #[test]
    fn who_answered_once_is_offered_everything_again() {
        let mut unanswered = Unanswered::default();
        unanswered.asks_again("a", 1);
        unanswered.answered("a");
        assert!(!unanswered.asks_again("a", 3));
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let mut unanswered = Unanswered::default();
        for n in 0..10_000 {
            unanswered.asks_again(&n.to_string(), 1);
        }
        assert_eq!(unanswered.requests.len(), REMEMBERED);
    }
}
