//! Messages in their boxes, and the lamps that show them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{
    AgentId, CallId, Fact, Greeting, Lamp, Message, MessageId, MessageState, Ticket, Timestamp, Work, WrittenNumber,
};
use script::config::Config;

use crate::board::Switchboard;
use crate::command::Command;
use crate::desk::Desk;
use crate::owed::After;
use crate::timer::Timer;

/// How soon the store is asked again to keep a message whose caller is gone.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// Every message that is not deleted, and the greetings that people recorded.
#[derive(Default)]
pub(crate) struct Boxes {
    messages: BTreeMap<MessageId, Message>,
    /// Files by box and occasion.
    greetings: BTreeMap<(String, String), String>,
    /// What the phones of agents show.
    shown: BTreeMap<AgentId, Lamp>,
    /// Messages that the store has refused so far.
    refused: Vec<BoxChange>,
}

/// Something that changes boxes as soon as the store has it.
#[derive(Debug, Clone)]
pub(crate) struct BoxChange {
    /// The call that wants it; its flow or its caller is told.
    pub(crate) call: CallId,
    pub(crate) work: Vec<Work>,
    /// What is written down when it is kept.
    pub(crate) facts: Vec<Fact>,
    pub(crate) persistence: Persistence,
}

/// What becomes of a change that the store refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// Somebody is told and decides.
    Once,
    /// Nobody is there any more who could try again.
    Again,
}

impl Boxes {
    pub(crate) fn get(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// Messages that nobody has heard, the oldest first.
    pub(crate) fn new_messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(|message| message.state == MessageState::New)
    }

    /// Urgent new ones, new ones, heard ones; the oldest first.
    pub(crate) fn list(&self, mailbox: &str) -> Vec<&Message> {
        let mut found: Vec<&Message> = self.messages.values().filter(|message| message.mailbox == mailbox).collect();
        let rank = |message: &Message| (message.state != MessageState::New, !message.urgent);
        found.sort_by_key(|message| (rank(message), message.left_at, message.id));
        found
    }

    pub(crate) fn greeting(&self, mailbox: &str, of: &str) -> Option<&str> {
        self.greetings.get(&(mailbox.to_owned(), of.to_owned())).map(String::as_str)
    }

    /// Takes in what the store has.
    pub(crate) fn apply(&mut self, unit: Work) {
        match unit {
            Work::Message(message) if message.state == MessageState::Deleted => {
                self.messages.remove(&message.id);
            }
            Work::Message(message) => {
                self.messages.insert(message.id, message);
            }
            Work::Greeting(Greeting { mailbox, of, file }) => {
                match file {
                    Some(file) => self.greetings.insert((mailbox, of), file),
                    None => self.greetings.remove(&(mailbox, of)),
                };
            }
            _ => {}
        }
    }

    /// Messages that name this number, also those that the store has refused so far.
    pub(crate) fn forget(&mut self, number: &WrittenNumber) {
        self.messages.retain(|_, message| !number.is_told_by(message));
        self.refused.retain(|change| !number.is_told_by(&change.work));
    }

    pub(crate) fn forget_messages(&mut self, gone: &BTreeSet<MessageId>) {
        self.messages.retain(|id, _| !gone.contains(id));
        let is_gone = |unit: &Work| matches!(unit, Work::Message(message) if gone.contains(&message.id));
        self.refused.retain(|change| !change.work.iter().any(is_gone));
    }

    /// Phones that came or went are shown the lamp anew.
    pub(crate) fn forget_lamp(&mut self, agent: &AgentId) {
        self.shown.remove(agent);
    }

