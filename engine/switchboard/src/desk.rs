//! What all calls share: the outbox of commands, timers, ids, chance, phones and trunks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::{AgentId, CallId, Entry, Fact, HangupCause, LegId, PlaybackId, Ticket, Timestamp, TrunkId, WallTime};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::campaign::Campaigns;
use crate::caps::DialCaps;
use crate::centre::{Centre, state_words};
use crate::command::{AudioCommand, AudioItem, Callee, Command, Contact, Dial, LegCommand, StoreCommand};
use crate::owed::Owed;
use crate::timer::Timers;

pub(crate) struct Desk {
    pub(crate) commands: VecDeque<Command>,
    pub(crate) timers: Timers,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) phones: BTreeMap<AgentId, Vec<Contact>>,
    pub(crate) trunks_down: BTreeSet<TrunkId>,
    pub(crate) caps: DialCaps,
    pub(crate) centre: Centre,
    /// The call that a live leg belongs to. A leg has one owner.
    pub(crate) owners: BTreeMap<LegId, CallId>,
    /// The call that waits for an answer.
    pub(crate) tickets: BTreeMap<Ticket, CallId>,
    pub(crate) owed: Owed,
    pub(crate) campaigns: Campaigns,
    anchor: (Timestamp, WallTime),
    next_leg: u64,
    next_playback: u64,
    next_ticket: u64,
}

impl Desk {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            commands: VecDeque::new(),
            timers: Timers::default(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            phones: BTreeMap::new(),
            trunks_down: BTreeSet::new(),
            caps: DialCaps::default(),
            centre: Centre::new(seed),
            owners: BTreeMap::new(),
            tickets: BTreeMap::new(),
            owed: Owed::default(),
            campaigns: Campaigns::default(),
            anchor: (Timestamp::ZERO, WallTime::default()),
            next_leg: 0,
            next_playback: 0,
            next_ticket: 0,
        }
    }

    pub(crate) fn anchor(&mut self, now: Timestamp, wall: WallTime) {
        self.anchor = (now, wall);
    }

    pub(crate) fn wall(&self, now: Timestamp) -> WallTime {
        let (at, wall) = self.anchor;
        if now >= at {
            wall + (now - at)
        } else {
            let back = i64::try_from((at - now).as_micros()).unwrap_or(i64::MAX);
            WallTime(wall.0.saturating_sub(back))
        }
    }

    pub(crate) fn new_leg(&mut self) -> LegId {
        self.next_leg += 1;
        LegId(self.next_leg)
    }

    /// The number that the next new leg will have.
    pub(crate) fn next_leg(&self) -> LegId {
        LegId(self.next_leg + 1)
    }

    /// A leg that somebody else numbered.
    pub(crate) fn note_leg(&mut self, leg: LegId) {
        self.next_leg = self.next_leg.max(leg.0);
    }

    pub(crate) fn leg(&mut self, leg: LegId, command: LegCommand) {
        self.commands.push_back(Command::Leg(leg, command));
    }

    /// Calls somebody; his trunk has a line less until the leg is gone.
    pub(crate) fn dial(&mut self, leg: LegId, dial: Dial) {
        if let Callee::Trunk { trunk, .. } = &dial.callee {
            self.caps.takes_line(leg, trunk.clone());
        }
        self.leg(leg, LegCommand::Dial(Box::new(dial)));
    }

    pub(crate) fn audio(&mut self, leg: LegId, command: AudioCommand) {
        self.commands.push_back(Command::Audio(leg, command));
    }

    pub(crate) fn play(&mut self, leg: LegId, items: Vec<AudioItem>, looped: bool) -> PlaybackId {
        self.next_playback += 1;
        let playback = PlaybackId(self.next_playback);
        self.audio(leg, AudioCommand::Play { playback, items, looped });
        playback
    }

    /// A ticket whose answer no call waits for.
    pub(crate) fn ticket_of_nobody(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    pub(crate) fn new_ticket(&mut self, call: CallId) -> Ticket {
        let ticket = self.ticket_of_nobody();
        self.tickets.insert(ticket, call);
        ticket
    }

    pub(crate) fn store(&mut self, call: CallId, what: StoreCommand) -> Ticket {
        let ticket = self.new_ticket(call);
        self.commands.push_back(Command::Store { ticket, what });
        ticket
    }

    pub(crate) fn journal(&mut self, now: Timestamp, call: Option<CallId>, fact: Fact) {
        let entry = Entry { at: now, wall: self.wall(now), call, fact };
        self.campaigns.note(&entry);
        self.commands.push_back(Command::Journal(entry));
    }

    /// Writes down what an agent does now, and where.
    pub(crate) fn note_agent(&mut self, now: Timestamp, agent: AgentId, state: &acd::AgentState) {
        let (word, reason) = state_words(state);
        let at = self.centre.post(&agent).unwrap_or_default().to_owned();
        self.journal(now, None, Fact::AgentStateChanged { agent, state: word.into(), reason, at });
    }

    /// Ends a leg that still lives: signalling, owner and caps.
    pub(crate) fn drop_leg(&mut self, now: Timestamp, leg: LegId, cause: HangupCause) {
        let Some(call) = self.owners.remove(&leg) else { return };
        self.caps.release(leg);
        self.centre.forget_leg(leg);
        self.leg(leg, LegCommand::Hangup(cause));
        self.journal(now, Some(call), Fact::LegReleased { leg, cause });
    }

    /// Forgets a leg that ended by itself.
    pub(crate) fn forget_leg(&mut self, leg: LegId) {
        self.owners.remove(&leg);
        self.caps.release(leg);
        self.centre.forget_leg(leg);
    }

    /// The wall clock in a time zone, as ISO 8601 with offset.
    pub(crate) fn iso_now(&self, now: Timestamp, zone: &jiff::tz::TimeZone) -> String {
        iso(self.wall(now), zone)
    }
}

/// A moment in a time zone, as ISO 8601 with offset.
pub(crate) fn iso(wall: WallTime, zone: &jiff::tz::TimeZone) -> String {
    jiff::Timestamp::from_microsecond(wall.0)
        .map(|time| time.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .unwrap_or_default()
}

/// A prompt of a version, by name and language.
pub(crate) fn prompt(project: &script::Project, name: &str, language: &str) -> AudioItem {
    let file = project.prompts.find(name, language).cloned();
    AudioItem::Prompt { name: name.to_owned(), file }
}

/// A pause between two rounds of the same prompt.
pub(crate) const BETWEEN_ROUNDS: Duration = Duration::from_secs(2);
