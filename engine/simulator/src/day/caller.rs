//! One fake caller: when he presses keys, loses patience and hangs up.

use std::collections::VecDeque;
use std::time::Duration;

use model::{CallId, Timestamp};

use super::fate::{Fate, Person};
use crate::call::{IMPATIENCE, Key, REACTION};
use crate::world::World;

/// A caller on the line.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) person: Person,
    pub(super) fate: Fate,
    pub(super) call: Option<CallId>,
    keys: VecDeque<Key>,
    hand: Hand,
    heard_new: bool,
    quiet_since: Timestamp,
    pub(super) mood: Mood,
    /// Counts changes of mood: what was planned in an earlier one is void.
    pub(super) moods: u32,
    /// He waited for a person and was turned away, or gave up.
    pub(super) unserved: bool,
    pub(super) was_served: bool,
}

/// What a caller is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Listens to the flow.
    Listens,
    /// Waits for a person.
    Waits {
        since: Timestamp,
    },
    Talks {
        since: Timestamp,
    },
}

/// What a caller's finger does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// Ready for the next key; looked at again when something happens, and at this time.
    Waits { look_at: Option<Timestamp> },
    /// Will press then.
    Reaches { at: Timestamp },
    /// Presses keys, or rests as his script says, until then.
    Busy { until: Timestamp },
}

/// What a look at the keys asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finger {
    /// Nothing new.
    Rests,
    /// Look again then.
    LookAt(Timestamp),
    /// Press these now, and look again then.
    Press(String, Timestamp),
}

impl Caller {
    pub(super) fn new(person: Person, fate: Fate, now: Timestamp) -> Self {
        Self {
            person,
            keys: fate.keys.iter().cloned().collect(),
            fate,
            call: None,
            hand: Hand::Waits { look_at: None },
            heard_new: false,
            quiet_since: now,
            mood: Mood::Listens,
            moods: 0,
            unserved: false,
            was_served: false,
        }
    }

    pub(super) fn hears(&mut self) {
        self.heard_new = true;
    }

    /// Begins to wait for a person; gives what is left of his patience.
    pub(super) fn waits(&mut self, now: Timestamp) -> Option<Duration> {
        if self.mood != Mood::Listens {
            return None;
        }
        self.set_mood(Mood::Waits { since: now });
        self.fate.patience
    }

    /// A person is there; gives how long he will talk, none when he talks already.
    pub(super) fn talks(&mut self, now: Timestamp) -> Option<Duration> {
        if matches!(self.mood, Mood::Talks { .. }) {
            return None;
        }
        self.set_mood(Mood::Talks { since: now });
        self.was_served = true;
        Some(self.fate.talks)
    }

    /// The wait or the conversation is over, and he is still there.
    pub(super) fn listens(&mut self, now: Timestamp) {
        match self.mood {
            Mood::Listens => return,
            Mood::Waits { since } => {
                self.fate.patience = self.fate.patience.map(|left| left.saturating_sub(now - since));
            }
            // Whoever is handed on has said a part already.
            Mood::Talks { since } => self.fate.talks = self.fate.talks.saturating_sub(now - since),
        }
        self.set_mood(Mood::Listens);
    }

    fn set_mood(&mut self, mood: Mood) {
        self.mood = mood;
        self.moods += 1;
    }

    /// Looks at the next key of his script. A group is pressed as soon as the flow listens to keys and something new
    /// is heard, half a second later; after two seconds of nothing new it is pressed anyway.
    pub(super) fn look(&mut self, now: Timestamp, flow_listens: impl Fn() -> bool) -> Finger {
        match self.hand {
            Hand::Reaches { at } | Hand::Busy { until: at } if at > now => return Finger::Rests,
            Hand::Reaches { .. } => return self.press(now),
            Hand::Busy { .. } => {
                self.quiet_since = now;
                self.hand = Hand::Waits { look_at: None };
            }
            Hand::Waits { .. } => {}
        }
        match self.keys.front() {
            None => Finger::Rests,
            Some(Key::Wait(pause)) => {
                let until = now + *pause;
                self.keys.pop_front();
                self.hand = Hand::Busy { until };
                Finger::LookAt(until)
            }
            Some(Key::Press(_)) => {
                let impatient_at = self.quiet_since + IMPATIENCE;
                if (self.heard_new || now >= impatient_at) && flow_listens() {
                    self.hand = Hand::Reaches { at: now + REACTION };
                    return Finger::LookAt(now + REACTION);
                }
                let at = if now < impatient_at { impatient_at } else { now + IMPATIENCE };
                match self.hand {
                    Hand::Waits { look_at: Some(planned) } if planned > now => Finger::Rests,
                    _ => {
                        self.hand = Hand::Waits { look_at: Some(at) };
                        Finger::LookAt(at)
                    }
                }
            }
        }
    }

    fn press(&mut self, now: Timestamp) -> Finger {
        let Some(Key::Press(keys)) = self.keys.pop_front() else { return Finger::Rests };
        self.heard_new = false;
        let until = now + World::time_to_press(&keys);
        self.hand = Hand::Busy { until };
        Finger::Press(keys, until)
    }
}
