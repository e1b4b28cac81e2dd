//! A call centre of the simplest kind, for tests: first come, first served, any free agent, exponential times. It writes
//! the journal that the real one writes, and shares no code with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

use model::{AgentId, CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, QueueId, Source, Timestamp, WallTime};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::figures::{DayFigures, Limits, Settings, Tally};

pub(crate) struct Toy {
    pub(crate) agents: u32,
    pub(crate) calls_per_hour: f64,
    pub(crate) handle: Duration,
    pub(crate) patience: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) lasts: Duration,
    /// Share of the greatest rate, by time of day.
    pub(crate) shape: fn(Duration) -> f64,
    pub(crate) queues: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrives,
    GivesUp(u64),
    TalkEnds(u32, u64),
    Rests(u32),
}

struct Run<'t> {
    toy: &'t Toy,
    chance: ChaCha8Rng,
    now: Timestamp,
    agenda: BinaryHeap<Reverse<(Timestamp, u64, Event)>>,
    made: u64,
    waiting: VecDeque<(u64, QueueId, Timestamp)>,
    talks: BTreeMap<u64, (QueueId, Timestamp)>,
    free: VecDeque<u32>,
    tally: Tally,
}

impl Toy {
    /// An even stream of calls to one queue.
    pub(crate) fn even(agents: u32, calls_per_hour: f64, handle: u64, patience: u64) -> Self {
        let seconds = Duration::from_secs;
        let (handle, patience, warm_up) = (seconds(handle), seconds(patience), seconds(2 * 3600));
        let (lasts, queues) = (seconds(20 * 3600), &["support"][..]);
        Self { agents, calls_per_hour, handle, patience, warm_up, lasts, shape: |_| 1.0, queues }
    }

    pub(crate) fn day(&self, seed: u64) -> DayFigures {
        let queues: BTreeSet<QueueId> = self.queues.iter().map(|queue| QueueId::parse(queue).unwrap()).collect();
        let settings = Settings {
            queues: queues.iter().map(|queue| (queue.clone(), Limits::default())).collect(),
            agents: (0..self.agents).map(|agent| (name(agent), queues.clone())).collect(),
            count_from: Timestamp::ZERO + self.warm_up,
            ..Settings::default()
        };
        let mut run = Run {
            toy: self,
            chance: ChaCha8Rng::seed_from_u64(seed),
            now: Timestamp::ZERO,
            agenda: BinaryHeap::new(),
            made: 0,
            waiting: VecDeque::new(),
            talks: BTreeMap::new(),
            free: VecDeque::new(),
            tally: Tally::new(settings),
        };
        (0..self.agents).for_each(|agent| run.rests(agent));
        run.next_arrival();
        let end = Timestamp::ZERO + self.lasts;
        while let Some(Reverse((at, _, event))) = run.agenda.pop().filter(|Reverse((at, ..))| *at <= end) {
            run.now = at;
            run.happens(event);
        }
        assert_eq!(run.tally.wrong(), Vec::<String>::new());
        run.tally.figures(end)
    }
}

