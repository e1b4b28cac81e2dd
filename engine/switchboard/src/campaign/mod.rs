//! Calls that dial out: whom a campaign calls, when and how often.
//!
//! Nobody is dialled twice for one attempt: the store keeps that an attempt is made before its call is placed, and
//! what it finds so at the next start counts as made. Each contact is called within the hours of his own clock, never
//! more often than the campaign says, never while he is on a list of those who must not be called. How many calls may
//! be in flight is [`pace`]'s; what a call came to, [`drive`]'s; the journal tells how far each one is.

mod book;
mod clock;
mod drive;
mod driving;
mod outcome;
mod pace;
mod request;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;

use model::{CallId, CampaignState, Contact, Entry, Errand, Fact, Work, WrittenNumber};

pub(crate) use driving::Added;
pub use request::{Asked, CampaignRequest, Through};

use drive::{Drive, Stage};

/// Every campaign, of the published version and of earlier ones.
#[derive(Default)]
pub(crate) struct Campaigns {
    all: BTreeMap<String, Drive>,
    /// Live calls: campaign and number.
    calls: BTreeMap<CallId, (String, String)>,
    memory: Memory,
    /// Contacts who were being called when the last process died, until their rows are kept.
    interrupted: Vec<Contact>,
    /// Something happened since the last look.
    news: bool,
}

/// Does it know what an earlier life did? Before that nobody is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Memory {
    #[default]
    Missing,
    Restored,
}

impl Campaigns {
    fn drive(&mut self, name: &str) -> &mut Drive {
        self.all.entry(name.to_owned()).or_insert_with(|| Drive::new(name))
    }

    fn any_runs(&self) -> bool {
        self.all.values().any(|drive| drive.book.state == CampaignState::Running)
    }

    /// What an earlier life kept. An attempt that it was making counts as made.
    pub(crate) fn restore(&mut self, unit: Work) {
        match unit {
            Work::Contact(contact) => {
                let interrupted = self.drive(&contact.campaign.clone()).restore(contact);
                self.interrupted.extend(interrupted);
            }
            Work::Campaign(book) => {
                let name = book.name.clone();
                self.drive(&name).book = book;
            }
            _ => {}
        }
    }

    /// Contacts that name this number are nobody's. Calls in flight end as they do, and nothing is kept of them.
    pub(crate) fn forget(&mut self, number: &WrittenNumber) {
        self.all.values_mut().for_each(|drive| drive.forget(number));
    }

    /// Reads in the journal how far calls are, and whether an agent may have become free.
    pub(crate) fn note(&mut self, entry: &Entry) {
        match (&entry.fact, entry.call) {
            (Fact::AgentStateChanged { .. }, _) => self.news |= self.any_runs(),
            (Fact::CallPlaced { errand: Errand::Contact(campaign, number), .. }, Some(call)) => {
                self.calls.insert(call, (campaign.clone(), number.clone()));
                self.drive(campaign).reaches(number, Stage::Reaching, entry.wall);
            }
            (Fact::CallEnded { .. }, Some(call)) => drop(self.calls.remove(&call)),
            (fact, Some(call)) => {
                let Some((campaign, number)) = self.calls.get(&call) else { return };
                let Some(drive) = self.all.get_mut(campaign) else { return };
                match fact {
                    Fact::CallAnswered => drive.reaches(number, Stage::Answered, entry.wall),
                    Fact::CallQueued { .. } => drive.reaches(number, Stage::Waits, entry.wall),
                    Fact::QueueAnswered { waited, .. } | Fact::QueueLeft { waited, .. } => {
                        drive.waited(number, *waited, entry.wall);
                        drive.reaches(number, Stage::Served, entry.wall);
                        self.news = true;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// The fact that a contact's row has changed.
fn changed(contact: &Contact) -> Fact {
    Fact::ContactChanged {
        campaign: contact.campaign.clone(),
        number: contact.number.clone(),
        state: contact.state,
        attempts: contact.attempts,
        result: contact.result.clone(),
    }
}
