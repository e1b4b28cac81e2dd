//! The vocabulary of the stories: a desk of agents, callers who come, time that passes, a trace that is compared.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use acd::{
    Acd, AcdConfig, AcdError, AgentConfig, AgentState, Enqueue, Event, OfferFailure, OfferId, QueueConfig, ReadyFor,
};
use expect_test::Expect;
use model::{AgentId, CallId, QueueId, Timestamp};

pub(crate) fn agent_id(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

pub(crate) fn queue_id(name: &str) -> QueueId {
    QueueId::parse(name).unwrap()
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn at(count: u64) -> Timestamp {
    Timestamp::ZERO + seconds(count)
}

/// An agent in `queues`, written `support` or `support:2` with a tier, with skills.
pub(crate) fn agent(queues: &[&str], skills: &[(&str, u8)]) -> AgentConfig {
    let place = |text: &&str| {
        let (name, tier) = text.split_once(':').unwrap_or((text, "1"));
        (queue_id(name), tier.parse().unwrap())
    };
    AgentConfig {
        queues: queues.iter().map(place).collect(),
        skills: skills.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect(),
    }
}

pub(crate) struct Desk {
    pub(crate) acd: Acd,
    pub(crate) config: AcdConfig,
    pub(crate) now: Timestamp,
    trace: String,
    last_call: u64,
    offers: BTreeMap<(CallId, String), OfferId>,
}

impl Desk {
    pub(crate) fn new(config: AcdConfig) -> Self {
        Self {
            acd: Acd::new(config.clone()),
            config,
            now: Timestamp::ZERO,
            trace: String::new(),
            last_call: 0,
            offers: BTreeMap::new(),
        }
    }

    /// One queue `support`, all agents in it and ready, one after the other.
    pub(crate) fn with_queue<const N: usize>(queue: QueueConfig, names: [&str; N]) -> Self {
        let agents = names.iter().map(|name| (agent_id(name), agent(&["support"], &[])));
        let config =
            AcdConfig { queues: [(queue_id("support"), queue)].into(), agents: agents.collect(), ..Default::default() };
        let mut desk = Self::new(config);
        names.iter().for_each(|name| desk.ready(name));
        desk.trace.clear();
        desk
    }

    pub(crate) fn with_ready_agents<const N: usize>(names: [&str; N]) -> Self {
        Self::with_queue(QueueConfig::default(), names)
    }

    pub(crate) fn call_waits(&mut self, queue: &str) -> CallId {
        self.asks(Enqueue::new(queue_id(queue)))
    }

    pub(crate) fn asks(&mut self, request: Enqueue) -> CallId {
        self.last_call += 1;
        let call = CallId(self.last_call);
        self.acd.enqueue(self.now, call, request).unwrap();
        self.drain();
        call
    }

    pub(crate) fn answers(&mut self, name: &str) -> Result<(), AcdError> {
        let offer = self.newest_offer(name);
        self.accept(offer)
    }

    /// Answers an offer, also one that may be over.
    pub(crate) fn accept(&mut self, offer: OfferId) -> Result<(), AcdError> {
        let result = self.acd.offer_accepted(self.now, offer);
        self.drain();
        result
    }

    pub(crate) fn newest_offer(&self, name: &str) -> OfferId {
        let of_agent = self.offers.iter().filter(|((_, agent), _)| agent == name);
        *of_agent.map(|(_, offer)| offer).max().expect("the agent was offered a call")
    }

    pub(crate) fn fails(&mut self, name: &str, failure: OfferFailure) {
        let offer = self.newest_offer(name);
        self.acd.offer_failed(self.now, offer, failure).unwrap();
        self.drain();
    }

    pub(crate) fn hangs_up(&mut self, call: CallId) {
        self.acd.caller_hung_up(self.now, call);
        self.drain();
    }

    pub(crate) fn ready(&mut self, name: &str) {
        self.acd.agent_ready(self.now, &agent_id(name), ReadyFor::Calls).unwrap();
        self.drain();
    }

    /// Any other input.
    pub(crate) fn does(&mut self, input: impl FnOnce(&mut Acd, Timestamp)) {
        input(&mut self.acd, self.now);
        self.drain();
    }

    /// Lets time pass, timer by timer.
    pub(crate) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((due, _)) = self.acd.poll_timeout().filter(|(due, _)| *due <= end) {
            self.now = self.now.max(due);
            self.acd.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    pub(crate) fn state(&self, name: &str) -> AgentState {
        self.acd.agent(self.now, &agent_id(name)).unwrap().state
    }

    /// Compares what happened since the last comparison.
    pub(crate) fn expect(&mut self, expected: &Expect) {
        expected.assert_eq(&std::mem::take(&mut self.trace));
    }

    pub(crate) fn forget_trace(&mut self) {
        self.trace.clear();
    }

    fn drain(&mut self) {
        while let Some(event) = self.acd.poll_event() {
            if let Event::CallOffered { call, agent, offer, .. } = &event {
                self.offers.insert((*call, agent.to_string()), *offer);
            }
            let seconds = self.now.as_micros() / 1_000_000;
            writeln!(self.trace, "{:02}:{:02} {event}", seconds / 60, seconds % 60).unwrap();
        }
        assert_eq!(self.acd.audit(self.now), Vec::<String>::new(), "after\n{}", self.trace);
    }
}