impl Run<'_> {
    fn happens(&mut self, event: Event) {
        match event {
            Event::Arrives => self.arrives(),
            Event::GivesUp(call) => self.gives_up(call),
            Event::TalkEnds(agent, call) => self.talk_ends(agent, call),
            Event::Rests(agent) => self.rests(agent),
        }
    }

    fn arrives(&mut self) {
        self.next_arrival();
        let passed = self.now.since(Timestamp::ZERO);
        if self.chance.random::<f64>() > (self.toy.shape)(passed) {
            return;
        }
        let queue = self.toy.queues[self.chance.random_range(0..self.toy.queues.len())];
        let (call, queue) = (self.made, QueueId::parse(queue).unwrap());
        let (from, to) = (String::new(), String::new());
        self.note(Some(call), Fact::CallArrived { from, to, source: Source::Local, leg: LegId(call) });
        let position = self.waiting.len() + 1;
        self.note(Some(call), Fact::CallQueued { queue: queue.clone(), position, kept: false, place: None });
        self.waiting.push_back((call, queue, self.now));
        let patience = self.exponential(self.toy.patience);
        self.plan(patience, Event::GivesUp(call));
        self.serve();
    }

    fn gives_up(&mut self, call: u64) {
        let Some(place) = self.waiting.iter().position(|waiting| waiting.0 == call) else { return };
        let (_, queue, since) = self.waiting.remove(place).unwrap();
        let waited = self.now.since(since);
        self.note(Some(call), Fact::QueueLeft { queue, waited, reason: "abandoned".to_owned() });
        self.ends(call, Outcome::Abandoned);
    }

    fn serve(&mut self) {
        while !self.waiting.is_empty() && !self.free.is_empty() {
            let (call, queue, since) = self.waiting.pop_front().unwrap();
            let agent = self.free.pop_front().unwrap();
            let (waited, by) = (self.now.since(since), name(agent));
            self.note(Some(call), Fact::OfferMade { queue: queue.clone(), agent: by.clone(), why: String::new() });
            self.state(agent, "talking");
            self.note(Some(call), Fact::QueueAnswered { queue: queue.clone(), agent: by, waited });
            self.talks.insert(call, (queue, self.now));
            let handle = self.exponential(self.toy.handle);
            self.plan(handle.mul_f64(0.8), Event::TalkEnds(agent, call));
            self.plan(handle, Event::Rests(agent));
        }
    }

    fn talk_ends(&mut self, agent: u32, call: u64) {
        let (queue, since) = self.talks.remove(&call).unwrap();
        let talked = self.now.since(since);
        self.note(Some(call), Fact::QueueTalkEnded { queue, agent: name(agent), talked });
        self.state(agent, "wrap-up");
        self.ends(call, Outcome::Answered);
    }

    fn rests(&mut self, agent: u32) {
        self.state(agent, "ready");
        self.free.push_back(agent);
        self.serve();
    }

    fn next_arrival(&mut self) {
        let gap = self.exponential(Duration::from_secs_f64(3600.0 / self.toy.calls_per_hour));
        self.plan(gap, Event::Arrives);
    }

    fn exponential(&mut self, mean: Duration) -> Duration {
        mean.mul_f64(-(1.0 - self.chance.random::<f64>()).ln())
    }

    fn plan(&mut self, after: Duration, event: Event) {
        self.made += 1;
        self.agenda.push(Reverse((self.now + after, self.made, event)));
    }

    fn ends(&mut self, call: u64, outcome: Outcome) {
        self.note(Some(call), Fact::CallEnded { outcome, cause: HangupCause::Normal, by: Ender::Caller });
    }

    fn state(&mut self, agent: u32, state: &str) {
        let (reason, at) = (String::new(), String::new());
        self.note(None, Fact::AgentStateChanged { agent: name(agent), state: state.to_owned(), reason, at });
    }

    fn note(&mut self, call: Option<u64>, fact: Fact) {
        self.tally.note(&Entry { at: self.now, wall: WallTime::default(), call: call.map(CallId), fact });
    }
}

fn name(agent: u32) -> AgentId {
    AgentId::parse(&format!("agent-{:02}", agent + 1)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::Traffic;
    use crate::figures::Quantity;
    use crate::runs::RunsFigures;

    /// Three standard errors over ten seeds, for every figure that theory knows.
    #[test]
    fn figures_of_a_steady_stream_are_those_of_erlang_a() {
        for (agents, calls_per_hour, handle, patience) in
            [(12, 200.0, 180, 60), (10, 200.0, 180, 120), (3, 50.0, 240, 90)]
        {
            let toy = Toy::even(agents, calls_per_hour, handle, patience);
            let days: Vec<DayFigures> = (1..=10).map(|seed| toy.day(seed)).collect();
            let runs = RunsFigures::of(&days).whole;
            let traffic = Traffic { agents, calls_per_hour, handle_time: toy.handle };
            let theory = traffic.impatient(toy.patience, Limits::default().within);
            for (quantity, expected) in [
                (Quantity::AverageWaitSeconds, theory.average_wait_seconds),
                (Quantity::AbandonRate, theory.p_abandon),
                (Quantity::ServiceLevel, theory.answered_within),
                (Quantity::Occupancy, theory.occupancy),
                (Quantity::AhtSeconds, handle as f64),
            ] {
                let estimate = runs.get(quantity).unwrap();
                let away = estimate.errors_from(expected).unwrap();
                assert!(away < 3.0, "{} of {agents} agents: {estimate:?} is not {expected}", quantity.title());
            }
        }
    }
}
