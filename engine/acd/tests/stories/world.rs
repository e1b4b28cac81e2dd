//! A small world around the queue core: callers with patience, phones that ring, messages that get lost.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::time::Duration;

use acd::{Acd, AcdConfig, AcdError, AgentState, Enqueue, Event, Legs, OfferFailure, OfferId, Party, ReadyFor};
use model::{AgentId, CallId, Timestamp};

use crate::desk::{agent_id, seconds};

/// Somebody who will call.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) at_s: u64,
    pub(crate) patience_s: u64,
    pub(crate) talks_s: u64,
    pub(crate) request: Enqueue,
}

/// What goes wrong besides lost messages.
#[derive(Clone)]
pub(crate) enum Fault {
    /// The phone is gone for a while.
    Vanishes { agent: &'static str, back_after_s: u64 },
    /// A new configuration.
    Reload(Box<AcdConfig>),
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Enqueue { queue, priority_s, skills, prefer, .. } = &self.request;
        let prefer: Vec<_> = prefer.iter().map(|prefer| prefer.agent.as_str()).collect();
        write!(f, "{} s to {queue}, patience {} s, talks {} s", self.at_s, self.patience_s, self.talks_s)?;
        write!(f, ", priority {priority_s}, skills {skills:?}, prefers {prefer:?}")
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Vanishes { agent, back_after_s } => write!(f, "{agent} vanishes for {back_after_s} s"),
            Fault::Reload(_) => f.write_str("reload"),
        }
    }
}

/// Messages that never come, by their number.
pub(crate) type Lost = BTreeSet<usize>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Arrives(usize),
    GivesUp(CallId),
    Answers(AgentId, OfferId),
    FallsSilent(AgentId, OfferId),
    TalkEnds(CallId, AgentId),
    Fault(usize),
    Returns(AgentId),
    Reconciles,
}

/// One agent's phone, as it is and not as the books have it.
#[derive(Debug, Default)]
struct Phone {
    rings: BTreeMap<OfferId, CallId>,
    talks: Option<CallId>,
    gone: bool,
}

#[derive(Default)]
struct Truth {
    /// Callers who wait, by their request.
    waiting: BTreeMap<CallId, usize>,
    phones: BTreeMap<AgentId, Phone>,
}

impl Legs for Truth {
    fn waits(&self, call: CallId) -> bool {
        self.waiting.contains_key(&call)
    }

    fn rings(&self, offer: OfferId, _: CallId, agent: &AgentId) -> bool {
        self.phones.get(agent).is_some_and(|phone| phone.rings.contains_key(&offer))
    }

    fn talk(&self, call: CallId, agent: &AgentId) -> bool {
        self.phones.get(agent).is_some_and(|phone| phone.talks == Some(call))
    }
}

pub(crate) struct World {
    pub(crate) acd: Acd,
    pub(crate) now: Timestamp,
    arrivals: Vec<Arrival>,
    faults: Vec<(u64, Fault)>,
    lost: Lost,
    messages: usize,
    truth: Truth,
    ahead: BTreeSet<(Timestamp, usize, Happening)>,
    planned: usize,
    /// Offers that are out, by what the core said.
    offered: BTreeMap<CallId, BTreeSet<OfferId>>,
    /// Offers made at this very moment.
    made_now: BTreeSet<OfferId>,
    ends: BTreeMap<CallId, usize>,
    pub(crate) repairs: Vec<String>,
    trace: String,
    broken: Option<String>,
}

/// How long a phone rings on after we told it to stop: answers may cross with that.
const CROSSING: Duration = Duration::from_millis(300);
/// How long a phone rings that was never told to stop.
const RINGS_UNHEARD: Duration = Duration::from_secs(60);
const RECONCILE_EVERY: Duration = Duration::from_secs(1);

