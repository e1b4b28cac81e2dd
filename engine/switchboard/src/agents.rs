//! What flows ask about agents and queues, and what they change.

use model::{AgentId, Fact, QueueId, Timestamp};
use script::{AgentRequest, EffectResult, SetAgent};
use serde_json::{Value, json};

use crate::call::Call;
use crate::centre::state_words;
use crate::desk::Desk;
use crate::pins::Verdict;
use crate::route::{find_agent, may_work_at};

impl Call {
    /// An agent by name, extension or mobile.
    pub(crate) fn describe_agent(&self, desk: &Desk, now: Timestamp, who: &str) -> EffectResult {
        EffectResult::Value(self.agent_card(desk, now, who).unwrap_or(Value::Null))
    }

    fn agent_card(&self, desk: &Desk, now: Timestamp, who: &str) -> Option<Value> {
        let config = &self.project.config;
        let by_mobile = || {
            let is_his = |mobile: &str| !who.is_empty() && config.numbering.same(mobile, who);
            let has = |mobile: &Option<String>| mobile.as_deref().is_some_and(is_his);
            config.agents.iter().find(|(_, agent)| has(&agent.mobile)).map(|(id, _)| id.clone())
        };
        let id = find_agent(config, who).or_else(by_mobile)?;
        let agent = config.agents.get(&id)?;
        let view = desk.centre.acd.agent(now, &id)?;
        let (state, reason) = state_words(&view.state);
        Some(json!({
            "id": id.as_str(),
            "name": agent.name,
            "extension": agent.extension,
            "mobile": agent.mobile,
            "at": desk.centre.post(&id),
            "state": state,
            "reason": reason,
            "queues": agent.queues.keys().map(QueueId::as_str).collect::<Vec<_>>(),
            "skills": agent.skills,
            "on_call": desk.centre.leg_of(&id).is_some(),
            "calls": view.calls,
        }))
    }

    /// Does the PIN belong to the agent? Guessing locks it for a while.
    pub(crate) fn check_pin(&self, desk: &mut Desk, now: Timestamp, agent: &str, pin: &str) -> EffectResult {
        let config = &self.project.config;
        let Some(id) = find_agent(config, agent) else { return EffectResult::Bool(false) };
        let secret = config.agents.get(&id).and_then(|agent| agent.pin.as_ref());
        let verdict = desk.centre.pins.check(now, id.as_str(), secret, pin);
        let text = verdict.about(id.as_str());
        desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
        EffectResult::Bool(verdict == Verdict::Right)
    }

    /// Changes what an agent does.
    pub(crate) fn set_agent(&self, desk: &mut Desk, now: Timestamp, wanted: &SetAgent) -> EffectResult {
        let Some(id) = find_agent(&self.project.config, &wanted.agent) else {
            return EffectResult::Word("unknown".into());
        };
        if let AgentRequest::Ready { at: Some(number) } = &wanted.to
            && let Err(no_route) = may_work_at(&self.project, desk, number)
        {
            let text = format!("{id} cannot work at {}: {}", number.escape_debug(), no_route.why);
            desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
            return EffectResult::Word("refused".into());
        }
        ask(desk, now, &id, &wanted.to)
    }

    /// How a queue stands.
    pub(crate) fn queue_state(&self, desk: &Desk, now: Timestamp, name: &str) -> EffectResult {
        let id = QueueId::parse(name).ok();
        let found = id.and_then(|id| Some((desk.centre.acd.queue_load(now, &id)?, id)));
        let Some((load, id)) = found else {
            return EffectResult::Refused(format!("no queue is called `{}`", name.escape_debug()));
        };
        let expected = desk.centre.acd.expected_wait_in(now, &id);
        EffectResult::Value(json!({
            "waiting": load.waiting,
            "longest_wait": load.next_has_waited.as_secs(),
            "agents_free": load.agents_free,
            "agents_on_duty": load.agents_on_duty,
            "expected_wait": expected.map(|expected| expected.to_minutes * 60),
        }))
    }
}

/// Does what an agent, or somebody for him, asks for.
pub(crate) fn ask(desk: &mut Desk, now: Timestamp, agent: &AgentId, request: &AgentRequest) -> EffectResult {
    let before = desk.centre.post(agent).map(str::to_owned);
    if desk.centre.ask(now, agent, request).is_err() {
        return EffectResult::Word("unknown".into());
    }
    // A new place of work is worth a fact even when the state is the old one: a restart reads it.
    if desk.centre.post(agent) != before.as_deref()
        && let Some(view) = desk.centre.acd.agent(now, agent)
    {
        desk.note_agent(now, agent.clone(), &view.state);
    }
    EffectResult::Word("done".into())
}
