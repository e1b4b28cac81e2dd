//! What the callers of a day do.

use model::{CallId, Fact, LegId, Outcome, Source, Timestamp};

use super::caller::{Caller, Finger, Mood};
use super::fate::{Fate, Person};
use super::run::{Errand, Run};
use crate::world::Experience;

impl Run<'_, '_> {
    /// Looks up when the next caller of a row calls.
    pub(super) fn plan_arrival(&mut self, row: usize) {
        let (calendar, count) = &mut self.calendars[row];
        let Some((at, number)) = calendar.next(self.day.runs_for) else { return };
        let person = Person { row, nth: *count, attempt: 0, number };
        *count += 1;
        self.agenda.plan(Timestamp::ZERO + at, Errand::Arrives(row, person));
    }

    pub(super) fn call_in(&mut self, person: Person) {
        let row = &self.day.callers[person.row];
        let fate = Fate::of(&person, row, self.seed);
        let now = self.world.now();
        let leg = self.world.call_in(&fate.from, &row.to, Source::Local);
        if let Some(late) = fate.hangs_up {
            self.agenda.plan(now + late, Errand::LeavesMenu(leg));
        }
        self.callers.insert(leg, Caller::new(person, fate, now));
        self.look_at_keys(leg);
    }

    pub(super) fn arrived(&mut self, leg: LegId, call: CallId) {
        if let Some(caller) = self.callers.get_mut(&leg) {
            caller.call = Some(call);
            self.legs.insert(call, leg);
        }
    }

    pub(super) fn waits(&mut self, leg: LegId, now: Timestamp) {
        let Some(caller) = self.callers.get_mut(&leg) else { return };
        if let Some(patience) = caller.waits(now) {
            self.agenda.plan(now + patience, Errand::HangsUp(leg, caller.moods));
        }
    }

    pub(super) fn caller_notices(&mut self, leg: LegId, fact: &Fact, now: Timestamp) {
        let Some(caller) = self.callers.get_mut(&leg) else { return };
        match fact {
            Fact::CallQueued { .. } => self.waits(leg, now),
            Fact::CallConnected { .. } | Fact::CallTransferred { .. } => {
                if let Some(talks) = caller.talks(now) {
                    self.agenda.plan(now + talks, Errand::HangsUp(leg, caller.moods));
                }
            }
            Fact::QueueLeft { .. } | Fact::BridgeEnded { .. } => {
                caller.unserved |= matches!(caller.mood, Mood::Waits { .. });
                caller.listens(now);
            }
            Fact::CallDisconnected { .. } => caller.listens(now),
            _ => {}
        }
    }

    pub(super) fn experiences(&mut self, leg: LegId, what: &Experience) {
        let Some(caller) = self.callers.get_mut(&leg) else { return };
        match what {
            Experience::Heard(_) => caller.hears(),
            // Whoever is asked to speak after the tone speaks.
            Experience::ToneEnded("beep") => {
                let says = caller.fate.says;
                self.world.speak(leg, says);
            }
            _ => {}
        }
    }

    pub(super) fn look_at_keys(&mut self, leg: LegId) {
        let now = self.world.now();
        let Some(caller) = self.callers.get_mut(&leg) else { return };
        let board = self.world.board();
        match caller.look(now, || board.hears_keys(leg)) {
            Finger::Rests => {}
            Finger::LookAt(at) => self.agenda.plan(at, Errand::LooksAtKeys(leg)),
            Finger::Press(keys, at) => {
                self.world.press(leg, &keys);
                self.agenda.plan(at, Errand::LooksAtKeys(leg));
            }
        }
    }

    /// Patience or conversation is at its end.
    pub(super) fn hang_up(&mut self, leg: LegId, moods: u32) {
        let Some(caller) = self.callers.get_mut(&leg) else { return };
        if caller.moods != moods || caller.mood == Mood::Listens {
            return;
        }
        caller.unserved |= matches!(caller.mood, Mood::Waits { .. });
        self.world.hang_up(leg);
    }

    /// Had enough of the menu.
    pub(super) fn leave_menu(&mut self, leg: LegId) {
        let caller = self.callers.get(&leg);
        if caller.is_some_and(|caller| caller.mood == Mood::Listens && !caller.was_served && !caller.unserved) {
            self.world.hang_up(leg);
        }
    }

    /// The line is dead.
    pub(super) fn gone(&mut self, leg: LegId) {
        // A call that was taken ends by its `CallEnded`, which may come later and knows how.
        if self.callers.get(&leg).is_some_and(|caller| caller.call.is_none()) {
            self.callers.remove(&leg);
        }
    }

    pub(super) fn call_over(&mut self, call: CallId, outcome: Outcome) {
        let Some(caller) = self.legs.remove(&call).and_then(|leg| self.callers.remove(&leg)) else { return };
        let helped = caller.was_served || matches!(outcome, Outcome::Voicemail | Outcome::Callback);
        if let Some(after) = caller.fate.redials.filter(|_| caller.unserved && !helped) {
            let person = Person { attempt: caller.person.attempt + 1, number: Some(caller.fate.from), ..caller.person };
            let at = self.world.now() + after;
            if at < self.end {
                self.agenda.plan(at, Errand::CallsAgain(person));
            }
        }
    }
}
