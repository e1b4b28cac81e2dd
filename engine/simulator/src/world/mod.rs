//! The world around a switchboard: time, telephones, audio, a store that keeps everything.

mod audio;
mod directories;
mod experience;
mod loss;
mod outgoing;
mod owed;
mod phone;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{
    AgentId, CallId, Entry, Fact, HangupCause, LegId, PlaybackId, Source, Ticket, Timestamp, TrunkId, WallTime,
};
use script::{AgentRequest, Project};
use serde_json::Value;
use switchboard::{AudioEvent, Command, Contact, LegCommand, LegEvent, Offered, Switchboard};

pub use directories::FakeDirectories;
pub(crate) use directories::plain;
pub use experience::{Experience, Heard, HeardKind, Moment};
pub use loss::Loss;

use crate::agenda::Agenda;
use crate::habits::{Answer, Duty, Habits, People};
use crate::outside::Outside;
use phone::Phone;

/// Time between two keys of one person.
const BETWEEN_KEYS: Duration = Duration::from_millis(200);

/// How far a run may go before it is stopped: a flow that never ends must not hang a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Most events.
    pub events: u64,
}

impl Default for Limit {
    fn default() -> Self {
        Self { events: 1_000_000 }
    }
}

/// What a world keeps of what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Memory {
    /// All of it, for whoever looks back.
    #[default]
    Everything,
    /// What happened since somebody took it last: a day has more calls than memory should hold.
    News,
}

/// Something that will happen.
enum Plan {
    Leg(LegId, LegEvent),
    /// What the network lost at first.
    Late(LegId, LegEvent),
    Key(LegId, char),
    PlaybackOver(LegId, PlaybackId),
    ItemStarts(LegId, PlaybackId, usize),
    ToneOver(LegId),
    TapeCheck(LegId, Ticket),
    TapeClosed(LegId, AudioEvent),
    Found(Ticket, Value),
    Stored(Ticket),
}

/// A switchboard and everything around it.
pub struct World<'a> {
    board: Switchboard,
    now: Timestamp,
    agenda: Agenda<Plan>,
    outside: Outside<'a>,
    people: People,
    directories: FakeDirectories,
    projects: BTreeMap<model::VersionId, Arc<Project>>,
    phones: BTreeMap<LegId, Phone>,
    calls: BTreeMap<LegId, CallId>,
    callers: BTreeMap<CallId, LegId>,
    /// Calls of ours whose first party is still being reached.
    placed: std::collections::BTreeSet<CallId>,
    /// Lines of flows whose playback is about to begin, by the caller's leg.
    places: BTreeMap<LegId, model::Place>,
    journal: Vec<Entry>,
    moments: BTreeMap<LegId, Vec<Moment>>,
    memory: Memory,
    news: Vec<(LegId, Moment)>,
    loss: Option<Loss>,
    events_left: u64,
}

impl<'a> World<'a> {
    /// A world where it is `wall` and nobody calls yet.
    pub fn new(seed: u64, wall: WallTime, outside: Outside<'a>) -> Self {
        let mut board = Switchboard::new(seed, 1);
        board.set_wall_clock(Timestamp::ZERO, wall);
        // There was no earlier life.
        board.restore_work(Timestamp::ZERO, Vec::new(), (model::MessageId(1), model::CallbackId(1)));
        Self {
            board,
            now: Timestamp::ZERO,
            agenda: Agenda::default(),
            outside,
            people: People::default(),
            directories: FakeDirectories::default(),
            projects: BTreeMap::new(),
            phones: BTreeMap::new(),
            calls: BTreeMap::new(),
            callers: BTreeMap::new(),
            placed: std::collections::BTreeSet::new(),
            places: BTreeMap::new(),
            journal: Vec::new(),
            moments: BTreeMap::new(),
            memory: Memory::default(),
            news: Vec::new(),
            loss: None,
            events_left: Limit::default().events,
        }
    }

    /// New calls use this version from now on.
    pub fn publish(&mut self, project: Arc<Project>) {
        self.projects.insert(project.version.clone(), project.clone());
        self.board.publish(self.now, project);
        self.carry_out();
    }

