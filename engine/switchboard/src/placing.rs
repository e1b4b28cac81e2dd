//! Calls that the engine places itself: to contacts of a campaign, to customers who were promised a call.
//!
//! Such a call is like any other, but its first party did not call: he is dialled. Before every attempt the store
//! keeps that it is made, so that nobody is called twice for one attempt, whatever happens to the process.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use model::{
    CallId, Ender, Errand, Fact, HangupCause, LegFailure, LegId, Outcome, PlaybackId, Source, Ticket, Timestamp,
};
use script::ShowNumber;
use script::config::DialRule;
use serde_json::Value;

use crate::arriving::new_call;
use crate::board::Switchboard;
use crate::call::{Activity, Call, CallerState};
use crate::callbacks::is_wanted;
use crate::command::{AudioCommand, AudioItem, Callee, Dial, LegEvent, Offered, StoreCommand, Tone};
use crate::desk::{Desk, prompt};
use crate::owed::ErrandEnd;
use crate::queuing::{Queuing, Wish};
use crate::timer::Timer;

/// A call to be placed.
pub(crate) struct Outgoing {
    pub(crate) errand: Errand,
    /// Whom to call.
    pub(crate) number: String,
    pub(crate) name: String,
    /// Language of the prompts; the project's when none.
    pub(crate) language: Option<String>,
    /// The number that he sees.
    pub(crate) show: ShowNumber,
    pub(crate) tags: BTreeMap<String, Value>,
    /// Which attempt it is, from 1.
    pub(crate) attempt: u32,
    pub(crate) ring_for: Duration,
    pub(crate) then: Then,
}

/// What comes when he answers.
pub(crate) enum Then {
    /// A flow of the project.
    Flow(String),
    /// He confirms with a key that he is a person, and waits in a queue at his place.
    Queue(Box<Wish>),
    /// An agent waits for him already.
    Agent,
}

/// What a call knows about the errand it is for.
pub(crate) struct OnErrand {
    pub(crate) errand: Errand,
    show: ShowNumber,
    ring_for: Duration,
    then: Option<Then>,
    /// Why nobody was reached, or no agent found.
    pub(crate) failed: Option<ErrandEnd>,
}

/// The first party is being called.
pub(crate) struct Reaching {
    stage: Stage,
    /// The agent who waits for him, where one does.
    pub(crate) agent: Option<Box<Queuing>>,
    callees: VecDeque<Callee>,
    rule: Option<DialRule>,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Keeping(Ticket),
    Ringing,
}

/// He shall press a key: a machine never does.
pub(crate) struct Greeting {
    playback: PlaybackId,
    rounds: u32,
}

/// How often the greeting is said.
const GREETING_ROUNDS: u32 = 3;

impl Switchboard {
    /// Places a call whose attempt is on the disk.
    pub(crate) fn place_call(&mut self, now: Timestamp, outgoing: Outgoing) {
        if let Some(id) = self.new_errand(now, outgoing) {
            self.with_call(now, id, |call, desk| call.reach(desk, now, None));
        }
    }

    /// Waits in a queue for somebody who is called when an agent has been found.
    pub(crate) fn queue_errand(&mut self, now: Timestamp, outgoing: Outgoing, wish: impl FnOnce(LegId) -> Wish) {
        let errand = outgoing.errand.clone();
        let Some(id) = self.new_errand(now, outgoing) else { return };
        self.with_call(now, id, |call, desk| {
            let wish = wish(call.caller.leg);
            if let Err(text) = call.start_queue(desk, now, wish) {
                desk.journal(now, Some(id), Fact::Logged { text, place: None });
                call.errand_failed(desk, now, ErrandEnd::NotServed);
            }
        });
        self.desk.owed.live.entry(errand).or_insert(id);
        self.settle(now);
    }

