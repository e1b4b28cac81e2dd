//! The signalling thread: SIP endpoint and switchboard side by side, one owner for both.
//!
//! It decides nothing: events of the one become inputs of the other, commands become packets,
//! audio jobs and rows.

mod asked;
mod audio;
mod capture;
mod config;
mod outside;
mod signal;
mod supervisors;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use model::{AgentId, CallId, LegId, Timestamp, VersionId};
use script::Project;
use sip::{Admittance, ConnectionId, Endpoint, SipEvent};
use switchboard::{CallView, Command, Switchboard};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::control::Request;
use crate::directories::Directories;
use crate::inbox::{Inbox, OVERLOADED_AT, Post, PostBox};
use crate::keeper::Keeper;
use crate::media::AudioHandle;
use crate::net::StreamWriter;
use crate::outbox::OutboxJob;
use crate::ports::Ports;
use crate::recordings::Keys;
use crate::shelf::{Shelf, Sounds};
use crate::tape::Tapes;

use supervisors::Supervisors;

pub(crate) use config::{Sockets, endpoint_config};

/// How often the wall clock is compared and the books are audited.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// How often the names of trunks are looked up.
const RESOLVE_EVERY: Duration = Duration::from_secs(120);
/// Letters handled before timers are looked at again.
const LETTERS_AT_ONCE: usize = 64;

fn stored(kept: bool) -> sip::Stored {
    if kept { sip::Stored::Yes } else { sip::Stored::No }
}

/// Live calls, for `versions` and tests.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every live call.
    pub calls: Vec<CallView>,
    /// The version that new calls get.
    pub published: Option<VersionId>,
    /// Live calls per version.
    pub versions: BTreeMap<VersionId, usize>,
    /// Queues, groups and agents, as `Switchboard::live` gives them.
    pub centre: serde_json::Value,
}

/// What the exchange is made of.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) post: Post,
    pub(crate) inbox: PostBox,
    pub(crate) endpoint: Endpoint,
    /// Seed and first call of the switchboard, which is made on its own thread and never leaves it.
    pub(crate) board: (u64, u64),
    pub(crate) audio: Vec<AudioHandle>,
    pub(crate) ports: Ports,
    pub(crate) media_ip: std::net::IpAddr,
    pub(crate) udp: BTreeMap<SocketAddr, Arc<UdpSocket>>,
    pub(crate) sockets: Sockets,
    pub(crate) sounds: Sounds,
    pub(crate) tapes: Tapes,
    pub(crate) keeper: Keeper,
    pub(crate) outbox: UnboundedSender<OutboxJob>,
    pub(crate) tokio: Handle,
}

pub(crate) struct Exchange {
    parts: Parts,
    board: Switchboard,
    shelf: Shelf,
    legs: BTreeMap<LegId, LegAudio>,
    leg_calls: BTreeMap<LegId, CallId>,
    supervisors: Supervisors,
    capture: capture::Capture,
    streams: BTreeMap<ConnectionId, StreamWriter>,
    peers: BTreeMap<SocketAddr, ConnectionId>,
    connecting: BTreeMap<SocketAddr, Opening>,
    project: Option<Arc<Project>>,
    directories: BTreeMap<VersionId, Arc<Directories>>,
    users: BTreeMap<AgentId, String>,
    /// Who asked for something that the store has not answered yet, and the campaign that it concerns.
    unanswered: BTreeMap<model::Ticket, (String, asked::Tell)>,
    /// Facts of this turn, not yet handed to the keeper.
    facts: Vec<model::Entry>,
    tidy_at: Timestamp,
    overloaded: bool,
    draining: bool,
    resolve_at: Timestamp,
}

/// A stream that is being opened.
#[derive(Default)]
struct Opening {
    waiting: Vec<Vec<u8>>,
    /// The destinations as the endpoint named them.
    wanted: BTreeSet<sip::Destination>,
}

/// The audio side of a leg.
struct LegAudio {
    thread: usize,
    address: SocketAddr,
    /// Counts what was played and stopped, so that a prompt that loads late is not played any more.
    generation: u64,
    session: u64,
    /// What will play once its prompts are read.
    waiting: Option<audio::Waiting>,
}

impl Exchange {
    pub(crate) fn new(parts: Parts) -> Self {
        let (seed, first_call) = parts.board;
        Self {
            board: Switchboard::new(seed, first_call),
            parts,
            shelf: Shelf::default(),
            legs: BTreeMap::new(),
            leg_calls: BTreeMap::new(),
            supervisors: Supervisors::default(),
            capture: capture::Capture::default(),
            streams: BTreeMap::new(),
            peers: BTreeMap::new(),
            connecting: BTreeMap::new(),
            project: None,
            directories: BTreeMap::new(),
            users: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            facts: Vec::new(),
            tidy_at: Timestamp::ZERO,
            overloaded: false,
            draining: false,
            resolve_at: Timestamp::ZERO,
        }
    }