    /// What the lamp of every agent with boxes shows.
    fn lamps(&self, config: &Config) -> BTreeMap<AgentId, Lamp> {
        let mut boxes: BTreeMap<&str, Lamp> =
            config.boxes.keys().map(|name| (name.as_str(), Lamp::default())).collect();
        for message in self.messages.values() {
            let Some(count) = boxes.get_mut(message.mailbox.as_str()) else { continue };
            match message.state {
                MessageState::New => {
                    count.new += 1;
                    count.urgent += u32::from(message.urgent);
                }
                MessageState::Heard => count.old += 1,
                MessageState::Deleted => {}
            }
        }
        let mut lamps: BTreeMap<AgentId, Lamp> = BTreeMap::new();
        for (name, count) in boxes {
            for agent in config.box_agents(name) {
                let lamp = lamps.entry(agent).or_default();
                lamp.new += count.new;
                lamp.old += count.old;
                lamp.urgent += count.urgent;
            }
        }
        lamps
    }
}

impl Desk {
    /// Asks the store to keep a change; the boxes have it when that is done.
    pub(crate) fn change_boxes(&mut self, change: BoxChange) -> Ticket {
        let work = change.work.clone();
        self.keep_then(work, After::Boxes(Box::new(change)))
    }

    /// Whoever wanted this change is gone: should the store refuse it, it is asked again.
    pub(crate) fn insist_on_boxes(&mut self, ticket: Ticket) {
        if let Some(After::Boxes(change)) = self.owed.afters.get_mut(&ticket) {
            change.persistence = Persistence::Again;
        }
    }
}

impl Switchboard {
    /// The store has taken a change of boxes, or not.
    pub(crate) fn boxes_changed(&mut self, now: Timestamp, ticket: Ticket, change: BoxChange, kept: bool) {
        let call = change.call;
        if kept {
            for fact in change.facts {
                self.desk.journal(now, Some(call), fact);
            }
            for unit in change.work {
                self.desk.owed.boxes.apply(unit);
            }
            self.show_lamps();
        } else if change.persistence == Persistence::Again {
            self.desk.owed.boxes.refused.push(change);
            self.desk.timers.set(Timer::Boxes, now + ASK_AGAIN);
        }
        self.look_at_callbacks_soon(now);
        self.with_call(now, call, |call, desk| {
            call.message_kept(desk, now, ticket, kept);
            call.work_stored(desk, now, ticket, kept);
        });
    }

    /// Messages whose callers are gone are offered to the store again.
    pub(crate) fn ask_store_again(&mut self) {
        for change in std::mem::take(&mut self.desk.owed.boxes.refused) {
            self.desk.change_boxes(change);
        }
    }

    /// Tells phones what changed on their lamps.
    pub(crate) fn show_lamps(&mut self) {
        let Some(project) = self.project.clone() else { return };
        if project.config.boxes.is_empty() {
            return;
        }
        for (agent, lamp) in self.desk.owed.boxes.lamps(&project.config) {
            let has_phone = self.desk.phones.get(&agent).is_some_and(|phones| !phones.is_empty());
            if has_phone && self.desk.owed.boxes.shown.insert(agent.clone(), lamp) != Some(lamp) {
                self.desk.commands.push_back(Command::Lamp(agent, lamp));
            }
        }
    }

    /// A mail has gone out: boxes with `delete_after_mail` keep no copy of its message.
    pub(crate) fn mail_is_out(&mut self, key: &str) {
        let id = crate::voicemail_mail::message_of(key);
        let Some(mut message) = id.and_then(|id| self.desk.owed.boxes.get(id).cloned()) else { return };
        let config = self.project.as_ref().and_then(|project| project.config.boxes.get(&message.mailbox));
        if !config.is_some_and(|config| config.delete_after_mail) {
            return;
        }
        message.state = MessageState::Deleted;
        let (call, by) = (message.call, "mail".to_owned());
        let (mailbox, state) = (message.mailbox.clone(), message.state);
        let facts = vec![Fact::MessageChanged { message: message.id, mailbox, state, by }];
        let change = BoxChange { call, work: vec![Work::Message(message)], facts, persistence: Persistence::Again };
        self.desk.change_boxes(change);
    }
}