    /// Who lives in this world. Agents of `project` who are not offline register their phones; those of them who serve
    /// a queue sign in, unless their habits say otherwise.
    pub fn populate(&mut self, project: &Project, people: People) {
        for (agent, config) in &project.config.agents {
            let habits = people.habits(agent.as_str());
            if habits.answer == Answer::Offline {
                continue;
            }
            self.register(agent, 1);
            if habits.duty == Duty::SignedIn && !config.queues.is_empty() {
                self.agent_does(agent, &AgentRequest::Ready { at: None });
            }
        }
        self.people = people;
    }

    /// Changes how many phones an agent has registered.
    pub fn register(&mut self, agent: &AgentId, phones: usize) {
        let contact = |number| Contact { uri: format!("sip:{agent}@phone{number}") };
        let contacts = (1..=phones).map(contact).collect();
        self.board.handle_phones(self.now, agent.clone(), contacts);
        self.carry_out();
    }

    /// How somebody behaves from the next ringing on.
    pub fn set_habits(&mut self, who: &str, habits: Habits) {
        self.people.known.insert(who.to_owned(), habits);
    }

    /// A trunk answers again, or no longer.
    pub fn trunk(&mut self, trunk: &TrunkId, down: Option<String>) {
        self.board.handle_trunk(self.now, trunk.clone(), down);
        self.carry_out();
    }

    /// An agent does something: signs in, takes a break, goes home.
    pub fn agent_does(&mut self, agent: &AgentId, request: &AgentRequest) {
        self.board.handle_agent(self.now, agent, request);
        self.carry_out();
    }

    /// A telephone loses its power: nothing comes from it any more, and nobody is told.
    pub fn silence(&mut self, leg: LegId) {
        if let Some(phone) = self.phones.get_mut(&leg) {
            phone.dead = true;
        }
    }

    /// A party that says nothing is noticed to be gone.
    pub fn vanish(&mut self, leg: LegId) {
        self.leg_event(leg, LegEvent::HungUp(HangupCause::Vanished));
    }

    /// From now on the network loses messages, or none any more.
    pub fn lose(&mut self, loss: Option<Loss>) {
        self.loss = loss;
    }

    /// Keeps only news from now on, for [`World::take_news`].
    pub fn set_memory(&mut self, memory: Memory) {
        self.memory = memory;
    }

    /// Moves what happened since the last time to the ends of two lists: facts, and what callers experienced.
    /// Without [`Memory::News`] the second one stays empty.
    pub fn take_news(&mut self, facts: &mut Vec<Entry>, moments: &mut Vec<(LegId, Moment)>) {
        facts.append(&mut self.journal);
        moments.append(&mut self.news);
    }

    /// What lookups find, beside the project's own rows.
    pub fn directories(&self) -> &FakeDirectories {
        &self.directories
    }

    /// What lookups find instead of the project's own rows.
    pub fn set_directories(&mut self, directories: FakeDirectories) {
        self.directories = directories;
    }

    /// Stops after so many events.
    pub fn set_limit(&mut self, limit: Limit) {
        self.events_left = limit.events;
    }

    /// A call comes in.
    pub fn call_in(&mut self, from: &str, to: &str, source: Source) -> LegId {
        let leg = self.board.new_leg();
        let offered = Offered {
            source,
            from: from.to_owned(),
            name: String::new(),
            to: to.to_owned(),
            headers: BTreeMap::new(),
            replaces: None,
        };
        self.phones.insert(leg, Phone::caller(from));
        self.moments.insert(leg, Vec::new());
        self.board.handle_leg(self.now, leg, LegEvent::Offered(Box::new(offered)));
        self.carry_out();
        leg
    }

    /// Somebody presses keys, the first one now.
    pub fn press(&mut self, leg: LegId, keys: &str) {
        let mut at = self.now;
        for key in keys.chars() {
            self.agenda.plan(at, Plan::Key(leg, key));
            at += BETWEEN_KEYS;
        }
    }

    /// How long it takes to press these keys.
    pub fn time_to_press(keys: &str) -> Duration {
        BETWEEN_KEYS * u32::try_from(keys.chars().count()).unwrap_or(u32::MAX)
    }

    /// Somebody speaks for a while.
    pub fn speak(&mut self, leg: LegId, duration: Duration) {
        if let Some(phone) = self.phones.get_mut(&leg) {
            phone.speaks_until = phone.speaks_until.max(self.now + duration);
        }
    }

    /// Somebody puts the receiver down.
    pub fn hang_up(&mut self, leg: LegId) {
        self.arrive(leg, LegEvent::HungUp(HangupCause::Normal));
    }

