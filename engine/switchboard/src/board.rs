//! The switchboard itself: it hands every event to the call that owns it.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd::{AgentState, NotReadyReason};
use model::{AgentId, CallId, Ender, Fact, HangupCause, LegId, Ticket, Timestamp, TrunkId, VersionId, WallTime};
use script::config::SignIn;
use script::{AgentRequest, EffectResult, Project};

use crate::call::Call;
use crate::command::{AudioEvent, Command, Contact, LegEvent};
use crate::desk::Desk;
use crate::owed::Doubt;
use crate::timer::Timer;

/// All calls of one node. One value, one owner, one thread.
pub struct Switchboard {
    pub(crate) desk: Desk,
    pub(crate) calls: BTreeMap<CallId, Call>,
    pub(crate) project: Option<Arc<Project>>,
    pub(crate) versions: BTreeMap<VersionId, usize>,
    pub(crate) next_call: u64,
    pub(crate) draining: bool,
    drained: bool,
    /// The date in the project's zone: calls and talk of today count from midnight.
    today: Option<String>,
}

/// A live call, for `versions`, the console and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// The call.
    pub id: CallId,
    /// Caller's number.
    pub from: String,
    /// Its flow.
    pub flow: Option<String>,
    /// The version it began with.
    pub version: VersionId,
    /// Legs that we dialled.
    pub parties: usize,
}

impl Switchboard {
    /// An empty switchboard. `seed` decides all chance; calls are numbered from `first_call` on.
    pub fn new(seed: u64, first_call: u64) -> Self {
        Self {
            desk: Desk::new(seed),
            calls: BTreeMap::new(),
            project: None,
            versions: BTreeMap::new(),
            next_call: first_call,
            draining: false,
            drained: false,
            today: None,
        }
    }

    /// Says what the wall clock shows at `now`; again whenever it was set.
    pub fn set_wall_clock(&mut self, now: Timestamp, wall: WallTime) {
        self.desk.anchor(now, wall);
        let zone = self.project.as_ref().map(|project| &project.config.time_zone);
        let today = zone.map(|zone| self.desk.iso_now(now, zone).chars().take(10).collect::<String>());
        if today.is_some() && std::mem::replace(&mut self.today, today.clone()).is_some_and(|old| Some(old) != today) {
            self.desk.centre.acd.new_day(now);
        }
    }

    /// New calls use this version from now on; live calls keep theirs.
    pub fn publish(&mut self, now: Timestamp, project: Arc<Project>) {
        let known = self.published().map(|old| old.config.agents.clone()).unwrap_or_default();
        let fresh: Vec<AgentId> = project.config.agents.keys().filter(|id| !known.contains_key(*id)).cloned().collect();
        self.desk.centre.reload(now, &project.config);
        self.desk.owed.numbering = project.config.numbering.clone();
        let version = project.version.clone();
        let old = self.project.replace(project);
        self.desk.journal(now, None, Fact::VersionPublished { version: version.clone() });
        if let Some(old) = old.map(|old| old.version.clone())
            && old != version
            && !self.versions.contains_key(&old)
        {
            self.desk.commands.push_back(Command::VersionUnused(old));
        }
        self.show_lamps();
        // Whoever signed out by a code stays out when somebody saves a file.
        for agent in fresh {
            self.sign_in_by_phone(now, &agent);
        }
        self.load_campaigns(now);
        self.doubt_callbacks(now, Doubt::Version);
        self.settle(now);
    }

    /// Writes into the journal why a save was not published.
    pub fn refuse_version(&mut self, now: Timestamp, reason: String) {
        self.desk.journal(now, None, Fact::VersionRefused { reason });
    }

    /// The number that the next leg will have, for whoever numbers inbound legs.
    pub fn next_leg(&self) -> LegId {
        self.desk.next_leg()
    }

    /// A leg that somebody else numbered; ours go on after it.
    pub fn note_leg(&mut self, leg: LegId) {
        self.desk.note_leg(leg);
    }

