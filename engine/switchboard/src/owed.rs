//! What is owed to people who are not on the line: kept durably first, then done.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{
    CallId, CallbackId, CallbackTask, Errand, Fact, LegFailure, MessageId, Numbering, Outcome, QueueId, Reached,
    Ticket, Timestamp, WallTime, Work,
};
use serde_json::Value;

use crate::board::Switchboard;
use crate::boxes::{BoxChange, Boxes};
use crate::campaign::Added;
use crate::command::{Command, StoreCommand};
use crate::desk::Desk;
use crate::placing::Outgoing;

/// Everything that is owed, and what waits for the store.
#[derive(Default)]
pub(crate) struct Owed {
    pub(crate) boxes: Boxes,
    pub(crate) callbacks: BTreeMap<CallbackId, CallbackTask>,
    /// The published project's: two forms of a number are one customer.
    pub(crate) numbering: Numbering,
    /// Callers who wait in the queue of their own call back: it is not placed meanwhile.
    pub(crate) online: BTreeMap<CallbackId, CallId>,
    /// Calls that are placed or wait for an agent, by what they are for.
    pub(crate) live: BTreeMap<Errand, CallId>,
    /// Errands whose calls are over.
    pub(crate) over: VecDeque<(Errand, ErrandEnd)>,
    /// Messages that wait in a queue or are heard by an agent.
    pub(crate) offered: BTreeMap<MessageId, QueueId>,
    /// Messages that nobody dealt with come again then.
    pub(crate) resting: BTreeMap<MessageId, Timestamp>,
    pub(crate) afters: BTreeMap<Ticket, After>,
    /// Callers lost by a crash whose promise the store has not taken yet.
    pub(crate) lost: Vec<crate::lost::LostCaller>,
    /// The newest row of each unit that is on its way to the store.
    newest: BTreeMap<(&'static str, String), Ticket>,
    /// What the store has refused so far, by kind and id.
    pub(crate) unkept: BTreeMap<(&'static str, String), Work>,
    pub(crate) doubt: Doubt,
    /// Errands whose promises are gone while somebody was rung for them.
    pub(crate) called_off: VecDeque<CallbackId>,
    next_callback: u64,
    next_message: u64,
}

/// Why some calls back may have lost, or got back, their queue since they were last looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    #[default]
    None,
    /// One was promised, or its call is over.
    Promise,
    /// A version was published, or this process has just begun: whoever is stuck is told again.
    Version,
}

/// What follows when the store has kept something.
pub(crate) enum After {
    /// Nobody waits for it; should the store refuse, it is asked again.
    Again(Vec<Work>),
    /// A call is placed: the attempt is on the disk.
    Place(Box<Outgoing>),
    /// Messages and greetings are in their boxes, and somebody is told.
    Boxes(Box<BoxChange>),
    /// Somebody who was lost by a crash is promised a call back.
    Promised { calls: Vec<crate::lost::LostCaller>, task: Box<CallbackTask> },
    /// A call back is promised, and the flow says so.
    Booked { call: CallId, task: Box<CallbackTask> },
    /// Contacts were added to a campaign.
    Added(Added),
}

/// What became of a call that we placed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ErrandEnd {
    /// The store did not take the attempt: nothing was dialled.
    NotKept,
    /// No agent could take it: nothing was dialled.
    NotServed,
    /// Nobody answered.
    NotReached(LegFailure),
    /// Somebody answered.
    Over {
        /// Who answered.
        reached: Reached,
        /// The call's outcome.
        outcome: Outcome,
        /// What flows noted.
        tags: BTreeMap<String, Value>,
        /// The call.
        call: CallId,
    },
}

impl ErrandEnd {
    /// Nobody's telephone rang, for a reason of ours: the attempt does not count.
    pub(crate) fn is_undialled(&self) -> bool {
        matches!(self, Self::NotKept | Self::NotServed | Self::NotReached(LegFailure::NoLine))
    }
}

impl Owed {
    pub(crate) fn new_callback(&mut self) -> CallbackId {
        self.next_callback += 1;
        CallbackId(self.next_callback)
    }