impl World {
    pub(crate) fn new(config: AcdConfig, arrivals: Vec<Arrival>, faults: Vec<(u64, Fault)>, lost: Lost) -> Self {
        let agents: Vec<AgentId> = config.agents.keys().cloned().collect();
        let mut world = Self {
            acd: Acd::new(config),
            now: Timestamp::ZERO,
            arrivals,
            faults,
            lost,
            messages: 0,
            truth: Truth::default(),
            ahead: BTreeSet::new(),
            planned: 0,
            offered: BTreeMap::new(),
            made_now: BTreeSet::new(),
            ends: BTreeMap::new(),
            repairs: Vec::new(),
            trace: String::new(),
            broken: None,
        };
        for index in 0..world.arrivals.len() {
            world.plan(seconds(world.arrivals[index].at_s), Happening::Arrives(index));
        }
        for index in 0..world.faults.len() {
            world.plan(seconds(world.faults[index].0), Happening::Fault(index));
        }
        for agent in agents {
            world.truth.phones.insert(agent.clone(), Phone::default());
            world.acd.agent_ready(world.now, &agent, ReadyFor::Calls).unwrap();
        }
        world.plan(RECONCILE_EVERY, Happening::Reconciles);
        world.hear();
        world
    }

    /// Lets the day run until nobody is left and everything rests; or tells the story up to the first broken rule.
    pub(crate) fn run(&mut self, until: Duration) -> Result<(), String> {
        let end = Timestamp::ZERO + until;
        loop {
            let timer = self.acd.poll_timeout().map(|(at, _)| at);
            let own = self.ahead.first().map(|(at, ..)| *at);
            let Some(next) = timer.into_iter().chain(own).min().filter(|at| *at <= end) else { break };
            if self.broken.is_some() {
                break;
            }
            if next > self.now {
                self.now = next;
                self.made_now.clear();
            }
            if own == Some(next) {
                let (_, _, happening) = self.ahead.pop_first().expect("it was there");
                self.happen(happening);
            } else {
                self.acd.handle_timeout(self.now);
            }
            self.hear();
        }
        if self.broken.is_none() {
            self.now = end;
            self.check_rest();
        }
        self.broken.take().map_or(Ok(()), |broken| Err(format!("{broken} after this story:\n{}", self.trace)))
    }

