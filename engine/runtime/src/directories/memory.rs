//! What a directory answered before, and whether it is worth asking now. Time is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use model::Timestamp;
use serde_json::Value;

/// Answers that are kept; the oldest goes first.
const ANSWERS_MAX: usize = 10_000;
/// "Nothing found" is kept for this part of the time.
const NEGATIVE_PART: u32 = 10;
/// Failures in a row after which nobody waits for a directory any more.
const FAILURES_MAX: u32 = 5;
/// How long it is left alone then.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// Answers of one directory with their age, and how it has been lately.
#[derive(Debug, Default)]
pub(super) struct Memory {
    fresh: Duration,
    stale: Duration,
    answers: BTreeMap<String, (Timestamp, Value)>,
    order: VecDeque<(Timestamp, String)>,
    failures: u32,
    left_alone_until: Timestamp,
}

/// What is known without asking.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// Good enough to be the answer.
    Answer(Value),
    /// Ask; should it fail, this old answer is better than none.
    Ask(Option<Value>),
}

impl Memory {
    pub(super) fn new(cache: Option<Duration>, stale: Option<Duration>) -> Self {
        let fresh = cache.unwrap_or_default();
        Self { fresh, stale: stale.unwrap_or_default(), ..Self::default() }
    }

    /// What there is to say about a key.
    pub(super) fn recall(&mut self, now: Timestamp, key: &str) -> Known {
        let kept = self.answers.get(key);
        let fresh = kept.filter(|(at, value)| now.since(*at) < self.life(value));
        if let Some((_, value)) = fresh {
            return Known::Answer(value.clone());
        }
        let old =
            kept.filter(|(at, _)| now.since(*at) < self.fresh.saturating_add(self.stale) && !self.stale.is_zero());
        let old = old.map(|(_, value)| value.clone());
        if now < self.left_alone_until {
            return Known::Answer(old.unwrap_or_default());
        }
        if self.failures >= FAILURES_MAX {
            // One caller tries; the others do not wait with him.
            self.left_alone_until = now + LEFT_ALONE;
        }
        Known::Ask(old)
    }

    /// It answered.
    pub(super) fn note(&mut self, now: Timestamp, key: &str, value: &Value) {
        self.failures = 0;
        self.left_alone_until = Timestamp::ZERO;
        if self.fresh.is_zero() {
            return;
        }
        self.answers.insert(key.to_owned(), (now, value.clone()));
        self.order.push_back((now, key.to_owned()));
        while self.answers.len() > ANSWERS_MAX || self.order.len() > 2 * ANSWERS_MAX {
            let Some((at, key)) = self.order.pop_front() else { break };
            // A key that was asked again has a younger place in the order.
            if self.answers.get(&key).is_some_and(|(kept, _)| *kept == at) {
                self.answers.remove(&key);
            }
        }
    }

    /// It failed; true when it is left alone from now on.
    pub(super) fn note_failure(&mut self, now: Timestamp) -> bool {
        self.failures = self.failures.saturating_add(1);
        let tripped = self.failures >= FAILURES_MAX;
        if tripped {
            self.left_alone_until = now + LEFT_ALONE;
        }
        tripped
    }

    fn life(&self, value: &Value) -> Duration {
        if value.is_null() { self.fresh / NEGATIVE_PART } else { self.fresh }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn row() -> Value {
        serde_json::json!({ "name": "Ada" })
    }

    #[test]
    fn answers_grow_old_and_nothing_found_sooner() {
        let mut memory = Memory::new(Some(MINUTE), None);
        assert_eq!(memory.recall(at(0), "a"), Known::Ask(None));
        memory.note(at(0), "a", &row());
        memory.note(at(0), "b", &Value::Null);
        assert_eq!(memory.recall(at(59), "a"), Known::Answer(row()));
        assert_eq!(memory.recall(at(60), "a"), Known::Ask(None));
        assert_eq!(memory.recall(at(5), "b"), Known::Answer(Value::Null));
        assert_eq!(memory.recall(at(6), "b"), Known::Ask(None));
    }

    #[test]
    fn an_old_answer_is_better_than_none() {
        let mut memory = Memory::new(Some(MINUTE), Some(60 * MINUTE));
        memory.note(at(0), "a", &row());
        assert_eq!(memory.recall(at(61), "a"), Known::Ask(Some(row())));
        assert_eq!(memory.recall(at(61 * 60), "a"), Known::Ask(None));
    }

    #[test]
    fn a_dead_directory_is_left_alone_for_a_while() {
        let mut memory = Memory::new(None, None);
        for _ in 0..FAILURES_MAX - 1 {
            assert!(!memory.note_failure(at(10)));
        }
        assert_eq!(memory.recall(at(10), "a"), Known::Ask(None));
        assert!(memory.note_failure(at(10)));
        assert_eq!(memory.recall(at(14), "a"), Known::Answer(Value::Null), "nobody waits");
        assert_eq!(memory.recall(at(15), "a"), Known::Ask(None), "one tries");
        assert_eq!(memory.recall(at(15), "b"), Known::Answer(Value::Null), "the others do not wait with him");
        memory.note(at(16), "a", &row());
        assert_eq!(memory.recall(at(16), "b"), Known::Ask(None));
    }

    #[test]
    fn callers_who_are_never_the_same_do_not_fill_the_memory() {
        let mut memory = Memory::new(Some(MINUTE), None);
        for n in 0..3 * ANSWERS_MAX {
            memory.note(at(0), &n.to_string(), &row());
            memory.note(at(0), "often", &row());
        }
        assert!(memory.answers.len() <= ANSWERS_MAX && memory.order.len() <= 2 * ANSWERS_MAX);
        let newest = (3 * ANSWERS_MAX - 1).to_string();
        assert_eq!(memory.recall(at(1), &newest), Known::Answer(row()));
    }
}
