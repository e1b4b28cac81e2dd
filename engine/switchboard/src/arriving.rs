//! Calls that come in: who may call, which flow serves him, and telephones that take over a call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{AgentId, CallId, Ender, Fact, HangupCause, LegId, Source, Timestamp};
use rand::Rng;
use script::{Bridge, CallerCard, Project};

use crate::board::Switchboard;
use crate::bridge::Purpose;
use crate::call::{Activity, Call, Caller, CallerState, History, Party, Rights};
use crate::command::{LegCommand, Offered};
use crate::desk::Desk;
use crate::timer::Timer;

/// How long a colleague's phone rings when it is dialled directly.
const DIRECT_RINGS_FOR: Duration = Duration::from_secs(60);

impl Switchboard {
    fn refuse(&mut self, leg: LegId, status: u16) {
        // Retry-After is spread so that the refused do not come back together (reliability T7).
        let retry_after = (status == 503).then(|| self.desk.rng.random_range(5..=30));
        self.desk.leg(leg, LegCommand::Reject { status, retry_after });
    }

    pub(crate) fn new_call(&mut self, now: Timestamp, leg: LegId, mut offered: Offered) {
        let Some(project) = self.project.clone() else { return self.refuse(leg, 503) };
        // A phone says what it likes in From; the account is what it has proved.
        if let Source::Agent(agent) = &offered.source {
            let extension = project.config.agents.get(agent).and_then(|config| config.extension.clone());
            offered.from = extension.unwrap_or_else(|| agent.to_string());
        }
        if self.draining || self.calls.len() >= project.config.limits.max_calls as usize {
            return self.refuse(leg, 503);
        }
        let inside = matches!(offered.source, Source::Agent(_));
        let colleague = inside && crate::route::is_inside(&project.config, &offered.to);
        let flow = project.flow_for(&offered.to).filter(|_| !colleague).map(|flow| flow.name().to_owned());
        if flow.is_none() && !inside {
            return self.refuse(leg, 404);
        }
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.desk.owners.insert(leg, id);
        *self.versions.entry(project.version.clone()).or_default() += 1;
        self.desk.timers.set(Timer::CallLimit(id), now + project.config.limits.max_call);
        let from = if offered.from.is_empty() { "anonymous".to_owned() } else { offered.from.clone() };
        let fact = Fact::CallArrived { from, to: offered.to.clone(), source: offered.source.clone(), leg };
        self.desk.journal(now, Some(id), fact);
        if let Source::Agent(agent) = &offered.source {
            self.desk.centre.engage(now, leg, agent);
        }
        let call = new_call(id, leg, project, flow, &offered);
        self.calls.insert(id, call);
        self.with_call(now, id, |call, desk| begin(call, desk, now, offered));
        self.reconcile_later(now);
    }

    /// REFER with Replaces: the two who talk with the transferor's legs are joined.
    pub(crate) fn attended_transfer(&mut self, now: Timestamp, leg: LegId, consulted: LegId, to: String) {
        let first = self.desk.owners.get(&leg).copied();
        let second = self.desk.owners.get(&consulted).copied();
        let far = second.and_then(|call| self.calls.get(&call)).and_then(|call| call.talks_with(consulted));
        let stays = first.and_then(|call| self.calls.get(&call)).and_then(|call| call.talks_with(leg));
        let (Some(first), Some(second), Some(far), Some(_)) = (first, second, far, stays) else {
            return self.desk.leg(leg, LegCommand::TransferDone { status: 481 });
        };
        let may = self.calls.get(&first).is_some_and(|call| call.may_transfer(leg));
        if first == second || !may {
            return self.desk.leg(leg, LegCommand::TransferDone { status: 403 });
        }
        self.desk.journal(now, Some(first), Fact::TransferRequested { leg, to, attended: true });
        self.desk.leg(leg, LegCommand::TransferDone { status: 200 });
        // Whoever came here from a queue stays busy while he changes over.
        let agent = self.calls.get(&second).and_then(|call| call.agent_on(far));
        if let Some(agent) = agent.filter(|_| !self.desk.centre.is_engaged(far)) {
            self.desk.centre.engage(now, far, &agent);
        }
        let mut party = None;
        self.desk.owners.insert(far, first);
        self.with_call(now, second, |call, desk| party = call.give_away(desk, now, far));
        if let Some(party) = party {
            self.with_call(now, first, |call, desk| call.take_over(desk, now, leg, far, party));
        }
    }

