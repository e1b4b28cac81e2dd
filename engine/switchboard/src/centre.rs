//! The queues' side of the desk: who is on duty and where, which of his legs is in which conversation.

use std::collections::{BTreeMap, VecDeque};

use acd::{Acd, AcdError, AgentState, NotReadyReason, Party, ReadyFor};
use model::{AgentId, CallId, LegId, Timestamp};
use script::AgentRequest;
use script::config::Config;

use crate::memory::LastAgents;
use crate::pins::Pins;

#[derive(Default)]
pub(crate) struct Centre {
    pub(crate) acd: Acd,
    /// Decides whom the strategy `random` chooses.
    seed: u64,
    pub(crate) last_agents: LastAgents,
    pub(crate) pins: Pins,
    /// Numbers on which agents work instead of their own phones.
    posts: BTreeMap<AgentId, String>,
    /// Legs of agents in calls that no queue gave them.
    engaged: BTreeMap<LegId, AgentId>,
    /// Legs on which agents talk to somebody.
    talking: BTreeMap<LegId, AgentId>,
    /// Supervisors' calls, by the agent's leg.
    supervised: BTreeMap<LegId, CallId>,
    /// What ended legs leave to be told.
    pub(crate) freed: VecDeque<AgentId>,
    pub(crate) unwatched: VecDeque<CallId>,
}

impl Centre {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Puts a new version's queues and agents into force, for waiting callers too.
    pub(crate) fn reload(&mut self, now: Timestamp, config: &Config) {
        self.acd.reload(now, crate::centre_config::queue_core(config, self.seed));
    }

    /// Does what an agent, or somebody for him, asks for.
    pub(crate) fn ask(&mut self, now: Timestamp, agent: &AgentId, request: &AgentRequest) -> Result<(), AcdError> {
        match request {
            AgentRequest::Ready { at } => {
                match at {
                    Some(number) => self.posts.insert(agent.clone(), number.clone()),
                    None => self.posts.remove(agent),
                };
                self.acd.agent_ready(now, agent, ReadyFor::Calls)
            }
            AgentRequest::OneCall => self.acd.agent_ready(now, agent, ReadyFor::OneCall),
            AgentRequest::NotReady { reason } => self.acd.agent_not_ready(now, agent, reason),
            AgentRequest::SignOut => {
                self.posts.remove(agent);
                self.acd.agent_signed_out(now, agent)
            }
            AgentRequest::WrapUpDone => self.acd.wrap_up_done(now, agent),
        }
    }

    /// The number on which an agent works, when it is not his own phone.
    pub(crate) fn post(&self, agent: &AgentId) -> Option<&str> {
        self.posts.get(agent).map(String::as_str)
    }

    /// A call that no queue gave the agent begins on this leg.
    pub(crate) fn engage(&mut self, now: Timestamp, leg: LegId, agent: &AgentId) {
        if self.acd.outside_call_began(now, agent).is_ok() {
            self.engaged.insert(leg, agent.clone());
        }
    }

    pub(crate) fn is_engaged(&self, leg: LegId) -> bool {
        self.engaged.contains_key(&leg)
    }

    /// The agent talks to somebody on this leg.
    pub(crate) fn talks(&mut self, leg: LegId, agent: &AgentId) {
        self.talking.insert(leg, agent.clone());
    }

    /// The leg on which an agent talks to somebody.
    pub(crate) fn leg_of(&self, agent: &AgentId) -> Option<LegId> {
        self.talking.iter().find(|(_, talking)| *talking == agent).map(|(leg, _)| *leg)
    }

    /// Whoever was on this leg talks to nobody any more; supervisors have nothing to hear.
    pub(crate) fn stops_talking(&mut self, leg: LegId) {
        self.talking.remove(&leg);
        self.unwatched.extend(self.supervised.remove(&leg));
    }

    /// `call` listens in on an agent's leg; whoever did before is relieved.
    pub(crate) fn supervise(&mut self, leg: LegId, call: CallId) {
        self.unwatched.extend(self.supervised.insert(leg, call));
    }

    /// A leg is gone, whoever's it was.
    pub(crate) fn forget_leg(&mut self, leg: LegId) {
        self.freed.extend(self.engaged.remove(&leg));
        self.stops_talking(leg);
    }

    /// A supervisor left.
    pub(crate) fn unsupervise(&mut self, call: CallId) {
        self.supervised.retain(|_, one| *one != call);
    }
}

/// An agent's state as a word, and why.
pub(crate) fn state_words(state: &AgentState) -> (&'static str, String) {
    match state {
        AgentState::SignedOut => ("signed_out", String::new()),
        AgentState::NotReady { reason } => ("not_ready", reason_word(reason)),
        AgentState::Ready { .. } => ("ready", String::new()),
        AgentState::Reserved { .. } => ("reserved", String::new()),
        AgentState::Talking { with: Party::Caller(_), .. } => ("talking", String::new()),
        AgentState::Talking { with: Party::Outside, .. } => ("talking", "outside".into()),
        AgentState::WrapUp { .. } => ("wrap_up", String::new()),
    }
}

fn reason_word(reason: &NotReadyReason) -> String {
    match reason {
        NotReadyReason::Chosen(text) => text.to_string(),
        NotReadyReason::Unanswered => "unanswered".into(),
        NotReadyReason::OneCall => "one_call".into(),
        NotReadyReason::Vanished => "vanished".into(),
    }
}