    /// A telephone does something by itself: hold, resume, transfer.
    pub fn phone_does(&mut self, leg: LegId, event: LegEvent) {
        self.leg_event(leg, event);
    }

    /// Is this party still there?
    pub fn is_live(&self, leg: LegId) -> bool {
        self.phones.contains_key(&leg)
    }

    /// Every party that is on a telephone now.
    pub fn live_legs(&self) -> Vec<LegId> {
        self.phones.keys().copied().collect()
    }

    /// The switchboard itself, to ask what it thinks.
    pub fn board(&self) -> &Switchboard {
        &self.board
    }

    /// Live calls get until `patience` from now to finish; new ones are refused.
    pub fn drain(&mut self, patience: Duration) {
        self.board.drain(self.now, self.now + patience);
        self.carry_out();
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Every fact so far.
    pub fn journal(&self) -> &[Entry] {
        &self.journal
    }

    /// What a caller has experienced.
    pub fn moments(&self, leg: LegId) -> &[Moment] {
        self.moments.get(&leg).map_or(&[], Vec::as_slice)
    }

    /// The call of a leg.
    pub fn call_of(&self, leg: LegId) -> Option<CallId> {
        self.calls.get(&leg).copied()
    }

    /// The first event that is to come.
    pub fn next_time(&self) -> Option<Timestamp> {
        let timer = self.board.poll_timeout().map(|(at, _)| at);
        [timer, self.agenda.next_time()].into_iter().flatten().min().filter(|_| self.events_left > 0)
    }

    /// Lets the next thing happen; false when nothing is to come or the limit is reached.
    pub fn step(&mut self) -> bool {
        let Some(at) = self.next_time() else { return false };
        self.events_left -= 1;
        self.now = self.now.max(at);
        if self.agenda.next_time() == Some(at) {
            if let Some((_, plan)) = self.agenda.take() {
                self.happen(plan);
            }
        } else {
            self.board.handle_timeout(self.now);
        }
        self.carry_out();
        true
    }

    /// Lets time pass, and whatever happens meanwhile.
    pub fn advance(&mut self, duration: Duration) {
        let until = self.now + duration;
        while self.next_time().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = until;
    }

    fn happen(&mut self, plan: Plan) {
        match plan {
            Plan::Leg(leg, event) => self.arrive(leg, event),
            Plan::Late(leg, event) => self.leg_event(leg, event),
            Plan::Key(leg, key) => {
                if self.phones.get(&leg).is_some_and(|phone| phone.hears) {
                    self.board.handle_audio(self.now, leg, AudioEvent::Digit(key));
                }
            }
            Plan::PlaybackOver(leg, playback) => self.playback_over(leg, playback),
            Plan::ItemStarts(leg, playback, index) => self.item_starts(leg, playback, index),
            Plan::ToneOver(leg) => self.experience(leg, Experience::ToneEnded("beep")),
            Plan::TapeClosed(leg, event) => self.board.handle_audio(self.now, leg, event),
            Plan::TapeCheck(leg, ticket) => self.check_tape(leg, ticket),
            Plan::Found(ticket, value) => self.board.handle_lookup(self.now, ticket, value),
            Plan::Stored(ticket) => self.board.handle_stored(self.now, ticket, true),
        }
    }

    /// A message of a party comes in, now or when it was sent often enough.
    fn arrive(&mut self, leg: LegId, event: LegEvent) {
        if self.phones.get(&leg).is_some_and(|phone| phone.dead) {
            return;
        }
        match self.loss.as_mut().and_then(Loss::delay) {
            Some(delay) => self.agenda.plan(self.now + delay, Plan::Late(leg, event)),
            None => self.leg_event(leg, event),
        }
    }

    fn leg_event(&mut self, leg: LegId, event: LegEvent) {
        if !self.phones.contains_key(&leg) {
            return;
        }
        let ended = matches!(event, LegEvent::HungUp(_) | LegEvent::Failed(_));
        if event == LegEvent::Answered
            && let Some(phone) = self.phones.get_mut(&leg)
        {
            phone.hears = true;
        }
        self.board.handle_leg(self.now, leg, event);
        if ended {
            self.close(leg);
        }
        self.carry_out();
    }

    /// A leg is gone; what it recorded is closed.
    fn close(&mut self, leg: LegId) {
        let Some(mut phone) = self.phones.remove(&leg) else { return };
        if let Some(other) = phone.joined.and_then(|other| self.phones.get_mut(&other)) {
            other.joined = None;
        }
        self.places.remove(&leg);
        self.experience(leg, Experience::Ended);
        if let Some(tape) = phone.tape.take() {
            self.close_tape(leg, &tape, "stopped");
        }
        if self.memory == Memory::News {
            self.moments.remove(&leg);
        }
    }

    fn carry_out(&mut self) {
        while let Some(command) = self.board.poll_command() {
            match command {
                Command::Leg(leg, command) => self.leg_command(leg, command),
                Command::Audio(leg, command) => self.audio_command(leg, command),
                Command::Lookup { ticket, version, directory, key } => self.look_up(ticket, &version, &directory, &key),
                Command::Store { ticket, .. } => self.agenda.plan(self.now, Plan::Stored(ticket)),
                Command::Ask { ticket, request, .. } => {
                    let answer = self.directories.web.get(&request.url).cloned().unwrap_or_default();
                    self.agenda.plan(self.now, Plan::Found(ticket, answer));
                }
                Command::Lamp(..) => {}
                Command::Journal(entry) => self.note(entry),
                Command::VersionUnused(version) => {
                    self.projects.remove(&version);
                }
            }
        }
    }

    fn look_up(&mut self, ticket: Ticket, version: &model::VersionId, directory: &str, key: &str) {
        let own = || {
            let project = self.projects.get(version);
            project.map_or(Value::Null, |project| (self.outside.lookup)(project, directory, key))
        };
        if let Some((after, value)) = self.directories.answer(directory, key, own) {
            self.agenda.plan(self.now + after, Plan::Found(ticket, value));
        }
    }

    fn leg_command(&mut self, leg: LegId, command: LegCommand) {
        match command {
            LegCommand::Dial(dial) => self.ring(leg, *dial),
            LegCommand::Ring { .. } => self.experience(leg, Experience::Rang),
            LegCommand::Answer => {
                if let Some(phone) = self.phones.get_mut(&leg) {
                    phone.hears = true;
                    self.agenda.plan(self.now, Plan::Leg(leg, LegEvent::Answered));
                }
            }
            LegCommand::Reject { status, .. } => {
                self.experience(leg, Experience::Refused(status));
                self.close(leg);
            }
            LegCommand::Hangup(_) => self.close(leg),
            LegCommand::TransferDone { status } => self.experience(leg, Experience::TransferDone(status)),
        }
    }

    fn note(&mut self, entry: Entry) {
        match (&entry.fact, entry.call) {
            (Fact::CallArrived { leg, .. }, Some(call)) => {
                self.calls.insert(*leg, call);
                self.callers.insert(call, *leg);
            }
            (Fact::CallPlaced { leg, .. }, Some(call)) => self.placed(call, *leg),
            (Fact::LegDialed { leg, .. }, Some(call)) => self.dialled_again(call, *leg),
            (Fact::CallAnswered, Some(call)) => self.reached(call),
            (Fact::CallEnded { .. }, Some(call)) if self.memory == Memory::News => {
                self.placed.remove(&call);
                let leg = self.callers.remove(&call);
                leg.map(|leg| self.calls.remove(&leg));
            }
            (Fact::CallQueued { queue, .. }, Some(call)) => {
                self.caller_experiences(call, Experience::WaitsIn(queue.clone()));
            }
            (Fact::RecordingPaused { .. }, Some(call)) => self.caller_experiences(call, Experience::RecordingPaused),
            (Fact::RecordingResumed { .. }, Some(call)) => self.caller_experiences(call, Experience::RecordingResumed),
            (Fact::CallConnected { leg, to } | Fact::CallTransferred { leg, to }, Some(call)) => {
                self.connected(call, *leg, to);
            }
            (Fact::PromptStarted { place: Some(place), .. }, Some(call)) => {
                if let Some(leg) = self.callers.get(&call) {
                    self.places.insert(*leg, place.clone());
                }
            }
            _ => {}
        }
        self.journal.push(entry);
    }

    fn caller_experiences(&mut self, call: CallId, what: Experience) {
        if let Some(caller) = self.callers.get(&call).copied() {
            self.experience(caller, what);
        }
    }

    fn experience(&mut self, leg: LegId, what: Experience) {
        let Some(moments) = self.moments.get_mut(&leg) else { return };
        let moment = Moment { at: self.now, what };
        match self.memory {
            Memory::Everything => moments.push(moment),
            Memory::News => self.news.push((leg, moment)),
        }
    }
}
