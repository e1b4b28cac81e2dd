//! One campaign: its contacts, who is due, and its calls in flight.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use model::{
    Campaign, CampaignState, Contact, ContactSource, ContactState, Numbering, Reached, Timestamp, WallTime,
    WrittenNumber,
};
use script::ContactRow;
use script::config::{Config, OutgoingConfig};

use super::book::{Mark, drops, mark};
use super::clock::{Clock, clock_of};
use super::pace::{Load, room};

/// Somebody else's call to the same number, or a full trunk: it is tried again after this.
const SOON: Duration = Duration::from_secs(5);
/// `per_minute` counts over this time.
const MINUTE: Duration = Duration::from_secs(60);
/// Why a contact is excluded, and what a flow says when somebody never wants to be called again.
pub(super) const DO_NOT_CALL: &str = "do_not_call";

pub(super) struct Drive {
    pub(super) book: Campaign,
    pub(super) contacts: BTreeMap<String, Listed>,
    /// The contacts' numbers by their canonical form: whoever stands twice in different forms is one person.
    names: BTreeMap<String, String>,
    numbering: Numbering,
    /// Who waits: when, his place in the list, his number.
    due: BTreeSet<(WallTime, u32, String)>,
    pub(super) flights: BTreeMap<String, Flight>,
    /// When calls of the last minute were decided.
    recent: VecDeque<Timestamp>,
    /// What the last version that had it says of it.
    pub(super) terms: Option<Arc<OutgoingConfig>>,
    next_place: u32,
}

pub(super) struct Listed {
    pub(super) contact: Contact,
    place: u32,
    row: Row,
    /// Where he stands in `due`.
    due_at: Option<WallTime>,
}

/// Is somebody in the published version's list?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Row {
    #[default]
    Absent,
    Present,
}

/// A call of the campaign.
pub(super) struct Flight {
    pub(super) stage: Stage,
    /// The row of `dial:` that lets it out.
    pub(super) rule: Option<String>,
    dropped: bool,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The store keeps the attempt.
    Keeping,
    /// It is dialled.
    Reaching,
    /// A person listens to the flow.
    Answered,
    /// He waits for an agent.
    Waits,
    /// He talks to an agent, or needs none any more.
    Served,
}

/// What a campaign looks at when it decides whom to call.
pub(super) struct Moment<'m> {
    pub(super) now: Timestamp,
    pub(super) wall: WallTime,
    pub(super) config: &'m Config,
    pub(super) campaign: &'m OutgoingConfig,
    /// Free agents of its queue.
    pub(super) free_agents: Option<usize>,
    /// Must this number not be called, whatever campaign asks?
    pub(super) forbidden: &'m dyn Fn(&str) -> bool,
    /// Is there a call to this number already?
    pub(super) busy: &'m dyn Fn(&str) -> bool,
    /// Has this row of `dial:` room for one more call?
    pub(super) has_room: &'m mut dyn FnMut(&str) -> bool,
}

/// What a campaign does next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// Calls him; the contact says already that the attempt is made.
    Dial(Contact),
    /// Nothing before this time.
    At(WallTime),
    /// Nothing before so much time has passed.
    In(Duration),
    /// Nothing until a call ends or an agent is free.
    Waits,
    /// Nobody is left to be called.
    Nobody,
}

impl Drive {
    pub(super) fn new(name: &str) -> Self {
        Self {
            book: Campaign { name: name.to_owned(), state: CampaignState::Ready, days: Vec::new() },
            contacts: BTreeMap::new(),
            names: BTreeMap::new(),
            numbering: Numbering::default(),
            due: BTreeSet::new(),
            flights: BTreeMap::new(),
            recent: VecDeque::new(),
            terms: None,
            next_place: 0,
        }
    }

    /// A contact as an earlier life left him. Gives him if that is no longer what the store says.
    pub(super) fn restore(&mut self, mut contact: Contact) -> Option<Contact> {
        let interrupted = contact.state == ContactState::Dialing;
        if interrupted {
            contact.state = ContactState::Waiting;
            "interrupted".clone_into(&mut contact.result);
        }
        self.put(contact.clone(), None);
        interrupted.then_some(contact)
    }

    /// Takes over what the configuration and the list say now. Gives the contacts whose rows have changed.
    pub(super) fn load(&mut self, campaign: &OutgoingConfig, rows: &[ContactRow]) -> Vec<Contact> {
        self.terms = Some(Arc::new(campaign.clone()));
        self.number_as(&campaign.numbering);
        let mut kept = self.load_rows(rows);
        for contact in self.contacts.values().map(|listed| &listed.contact) {
            let state = self.judged(contact);
            if state != contact.state {
                kept.insert(contact.number.clone(), Contact { state, ..contact.clone() });
            }
        }
        let kept: Vec<Contact> = kept.into_values().collect();
        for contact in &kept {
            self.put(contact.clone(), None);
        }
        kept
    }

