//! Fake telephones: those that call and those that are rung.

use std::time::Duration;

use model::{CallId, HangupCause, LegFailure, LegId, Place, PlaybackId, Ticket, Timestamp};
use switchboard::{AudioItem, Callee, Dial, LegEvent};

use super::{BETWEEN_KEYS, Experience, Plan, World};
use crate::habits::Answer;

/// How long it rings before somebody declines.
const DECLINES_AFTER: Duration = Duration::from_secs(1);
/// How long after answering the first key is pressed.
const PRESSES_AFTER: Duration = Duration::from_secs(1);
/// How long a dead host is tried, as the runtime does.
const UNREACHABLE_AFTER: Duration = Duration::from_secs(4);

pub(super) struct Phone {
    /// Agent's name, number or SIP address.
    pub(super) who: String,
    /// Does audio flow?
    pub(super) hears: bool,
    pub(super) talks: bool,
    pub(super) talks_for: Option<Duration>,
    pub(super) joined: Option<LegId>,
    pub(super) playing: Option<Playing>,
    pub(super) tape: Option<Tape>,
    pub(super) speaks_until: Timestamp,
    /// It has no power.
    pub(super) dead: bool,
}

pub(super) struct Playing {
    pub(super) playback: PlaybackId,
    pub(super) items: Vec<AudioItem>,
    /// The flow's line that plays it.
    pub(super) place: Option<Place>,
}

pub(super) struct Tape {
    pub(super) ticket: Ticket,
    pub(super) since: Timestamp,
    pub(super) max: Duration,
    pub(super) silence: Duration,
}

impl Phone {
    pub(super) fn caller(number: &str) -> Self {
        Self {
            who: number.to_owned(),
            hears: false,
            talks: false,
            talks_for: None,
            joined: None,
            playing: None,
            tape: None,
            speaks_until: Timestamp::ZERO,
            dead: false,
        }
    }
}

impl World<'_> {
    /// Somebody is rung: his habits become plans.
    pub(super) fn ring(&mut self, leg: LegId, dial: Dial) {
        let who = match dial.callee {
            Callee::Phone { agent, .. } => agent.to_string(),
            Callee::Trunk { number, .. } => number,
            Callee::Uri(uri) => uri,
        };
        let habits = self.people.habits(&who).clone();
        let mut phone = Phone::caller(&who);
        phone.talks_for = habits.talks_for;
        self.phones.insert(leg, phone);
        let ringing = Plan::Leg(leg, LegEvent::Ringing { early_media: false });
        let failed = |failure| Plan::Leg(leg, LegEvent::Failed(failure));
        let now = self.now;
        match habits.answer {
            Answer::After(delay) => {
                self.agenda.plan(now, ringing);
                self.agenda.plan(now + delay, Plan::Leg(leg, LegEvent::Answered));
                let mut at = now + delay + PRESSES_AFTER;
                for key in habits.presses.chars() {
                    self.agenda.plan(at, Plan::Key(leg, key));
                    at += BETWEEN_KEYS;
                }
            }
            Answer::Ignores => self.agenda.plan(now, ringing),
            Answer::Busy => self.agenda.plan(now, failed(LegFailure::Busy)),
            Answer::Declines => {
                self.agenda.plan(now, ringing);
                self.agenda.plan(now + DECLINES_AFTER, failed(LegFailure::Declined));
            }
            Answer::Offline => self.agenda.plan(now + UNREACHABLE_AFTER, failed(LegFailure::Unreachable)),
            Answer::Unknown => self.agenda.plan(now, failed(LegFailure::NotFound)),
        }
    }

    /// A conversation begins: whoever was rung talks for as long as he usually does.
    pub(super) fn connected(&mut self, call: CallId, leg: LegId, to: &str) {
        let Some(phone) = self.phones.get_mut(&leg) else { return };
        let who = phone.who.clone();
        if let (Some(talks_for), false) = (phone.talks_for, phone.talks) {
            phone.talks = true;
            self.agenda.plan(self.now + talks_for, Plan::Leg(leg, LegEvent::HungUp(HangupCause::Normal)));
        }
        if let Some(caller) = self.callers.get(&call).copied() {
            self.experience(caller, Experience::TalksTo { leg, who, target: to.to_owned() });
        }
    }
}