    /// The units whose newest row went to the store with this ticket.
    fn take_newest(&mut self, ticket: Ticket) -> BTreeSet<(&'static str, String)> {
        let of_ticket = |(_, newest): &(&(&'static str, String), &Ticket)| **newest == ticket;
        let keys: BTreeSet<_> = self.newest.iter().filter(of_ticket).map(|(key, _)| key.clone()).collect();
        self.newest.retain(|_, newest| *newest != ticket);
        keys
    }

    /// Is there anything to look after, beside messages?
    pub(crate) fn is_idle(&self) -> bool {
        self.callbacks.is_empty() && self.unkept.is_empty() && self.lost.is_empty()
    }

    /// Calls of a queue's calls back and messages that are being placed, wait for an agent, or talk.
    pub(crate) fn live_errands(&self, queue: &QueueId) -> Vec<CallId> {
        let of_queue = |errand: &Errand| match errand {
            Errand::Callback(id) => self.callbacks.get(id).is_some_and(|task| task.queue == *queue),
            Errand::Message(id) => self.offered.get(id) == Some(queue),
            Errand::Contact(..) => false,
        };
        self.live.iter().filter(|(errand, _)| of_queue(errand)).map(|(_, call)| *call).collect()
    }

    /// What is promised to a number by a queue, on the disk or on its way there.
    pub(crate) fn open_callback(&self, number: &str, queue: &QueueId) -> Option<&CallbackTask> {
        let of_number = |task: &&CallbackTask| task.queue == *queue && self.numbering.same(&task.number, number);
        let on_its_way = self.afters.values().filter_map(|after| match after {
            After::Booked { task, .. } | After::Promised { task, .. } => Some(&**task),
            _ => None,
        });
        // What is being kept just now may be broken: a new promise beside it is not the same.
        let live = |task: &&CallbackTask| self.live.contains_key(&Errand::Callback(task.id));
        let (kept, on_its_way) = (self.callbacks.values().filter(of_number), on_its_way.filter(of_number));
        kept.filter(|task| !live(task)).chain(on_its_way).next()
    }

    /// Does the customer change what is promised to him just now?
    pub(crate) fn is_changing(&self, id: CallbackId) -> bool {
        self.afters.values().any(|after| matches!(after, After::Booked { task, .. } if task.id == id))
    }

    /// Is this number being called back, or waits an agent for it?
    pub(crate) fn calls_back(&self, number: &str) -> bool {
        let of_number =
            |id: &CallbackId| self.callbacks.get(id).is_some_and(|task| self.numbering.same(&task.number, number));
        self.live.keys().any(|errand| matches!(errand, Errand::Callback(id) if of_number(id)))
    }

    pub(crate) fn new_message(&mut self) -> MessageId {
        self.next_message += 1;
        MessageId(self.next_message)
    }
}

impl Desk {
    /// Keeps work that belongs to no call, and does `after` when it is on the disk.
    pub(crate) fn keep_then(&mut self, work: Vec<Work>, after: After) -> Ticket {
        let ticket = self.ticket_of_nobody();
        for unit in &work {
            // What is newer must not be overwritten by what is tried again.
            self.owed.unkept.remove(&(unit.kind(), unit.id()));
            self.owed.newest.insert((unit.kind(), unit.id()), ticket);
        }
        self.owed.afters.insert(ticket, after);
        self.commands.push_back(Command::Store { ticket, what: StoreCommand::Keep(work) });
        ticket
    }

    /// Keeps work that nobody waits for, however often the store must be asked.
    pub(crate) fn keep_surely(&mut self, work: Vec<Work>) {
        self.keep_then(work.clone(), After::Again(work));
    }

    /// Asks the store again for what it has refused.
    pub(crate) fn keep_unkept(&mut self) {
        let work: Vec<Work> = std::mem::take(&mut self.owed.unkept).into_values().collect();
        if !work.is_empty() {
            self.keep_surely(work);
        }
    }
}

impl Switchboard {
    /// What an earlier life owed; the first ids that nobody has had are those of the store.
    pub fn restore_work(&mut self, now: Timestamp, work: Vec<Work>, next: (MessageId, CallbackId)) {
        let owed = &mut self.desk.owed;
        owed.next_message = owed.next_message.max(next.0.0.saturating_sub(1));
        owed.next_callback = owed.next_callback.max(next.1.0.saturating_sub(1));
        for unit in work {
            match unit {
                Work::Callback(task) => self.restore_callback(task, now),
                unit @ (Work::Message(_) | Work::Greeting(_)) => self.desk.owed.boxes.apply(unit),
                unit @ (Work::Contact(_) | Work::Campaign(_)) => self.desk.campaigns.restore(unit),
                // The outbox takes its own.
                Work::Delivery(_) => {}
            }
        }
        self.show_lamps();
        self.campaigns_restored(now);
        self.doubt_callbacks(now, Doubt::Version);
        self.settle(now);
    }

    /// Something that a shell did belongs into the journal.
    pub fn note(&mut self, now: Timestamp, call: Option<CallId>, fact: Fact) {
        if let Fact::Delivered { key, .. } = &fact {
            self.mail_is_out(key);
        }
        self.desk.journal(now, call, fact);
    }

    /// The wall clock, as the switchboard knows it.
    pub(crate) fn wall(&self, now: Timestamp) -> WallTime {
        self.desk.wall(now)
    }

    /// The store's answer to work that belongs to no call.
    pub(crate) fn work_kept(&mut self, now: Timestamp, ticket: Ticket, kept: bool) {
        let Some(after) = self.desk.owed.afters.remove(&ticket) else { return };
        let newest = self.desk.owed.take_newest(ticket);
        match (after, kept) {
            (After::Again(_), true) | (After::Added(_), false) => {}
            (After::Added(added), true) => self.contacts_added(now, added),
            (After::Again(work), false) => {
                let named = work.into_iter().map(|unit| ((unit.kind(), unit.id()), unit));
                // A newer row of the same unit is on its way, or there.
                self.desk.owed.unkept.extend(named.filter(|(key, _)| newest.contains(key)));
                self.look_at_callbacks_soon(now);
            }
            (After::Place(outgoing), true) if !self.still_wants(now, &outgoing.errand) => {
                self.desk.owed.over.push_back((outgoing.errand, ErrandEnd::NotServed));
            }
            (After::Place(outgoing), true) => self.place_call(now, *outgoing),
            (After::Place(outgoing), false) => {
                self.desk.owed.over.push_back((outgoing.errand, ErrandEnd::NotKept));
            }
            (After::Boxes(change), kept) => self.boxes_changed(now, ticket, *change, kept),
            (After::Promised { calls, task }, kept) => self.lost_promised(now, calls, *task, kept),
            (After::Booked { call, task }, kept) => {
                if kept {
                    self.desk.callback_booked(now, call, *task);
                    self.doubt_callbacks(now, Doubt::Promise);
                }
                self.with_call(now, call, |call, desk| {
                    call.history.callback_booked |= kept;
                    call.work_stored(desk, now, ticket, kept);
                });
            }
        }
    }

    /// Is a call whose attempt is on the disk by now still to be placed? A version may have come between.
    fn still_wants(&self, now: Timestamp, errand: &Errand) -> bool {
        match errand {
            Errand::Callback(id) => self.could_place(now, *id),
            Errand::Contact(campaign, number) => self.wants_contact(now, campaign, number),
            Errand::Message(_) => true,
        }
    }

    /// A call that we placed is over: whoever wanted it decides what comes next.
    pub(crate) fn errand_over(&mut self, now: Timestamp, errand: &Errand, end: &ErrandEnd) {
        self.desk.owed.live.remove(errand);
        match errand {
            Errand::Callback(id) => self.callback_over(now, *id, end),
            Errand::Message(id) => self.message_over(now, *id, end),
            Errand::Contact(campaign, number) => self.contact_over(now, (campaign, number), end),
        }
    }
}