    /// Runs until the switchboard has drained.
    pub(crate) fn run(mut self) {
        loop {
            if let Ok(letter) = self.parts.inbox.wait(self.patience()) {
                self.open(letter);
                for _ in 1..LETTERS_AT_ONCE {
                    self.carry_out();
                    let Some(letter) = self.parts.inbox.next() else { break };
                    self.open(letter);
                }
            }
            self.carry_out();
            self.pass_time();
            self.carry_out();
            if self.board.is_drained() && self.parts.endpoint.live().dialogs == 0 {
                return;
            }
        }
    }

    fn patience(&self) -> Duration {
        let timers = [self.parts.endpoint.poll_timeout(), self.board.poll_timeout().map(|(at, _)| at)];
        let next = timers.into_iter().flatten().min().unwrap_or(self.tidy_at).min(self.tidy_at);
        self.parts.clock.until(next)
    }

    fn pass_time(&mut self) {
        let now = self.parts.clock.now();
        if self.parts.endpoint.poll_timeout().is_some_and(|at| at <= now) {
            self.parts.endpoint.handle_timeout(now);
        }
        if self.board.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.board.handle_timeout(now);
        }
        if self.tidy_at <= now {
            self.tidy_at = now + TIDY_EVERY;
            self.board.set_wall_clock(now, self.parts.clock.wall());
            for finding in self.board.audit() {
                tracing::error!(finding, "the switchboard's books do not agree");
            }
            self.resolve_again(now);
        }
        let overloaded = self.parts.inbox.waiting() > OVERLOADED_AT;
        if overloaded != self.overloaded && !self.draining {
            self.overloaded = overloaded;
            tracing::warn!(overloaded, "admission of new calls changed");
            self.parts.endpoint.set_admittance(if overloaded { Admittance::Overloaded } else { Admittance::Open });
        }
    }

    fn open(&mut self, letter: Inbox) {
        let now = self.parts.clock.now();
        let parts = &mut self.parts;
        // Both sides number legs; they take turns, so the next free number is the same for both.
        parts.endpoint.number_legs_from(self.board.next_leg().0);
        match letter {
            Inbox::Datagram { local, from, bytes } => {
                self.capture.note(parts.clock.wall(), (from, local), &bytes);
                parts.endpoint.handle_datagram(now, local, from, &bytes);
            }
            Inbox::StreamOpened { connection, peer, writer } => self.stream_opened(now, connection, peer, writer),
            Inbox::StreamBytes { connection, bytes } => self.stream_bytes(now, connection, &bytes),
            Inbox::StreamClosed { connection } => self.stream_closed(now, connection),
            Inbox::Unreachable(destination) => self.unreachable(now, &destination),
            Inbox::Resolved { destination, bytes, to } => self.send_resolved(&destination, bytes, to),
            Inbox::TrunkResolved { trunk, address, ips } => parts.endpoint.trunk_resolved(&trunk, &address, ips),
            Inbox::Audio(event) => self.audio_event(now, event),
            Inbox::TapeClosed { leg, ticket, length, ended_by } => {
                let event = switchboard::AudioEvent::RecordingEnded { ticket, length, ended_by };
                self.board.handle_audio(now, leg, event);
            }
            Inbox::Loaded { leg, generation, prompts } => self.loaded(now, leg, generation, prompts),
            Inbox::Stored { ticket, kept } => {
                self.board.handle_stored(now, ticket, kept);
                self.answer_stored(now, ticket, kept);
            }
            Inbox::BindingStored { ticket, kept } => parts.endpoint.confirm_binding(now, ticket, stored(kept)),
            Inbox::Publish(project, directories) => self.publish(now, project, directories),
            Inbox::Restore(restored) => {
                self.board.restore_last_agents(restored.last_agents);
                self.board.restore_agents(now, restored.agents);
                self.board.restore_work(now, restored.work, restored.next);
                self.board.restore_lost(now, restored.lost);
            }
            Inbox::RefuseVersion(reason) => self.board.refuse_version(now, reason),
            Inbox::Drain => self.drain(now),
            Inbox::EndAll => self.board.drain(now, now),
            Inbox::Answered { ticket, value } => self.board.handle_lookup(now, ticket, value),
            Inbox::Note { call, fact } => self.board.note(now, call, fact),
            Inbox::ForgetNumber(number, tell) => tell(self.board.forget_number(now, &number)),
            Inbox::ForgetMessages(messages) => self.board.forget_messages(now, &messages),
            Inbox::Control(Request::RetryDelivery { key }, tell) => self.tell_outbox(OutboxJob::Retry { key, tell }),
            Inbox::Control(request, tell) => self.control(now, request, tell),
            Inbox::Report(tell) => {
                let calls = self.board.calls().collect();
                let published = self.project.as_ref().map(|project| project.version.clone());
                tell(Report { calls, published, versions: self.board.versions(), centre: self.board.live(now) });
            }
        }
    }

    fn publish(&mut self, now: Timestamp, project: Arc<Project>, directories: Arc<Directories>) {
        let config = endpoint_config(&project, &self.parts.sockets);
        self.users = config.agents.iter().map(|(user, account)| (account.agent.clone(), user.clone())).collect();
        self.parts.endpoint.reconfigure(now, config);
        self.parts.sounds.voice = project
            .config
            .speech
            .clone()
            .map(|command| Arc::new(crate::voice::Voice::new(command, &self.parts.sounds.root)));
        self.parts.sounds.keys = Keys::new(&project.config.recording.keys);
        self.parts.sounds.country.clone_from(&project.config.tones);
        self.shelf.forget_project();
        self.tell_outbox(OutboxJob::Configure(project.clone(), directories.web().cloned()));
        self.directories.insert(project.version.clone(), directories);
        self.project = Some(project.clone());
        self.resolve_at = now;
        self.board.set_wall_clock(now, self.parts.clock.wall());
        self.board.publish(now, project);
    }

    /// Providers move, and names that were unknown at the start become known.
    fn resolve_again(&mut self, now: Timestamp) {
        if now >= self.resolve_at
            && let Some(project) = self.project.clone()
        {
            self.resolve_at = now + RESOLVE_EVERY;
            self.resolve_trunks(&project);
        }
    }

    fn drain(&mut self, now: Timestamp) {
        let patience = self.project.as_ref().map_or(Duration::ZERO, |project| project.config.limits.drain);
        self.draining = true;
        self.parts.endpoint.set_admittance(Admittance::Draining);
        self.parts.endpoint.shut_down_trunks(now);
        self.board.drain(now, now + patience);
    }

    /// Carries events and commands to and fro until nobody has anything more to say.
    fn carry_out(&mut self) {
        loop {
            let mut quiet = true;
            let events: Vec<SipEvent> = std::iter::from_fn(|| self.parts.endpoint.poll_event()).collect();
            quiet &= events.is_empty();
            // Numbers that the endpoint has given are taken before a flow can dial.
            for event in &events {
                if let SipEvent::Incoming { leg, .. } = event {
                    self.board.note_leg(*leg);
                }
            }
            events.into_iter().for_each(|event| self.sip_event(event));
            while let Some(command) = self.board.poll_command() {
                self.command(command);
                quiet = false;
            }
            while let Some(transmit) = self.parts.endpoint.poll_transmit() {
                self.transmit(transmit);
            }
            if quiet {
                break;
            }
        }
        self.keep_facts();
        while let Some(connection) = self.parts.endpoint.poll_close() {
            self.streams.remove(&connection);
        }
    }

    fn command(&mut self, command: Command) {
        let now = self.parts.clock.now();
        match command {
            Command::Leg(leg, command) => self.leg_command(now, leg, command),
            Command::Audio(leg, command) => self.audio_command(now, leg, command),
            Command::Lookup { ticket, version, directory, key } => {
                self.look_up(now, ticket, (&version, &directory, &key));
            }
            Command::Ask { ticket, version, request } => self.ask(now, ticket, &version, request),
            Command::Lamp(agent, lamp) => self.parts.endpoint.show_lamp(now, &agent, lamp),
            Command::Store { ticket, what } => {
                self.keep_facts();
                self.parts.keeper.row(ticket, what);
            }
            Command::Journal(entry) => {
                tracing::info!(target: "callwright::journal", "{entry}");
                if let (Some(call), model::Fact::CallArrived { leg, .. }) = (entry.call, &entry.fact)
                    && self.parts.endpoint.has_leg(*leg)
                {
                    self.leg_calls.insert(*leg, call);
                    self.note_call_id(call, *leg);
                }
                self.facts.push(entry);
            }
            Command::VersionUnused(version) => {
                self.directories.remove(&version);
            }
        }
    }

    /// Facts set out for the store before the rows that are told about them.
    fn keep_facts(&mut self) {
        if !self.facts.is_empty() {
            self.parts.keeper.journal(std::mem::take(&mut self.facts));
        }
    }
}