    fn new_errand(&mut self, now: Timestamp, outgoing: Outgoing) -> Option<CallId> {
        let project = self.project.clone().filter(|_| !self.draining);
        let Some(project) = project else {
            self.desk.owed.over.push_back((outgoing.errand, ErrandEnd::NotServed));
            return None;
        };
        let (id, leg) = (CallId(self.next_call), self.desk.new_leg());
        self.next_call += 1;
        *self.versions.entry(project.version.clone()).or_default() += 1;
        self.desk.timers.set(Timer::CallLimit(id), now + project.config.limits.max_call);
        let (to, attempt) = (outgoing.number.clone(), outgoing.attempt);
        self.desk.journal(now, Some(id), Fact::CallPlaced { to, errand: outgoing.errand.clone(), attempt, leg });
        self.desk.owed.live.insert(outgoing.errand.clone(), id);
        let offered = Offered {
            source: Source::Local,
            from: outgoing.number,
            name: outgoing.name,
            to: match &outgoing.show {
                ShowNumber::Number(number) => number.clone(),
                ShowNumber::Caller | ShowNumber::Hidden => String::new(),
            },
            headers: BTreeMap::new(),
            replaces: None,
        };
        let flow = match &outgoing.then {
            Then::Flow(name) => Some(name.clone()),
            Then::Queue(_) | Then::Agent => None,
        };
        let mut call = new_call(id, leg, project, flow, &offered);
        call.caller.state = CallerState::NotCalled;
        if let Some(card) = &mut call.card {
            card.attempt = attempt;
            card.tags = outgoing.tags;
            if let Some(language) = outgoing.language.filter(|language| !language.is_empty()) {
                card.language.clone_from(&language);
                call.caller.language = language;
            }
        }
        call.errand = Some(Box::new(OnErrand {
            errand: outgoing.errand,
            show: outgoing.show,
            ring_for: outgoing.ring_for,
            then: Some(outgoing.then),
            failed: None,
        }));
        self.calls.insert(id, call);
        self.reconcile_later(now);
        Some(id)
    }
}

impl Call {
    /// Calls the first party. With an agent who waits for him, the attempt must be kept before.
    pub(crate) fn reach(&mut self, desk: &mut Desk, now: Timestamp, agent: Option<Box<Queuing>>) {
        if let Some(on) = &self.errand
            && !is_wanted(&self.project.config, desk, now, &on.errand)
        {
            return self.errand_failed(desk, now, ErrandEnd::NotServed);
        }
        let route = crate::route::resolve_outside(&self.project.config, desk, &self.caller.number);
        let route = match route {
            Ok(route) => route,
            Err(no_route) => {
                desk.journal(now, Some(self.id), Fact::Logged { text: no_route.why, place: None });
                return self.errand_failed(desk, now, ErrandEnd::NotReached(no_route.failure));
            }
        };
        let callees = route.groups.into_iter().flatten().collect();
        let attempt = match (&agent, &self.errand) {
            (Some(_), Some(on)) => desk.callback_attempt(&on.errand),
            _ => None,
        };
        if let Some(queuing) = &agent
            && let Some(leg) = queuing.agent_leg()
        {
            desk.play(leg, vec![AudioItem::Tone(Tone::Ringback)], true);
        }
        let stage = match attempt {
            Some(work) => Stage::Keeping(desk.store(self.id, StoreCommand::Keep(vec![work]))),
            None => Stage::Ringing,
        };
        let keeps = stage != Stage::Ringing;
        self.activity = Activity::Reaching(Box::new(Reaching { stage, agent, callees, rule: route.rule }));
        if !keeps {
            self.reach_next(desk, now, LegFailure::NotAllowed);
        }
    }

