//! One run of a day, from its first minute to its last.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use model::{AgentId, CallId, ContactState, Entry, Fact, LegId, Timestamp, VersionId};
use script::Project;

use super::arrivals::Calendar;
use super::caller::Caller;
use super::failing::Phase;
use super::fate::Person;
use super::file::Day;
use super::staff::Staff;
use super::working::Task;
use crate::agenda::Agenda;
use crate::figures::{DayFigures, Settings, Tally};
use crate::outside::Outside;
use crate::report::trace_line;
use crate::world::{Experience, Limit, Memory, Moment, World};

/// Far more than a day of a million calls needs: a flow that never ends must not hang the machine.
const EVENTS_MAX: u64 = 500_000_000;

/// What is kept of a run beside its figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watch {
    /// The journal as text.
    pub trace: bool,
    /// After every event the switchboard's books are checked; slow.
    pub audit: bool,
}

/// What one run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct DayResult {
    /// What decided all chance.
    pub seed: u64,
    /// What happened, in figures.
    pub figures: DayFigures,
    /// The same for the same seed, byte for byte.
    pub trace_hash: String,
    /// The journal with clock times, when it was asked for.
    pub trace: Vec<String>,
    /// What must never be: books that do not agree, found at these times. Empty unless there is a bug.
    pub broken: Vec<String>,
    /// How far the day's campaigns are: the objects of `callwright campaign --json`.
    pub campaigns: Vec<serde_json::Value>,
}

/// Something that somebody does by himself.
#[derive(Debug)]
pub(super) enum Errand {
    /// The next caller of this row calls.
    Arrives(usize, Person),
    CallsAgain(Person),
    LooksAtKeys(LegId),
    /// When the caller is still in the same mood.
    HangsUp(LegId, u32),
    LeavesMenu(LegId),
    Agent(usize, Task),
    Fault(usize, Phase),
    Vanishes(LegId),
}

/// A day that runs.
pub(super) struct Run<'d, 'o> {
    pub(super) day: &'d Day,
    pub(super) seed: u64,
    pub(super) world: World<'o>,
    pub(super) project: Arc<Project>,
    /// The version that the day was made of.
    pub(super) base: VersionId,
    pub(super) agenda: Agenda<Errand>,
    pub(super) end: Timestamp,
    pub(super) calendars: Vec<(Calendar<'d>, u64)>,
    pub(super) callers: BTreeMap<LegId, Caller>,
    pub(super) legs: BTreeMap<CallId, LegId>,
    /// Whom campaigns are calling.
    pub(super) reached: BTreeMap<CallId, Person>,
    pub(super) staff: Staff<'d>,
    pub(super) reloads: u32,
    tally: Tally,
    hasher: blake3::Hasher,
    watch: Watch,
    trace: Vec<String>,
    pub(super) broken: Vec<String>,
}

impl Day {
    /// Runs the day once.
    pub fn run(&self, project: &Project, seed: u64, watch: Watch, outside: Outside<'_>) -> DayResult {
        Run::new(self, project, seed, watch, outside).finish()
    }
}

impl<'d, 'o> Run<'d, 'o> {
    fn new(day: &'d Day, project: &Project, seed: u64, watch: Watch, outside: Outside<'o>) -> Self {
        let today = Arc::new(day.project(project, version_of_day(&project.version, 1)));
        let mut world = World::new(seed, day.starts, outside);
        world.set_memory(Memory::News);
        world.set_limit(Limit { events: EVENTS_MAX });
        world.set_directories(day.directories.clone());
        world.publish(today.clone());
        let mut staff = Staff::new(day, project, seed);
        let people = staff.people(&today);
        world.populate(&today, people);
        let mut settings = Settings { count_from: Timestamp::ZERO + day.warm_up, ..Settings::of(&today.config) };
        if let Some(within) = day.answer_within() {
            settings.whole.within = within;
            settings.queues.values_mut().for_each(|queue| queue.within = within);
        }
        let at_work: Vec<&AgentId> = staff.members.iter().map(|member| &member.agent).collect();
        settings.agents.retain(|agent, _| at_work.contains(&agent));
        let calendars =
            day.callers.iter().enumerate().map(|(row, callers)| (Calendar::new(&callers.arrivals, seed, row), 0));
        Self {
            day,
            seed,
            world,
            project: today,
            base: project.version.clone(),
            agenda: Agenda::default(),
            end: Timestamp::ZERO + day.runs_for,
            calendars: calendars.collect(),
            callers: BTreeMap::new(),
            legs: BTreeMap::new(),
            reached: BTreeMap::new(),
            staff,
            reloads: 0,
            tally: Tally::new(settings),
            hasher: blake3::Hasher::new(),
            watch,
            trace: Vec::new(),
            broken: Vec::new(),
        }
    }

    fn finish(mut self) -> DayResult {
        self.plan_work();
        self.plan_faults();
        for row in 0..self.calendars.len() {
            self.plan_arrival(row);
        }
        self.start_campaigns();
        self.catch_up();
        while self.step() {}
        self.broken.extend(self.tally.wrong());
        let campaigns = self.campaigns();
        DayResult {
            seed: self.seed,
            figures: self.tally.figures(self.end),
            trace_hash: self.hasher.finalize().to_hex().to_string(),
            trace: self.trace,
            campaigns,
            broken: self.broken,
        }
    }