    /// Puts the rows of the list in its order. Gives the contacts that are new, have changed or have come back.
    fn load_rows(&mut self, rows: &[ContactRow]) -> BTreeMap<String, Contact> {
        let mut kept = BTreeMap::new();
        for listed in self.contacts.values_mut() {
            listed.row = Row::Absent;
        }
        for (place, row) in (0..).zip(rows) {
            let known = self.known(&row.number).cloned();
            let mut contact = known.clone().unwrap_or_else(|| new_contact(&self.book.name, row));
            contact.source = ContactSource::List;
            if contact.state == ContactState::Withdrawn {
                contact.state = ContactState::Waiting;
            }
            if contact.state == ContactState::Waiting && contact.attempts == 0 {
                contact.tags.clone_from(&row.tags);
            }
            if known.as_ref() != Some(&contact) {
                kept.insert(contact.number.clone(), contact.clone());
            }
            let number = contact.number.clone();
            self.put(contact, Some(place));
            if let Some(listed) = self.contacts.get_mut(&number) {
                listed.row = Row::Present;
            }
        }
        self.next_place = self.next_place.max(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        kept
    }

    /// The state of a contact: whoever was called often enough, or whose row is gone, does not wait any more.
    pub(super) fn judged(&self, contact: &Contact) -> ContactState {
        if contact.state != ContactState::Waiting {
            return contact.state;
        }
        let attempts = self.terms.as_ref().map_or(u32::MAX, |terms| terms.attempts);
        let row = self.contacts.get(&contact.number).map(|listed| listed.row).unwrap_or_default();
        match contact.source {
            _ if contact.attempts >= attempts => ContactState::GaveUp,
            ContactSource::List if row == Row::Absent => ContactState::Withdrawn,
            ContactSource::List | ContactSource::Added => ContactState::Waiting,
        }
    }

    /// Is somebody known whose row was not taken away?
    pub(super) fn has_row(&self, number: &str) -> bool {
        let there = |listed: &Listed| listed.contact.source == ContactSource::Added || listed.row == Row::Present;
        self.contacts.get(number).is_some_and(there)
    }

    /// From now on numbers are the same when these rules say so.
    fn number_as(&mut self, numbering: &Numbering) {
        if self.numbering != *numbering {
            self.numbering = numbering.clone();
            let named = self.contacts.keys().map(|number| (numbering.canonical(number), number.clone()));
            self.names = named.collect();
        }
    }

    /// The contact with this number, however either is written.
    pub(super) fn known(&self, number: &str) -> Option<&Contact> {
        let name = self.names.get(&self.numbering.canonical(number))?;
        self.contacts.get(name).map(|listed| &listed.contact)
    }

    /// Is this number being called, or about to be?
    pub(super) fn calls(&self, number: &str) -> bool {
        self.known(number).is_some_and(|contact| self.flights.contains_key(&contact.number))
    }

    /// Does anybody wait to be called?
    pub(super) fn has_waiting(&self) -> bool {
        !self.due.is_empty()
    }

    /// Adds a contact, or replaces what is known about him.
    pub(super) fn put(&mut self, contact: Contact, place: Option<u32>) {
        let number = contact.number.clone();
        self.names.entry(self.numbering.canonical(&number)).or_insert_with(|| number.clone());
        let old = self.contacts.remove(&number);
        let row = old.as_ref().map(|old| old.row).unwrap_or_default();
        let place = place.or(old.as_ref().map(|old| old.place)).unwrap_or_else(|| {
            self.next_place = self.next_place.saturating_add(1);
            self.next_place - 1
        });
        if let Some(Listed { due_at: Some(at), place, .. }) = old {
            self.due.remove(&(at, place, number.clone()));
        }
        let due_at = (contact.state == ContactState::Waiting).then_some(contact.next_at);
        self.due.extend(due_at.map(|at| (at, place, number.clone())));
        self.contacts.insert(number, Listed { contact, place, row, due_at });
    }

    pub(super) fn forget(&mut self, number: &WrittenNumber) {
        let named = |listed: &&Listed| number.is_told_by(&listed.contact);
        let gone: Vec<String> =
            self.contacts.values().filter(named).map(|listed| listed.contact.number.clone()).collect();
        for known in gone {
            if let Some(Listed { due_at: Some(at), place, .. }) = self.contacts.remove(&known) {
                self.due.remove(&(at, place, known));
            }
        }
    }

    /// Looks at a contact again at another time than his own.
    fn look_again(&mut self, number: &str, at: WallTime) {
        let Some(listed) = self.contacts.get_mut(number) else { return };
        if let Some(old) = listed.due_at.replace(at) {
            self.due.remove(&(old, listed.place, number.to_owned()));
        }
        self.due.insert((at, listed.place, number.to_owned()));
    }

    /// Decides whom to call now. `changed` gets the contacts that will not be called after all.
    pub(super) fn next(&mut self, moment: &mut Moment<'_>, changed: &mut Vec<Contact>) -> Next {
        while self.recent.front().is_some_and(|at| moment.now - *at >= MINUTE) {
            self.recent.pop_front();
        }
        loop {
            let Some((at, _, number)) = self.due.first().cloned() else {
                return if self.flights.is_empty() { Next::Nobody } else { Next::Waits };
            };
            if at > moment.wall {
                return Next::At(at);
            }
            let Some(contact) = self.contacts.get(&number).map(|listed| listed.contact.clone()) else {
                self.due.pop_first();
                continue;
            };
            if (moment.forbidden)(&number) {
                let contact = Contact { state: ContactState::Excluded, result: DO_NOT_CALL.to_owned(), ..contact };
                changed.push(contact.clone());
                self.put(contact, None);
                continue;
            }
            match clock_of(moment.config, moment.campaign, &contact, moment.wall) {
                Clock::Open => {}
                Clock::OpensAt(at) => {
                    self.look_again(&number, at);
                    continue;
                }
                Clock::Never => {
                    self.look_again(&number, WallTime(i64::MAX));
                    continue;
                }
            }
            if (moment.busy)(&number) {
                self.look_again(&number, moment.wall + SOON);
                continue;
            }
            let rule = moment.config.dial_rule_for(&number).map(|rule| rule.to.clone());
            if self.room(moment) == 0 {
                return self.room_again(moment);
            }
            if rule.as_ref().is_some_and(|rule| !(moment.has_room)(rule)) {
                return Next::In(SOON);
            }
            return Next::Dial(self.begin(contact, rule, moment));
        }
    }

    /// The attempt is made from here on, even when the process dies before the telephone rings.
    fn begin(&mut self, mut contact: Contact, rule: Option<String>, moment: &Moment<'_>) -> Contact {
        contact.attempts += 1;
        contact.state = ContactState::Dialing;
        contact.next_at = moment.wall + moment.campaign.retry.after(None, contact.attempts);
        self.recent.push_back(moment.now);
        let flight = Flight { stage: Stage::Keeping, rule, dropped: false };
        self.flights.insert(contact.number.clone(), flight);
        self.put(contact.clone(), None);
        contact
    }

    fn room(&self, moment: &Moment<'_>) -> usize {
        let (answered, dropped) = drops(&self.book, moment.wall);
        let load = Load {
            in_flight: self.flights.len(),
            unserved: self.flights.values().filter(|flight| flight.stage != Stage::Served).count(),
            this_minute: self.recent.len(),
            free_agents: moment.free_agents,
            answered,
            dropped,
        };
        room(moment.campaign, load)
    }

    /// When there may be room again by time alone.
    fn room_again(&self, moment: &Moment<'_>) -> Next {
        let full = self.recent.len() >= moment.campaign.per_minute as usize;
        match self.recent.front().filter(|_| full) {
            Some(oldest) => Next::In((*oldest + MINUTE) - moment.now),
            None => Next::Waits,
        }
    }

    /// When the next contact is looked at.
    pub(super) fn next_due(&self) -> Option<WallTime> {
        self.due.first().map(|(at, ..)| *at).filter(|at| at.0 < i64::MAX)
    }

    /// Did he say that he wants no calls?
    pub(super) fn excludes(&self, number: &str) -> bool {
        self.known(number).is_some_and(|contact| contact.state == ContactState::Excluded && contact.call.is_some())
    }

    /// A call of the campaign has come so far.
    pub(super) fn reaches(&mut self, number: &str, stage: Stage, wall: WallTime) {
        let Some(flight) = self.flights.get_mut(number) else { return };
        flight.stage = stage;
        if stage == Stage::Answered {
            mark(&mut self.book, wall, Mark::Answered);
        }
    }

    /// He waited so long for an agent; once per call it may count as a drop.
    pub(super) fn waited(&mut self, number: &str, waited: Duration, wall: WallTime) {
        let Some(flight) = self.flights.get_mut(number) else { return };
        let within = self.terms.as_ref().map_or(Duration::MAX, |terms| terms.agent_within);
        if waited > within && !std::mem::replace(&mut flight.dropped, true) {
            mark(&mut self.book, wall, Mark::Dropped);
        }
    }
}

/// Somebody whom nobody has called yet.
pub(super) fn new_contact(campaign: &str, row: &ContactRow) -> Contact {
    Contact {
        campaign: campaign.to_owned(),
        number: row.number.clone(),
        tags: row.tags.clone(),
        source: ContactSource::Added,
        attempts: 0,
        next_at: WallTime(0),
        state: ContactState::Waiting,
        result: String::new(),
        reached: Reached::Nobody,
        call: None,
    }
}
