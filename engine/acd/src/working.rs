//! Inputs about agents: they come and go, rest, talk to others, finish their wrap-up, vanish.

use std::sync::Arc;

use model::{AgentId, CallId, Timestamp};

use crate::acd::Acd;
use crate::agent::{Intent, Standing};
use crate::{AcdError, AgentState, NotReadyReason, Party, ReadyFor, Timer, WithdrawReason};

impl Acd {
    /// The agent takes calls, signing in if he was out. While he is busy this takes back what he asked for before.
    pub fn agent_ready(&mut self, now: Timestamp, agent: &AgentId, ready_for: ReadyFor) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        let agent = &mut self.agents[index];
        if !agent.configured {
            return Err(AcdError::UnknownAgent(agent.id.clone()));
        }
        agent.ready_for = ready_for;
        agent.intent = None;
        if !agent.standing.on_duty() {
            agent.idle_since = if agent.standing == Standing::SignedOut { now } else { agent.idle_since };
            agent.failures = 0;
            self.rest(now, index);
        }
        self.settle(now);
        Ok(())
    }

    /// The agent takes no calls, signing in if he was out; busy with a queue's call or its wrap-up, after that.
    /// A ringing phone is silenced without penalty.
    pub fn agent_not_ready(&mut self, now: Timestamp, agent: &AgentId, reason: &str) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        if !self.agents[index].configured {
            return Err(AcdError::UnknownAgent(agent.clone()));
        }
        if self.agents[index].standing == Standing::SignedOut {
            self.agents[index].idle_since = now;
        }
        self.retire(now, index, Intent::NotReady(NotReadyReason::Chosen(Arc::from(reason))));
        self.settle(now);
        Ok(())
    }

    /// The agent goes home; busy with a queue's call or its wrap-up, after that.
    pub fn agent_signed_out(&mut self, now: Timestamp, agent: &AgentId) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        self.retire(now, index, Intent::SignOut);
        self.settle(now);
        Ok(())
    }

    pub(crate) fn retire(&mut self, now: Timestamp, index: usize, intent: Intent) {
        self.agents[index].intent = Some(intent);
        match self.agents[index].state {
            AgentState::Talking { with: Party::Caller(_), .. } | AgentState::WrapUp { .. } => {}
            AgentState::Reserved { offer, .. } => self.release(now, offer, WithdrawReason::AgentLeft),
            _ => self.rest(now, index),
        }
    }

    /// The wrap-up is done before its time, by hand or by a code; ignored in other states.
    pub fn wrap_up_done(&mut self, now: Timestamp, agent: &AgentId) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        self.end_wrap_up(now, index);
        self.settle(now);
        Ok(())
    }

    pub(crate) fn end_wrap_up(&mut self, now: Timestamp, index: usize) {
        if matches!(self.agents[index].state, AgentState::WrapUp { .. }) {
            self.timers.cancel(&Timer::WrapUpEnd(self.agents[index].id.clone()));
            let agent = &mut self.agents[index];
            self.queues[agent.last_queue].counts.wrap_up += now.since(agent.idle_since);
            agent.idle_since = now;
            self.rest(now, index);
        }
    }

    /// A call that no queue gave him begins: he is busy until the last of them ends.
    pub fn outside_call_began(&mut self, now: Timestamp, agent: &AgentId) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        self.agents[index].outside_calls += 1;
        match self.agents[index].state {
            AgentState::Ready { .. } => self.rest(now, index),
            AgentState::Reserved { offer, .. } => self.release(now, offer, WithdrawReason::AgentLeft),
            _ => {}
        }
        self.settle(now);
        Ok(())
    }

    /// A call that no queue gave him ended.
    pub fn outside_call_ended(&mut self, now: Timestamp, agent: &AgentId) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        let agent = &mut self.agents[index];
        agent.outside_calls = agent.outside_calls.saturating_sub(1);
        if agent.outside_calls == 0 && matches!(agent.state, AgentState::Talking { with: Party::Outside, .. }) {
            agent.idle_since = now;
            self.rest(now, index);
        }
        self.settle(now);
        Ok(())
    }

    /// The agent's phone or process is gone: what he was doing ends now, and he is not ready.
    /// A caller in conversation with him is the flow's to queue again, with `Enqueue::joined`.
    pub fn agent_vanished(&mut self, now: Timestamp, agent: &AgentId) -> Result<(), AcdError> {
        let index = self.agent_index(agent)?;
        let agent = &mut self.agents[index];
        if agent.standing == Standing::SignedOut {
            return Ok(());
        }
        agent.intent = Some(Intent::NotReady(NotReadyReason::Vanished));
        match agent.state {
            AgentState::Reserved { offer, .. } => self.release(now, offer, WithdrawReason::AgentVanished),
            AgentState::Talking { with: Party::Caller(call), .. } => {
                if let Some(talk) = self.end_talk(now, call) {
                    self.agents[index].idle_since = now;
                    self.agents[index].last_queue = talk.queue;
                }
                self.rest(now, index);
            }
            AgentState::WrapUp { .. } => self.end_wrap_up(now, index),
            _ => self.rest(now, index),
        }
        self.settle(now);
        Ok(())
    }

    /// A new day for `FewestCalls`, `LeastTalk`, occupancy and fairness.
    pub fn new_day(&mut self, now: Timestamp) {
        for agent in &mut self.agents {
            agent.count_time(now);
            agent.day = crate::agent::Day { counted_until: now, ..Default::default() };
        }
    }

    /// Whatever ended, the agent now does what he asked for, or is ready.
    pub(crate) fn rest(&mut self, now: Timestamp, index: usize) {
        let agent = &mut self.agents[index];
        let state = match agent.intent.take() {
            Some(Intent::SignOut) => AgentState::SignedOut,
            Some(Intent::NotReady(reason)) => AgentState::NotReady { reason },
            None if !agent.configured => AgentState::SignedOut,
            None if agent.outside_calls > 0 => AgentState::Talking { with: Party::Outside, since: now },
            None => AgentState::Ready { since: agent.idle_since },
        };
        self.set_state(now, index, state);
    }

    /// An agent went off duty: those who waited for him alone wait for the next one, or for anybody.
    pub(crate) fn stop_waiting_for(&mut self, now: Timestamp, index: usize) {
        let waiting = self.awaited.get(&index).cloned().unwrap_or_default();
        for call in waiting.into_iter().map(|rank| rank.call) {
            if self.callers.get(&call).is_some_and(|caller| caller.prefer[caller.stage].0 == index) {
                self.next_stage(now, call);
            }
        }
    }

    pub(crate) fn next_stage(&mut self, now: Timestamp, call: CallId) {
        self.unindex(call);
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.stage = (caller.stage + 1).min(caller.prefer.len());
        }
        self.begin_stage(now, call);
        self.index(now, call);
    }
}
