//! What must be true when the call is over.

use std::time::Duration;

use model::{Ender, Entry, Fact, Timestamp, short_duration};

use super::file::{Bound, Expectation, Taping};
use crate::world::{Experience, HeardKind, Moment};

/// What the journal shows instead of a digit that must not be read there.
const HIDDEN_DIGIT: char = '•';

/// A call that is over, as its journal and its caller tell it.
pub(super) struct Ended<'e> {
    pub(super) entries: Vec<&'e Entry>,
    pub(super) moments: &'e [Moment],
    pub(super) language: &'e str,
    /// What came of the campaign's contact.
    pub(super) result: Option<String>,
}

impl Ended<'_> {
    /// Why `expectation` is not met; nothing when it is.
    pub(super) fn miss(&self, expectation: &Expectation) -> Option<String> {
        match expectation {
            Expectation::Outcome(wanted) => match self.outcome() {
                Some(outcome) if outcome == *wanted => None,
                Some(outcome) => Some(format!("the outcome was `{outcome}`, not `{wanted}`")),
                None => Some("the call was not taken: it has no outcome".to_owned()),
            },
            Expectation::Waited(bound) => missed(*bound, self.waited(), "the caller waited"),
            Expectation::Lasted(bound) => missed(*bound, self.lasted(), "the call lasted"),
            Expectation::Heard(name) => (!self.heard(name)).then(|| format!("the caller never heard `{name}`")),
            Expectation::NotHeard(name) => self.heard(name).then(|| format!("the caller heard `{name}`")),
            Expectation::Tag { key, value } => self.wrong_tag(key, value),
            Expectation::Language(wanted) => {
                let language = self.language_at_the_end();
                (language != wanted).then(|| format!("the language was `{language}`, not `{wanted}`"))
            }
            Expectation::Recorded(wanted) => self.wrong_recording(wanted),
            Expectation::Recording(wanted) => self.wrong_taping(*wanted),
            Expectation::Digits(wanted) => self.wrong_digits(wanted.as_deref()),
            Expectation::Result(wanted) => match &self.result {
                Some(result) if result == wanted => None,
                Some(result) => Some(format!("the result was `{result}`, not `{wanted}`")),
                None => Some("the call was not placed: it has no result".to_owned()),
            },
            Expectation::EndedBy(wanted) => match self.ender() {
                Some(word) if word == wanted => None,
                Some(word) => Some(format!("the call was ended by `{word}`, not `{wanted}`")),
                None => Some("the call never ended".to_owned()),
            },
        }
    }

    fn find<T>(&self, wanted: impl Fn(&Entry) -> Option<T>) -> Option<T> {
        self.entries.iter().find_map(|entry| wanted(entry))
    }

    fn outcome(&self) -> Option<model::Outcome> {
        self.find(|entry| match entry.fact {
            Fact::CallEnded { outcome, .. } => Some(outcome),
            _ => None,
        })
    }

    /// When it ended.
    pub(super) fn over_at(&self) -> Timestamp {
        let ended = |entry: &Entry| matches!(entry.fact, Fact::CallEnded { .. }).then_some(entry.at);
        self.find(ended).or_else(|| self.entries.last().map(|entry| entry.at)).unwrap_or_default()
    }

    /// From the place in a queue, or the first ringing of somebody, until the conversation or the end of the call.
    fn waited(&self) -> Duration {
        let waits =
            |fact: &Fact| matches!(fact, Fact::CallQueued { .. } | Fact::LegDialed { .. } | Fact::LegFailed { .. });
        let rung = |entry: &Entry| waits(&entry.fact).then_some(entry.at);
        let connected = |entry: &Entry| matches!(entry.fact, Fact::CallConnected { .. }).then_some(entry.at);
        let end = self.find(connected).unwrap_or_else(|| self.over_at());
        self.find(rung).map_or(Duration::ZERO, |start| end - start)
    }

    fn lasted(&self) -> Duration {
        self.entries.first().map_or(Duration::ZERO, |first| self.over_at() - first.at)
    }

    fn heard(&self, name: &str) -> bool {
        self.moments.iter().any(|moment| match &moment.what {
            Experience::Heard(heard) => heard.name == name && heard.kind != HeardKind::Missing,
            _ => false,
        })
    }

    fn wrong_tag(&self, wanted: &str, value: &str) -> Option<String> {
        let last = self.entries.iter().rev().find_map(|entry| match &entry.fact {
            Fact::TagSet { key, value } if key == wanted => Some(value.as_str()),
            _ => None,
        });
        match last {
            Some(found) if found == value => None,
            Some(found) => Some(format!("tag `{wanted}` was `{found}`, not `{value}`")),
            None => Some(format!("tag `{wanted}` was never set")),
        }
    }

    fn language_at_the_end(&self) -> &str {
        let last = self.entries.iter().rev().find_map(|entry| match &entry.fact {
            Fact::LanguageSet { language } => Some(language.as_str()),
            _ => None,
        });
        last.unwrap_or(self.language)
    }

    fn wrong_recording(&self, wanted: &str) -> Option<String> {
        let names: Vec<&str> = self
            .entries
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::RecordingSaved { name, .. } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        match wanted {
            "true" if names.is_empty() => Some("nothing was recorded".to_owned()),
            "false" if !names.is_empty() => Some(format!("`{}` was recorded", names.join("`, `"))),
            "true" | "false" => None,
            name if names.contains(&name) => None,
            name if names.is_empty() => Some(format!("`{name}` was not recorded, nor anything else")),
            name => Some(format!("`{name}` was not recorded, but `{}` was", names.join("`, `"))),
        }
    }

    fn wrong_taping(&self, wanted: Taping) -> Option<String> {
        let paused = self.find(|entry| matches!(entry.fact, Fact::RecordingPaused { .. }).then_some(entry.at));
        let resumed = self.find(|entry| matches!(entry.fact, Fact::RecordingResumed { .. }).then_some(entry.at));
        match (wanted, paused, resumed) {
            (Taping::Paused, None, _) => Some("the recording was never paused".to_owned()),
            (Taping::Resumed, Some(_), None) => Some("the recording was paused and never went on".to_owned()),
            (Taping::Resumed, None, None) => Some("the recording was never paused".to_owned()),
            (Taping::NeverPaused, Some(_), _) => Some("the recording was paused".to_owned()),
            (Taping::Paused | Taping::Resumed | Taping::NeverPaused, ..) => None,
        }
    }

    /// Nobody may read hidden digits in the journal: each is a dot.
    fn wrong_digits(&self, wanted: Option<&str>) -> Option<String> {
        let digits = |entry: &&Entry| match &entry.fact {
            Fact::DigitsCollected { digits, .. } => Some(digits.clone()),
            _ => None,
        };
        let shown: Vec<String> = self.entries.iter().filter_map(digits).collect();
        let hidden = |digits: &String| !digits.is_empty() && digits.chars().all(|digit| digit == HIDDEN_DIGIT);
        let (found, words) = match wanted {
            Some(wanted) => {
                (shown.iter().any(|digits| digits == wanted), format!("digits `{wanted}` were not collected"))
            }
            None => (shown.iter().any(hidden), "no hidden digits were collected".to_owned()),
        };
        let instead = if shown.is_empty() { String::new() } else { format!(", but `{}`", shown.join("`, `")) };
        (!found).then(|| format!("{words}{instead}"))
    }

    fn ender(&self) -> Option<&'static str> {
        self.find(|entry| match entry.fact {
            Fact::CallEnded { by, .. } => Some(match by {
                Ender::Caller => "caller",
                Ender::Party => "party",
                Ender::Flow => "flow",
                Ender::Engine => "engine",
            }),
            _ => None,
        })
    }
}

fn missed(bound: Bound, found: Duration, what: &str) -> Option<String> {
    let (fits, words, limit) = match bound {
        Bound::AtMost(limit) => (found <= limit, "at most", limit),
        Bound::AtLeast(limit) => (found >= limit, "at least", limit),
    };
    (!fits).then(|| format!("{what} {}, not {words} {}", short_duration(found), short_duration(limit)))
}
