//! Campaigns at the switchboard: their calls are placed, their results kept.

use std::sync::Arc;

use model::{CampaignState, Contact, ContactState, Errand, Fact, Numbering, Timestamp, Work};
use script::config::{CampaignStart, DialRule};
use script::{CampaignLists, Project, ShowNumber};
use serde_json::Value;

use super::clock::{Clock, clock_of};
use super::drive::{Drive, Moment, Next, Stage};
use super::{Campaigns, Memory, changed};
use crate::board::Switchboard;
use crate::owed::{After, ErrandEnd};
use crate::placing::{Outgoing, Then};
use crate::timer::Timer;

/// Rows that go to the store at once.
const ROWS_AT_ONCE: usize = 500;

/// Contacts that somebody added, on the disk by now.
pub(crate) struct Added {
    pub(crate) campaign: String,
    pub(crate) contacts: Vec<Contact>,
}

impl Switchboard {
    /// Everything that an earlier life kept is here: campaigns may call from now on.
    pub(crate) fn campaigns_restored(&mut self, now: Timestamp) {
        self.desk.campaigns.memory = Memory::Restored;
        let interrupted = std::mem::take(&mut self.desk.campaigns.interrupted);
        self.keep_contacts(interrupted);
        self.load_campaigns(now);
    }

    /// Takes over the campaigns of the published version: new contacts, other hours.
    pub(crate) fn load_campaigns(&mut self, now: Timestamp) {
        let Some(project) = self.project.clone() else { return };
        if self.desk.campaigns.memory == Memory::Missing {
            return;
        }
        for (name, config) in &project.config.outgoing {
            let rows = project.lists.get(name).map(|lists| lists.contacts.as_slice()).unwrap_or_default();
            let drive = self.desk.campaigns.drive(name);
            let kept = drive.load(config, rows);
            let state = drive.book.state;
            let begins = match state {
                CampaignState::Ready | CampaignState::Removed => config.start == CampaignStart::Automatically,
                // It was started once: whoever is new on the list is called.
                CampaignState::Finished => drive.has_waiting(),
                CampaignState::Running | CampaignState::Paused => false,
            };
            self.note_withdrawn(now, name, &kept);
            self.keep_contacts(kept);
            if begins {
                self.set_campaign(now, name, CampaignState::Running);
            } else if state == CampaignState::Removed {
                self.set_campaign(now, name, CampaignState::Ready);
            }
        }
        let gone = |(name, drive): (&String, &Drive)| {
            let runs = drive.book.state == CampaignState::Running && !project.config.outgoing.contains_key(name);
            runs.then(|| name.clone())
        };
        for name in self.desk.campaigns.all.iter().filter_map(gone).collect::<Vec<String>>() {
            self.set_campaign(now, &name, CampaignState::Removed);
        }
        self.desk.campaigns.news = true;
    }

    /// Tells how many rows are gone from a list.
    fn note_withdrawn(&mut self, now: Timestamp, name: &str, kept: &[Contact]) {
        let withdrawn = kept.iter().filter(|contact| contact.state == ContactState::Withdrawn).count();
        if withdrawn > 0 {
            let text = format!("campaign {name}: {withdrawn} withdrawn, their rows are gone from the list");
            self.desk.journal(now, None, Fact::Logged { text, place: None });
        }
    }

    fn keep_contacts(&mut self, contacts: Vec<Contact>) {
        let mut rows = contacts.into_iter().map(Work::Contact).peekable();
        while rows.peek().is_some() {
            let part = rows.by_ref().take(ROWS_AT_ONCE).collect();
            self.desk.keep_surely(part);
        }
    }

    /// Changes whether a campaign calls, and keeps that.
    pub(super) fn set_campaign(&mut self, now: Timestamp, name: &str, state: CampaignState) {
        let Some(row) = self.change_campaign(now, name, state) else { return };
        self.desk.keep_surely(vec![row]);
    }

