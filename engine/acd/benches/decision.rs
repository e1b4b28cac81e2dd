//! One queue decision among 500 agents while many callers wait.
//!
//! `cargo bench -p callwright-acd`: the cost must not grow with the number waiting. With `-- --percentiles` it prints
//! the median and the 99th percentile of 20,000 decisions instead.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

extern crate callwright_acd as acd;

use std::time::Duration;

use acd::{Acd, AcdConfig, AgentConfig, Enqueue, Event, OfferId, QueueConfig, ReadyFor, SkillOrder};
use divan::Bencher;
use model::{AgentId, CallId, QueueId, Timestamp};

const QUEUES: usize = 10;
const SKILLS: usize = 8;
const AGENTS: usize = 500;

fn main() {
    if std::env::args().any(|argument| argument == "--percentiles") {
        [100, 1_000, 10_000].into_iter().for_each(percentiles);
    } else {
        divan::main();
    }
}

/// Both kinds of decisions in turn: a conversation ends and the freed agent is offered a caller, a new caller comes.
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and says it")]
fn percentiles(waiting: usize) {
    let mut centre = Centre::with_waiting(waiting);
    let mut took = Vec::new();
    for _ in 0..10_000 {
        for decide in [Centre::free_one, Centre::call] {
            let start = std::time::Instant::now();
            decide(&mut centre);
            took.push(start.elapsed());
        }
        centre.answer_all();
    }
    took.sort_unstable();
    let at = |share: usize| took[took.len() * share / 1000];
    println!("{waiting} waiting, {AGENTS} agents: median {:?}, p99 {:?}, p99.9 {:?}", at(500), at(990), at(999));
}

/// A centre where everybody talks and `waiting` callers wait, in ten queues with eight skills in two levels.
struct Centre {
    acd: Acd,
    now: Timestamp,
    next_call: u64,
    talking: std::collections::VecDeque<CallId>,
}

impl Centre {
    fn with_waiting(waiting: usize) -> Self {
        let queue = |n: usize| QueueId::parse(&format!("queue{n}")).unwrap();
        let agent = |n: usize| AgentId::parse(&format!("agent{n:03}")).unwrap();
        let config = |n: usize| AgentConfig {
            queues: (0..3).map(|k| (queue((n + k) % QUEUES), 1 + (k as u8))).collect(),
            skills: (0..4).map(|k| (format!("skill{}", (n + k) % SKILLS), 1 + (n % 9) as u8)).collect(),
        };
        let settings = QueueConfig { skill_order: SkillOrder::BestFirst, ..Default::default() };
        let mut centre = Self {
            acd: Acd::new(AcdConfig {
                queues: (0..QUEUES).map(|n| (queue(n), settings.clone())).collect(),
                agents: (0..AGENTS).map(|n| (agent(n), config(n))).collect(),
                ..Default::default()
            }),
            now: Timestamp::ZERO,
            next_call: 0,
            talking: std::collections::VecDeque::new(),
        };
        while centre.waiting() < waiting {
            centre.call();
        }
        for n in 0..AGENTS {
            centre.acd.agent_ready(centre.now, &agent(n), ReadyFor::Calls).unwrap();
        }
        centre.answer_all();
        while centre.waiting() < waiting {
            centre.call();
            centre.answer_all();
        }
        centre
    }

    fn waiting(&self) -> usize {
        let queue = |n: usize| QueueId::parse(&format!("queue{n}")).unwrap();
        (0..QUEUES).map(|n| self.acd.queue(self.now, &queue(n)).unwrap().waiting.len()).sum()
    }

    fn call(&mut self) {
        self.next_call += 1;
        self.now += Duration::from_millis(10);
        let n = self.next_call as usize;
        let request = Enqueue {
            skills: [(format!("skill{}", n % SKILLS), 1 + (n % 2) as u8)].into(),
            ..Enqueue::new(QueueId::parse(&format!("queue{}", n % QUEUES)).unwrap())
        };
        self.acd.enqueue(self.now, CallId(self.next_call), request).unwrap();
    }

    fn answer_all(&mut self) {
        let mut offers: Vec<(OfferId, CallId)> = Vec::new();
        while let Some(event) = self.acd.poll_event() {
            if let Event::CallOffered { call, offer, .. } = event {
                offers.push((offer, call));
            }
        }
        for (offer, call) in offers {
            self.acd.offer_accepted(self.now, offer).unwrap();
            self.talking.push_back(call);
        }
        while self.acd.poll_event().is_some() {}
    }

    /// A conversation ends, the freed agent is offered the caller who comes first for him.
    fn free_one(&mut self) {
        let call = self.talking.pop_front().unwrap();
        self.acd.call_ended(self.now, call);
    }
}

/// An agent becomes free: choose his caller. The queue is refilled outside the measurement.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 1000, sample_size = 1)]
fn agent_becomes_free(bencher: Bencher<'_, '_>, waiting: usize) {
    let centre = std::cell::RefCell::new(Centre::with_waiting(waiting));
    bencher
        .with_inputs(|| {
            let mut centre = centre.borrow_mut();
            centre.answer_all();
            centre.call();
            while centre.acd.poll_event().is_some() {}
        })
        .bench_local_values(|()| centre.borrow_mut().free_one());
}

/// A caller comes while all agents talk: find his place, and that nobody is free.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 1000, sample_size = 1)]
fn caller_comes(bencher: Bencher<'_, '_>, waiting: usize) {
    let centre = std::cell::RefCell::new(Centre::with_waiting(waiting));
    bencher
        .with_inputs(|| {
            let mut centre = centre.borrow_mut();
            let last = CallId(centre.next_call);
            let now = centre.now;
            centre.acd.caller_hung_up(now, last);
            while centre.acd.poll_event().is_some() {}
        })
        .bench_local_values(|()| centre.borrow_mut().call());
}

/// A caller comes while all 500 agents are free: the most work one decision can be.
#[divan::bench(sample_count = 1000, sample_size = 1)]
fn caller_comes_to_five_hundred_free(bencher: Bencher<'_, '_>) {
    let centre = std::cell::RefCell::new(Centre::with_waiting(0));
    bencher
        .with_inputs(|| {
            let mut centre = centre.borrow_mut();
            let (last, now) = (CallId(centre.next_call), centre.now);
            centre.acd.caller_hung_up(now, last);
            while centre.acd.poll_event().is_some() {}
        })
        .bench_local_values(|()| centre.borrow_mut().call());
}