    /// A rule of the world; the first one that is broken ends the day.
    fn rule(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(otherwise());
        }
    }

    fn plan(&mut self, after: Duration, happening: Happening) {
        self.planned += 1;
        self.ahead.insert((self.now + after, self.planned, happening));
    }

    fn note(&mut self, text: impl std::fmt::Display) {
        writeln!(self.trace, "{} {text}", self.now).unwrap();
    }

    /// Does the next message come through?
    fn delivered(&mut self, what: impl std::fmt::Display) -> bool {
        self.messages += 1;
        let lost = self.lost.contains(&(self.messages - 1));
        if lost {
            self.note(format_args!("LOST: {what}"));
        }
        !lost
    }

    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives(index) => {
                let call = CallId(index as u64 + 1);
                let arrival = self.arrivals[index].clone();
                self.truth.waiting.insert(call, index);
                if self.acd.enqueue(self.now, call, arrival.request).is_err() {
                    self.truth.waiting.remove(&call);
                    self.ends.insert(call, 1);
                }
                self.plan(seconds(arrival.patience_s), Happening::GivesUp(call));
            }
            Happening::GivesUp(call) => {
                if self.truth.waiting.remove(&call).is_some() && self.delivered(format_args!("call {call} hung up")) {
                    self.acd.caller_hung_up(self.now, call);
                }
            }
            Happening::Answers(agent, offer) => self.answer(&agent, offer),
            Happening::FallsSilent(agent, offer) => {
                self.phone(&agent).rings.remove(&offer);
            }
            Happening::TalkEnds(call, agent) => {
                if self.phone(&agent).talks == Some(call) {
                    self.phone(&agent).talks = None;
                    if self.delivered(format_args!("call {call} and {agent} ended")) {
                        self.acd.call_ended(self.now, call);
                    }
                }
            }
            Happening::Fault(index) => self.fault(self.faults[index].1.clone()),
            Happening::Returns(agent) => {
                self.phone(&agent).gone = false;
                let _ = self.acd.agent_ready(self.now, &agent, ReadyFor::Calls);
            }
            Happening::Reconciles => {
                let repairs = self.acd.reconcile(self.now, &self.truth);
                for repair in &repairs {
                    self.note(format_args!("repaired: {repair}"));
                }
                self.repairs.extend(repairs);
                self.hear();
                self.check_legs();
                if !self.ahead.is_empty() || self.acd.poll_timeout().is_some() || !self.acd.conversations().is_empty() {
                    self.plan(RECONCILE_EVERY, Happening::Reconciles);
                }
            }
        }
    }

    fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Vanishes { agent, back_after_s } => {
                let agent = agent_id(agent);
                let phone = self.phone(&agent);
                phone.rings.clear();
                phone.talks = None;
                phone.gone = true;
                if self.delivered(format_args!("{agent} vanished")) {
                    let _ = self.acd.agent_vanished(self.now, &agent);
                }
                self.plan(seconds(back_after_s), Happening::Returns(agent));
            }
            Fault::Reload(config) => self.acd.reload(self.now, *config),
        }
    }

    fn phone(&mut self, agent: &AgentId) -> &mut Phone {
        self.truth.phones.entry(agent.clone()).or_default()
    }

    fn answer(&mut self, agent: &AgentId, offer: OfferId) {
        let phone = self.phone(agent);
        let Some(call) = phone.rings.get(&offer).copied().filter(|_| phone.talks.is_none()) else { return };
        phone.rings.remove(&offer);
        if !self.delivered(format_args!("{agent} answered call {call}")) {
            return;
        }
        match self.acd.offer_accepted(self.now, offer) {
            Ok(()) => {
                // A caller whose hang-up was lost is connected in the books alone.
                let Some(index) = self.truth.waiting.remove(&call) else { return };
                self.phone(agent).talks = Some(call);
                let talks = seconds(self.arrivals[index].talks_s);
                self.plan(talks, Happening::TalkEnds(call, agent.clone()));
            }
            Err(error) => self.rule(error == AcdError::OfferOver(offer), || error.to_string()),
        }
    }

    /// Takes in what the core said, and lets the audit look at it.
    fn hear(&mut self) {
        let mut quiet = true;
        while let Some(event) = self.acd.poll_event() {
            quiet = false;
            self.note(&event);
            match &event {
                Event::CallOffered { call, agent, offer, .. } => {
                    self.check_order(*call);
                    self.offered.entry(*call).or_default().insert(*offer);
                    self.made_now.insert(*offer);
                    self.ring(*call, agent, *offer);
                }
                Event::OfferWithdrawn { call, agent, offer, .. } => {
                    self.end_offer(*call, *offer);
                    let heard = self.delivered(format_args!("silence {agent} for call {call}"));
                    let after = if heard { CROSSING } else { RINGS_UNHEARD };
                    self.plan(after, Happening::FallsSilent(agent.clone(), *offer));
                }
                Event::CallConnected { call, offer, .. } => {
                    self.end_offer(*call, *offer);
                    *self.ends.entry(*call).or_default() += 1;
                }
                Event::CallAbandoned { call, .. } => *self.ends.entry(*call).or_default() += 1,
                Event::CallLeft { call, .. } => {
                    self.truth.waiting.remove(call);
                    *self.ends.entry(*call).or_default() += 1;
                }
                _ => {}
            }
        }
        if !quiet {
            let broken = self.acd.audit(self.now);
            self.rule(broken.is_empty(), || broken.join("; "));
        }
    }

    /// Agents answer after 1 to 19 seconds, some of them never, so that leases run out as well.
    fn ring(&mut self, call: CallId, agent: &AgentId, offer: OfferId) {
        if self.phone(agent).gone || !self.delivered(format_args!("ring {agent} for call {call}")) {
            return;
        }
        if self.phone(agent).talks.is_some() {
            let failed = self.acd.offer_failed(self.now, offer, OfferFailure::Busy);
            self.rule(failed == Ok(()), || "a fresh offer cannot fail".into());
            return;
        }
        self.phone(agent).rings.insert(offer, call);
        let habit = (offer.0 * 7 + call.0 * 3) % 23;
        if habit < 19 {
            self.plan(seconds(1 + habit), Happening::Answers(agent.clone(), offer));
        }
    }

    fn end_offer(&mut self, call: CallId, offer: OfferId) {
        let ended = self.offered.get_mut(&call).is_some_and(|offers| offers.remove(&offer));
        self.rule(ended, || format!("offer {} of call {call} ended twice", offer.0));
    }

    /// Nobody is overtaken by a later caller who asks for the same, as long as no phone rings for him.
    fn check_order(&mut self, call: CallId) {
        let Some(index) = self.truth.waiting.get(&call) else { return };
        if self.offered.get(&call).is_some_and(|offers| !offers.is_empty()) {
            return;
        }
        let of = |index: &usize| &self.arrivals[*index].request;
        let same = |other: &Enqueue| {
            let one = of(index);
            let key = |request: &Enqueue| (request.queue.clone(), request.priority_s, request.skills.clone());
            key(one) == key(other) && other.prefer.is_empty() && one.prefer.is_empty()
        };
        let earlier = self.truth.waiting.range(..call).filter(|(_, index)| same(of(index)));
        let earlier = earlier.filter(|(_, other)| self.arrivals[**other].at_s < self.arrivals[*index].at_s);
        let rings = |call: &CallId| self.offered.get(call).is_some_and(|offers| !offers.is_empty());
        let overtaken = earlier.map(|(other, _)| *other).find(|other| !rings(other) && !self.gave_up(*other));
        self.rule(overtaken.is_none(), || format!("call {call} overtook call {}", overtaken.unwrap()));
    }

    /// The core was told, or will find out, that this caller is gone.
    fn gave_up(&self, call: CallId) -> bool {
        self.acd.position(call).is_none()
    }

    /// After a reconciliation nobody is busy without a leg, and no caller is forgotten.
    fn check_legs(&mut self) {
        let backed = |agent: &&AgentId| match self.acd.agent(self.now, agent).map(|view| view.state) {
            // The ringing of an offer made by the repair itself may have got lost again.
            Some(AgentState::Reserved { call, offer, .. }) => {
                self.truth.rings(offer, call, agent) || self.made_now.contains(&offer)
            }
            Some(AgentState::Talking { with: Party::Caller(call), .. }) => self.truth.talk(call, agent),
            _ => true,
        };
        let held = self.truth.phones.keys().find(|agent| !backed(agent)).cloned();
        let forgotten = self.truth.waiting.keys().copied().find(|call| self.acd.position(*call).is_none());
        self.rule(held.is_none(), || format!("{} is busy without a leg", held.unwrap()));
        self.rule(forgotten.is_none(), || format!("call {} is forgotten", forgotten.unwrap()));
    }

    /// At the end of the day everybody has left exactly once, and no lease, timer or conversation is left over.
    fn check_rest(&mut self) {
        let calls = (1..=self.arrivals.len() as u64).map(CallId);
        let odd: Vec<_> = calls.filter(|call| self.ends.get(call) != Some(&1)).collect();
        self.rule(odd.is_empty(), || format!("these calls did not leave once: {odd:?}"));
        let left = (self.truth.waiting.len(), self.acd.leases().len(), self.acd.conversations().len());
        self.rule(left == (0, 0, 0), || format!("waits, leases and conversations left over: {left:?}"));
        let timer = self.acd.poll_timeout();
        self.rule(timer.is_none(), || format!("a timer is left over: {timer:?}"));
        let centre = self.acd.centre(self.now);
        let unaccounted = centre.counts.unaccounted(centre.waiting);
        self.rule(unaccounted == 0, || format!("{unaccounted} callers are unaccounted for"));
    }
}