    /// Lets the next thing happen; false when the day is over. What happens at its very end belongs to the next one.
    fn step(&mut self) -> bool {
        let (happens, done) = (self.world.next_time(), self.agenda.next_time());
        let Some(at) = [happens, done].into_iter().flatten().min().filter(|at| *at < self.end) else { return false };
        if happens == Some(at) {
            self.world.step();
        } else if let Some((at, errand)) = self.agenda.take() {
            self.world.advance(at - self.world.now());
            self.run_errand(errand);
        }
        self.catch_up();
        if self.watch.audit {
            self.audit();
        }
        true
    }

    fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Arrives(row, person) => {
                self.plan_arrival(row);
                self.call_in(person);
            }
            Errand::CallsAgain(person) => self.call_in(person),
            Errand::LooksAtKeys(leg) => self.look_at_keys(leg),
            Errand::HangsUp(leg, moods) => self.hang_up(leg, moods),
            Errand::LeavesMenu(leg) => self.leave_menu(leg),
            Errand::Agent(member, task) => self.perform(member, task),
            Errand::Fault(fault, phase) => self.fail(fault, phase),
            Errand::Vanishes(leg) => self.world.vanish(leg),
        }
    }

    /// Writes down what happened, and lets everybody concerned react, until nothing is new.
    fn catch_up(&mut self) {
        let (mut facts, mut moments) = (Vec::new(), Vec::new());
        loop {
            self.world.take_news(&mut facts, &mut moments);
            if facts.is_empty() && moments.is_empty() {
                return;
            }
            for entry in facts.drain(..) {
                self.note(&entry);
                self.react(&entry);
            }
            for (leg, moment) in moments.drain(..) {
                self.notice(leg, &moment);
            }
        }
    }

    /// What the day's campaigns came to.
    fn campaigns(&self) -> Vec<serde_json::Value> {
        let all = self.world.campaigns();
        let ours =
            |one: &&serde_json::Value| self.day.campaigns.iter().any(|called| one["campaign"] == *called.campaign);
        all["campaigns"].as_array().into_iter().flatten().filter(ours).cloned().collect()
    }

    fn note(&mut self, entry: &Entry) {
        let mut line = Line(&mut self.hasher);
        let _ = writeln!(line, "{entry}");
        self.tally.note(entry);
        if self.watch.trace {
            self.trace.push(trace_line(entry, self.day.clock.zone()));
        }
    }

    fn react(&mut self, entry: &Entry) {
        let now = self.world.now();
        let leg = entry.call.and_then(|call| self.legs.get(&call)).copied();
        match (&entry.fact, entry.call) {
            (Fact::CallArrived { leg, .. }, Some(call)) => self.arrived(*leg, call),
            (Fact::AgentStateChanged { agent, state, reason, .. }, _) => self.agent_changed(agent, state, reason),
            (Fact::LegDialed { leg: rung, to, .. }, _) => {
                self.agent_rung(to, *rung);
                leg.into_iter().for_each(|leg| self.waits(leg, now));
            }
            (Fact::QueueAnswered { queue, agent, .. }, _) => self.agent_answered(agent, queue),
            (Fact::ContactChanged { campaign, number, state: ContactState::Dialing, attempts, .. }, _) => {
                self.will_be_called(campaign, number, *attempts);
            }
            (Fact::CallPlaced { errand: model::Errand::Contact(campaign, number), attempt, .. }, Some(call)) => {
                self.placed(call, campaign, number, *attempt);
            }
            (Fact::LegAnswered { leg, .. }, Some(call)) if self.reached.contains_key(&call) => {
                self.called_answers(*leg, call, now);
            }
            (Fact::CallEnded { outcome, .. }, Some(call)) => {
                self.reached.remove(&call);
                self.call_over(call, *outcome);
            }
            (fact, Some(_)) => leg.into_iter().for_each(|leg| self.caller_notices(leg, fact, now)),
            _ => {}
        }
        if let Some(leg) = leg {
            self.look_at_keys(leg);
        }
    }

    fn notice(&mut self, leg: LegId, moment: &Moment) {
        match &moment.what {
            Experience::Ended | Experience::Refused(_) => self.gone(leg),
            what => {
                self.experiences(leg, what);
                self.look_at_keys(leg);
            }
        }
    }

    fn audit(&mut self) {
        let clock = self.world.now();
        let found = self.world.board().audit().into_iter().chain(self.tally.wrong());
        self.broken.extend(found.map(|what| format!("{clock} {what}")));
    }
}

/// The project of a day, and of each time it is published anew.
pub(super) fn version_of_day(base: &VersionId, number: u32) -> VersionId {
    VersionId::parse(&format!("{base}-day-{number}")).expect("a short name with letters and digits")
}

/// Text that goes into a hash as it is made.
struct Line<'h>(&'h mut blake3::Hasher);

impl std::fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