    /// A fresh id for an inbound leg.
    pub fn new_leg(&mut self) -> LegId {
        self.desk.new_leg()
    }

    /// Something happened to a leg's signalling.
    pub fn handle_leg(&mut self, now: Timestamp, leg: LegId, event: LegEvent) {
        match event {
            LegEvent::Offered(offered) => {
                self.desk.note_leg(leg);
                match offered.replaces {
                    Some(old) => self.replace_leg(now, leg, old, &offered),
                    None => self.new_call(now, leg, *offered),
                }
            }
            LegEvent::TransferRequested { to, replaces: Some(consulted) } => {
                self.attended_transfer(now, leg, consulted, to);
            }
            event => {
                if let Some(call) = self.desk.owners.get(&leg).copied() {
                    self.with_call(now, call, |call, desk| call.handle_leg(desk, now, leg, event));
                }
            }
        }
        self.settle(now);
    }

    /// Something happened to a leg's audio.
    pub fn handle_audio(&mut self, now: Timestamp, leg: LegId, event: AudioEvent) {
        let owner = match &event {
            AudioEvent::RecordingEnded { ticket, .. } => self.desk.tickets.get(ticket),
            _ => self.desk.owners.get(&leg),
        };
        if let Some(call) = owner.copied() {
            self.with_call(now, call, |call, desk| call.handle_audio(desk, now, leg, event));
            self.settle(now);
        }
    }

    /// A directory answered; null when it found nothing.
    pub fn handle_lookup(&mut self, now: Timestamp, ticket: Ticket, value: serde_json::Value) {
        if let Some(call) = self.desk.tickets.get(&ticket).copied() {
            self.with_call(now, call, |call, desk| call.looked_up(desk, now, ticket, value));
            self.settle(now);
        }
    }

    /// The store answered: kept durably, or not.
    pub fn handle_stored(&mut self, now: Timestamp, ticket: Ticket, kept: bool) {
        if let Some(call) = self.desk.tickets.get(&ticket).copied() {
            self.with_call(now, call, |call, desk| call.stored(desk, now, ticket, kept));
        } else {
            self.work_kept(now, ticket, kept);
        }
        self.settle(now);
    }

    /// The phones that an agent has registered now.
    #[expect(clippy::needless_pass_by_value, reason = "the inputs of a shell are given away")]
    pub fn handle_phones(&mut self, now: Timestamp, agent: AgentId, contacts: Vec<Contact>) {
        let fact = Fact::PhoneRegistered { agent: agent.clone(), contacts: contacts.len() };
        self.desk.journal(now, None, fact);
        let registered = !contacts.is_empty();
        let before = self.desk.phones.insert(agent.clone(), contacts);
        if before.as_ref() != self.desk.phones.get(&agent) {
            self.desk.owed.boxes.forget_lamp(&agent);
            self.show_lamps();
        }
        // A refresh of what is known says nothing about being at work.
        if before.is_some_and(|contacts| !contacts.is_empty()) != registered {
            self.sign_in_by_phone(now, &agent);
        }
        self.settle(now);
    }

    /// Does what an agent, or somebody for him, asks for. False when nobody has this name.
    pub fn handle_agent(&mut self, now: Timestamp, agent: &AgentId, request: &AgentRequest) -> bool {
        let known = crate::agents::ask(&mut self.desk, now, agent, request) == EffectResult::Word("done".into());
        self.settle(now);
        known
    }

    /// What agents did in an earlier life goes on; those whom the published version does not know stay away.
    pub fn restore_agents(&mut self, now: Timestamp, agents: impl IntoIterator<Item = (AgentId, AgentRequest)>) {
        for (agent, request) in agents {
            let _ = self.desk.centre.ask(now, &agent, &request);
        }
        self.settle(now);
    }