    /// The same, and the row is given to whoever keeps it.
    pub(super) fn change_campaign(&mut self, now: Timestamp, name: &str, state: CampaignState) -> Option<Work> {
        let drive = self.desk.campaigns.all.get_mut(name)?;
        drive.book.state = state;
        let row = Work::Campaign(drive.book.clone());
        let fact = Fact::CampaignChanged { campaign: name.to_owned(), state: state.as_str().to_owned() };
        self.desk.journal(now, None, fact);
        self.desk.campaigns.news = true;
        Some(row)
    }

    /// Looks whether somebody is to be called, when anything has changed.
    pub(crate) fn campaigns_settle(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.desk.campaigns.news) {
            self.look_at_campaigns(now);
        }
    }

    /// Calls everybody who is due and for whom there is room.
    pub(crate) fn look_at_campaigns(&mut self, now: Timestamp) {
        self.desk.timers.cancel(Timer::Campaigns);
        let Some(project) = self.project.clone().filter(|_| !self.draining) else { return };
        let running =
            |(name, drive): (&String, &Drive)| (drive.book.state == CampaignState::Running).then(|| name.clone());
        let running: Vec<String> = self.desk.campaigns.all.iter().filter_map(running).collect();
        let mut wake: Option<Timestamp> = None;
        for name in running {
            let at = self.drive_on(now, &name, &project);
            wake = [wake, at].into_iter().flatten().min();
        }
        if let Some(at) = wake {
            self.desk.timers.set(Timer::Campaigns, at);
        }
    }

    /// One campaign; gives when it wants to be looked at again.
    fn drive_on(&mut self, now: Timestamp, name: &str, project: &Arc<Project>) -> Option<Timestamp> {
        let config = &project.config;
        let campaign = config.outgoing.get(name)?;
        let wall = self.desk.wall(now);
        loop {
            let free = |queue| Some(self.desk.centre.acd.queue_load(now, queue)?.agents_free);
            let free_agents = campaign.queue.as_ref().and_then(free);
            let mut drive = self.desk.campaigns.all.remove(name)?;
            let mut gone = Vec::new();
            let (caps, others) = (&mut self.desk.caps, &self.desk.campaigns);
            let (owed, down) = (&self.desk.owed, &self.desk.trunks_down);
            let lists = project.lists.get(name);
            let pending = |rule: &str| others.keeping(rule) + drive.keeping(rule);
            let pending: std::collections::BTreeMap<String, usize> =
                config.dial.iter().map(|rule| (rule.to.clone(), pending(&rule.to))).collect();
            let mut moment = Moment {
                now,
                wall,
                config,
                campaign,
                free_agents,
                forbidden: &|number| is_forbidden(&config.numbering, number, lists, others),
                busy: &|number| others.is_busy(&config.numbering, number) || owed.calls_back(number),
                has_room: &mut |to| {
                    let rule = config.dial.iter().find(|rule| rule.to == to);
                    let used = pending.get(to).copied().unwrap_or(0);
                    // An outage of ours must not use up everybody's attempts.
                    let cut_off = |rule: &DialRule| {
                        !rule.through.is_empty() && rule.through.iter().all(|trunk| down.contains(trunk))
                    };
                    rule.is_none_or(|rule| !cut_off(rule) && caps.room(now, &config.trunks, rule) > used)
                },
            };
            let next = drive.next(&mut moment, &mut gone);
            self.desk.campaigns.all.insert(name.to_owned(), drive);
            for contact in &gone {
                self.desk.journal(now, None, changed(contact));
            }
            self.keep_contacts(gone);
            match next {
                Next::Dial(contact) => self.call_contact(now, contact, project),
                Next::At(at) => return Some(now + at.since(wall)),
                Next::In(time) => return Some(now + time),
                Next::Waits => return None,
                Next::Nobody => {
                    self.set_campaign(now, name, CampaignState::Finished);
                    return None;
                }
            }
        }
    }

    /// Keeps the attempt, then places the call.
    fn call_contact(&mut self, now: Timestamp, contact: Contact, project: &Project) {
        let Some(campaign) = project.config.outgoing.get(&contact.campaign) else { return };
        let language = campaign.language.as_ref().and_then(|column| contact.tags.get(column)).and_then(Value::as_str);
        let name = contact.tags.get("name").and_then(Value::as_str).unwrap_or_default();
        let outgoing = Outgoing {
            errand: Errand::Contact(contact.campaign.clone(), contact.number.clone()),
            number: contact.number.clone(),
            name: name.to_owned(),
            language: language.map(str::to_owned),
            show: campaign.show.clone().map_or(ShowNumber::Caller, ShowNumber::Number),
            tags: contact.tags.clone(),
            attempt: contact.attempts,
            ring_for: campaign.ring_for,
            then: Then::Flow(campaign.flow.clone()),
        };
        self.desk.journal(now, None, changed(&contact));
        self.desk.keep_then(vec![Work::Contact(contact)], After::Place(Box::new(outgoing)));
    }

    /// Is a contact whose attempt is on the disk by now still to be called? His evening may have come meanwhile.
    pub(crate) fn wants_contact(&self, now: Timestamp, name: &str, number: &str) -> bool {
        let Some(project) = self.published() else { return false };
        let Some(campaign) = project.config.outgoing.get(name) else { return false };
        let drive = self.desk.campaigns.all.get(name).filter(|drive| drive.book.state == CampaignState::Running);
        let listed = drive.filter(|drive| drive.has_row(number)).and_then(|drive| drive.contacts.get(number));
        let opens = |contact| clock_of(&project.config, campaign, contact, self.desk.wall(now)) == Clock::Open;
        listed.is_some_and(|listed| opens(&listed.contact))
    }

    /// A call of a campaign is over, or none was placed.
    pub(crate) fn contact_over(&mut self, now: Timestamp, (campaign, number): (&str, &str), end: &ErrandEnd) {
        let wall = self.desk.wall(now);
        let Some(drive) = self.desk.campaigns.all.get_mut(campaign) else { return };
        let Some(contact) = drive.over(number, end, wall) else { return };
        let rows = vec![Work::Campaign(drive.book.clone()), Work::Contact(contact.clone())];
        self.desk.journal(now, None, changed(&contact));
        self.desk.keep_surely(rows);
        self.desk.campaigns.news = true;
    }

    /// Contacts that somebody added are on the disk.
    pub(crate) fn contacts_added(&mut self, now: Timestamp, added: Added) {
        let mut excluded = Vec::new();
        let drive = self.desk.campaigns.drive(&added.campaign);
        for contact in added.contacts {
            // He became due meanwhile: his row is older than his call.
            if drive.flights.contains_key(&contact.number) {
                continue;
            }
            if contact.state == ContactState::Excluded {
                excluded.push(changed(&contact));
            }
            drive.put(contact, None);
        }
        if drive.book.state == CampaignState::Finished && drive.has_waiting() {
            self.set_campaign(now, &added.campaign, CampaignState::Running);
        }
        for fact in excluded {
            self.desk.journal(now, None, fact);
        }
        self.desk.campaigns.news = true;
    }
}