    /// The store's answer to an attempt. True when it was for this.
    pub(crate) fn attempt_kept(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> bool {
        let Activity::Reaching(reaching) = &mut self.activity else { return false };
        if reaching.stage != Stage::Keeping(ticket) {
            return false;
        }
        reaching.stage = Stage::Ringing;
        let config = &self.project.config;
        let wanted = self.errand.as_ref().is_none_or(|on| is_wanted(config, desk, now, &on.errand));
        if kept && !wanted {
            self.errand_failed(desk, now, ErrandEnd::NotServed);
        } else if kept {
            self.reach_next(desk, now, LegFailure::NotAllowed);
        } else {
            self.errand_failed(desk, now, ErrandEnd::NotKept);
        }
        true
    }

    /// Dials by the next trunk; when there is none, the errand failed for the reason of the last one.
    fn reach_next(&mut self, desk: &mut Desk, now: Timestamp, last: LegFailure) {
        let Activity::Reaching(reaching) = &mut self.activity else { return };
        let Some(callee) = reaching.callees.pop_front() else {
            return self.errand_failed(desk, now, ErrandEnd::NotReached(last));
        };
        let rule = reaching.rule.clone();
        if self.caller.state != CallerState::NotCalled {
            self.caller.leg = desk.new_leg();
        }
        let (id, leg, number) = (self.id, self.caller.leg, self.caller.number.clone());
        let Some(on) = &self.errand else { return };
        if let Err(why) = desk.caps.admit(now, (id, leg), &number, rule.as_ref()) {
            desk.journal(now, Some(id), Fact::LegFailed { leg, to: number.clone(), reason: LegFailure::NoLine });
            let text = format!("{number} not dialled: {why}");
            desk.journal(now, Some(id), Fact::Logged { text, place: None });
            return self.errand_failed(desk, now, ErrandEnd::NotReached(LegFailure::NoLine));
        }
        let show = match &on.show {
            ShowNumber::Number(number) => Some(number.clone()),
            ShowNumber::Hidden => None,
            ShowNumber::Caller => rule.as_ref().and_then(|rule| rule.show.clone()),
        };
        let route = match &callee {
            Callee::Phone { contact, .. } => contact.clone(),
            Callee::Trunk { trunk, .. } => format!("trunk {trunk}"),
            Callee::Uri(uri) => uri.clone(),
        };
        let ring_for = on.ring_for;
        self.caller.state = CallerState::Called;
        self.history.dialled = true;
        desk.owners.insert(leg, id);
        desk.journal(now, Some(id), Fact::LegDialed { leg, to: number, route });
        let dial = Dial { callee, show, show_name: String::new(), call: id, card: Vec::new() };
        desk.dial(leg, dial);
        desk.timers.set(Timer::ReachTimeout(id), now + ring_for);
    }

    /// Something happened to the leg that is being called.
    pub(crate) fn reaching_event(&mut self, desk: &mut Desk, now: Timestamp, event: &LegEvent) {
        let leg = self.caller.leg;
        match event {
            LegEvent::Ringing { .. } => desk.journal(now, Some(self.id), Fact::LegRang { leg }),
            LegEvent::Answered => self.reached(desk, now),
            LegEvent::Failed(failure) => {
                let failure = *failure;
                desk.forget_leg(leg);
                let to = self.caller.number.clone();
                desk.journal(now, Some(self.id), Fact::LegFailed { leg, to, reason: failure });
                match failure {
                    LegFailure::Unreachable | LegFailure::Failed | LegFailure::NoLine => {
                        self.reach_next(desk, now, failure);
                    }
                    _ => self.errand_failed(desk, now, ErrandEnd::NotReached(failure)),
                }
            }
            LegEvent::HungUp(_) => {
                desk.forget_leg(leg);
                self.errand_failed(desk, now, ErrandEnd::NotReached(LegFailure::Failed));
            }
            LegEvent::Offered(_) | LegEvent::Held | LegEvent::Resumed | LegEvent::TransferRequested { .. } => {}
        }
    }

    pub(crate) fn reach_timeout(&mut self, desk: &mut Desk, now: Timestamp) {
        if matches!(&self.activity, Activity::Reaching(reaching) if reaching.stage == Stage::Ringing) {
            let (leg, to) = (self.caller.leg, self.caller.number.clone());
            desk.journal(now, Some(self.id), Fact::LegFailed { leg, to, reason: LegFailure::NoAnswer });
            desk.drop_leg(now, leg, HangupCause::NoAnswer);
            self.errand_failed(desk, now, ErrandEnd::NotReached(LegFailure::NoAnswer));
        }
    }

    /// The agent for whom a customer is being called hung up: the customer is not bothered.
    pub(crate) fn agent_left_while_reaching(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId) -> bool {
        let Activity::Reaching(reaching) = &self.activity else { return false };
        if reaching.agent.as_ref().and_then(|queuing| queuing.agent_leg()) != Some(leg) {
            return false;
        }
        desk.forget_leg(leg);
        self.parties.remove(&leg);
        if self.history.dialled {
            self.end(desk, now, HangupCause::NoAnswer, Ender::Engine);
        } else {
            self.errand_failed(desk, now, ErrandEnd::NotServed);
        }
        true
    }

    fn reached(&mut self, desk: &mut Desk, now: Timestamp) {
        desk.timers.cancel(Timer::ReachTimeout(self.id));
        let (leg, to) = (self.caller.leg, self.caller.number.clone());
        desk.journal(now, Some(self.id), Fact::LegAnswered { leg, to });
        desk.journal(now, Some(self.id), Fact::CallAnswered);
        desk.audio(leg, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        self.caller.state = CallerState::Answered;
        let Activity::Reaching(reaching) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        if let Some(mut queuing) = reaching.agent {
            let Some(agent_leg) = queuing.agent_leg() else { return };
            desk.audio(agent_leg, AudioCommand::StopPlayback);
            queuing.waiter = leg;
            // They talk from now on, not from when the agent was found.
            if let Some(service) = &mut self.service {
                service.since = now;
            }
            return self.connect_agent(desk, now, agent_leg, *queuing);
        }
        match self.errand.as_mut().and_then(|on| on.then.take()) {
            Some(Then::Flow(_)) => crate::arriving::start_flow(self, desk, now),
            Some(then @ Then::Queue(_)) => {
                if let Some(on) = &mut self.errand {
                    on.then = Some(then);
                }
                self.greet(desk, GREETING_ROUNDS);
            }
            Some(Then::Agent) | None => self.end(desk, now, HangupCause::Error, Ender::Engine),
        }
    }

    fn greet(&mut self, desk: &mut Desk, rounds: u32) {
        let item = prompt(&self.project, "callback-greeting", &self.caller.language);
        let items = vec![item, AudioItem::Silence(crate::desk::BETWEEN_ROUNDS)];
        let playback = desk.play(self.caller.leg, items, false);
        self.activity = Activity::Greeting(Greeting { playback, rounds });
    }

    /// The greeting was heard and no key came: again, or it is a machine.
    pub(crate) fn greeting_ended(&mut self, desk: &mut Desk, now: Timestamp, playback: PlaybackId) {
        let Activity::Greeting(greeting) = &self.activity else { return };
        match greeting.rounds {
            _ if greeting.playback != playback => {}
            0 | 1 => self.errand_failed(desk, now, ErrandEnd::NotReached(LegFailure::NoAnswer)),
            rounds => self.greet(desk, rounds - 1),
        }
    }

    pub(crate) fn greeting_digit(&mut self, desk: &mut Desk, now: Timestamp, digit: char) {
        if digit != '1' {
            return;
        }
        desk.journal(now, Some(self.id), Fact::LegConfirmed { leg: self.caller.leg });
        desk.audio(self.caller.leg, AudioCommand::StopPlayback);
        self.activity = Activity::Idle;
        let Some(Then::Queue(mut wish)) = self.errand.as_mut().and_then(|on| on.then.take()) else { return };
        wish.waiter = self.caller.leg;
        if let Err(text) = self.enter_queue(desk, now, *wish) {
            desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
            self.errand_failed(desk, now, ErrandEnd::NotServed);
        }
    }

    /// Nobody was reached, or nobody could be served: the call is over, the errand is not.
    pub(crate) fn errand_failed(&mut self, desk: &mut Desk, now: Timestamp, end: ErrandEnd) {
        if let Some(on) = &mut self.errand {
            on.failed.get_or_insert(end);
        }
        self.end(desk, now, HangupCause::NoAnswer, Ender::Engine);
    }

    /// What is told to whoever wanted this call, when it is over.
    pub(crate) fn tell_errand(&mut self, desk: &mut Desk, outcome: Outcome) {
        let Some(on) = self.errand.take() else { return };
        let over = || ErrandEnd::Over {
            reached: self.history.reached(),
            outcome,
            tags: self.card.as_ref().map(|card| card.tags.clone()).unwrap_or_default(),
            call: self.id,
        };
        let end = match on.failed {
            Some(end) if !self.history.connected => end,
            // Ended from outside before anybody was dialled.
            _ if !self.history.dialled => ErrandEnd::NotServed,
            _ => over(),
        };
        desk.owed.over.push_back((on.errand, end));
    }
}