    /// Who talked to whom last in an earlier life, oldest first: caller's number and agent.
    pub fn restore_last_agents(&mut self, talked: impl IntoIterator<Item = (String, AgentId)>) {
        for (number, agent) in talked {
            self.desk.centre.last_agents.note(&number, &agent);
        }
    }

    /// The version that new calls get.
    pub(crate) fn published(&self) -> Option<&Project> {
        self.project.as_deref()
    }

    /// The queue core, to look at.
    pub fn queues(&self) -> &acd::Acd {
        &self.desk.centre.acd
    }

    /// Agents with `sign_in: phone` are on duty while a phone of theirs is registered.
    fn sign_in_by_phone(&mut self, now: Timestamp, agent: &AgentId) {
        let config = self.project.as_ref().and_then(|project| project.config.agents.get(agent));
        if config.is_none_or(|config| config.sign_in != SignIn::Phone) {
            return;
        }
        let registered = self.desk.phones.get(agent).is_some_and(|phones| !phones.is_empty());
        let Some(view) = self.desk.centre.acd.agent(now, agent) else { return };
        let away = match view.state {
            AgentState::SignedOut => true,
            AgentState::NotReady { reason } => matches!(reason, NotReadyReason::Vanished | NotReadyReason::Unanswered),
            // His phone was away for a moment: he is not to be signed out after this call.
            AgentState::Talking { .. } | AgentState::WrapUp { .. } => true,
            _ => false,
        };
        let request = if registered { AgentRequest::Ready { at: None } } else { AgentRequest::SignOut };
        if !registered || away {
            let _ = self.desk.centre.ask(now, agent, &request);
        }
    }

    /// A trunk answers again, or no longer.
    pub fn handle_trunk(&mut self, now: Timestamp, trunk: TrunkId, down: Option<String>) {
        match down {
            None => {
                self.desk.trunks_down.remove(&trunk);
                self.desk.journal(now, None, Fact::TrunkUp { trunk });
            }
            Some(reason) => {
                self.desk.trunks_down.insert(trunk.clone());
                self.desk.journal(now, None, Fact::TrunkDown { trunk, reason });
            }
        }
    }

    /// Refuses new calls; live ones may finish until `deadline`.
    pub fn drain(&mut self, now: Timestamp, deadline: Timestamp) {
        self.draining = true;
        self.desk.timers.set(Timer::DrainDeadline, deadline);
        self.check_drained(now);
    }

    /// Is everything over after [`Switchboard::drain`]?
    pub fn is_drained(&self) -> bool {
        self.drained
    }