impl Campaigns {
    /// Attempts by a row of `dial:` that are not counted there yet.
    fn keeping(&self, rule: &str) -> usize {
        self.all.values().map(|drive| drive.keeping(rule)).sum()
    }

    /// Does any campaign call this number just now?
    fn is_busy(&self, numbering: &Numbering, number: &str) -> bool {
        self.keeps(number) || self.calls.values().any(|(_, live)| numbering.same(live, number))
    }

    /// Does any campaign call this number, or is about to?
    pub(crate) fn keeps(&self, number: &str) -> bool {
        self.all.values().any(|drive| drive.calls(number))
    }
}

impl Drive {
    fn keeping(&self, rule: &str) -> usize {
        let by_rule =
            |flight: &&super::drive::Flight| flight.stage == Stage::Keeping && flight.rule.as_deref() == Some(rule);
        self.flights.values().filter(by_rule).count()
    }
}

/// On the campaign's own list, or somebody told any campaign that he wants no calls.
pub(super) fn is_forbidden(
    numbering: &Numbering,
    number: &str,
    lists: Option<&Arc<CampaignLists>>,
    others: &Campaigns,
) -> bool {
    lists.is_some_and(|lists| lists.do_not_call.contains(&numbering.canonical(number)))
        || others.all.values().any(|drive| drive.excludes(number))
}
