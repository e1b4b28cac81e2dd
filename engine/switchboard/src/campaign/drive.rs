//! One campaign: its contacts, who is due, and its calls in flight.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::{Campaign, CampaignState, Contact, ContactState, Timestamp, WallTime};
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
    /// Who waits: when, his place in the list, his number.
    due: BTreeSet<(WallTime, u32, String)>,
    pub(super) flights: BTreeMap<String, Flight>,
    /// When calls of the last minute were decided.
    recent: VecDeque<Timestamp>,
    /// Waits longer than this for an agent are drops.
    agent_within: Duration,
    next_place: u32,
}

pub(super) struct Listed {
    pub(super) contact: Contact,
    place: u32,
    /// Where he stands in `due`.
    due_at: Option<WallTime>,
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
            due: BTreeSet::new(),
            flights: BTreeMap::new(),
            recent: VecDeque::new(),
            agent_within: Duration::from_secs(2),
            next_place: 0,
        }
    }

    /// A contact as an earlier life left him.
    pub(super) fn restore(&mut self, mut contact: Contact) {
        if contact.state == ContactState::Dialing {
            contact.state = ContactState::Waiting;
            "interrupted".clone_into(&mut contact.result);
        }
        self.put(contact, None);
    }

    /// Takes over what the configuration and the list say now. Gives the contacts whose rows have changed.
    pub(super) fn load(&mut self, campaign: &OutgoingConfig, rows: &[ContactRow]) -> Vec<Contact> {
        self.agent_within = campaign.agent_within;
        let mut kept = Vec::new();
        for (place, row) in (0..).zip(rows) {
            let known = self.contacts.get(&row.number).map(|listed| listed.contact.clone());
            let fresh = known.is_none();
            let mut contact = known.unwrap_or_else(|| new_contact(&self.book.name, row));
            let untouched = contact.state == ContactState::Waiting && contact.attempts == 0;
            if fresh || (untouched && contact.tags != row.tags) {
                contact.tags.clone_from(&row.tags);
                kept.push(contact.clone());
            }
            self.put(contact, Some(place));
        }
        self.next_place = self.next_place.max(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        let spent = |listed: &&Listed| {
            listed.contact.state == ContactState::Waiting && listed.contact.attempts >= campaign.attempts
        };
        let spent: Vec<Contact> = self.contacts.values().filter(spent).map(|listed| listed.contact.clone()).collect();
        for mut contact in spent {
            contact.state = ContactState::GaveUp;
            self.put(contact.clone(), None);
            kept.push(contact);
        }
        kept
    }

    /// Adds a contact, or replaces what is known about him.
    pub(super) fn put(&mut self, contact: Contact, place: Option<u32>) {
        let number = contact.number.clone();
        let old = self.contacts.remove(&number);
        let place = place.or(old.as_ref().map(|old| old.place)).unwrap_or_else(|| {
            self.next_place = self.next_place.saturating_add(1);
            self.next_place - 1
        });
        if let Some(Listed { due_at: Some(at), place, .. }) = old {
            self.due.remove(&(at, place, number.clone()));
        }
        let due_at = (contact.state == ContactState::Waiting).then_some(contact.next_at);
        self.due.extend(due_at.map(|at| (at, place, number.clone())));
        self.contacts.insert(number, Listed { contact, place, due_at });
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
        self.contacts
            .get(number)
            .is_some_and(|listed| listed.contact.state == ContactState::Excluded && listed.contact.call.is_some())
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
        if waited > self.agent_within && !std::mem::replace(&mut flight.dropped, true) {
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
        attempts: 0,
        next_at: WallTime(0),
        state: ContactState::Waiting,
        result: String::new(),
        call: None,
    }
}
