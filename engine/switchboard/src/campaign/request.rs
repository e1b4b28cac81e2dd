//! What somebody at the terminal asks of a campaign.

use std::collections::BTreeMap;

use model::{CampaignState, Contact, ContactSource, ContactState, Ticket, Timestamp, Work};
use script::ContactRow;

use super::drive::{DO_NOT_CALL, new_contact};
use super::driving::{Added, is_forbidden};
use crate::board::Switchboard;
use crate::owed::After;

/// Something that a campaign shall do.
#[derive(Debug, Clone, PartialEq)]
pub enum CampaignRequest {
    /// Call whoever is due.
    Start,
    /// Call nobody; calls in flight end as they do.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Call these too.
    Add {
        /// Whom.
        rows: Vec<ContactRow>,
        /// What about those who were called to the end?
        through: Through,
    },
}

/// Whether somebody who was called to the end is called once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// He is left out.
    Stays,
    /// He is called anew.
    CalledAgain,
}

/// What became of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// It is done, and not forgotten by a restart, when `handle_stored` has got this ticket's answer; none when nothing
    /// had to be changed.
    pub ticket: Option<Ticket>,
    /// Numbers that are not added, each with the reason.
    pub left_out: Vec<(String, String)>,
}

impl Switchboard {
    /// Asks something of a campaign.
    ///
    /// # Errors
    /// What is wrong with the request, in words.
    pub fn ask_campaign(&mut self, now: Timestamp, name: &str, request: &CampaignRequest) -> Result<Asked, String> {
        let known = self.published().map(|project| &project.config.outgoing);
        if !known.is_some_and(|known| known.contains_key(name)) {
            let names: Vec<&str> = known.iter().flat_map(|known| known.keys().map(String::as_str)).collect();
            let close = script::did_you_mean(name, names.iter().copied());
            let help = close.map(|close| format!(", did you mean `{close}`?")).unwrap_or_default();
            if self.desk.campaigns.all.get(name).is_some_and(|drive| !drive.contacts.is_empty()) {
                return Err(format!(
                    "campaign `{name}` is not in the project any more; `callwright campaign {name} export` prints what \
                     came of it"
                ));
            }
            return Err(format!("no campaign `{name}`{help}"));
        }
        let ticket = match request {
            CampaignRequest::Start => self.switch(now, name, CampaignState::Running),
            CampaignRequest::Pause => match self.campaign_state(name) {
                CampaignState::Running | CampaignState::Paused => self.switch(now, name, CampaignState::Paused),
                other => return Err(format!("campaign `{name}` does not run, it is {}", other.as_str())),
            },
            CampaignRequest::Resume => match self.campaign_state(name) {
                CampaignState::Running | CampaignState::Paused => self.switch(now, name, CampaignState::Running),
                other => return Err(format!("campaign `{name}` was not paused, it is {}", other.as_str())),
            },
            CampaignRequest::Add { rows, through } => {
                let asked = self.add_contacts(name, rows, *through);
                self.settle(now);
                return Ok(asked);
            }
        };
        self.settle(now);
        Ok(Asked { ticket, left_out: Vec::new() })
    }

    fn campaign_state(&self, name: &str) -> CampaignState {
        self.desk.campaigns.all.get(name).map(|drive| drive.book.state).unwrap_or_default()
    }

    fn switch(&mut self, now: Timestamp, name: &str, state: CampaignState) -> Option<Ticket> {
        if self.campaign_state(name) == state {
            return None;
        }
        let row = self.change_campaign(now, name, state)?;
        Some(self.desk.keep_then(vec![row.clone()], After::Again(vec![row])))
    }

    fn add_contacts(&mut self, name: &str, rows: &[ContactRow], through: Through) -> Asked {
        let (mut contacts, mut left_out) = (BTreeMap::new(), Vec::new());
        for row in rows {
            let (contact, why) = self.contact_of(name, row, through);
            contacts.extend(contact.map(|contact| (contact.number.clone(), contact)));
            left_out.extend(why.map(|why| (row.number.clone(), why)));
        }
        let contacts: Vec<Contact> = contacts.into_values().collect();
        if contacts.is_empty() {
            return Asked { ticket: None, left_out };
        }
        let work = contacts.iter().cloned().map(Work::Contact).collect();
        let added = Added { campaign: name.to_owned(), contacts };
        Asked { ticket: Some(self.desk.keep_then(work, After::Added(added))), left_out }
    }

    /// The contact as his row is kept, and why he is not called, if so.
    fn contact_of(&self, name: &str, row: &ContactRow, through: Through) -> (Option<Contact>, Option<String>) {
        const NEVER: &str = "must not be called";
        let left_out = |why: &str| (None, Some(why.to_owned()));
        let (campaigns, project) = (&self.desk.campaigns, self.published());
        if project.is_some_and(|project| project.config.dial_rule_for(&row.number).is_none()) {
            return left_out("no row of `dial` lets it be dialled");
        }
        let known = campaigns.all.get(name).and_then(|drive| drive.known(&row.number)).cloned();
        let contact = match known {
            None => new_contact(name, row),
            Some(known) => match (known.state, through) {
                (ContactState::Excluded, _) => return left_out(NEVER),
                (ContactState::Dialing, _) => return left_out("is being called just now"),
                (ContactState::Done | ContactState::GaveUp, Through::Stays) => {
                    return left_out(&format!("was called to the end: {}", known.result));
                }
                (ContactState::Waiting | ContactState::Withdrawn, _) => {
                    let (state, source) = (ContactState::Waiting, ContactSource::Added);
                    Contact { tags: row.tags.clone(), state, source, ..known }
                }
                (ContactState::Done | ContactState::GaveUp, Through::CalledAgain) => {
                    Contact { number: known.number, ..new_contact(name, row) }
                }
            },
        };
        let lists = project.and_then(|project| project.lists.get(name));
        let numbering = &self.desk.owed.numbering;
        if is_forbidden(numbering, &row.number, lists, campaigns) {
            let excluded = Contact { state: ContactState::Excluded, result: DO_NOT_CALL.to_owned(), ..contact };
            return (Some(excluded), Some(NEVER.to_owned()));
        }
        (Some(contact), None)
    }
}
