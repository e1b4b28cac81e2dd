//! What must not be remembered any more: a number that somebody wants erased, messages that are too old.
//!
//! Only memory is forgotten here; the shell sees to the rows. What is on its way to the store comes back with the
//! store's answer, so that a shell forgets a number again when everything on its way has been answered.

use std::collections::BTreeSet;

use model::{CallId, MessageId, Timestamp, WrittenNumber};

use crate::board::Switchboard;
use crate::call::{Call, CallerState};
use crate::owed::{After, ErrandEnd, Owed};

impl Switchboard {
    /// Forgets whatever names this number: messages, calls back, contacts, lost callers, who talked to it last.
    /// Nobody is called at it any more; calls that go on are not touched. Gives those.
    pub fn forget_number(&mut self, now: Timestamp, number: &WrittenNumber) -> BTreeSet<CallId> {
        self.desk.owed.forget(number);
        self.desk.campaigns.forget(number);
        self.desk.centre.last_agents.forget(number);
        let names = |call: &&Call| call.names(number);
        let undialled = |call: &&Call| call.errand.is_some() && call.caller.state == CallerState::NotCalled;
        let planned: Vec<CallId> = self.calls.values().filter(names).filter(undialled).map(|call| call.id).collect();
        for id in planned {
            self.with_call(now, id, |call, desk| call.errand_failed(desk, now, ErrandEnd::NotServed));
        }
        self.show_lamps();
        self.settle(now);
        self.calls.values().filter(names).map(|call| call.id).collect()
    }

    /// Forgets messages whose rows and files are gone; lamps go out.
    pub fn forget_messages(&mut self, now: Timestamp, messages: &BTreeSet<MessageId>) {
        self.desk.owed.boxes.forget_messages(messages);
        self.show_lamps();
        self.settle(now);
    }
}

impl Call {
    fn names(&self, number: &WrittenNumber) -> bool {
        number.is_in(&self.caller.number) || self.parties.values().any(|party| number.is_in(&party.to))
    }
}

impl Owed {
    fn forget(&mut self, number: &WrittenNumber) {
        self.boxes.forget(number);
        self.callbacks.retain(|_, task| !number.is_told_by(task));
        self.lost.retain(|caller| !number.is_in(&caller.number));
        self.unkept.retain(|_, work| !number.is_told_by(work));
        // The row of an attempt is on its way: its call is not placed.
        let mut dropped = Vec::new();
        self.afters.retain(|_, after| match after {
            After::Place(outgoing) if number.is_in(&outgoing.number) || number.is_told_by(&outgoing.tags) => {
                dropped.push(outgoing.errand.clone());
                false
            }
            _ => true,
        });
        self.over.extend(dropped.into_iter().map(|errand| (errand, ErrandEnd::NotServed)));
    }
}
