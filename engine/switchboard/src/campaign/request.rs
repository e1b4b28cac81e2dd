//! What somebody at the terminal asks of a campaign.

use model::{CampaignState, ContactSource, ContactState, Ticket, Timestamp, Work};
use script::ContactRow;

use super::drive::new_contact;
use super::driving::Added;
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
    /// Call these too. Whoever was called to the end is called anew; whoever is being called is not.
    Add(Vec<ContactRow>),
}

impl Switchboard {
    /// Asks something of a campaign. It is done, and not forgotten by a restart, when `handle_stored` has got the
    /// ticket's answer; none when nothing had to be changed.
    ///
    /// # Errors
    /// What is wrong with the request, in words.
    pub fn ask_campaign(
        &mut self,
        now: Timestamp,
        name: &str,
        request: &CampaignRequest,
    ) -> Result<Option<Ticket>, String> {
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
        let done = match request {
            CampaignRequest::Start => self.switch(now, name, CampaignState::Running),
            CampaignRequest::Pause => match self.campaign_state(name) {
                CampaignState::Running | CampaignState::Paused => self.switch(now, name, CampaignState::Paused),
                other => return Err(format!("campaign `{name}` does not run, it is {}", other.as_str())),
            },
            CampaignRequest::Resume => match self.campaign_state(name) {
                CampaignState::Running | CampaignState::Paused => self.switch(now, name, CampaignState::Running),
                other => return Err(format!("campaign `{name}` was not paused, it is {}", other.as_str())),
            },
            CampaignRequest::Add(rows) => self.add_contacts(name, rows)?,
        };
        self.settle(now);
        Ok(done)
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

    fn add_contacts(&mut self, name: &str, rows: &[ContactRow]) -> Result<Option<Ticket>, String> {
        let drive = self.desk.campaigns.drive(name);
        let mut contacts = Vec::new();
        for row in rows {
            let known = drive.contacts.get(&row.number).map(|listed| &listed.contact);
            match known.map(|known| known.state) {
                Some(ContactState::Excluded) => return Err(format!("`{}` must not be called", row.number)),
                Some(ContactState::Dialing) => return Err(format!("`{}` is being called just now", row.number)),
                Some(ContactState::Waiting | ContactState::Withdrawn) => {
                    let known = known.expect("a contact with a state is known").clone();
                    let (state, source) = (ContactState::Waiting, ContactSource::Added);
                    contacts.push(model::Contact { tags: row.tags.clone(), state, source, ..known });
                }
                Some(ContactState::Done | ContactState::GaveUp) | None => contacts.push(new_contact(name, row)),
            }
        }
        if contacts.is_empty() {
            return Ok(None);
        }
        let work = contacts.iter().cloned().map(Work::Contact).collect();
        let added = Added { campaign: name.to_owned(), contacts };
        Ok(Some(self.desk.keep_then(work, After::Added(added))))
    }
}