    /// Fires every timer that is due.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.desk.centre.acd.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.desk.centre.acd.handle_timeout(now);
            self.settle(now);
        }
        while let Some(timer) = self.desk.timers.pop_due(now) {
            match (timer, timer.call()) {
                (_, Some(call)) => self.with_call(now, call, |call, desk| fire(call, desk, now, timer)),
                (Timer::Reconcile, None) => self.reconcile(now),
                (Timer::Boxes, None) => self.ask_store_again(),
                (Timer::Callbacks, None) => self.look_at_callbacks(now),
                (Timer::Campaigns, None) => self.look_at_campaigns(now),
                (_, None) => self.end_all(now),
            }
            self.settle(now);
        }
    }

    /// When it wants to be woken, and why.
    pub fn poll_timeout(&self) -> Option<(Timestamp, Timer)> {
        let queues = self.desk.centre.acd.poll_timeout().map(|(at, _)| (at, Timer::Queues));
        [self.desk.timers.next(), queues].into_iter().flatten().min()
    }

    /// What the shell shall do next.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.desk.commands.pop_front()
    }

    /// Live calls.
    pub fn calls(&self) -> impl Iterator<Item = CallView> {
        self.calls.values().map(|call| CallView {
            id: call.id,
            from: call.caller.number.clone(),
            flow: call.flow.clone(),
            version: call.project.version.clone(),
            parties: call.parties.len(),
        })
    }

    /// Live calls per version; the published one is there even with none.
    pub fn versions(&self) -> BTreeMap<VersionId, usize> {
        let mut versions = self.versions.clone();
        if let Some(project) = &self.project {
            versions.entry(project.version.clone()).or_default();
        }
        versions
    }

    /// Would a key that this caller presses now be used or kept? For fake callers, who press when they are heard.
    pub fn hears_keys(&self, leg: LegId) -> bool {
        let call = self.desk.owners.get(&leg).and_then(|call| self.calls.get(call));
        call.is_some_and(|call| call.hears_keys(leg))
    }

    /// What must never be: a leg without its call, a party that nobody owns.
    pub fn audit(&self) -> Vec<String> {
        let lost = self.desk.owners.iter().filter(|(_, call)| !self.calls.contains_key(call));
        let mut found: Vec<String> =
            lost.map(|(leg, call)| format!("leg {leg} belongs to call {call}, which is over")).collect();
        for call in self.calls.values() {
            let stray = call.parties.keys().filter(|leg| self.desk.owners.get(leg) != Some(&call.id));
            found.extend(stray.map(|leg| format!("call {} counts leg {leg}, which is not its own", call.id)));
        }
        found
    }

    pub(crate) fn with_call(&mut self, now: Timestamp, id: CallId, act: impl FnOnce(&mut Call, &mut Desk)) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        act(call, &mut self.desk);
        if call.is_over() {
            self.forget(now, id);
        }
    }

    fn forget(&mut self, now: Timestamp, id: CallId) {
        let Some(call) = self.calls.remove(&id) else { return };
        self.desk.timers.cancel_call(id);
        self.desk.caps.forget_call(id);
        self.desk.tickets.retain(|_, owner| *owner != id);
        let version = call.project.version.clone();
        if let Some(live) = self.versions.get_mut(&version) {
            *live -= 1;
            if *live == 0 {
                self.versions.remove(&version);
                if self.project.as_ref().is_none_or(|project| project.version != version) {
                    self.desk.commands.push_back(Command::VersionUnused(version));
                }
            }
        }
        self.check_drained(now);
    }

    fn check_drained(&mut self, now: Timestamp) {
        if self.draining && !self.drained && self.calls.is_empty() {
            self.drained = true;
            self.desk.timers.cancel(Timer::DrainDeadline);
            self.desk.journal(now, None, Fact::Drained);
        }
    }

    fn end_all(&mut self, now: Timestamp) {
        let ids: Vec<CallId> = self.calls.keys().copied().collect();
        for id in ids {
            self.with_call(now, id, |call, desk| call.end(desk, now, HangupCause::Shutdown, Ender::Engine));
        }
    }
}

fn fire(call: &mut Call, desk: &mut Desk, now: Timestamp, timer: Timer) {
    match timer {
        Timer::RingTimeout(_, target) => call.ring_timeout(desk, now, target),
        Timer::NextTarget(_) => call.next_target(desk, now),
        Timer::ConfirmTimeout(_, leg) => call.confirm_timeout(desk, now, leg),
        Timer::DigitTimeout(_) => call.digit_timeout(desk, now),
        Timer::PauseOver(_) => call.pause_over(desk, now),
        Timer::Meanwhile(_) => call.meanwhile(desk, now),
        Timer::LookupTimeout(_, ticket) => call.looked_up(desk, now, ticket, serde_json::Value::Null),
        Timer::Announcement(_) => call.announce(desk, now),
        Timer::ReachTimeout(_) => call.reach_timeout(desk, now),
        Timer::RecordingPauseOver(_) => call.recording_pause_over(desk, now),
        Timer::CallLimit(_) => call.limit_reached(desk, now),
        Timer::Queues
        | Timer::Callbacks
        | Timer::Campaigns
        | Timer::Boxes
        | Timer::Reconcile
        | Timer::DrainDeadline => {}
    }
}