    /// INVITE with Replaces (RFC 3891): a phone picks up what another one talks on.
    pub(crate) fn replace_leg(&mut self, now: Timestamp, leg: LegId, old: LegId, offered: &Offered) {
        let owner = self.desk.owners.get(&old).copied();
        let talks = owner.and_then(|id| self.calls.get(&id)).and_then(|call| call.talks_with(old));
        let inside = matches!(offered.source, Source::Agent(_));
        let (Some(id), Some(_), true) = (owner, talks, inside) else { return self.refuse(leg, 481) };
        self.desk.leg(leg, LegCommand::Answer);
        let agent = agent_of(&offered.source);
        let party = Party { to: offered.from.clone(), rights: Rights::Inside, agent };
        self.with_call(now, id, |call, desk| call.take_over(desk, now, old, leg, party));
    }
}

fn agent_of(source: &Source) -> Option<AgentId> {
    match source {
        Source::Agent(agent) => Some(agent.clone()),
        Source::Trunk(_) | Source::Local => None,
    }
}

pub(crate) fn new_call(id: CallId, leg: LegId, project: Arc<Project>, flow: Option<String>, offered: &Offered) -> Call {
    let language = project.config.language.clone();
    let (tags, waited) = crate::card::incoming(&project, offered);
    let card = CallerCard {
        number: offered.from.clone(),
        name: offered.name.clone(),
        dialed: offered.to.clone(),
        language: language.clone(),
        id: id.0,
        headers: offered.headers.clone(),
        tags,
        attempt: 1,
        agent: agent_of(&offered.source).map(|agent| agent.to_string()).unwrap_or_default(),
    };
    Call {
        id,
        project,
        flow,
        run: None,
        card: Some(card),
        caller: Caller {
            leg,
            rights: if matches!(offered.source, Source::Agent(_)) { Rights::Inside } else { Rights::Outside },
            agent: agent_of(&offered.source),
            state: CallerState::Offered,
            number: offered.from.clone(),
            name: offered.name.clone(),
            language,
        },
        activity: Activity::Idle,
        typed: std::collections::VecDeque::new(),
        parties: BTreeMap::new(),
        pending: BTreeMap::new(),
        draft: None,
        instead_of_operator: None,
        history: History::default(),
        recordings: 0,
        effects: crate::call::EffectBudget::default(),
        sending: crate::sending::Sending::default(),
        questions: 0,
        service: None,
        waited,
        credit: waited,
        left: None,
        taping: crate::tape::Taping::default(),
        end: None,
        errand: None,
    }
}

/// Starts the flow, or rings the colleague who was dialled.
fn begin(call: &mut Call, desk: &mut Desk, now: Timestamp, offered: Offered) {
    let project = call.project.clone();
    if call.flow.is_some() {
        return start_flow(call, desk, now);
    }
    if let Some(queue) = crate::route::find_queue(&project.config, &offered.to) {
        return call.wait_without_flow(desk, now, &queue);
    }
    let request = Bridge::all(vec![offered.to], DIRECT_RINGS_FOR);
    call.start_bridge(desk, now, request, Purpose::Direct);
}

/// Starts the flow that serves the call.
pub(crate) fn start_flow(call: &mut Call, desk: &mut Desk, now: Timestamp) {
    let project = call.project.clone();
    let Some(flow) = call.flow.as_ref().and_then(|name| project.flows.get(name)) else {
        return call.end(desk, now, HangupCause::Error, Ender::Engine);
    };
    let fact = Fact::FlowStarted { flow: flow.name().into(), version: project.version.clone() };
    desk.journal(now, Some(call.id), fact);
    let Some(card) = call.card.clone() else { return };
    let (run, step) = flow.start(card);
    call.run = Some(run);
    call.follow(desk, now, step);
}
