//! Random days: whatever happens in whatever order, the audit finds nothing.

use acd::{
    AcdConfig, AgentState, Enqueue, LeaveReason, OfferFailure, Party, Prefer, QueueConfig, ReadyFor, SkillOrder,
    Strategy, Widen, WidenStep,
};
use model::{AgentId, CallId, QueueId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_oneof, proptest};
use proptest::strategy::Strategy as Generator;

use crate::desk::{agent, agent_id, queue_id, seconds};

pub(crate) const AGENTS: [&str; 6] = ["a0", "a1", "a2", "a3", "a4", "a5"];
pub(crate) const QUEUES: [&str; 3] = ["q0", "q1", "q2"];
const STRATEGIES: [Strategy; 8] = [
    Strategy::RingAll,
    Strategy::InOrder,
    Strategy::Cumulative,
    Strategy::Random,
    Strategy::LongestIdle,
    Strategy::FewestCalls,
    Strategy::LeastTalk,
    Strategy::RoundRobin,
];

/// Something that may happen; numbers choose among what exists then.
#[derive(Debug, Clone)]
enum Step {
    Call { queue: usize, skill: u8, priority_s: i32, prefer: Option<usize>, number: u8 },
    HangUp(usize),
    Accept(usize),
    AcceptStale(u64),
    Fail(usize, u8),
    Away(usize),
    Back(usize),
    Leave(usize),
    Digit(usize),
    Ready(usize, bool),
    NotReady(usize),
    SignOut(usize),
    Vanish(usize),
    OutsideBegins(usize),
    OutsideEnds(usize),
    WrapUpDone(usize),
    Reload(u64),
    Wait(u8),
}

fn steps() -> impl Generator<Value = Step> {
    let n = || any::<u8>().prop_map(usize::from);
    let call = (n(), 0..4_u8, -60..60_i32, proptest::option::of(n()), 0..6_u8)
        .prop_map(|(queue, skill, priority_s, prefer, number)| Step::Call { queue, skill, priority_s, prefer, number });
    prop_oneof![
        8 => call,
        2 => n().prop_map(Step::HangUp),
        6 => n().prop_map(Step::Accept),
        1 => (0..200_u64).prop_map(Step::AcceptStale),
        2 => (n(), any::<u8>()).prop_map(|(n, how)| Step::Fail(n, how)),
        1 => n().prop_map(Step::Away),
        1 => n().prop_map(Step::Back),
        1 => n().prop_map(Step::Leave),
        1 => n().prop_map(Step::Digit),
        4 => (n(), any::<bool>()).prop_map(|(n, once)| Step::Ready(n, once)),
        1 => n().prop_map(Step::NotReady),
        1 => n().prop_map(Step::SignOut),
        1 => n().prop_map(Step::Vanish),
        1 => n().prop_map(Step::OutsideBegins),
        1 => n().prop_map(Step::OutsideEnds),
        1 => n().prop_map(Step::WrapUpDone),
        1 => any::<u64>().prop_map(Step::Reload),
        6 => (0..40_u8).prop_map(Step::Wait),
    ]
}

/// A project that differs with every number: strategies, tiers, widening, some queues and agents missing.
pub(crate) fn project(variant: u64) -> AcdConfig {
    let bit = |at: u64| variant >> at & 1 == 1;
    let queue = |index: usize| QueueConfig {
        strategy: STRATEGIES[(variant as usize >> (index * 3)) % 8],
        skill_order: if bit(20) { SkillOrder::BestFirst } else { SkillOrder::JuniorFirst },
        wrap_up: seconds(if bit(21) { 15 } else { 0 }),
        max_wait: bit(22).then(|| seconds(90)),
        max_waiting: bit(23).then_some(5),
        no_agents_after: bit(24).then(|| seconds(30)),
        priority_s: if bit(25) { 30 } else { 0 },
        widen: [
            (20, WidenStep::DropSkill("s".into())),
            (30, WidenStep::AddTier(2)),
            (50, WidenStep::AddQueue(queue_id("q0"))),
        ]
        .map(|(after, step)| Widen { after: seconds(after), step })
        .into(),
        ..Default::default()
    };
    let queues = QUEUES.iter().enumerate().filter(|(index, _)| *index == 0 || !bit(30 + *index as u64));
    let queues = queues.map(|(index, name)| (queue_id(name), queue(index))).collect();
    let place = |index: usize, at: usize| format!("{}:{}", QUEUES[(index + at) % 3], 1 + (index + at) % 2);
    let member = |index: usize| {
        let places: Vec<String> = (0..1 + index % 3).map(|at| place(index, at)).collect();
        agent(&places.iter().map(String::as_str).collect::<Vec<_>>(), &[("s", index as u8)])
    };
    let agents = AGENTS.iter().enumerate().filter(|(index, _)| !(bit(40 + *index as u64) && bit(50)));
    AcdConfig {
        queues,
        agents: agents.map(|(index, name)| (agent_id(name), member(index))).collect(),
        seed: variant,
        ..Default::default()
    }
}

struct Day {
    acd: acd::Acd,
    now: Timestamp,
    calls: u64,
    ringing: Vec<acd::OfferId>,
}

impl Day {
    fn check(&mut self) {
        while let Some(event) = self.acd.poll_event() {
            match event {
                acd::Event::CallOffered { offer, .. } => self.ringing.push(offer),
                acd::Event::OfferWithdrawn { offer, .. } | acd::Event::CallConnected { offer, .. } => {
                    assert!(self.ringing.contains(&offer), "an offer ends once");
                    self.ringing.retain(|other| *other != offer);
                }
                _ => {}
            }
        }
        assert_eq!(self.acd.audit(self.now), Vec::<String>::new());
    }

    fn wait(&mut self, time: u8) {
        let end = self.now + seconds(time.into());
        while let Some((due, _)) = self.acd.poll_timeout().filter(|(due, _)| *due <= end) {
            self.now = self.now.max(due);
            self.acd.handle_timeout(self.now);
            self.check();
        }
        self.now = end;
    }

    /// Everybody hangs up and an hour passes: nobody is stuck in a state, no lease and no timer is left.
    fn close(&mut self) {
        for call in 1..=self.calls {
            self.acd.caller_hung_up(self.now, CallId(call));
            self.check();
        }
        (0..15).for_each(|_| self.wait(240));
        assert_eq!(self.ringing, []);
        assert_eq!(self.acd.poll_timeout(), None);
        for agent in AGENTS {
            let busy = self.acd.agent(self.now, &agent_id(agent)).map(|view| view.state);
            assert!(
                !matches!(
                    busy,
                    Some(AgentState::Reserved { .. } | AgentState::WrapUp { .. })
                        | Some(AgentState::Talking { with: Party::Caller(_), .. })
                ),
                "{agent} is stuck: {busy:?}"
            );
        }
    }

    fn enqueue(&mut self, step: &Step) {
        let Step::Call { queue, skill, priority_s, prefer, number } = step else { return };
        self.calls += 1;
        let queue: QueueId = queue_id(QUEUES[queue % 3]);
        let request = Enqueue {
            priority_s: *priority_s,
            skills: if *skill > 0 { [("s".to_owned(), *skill)].into() } else { Default::default() },
            prefer: prefer.iter().map(|n| Prefer { agent: name(*n), wait: seconds(25) }).collect(),
            number: (*number > 0).then(|| number.to_string()),
            exit_keys: "0".into(),
            ..Enqueue::new(queue)
        };
        let _ = self.acd.enqueue(self.now, CallId(self.calls), request);
    }

    /// Errors are allowed: steps choose blindly. Broken invariants are not.
    fn step(&mut self, step: &Step) {
        let now = self.now;
        let acd = &mut self.acd;
        let ringing = |n: &usize| self.ringing.get(n % self.ringing.len().max(1)).copied();
        let call = |n: &usize| CallId(*n as u64 % self.calls.max(1) + 1);
        let _ = match step {
            Step::Call { .. } => return self.enqueue(step),
            Step::Wait(time) => return self.wait(*time),
            Step::HangUp(n) => return acd.caller_hung_up(now, call(n)),
            Step::Reload(variant) => return acd.reload(now, project(*variant)),
            Step::Accept(n) => ringing(n).map_or(Ok(()), |offer| acd.offer_accepted(now, offer)),
            Step::AcceptStale(offer) => acd.offer_accepted(now, acd::OfferId(*offer)),
            Step::Fail(n, how) => ringing(n).map_or(Ok(()), |offer| acd.offer_failed(now, offer, failure(*how))),
            Step::Away(n) => acd.caller_stepped_out(now, call(n)),
            Step::Back(n) => acd.caller_stepped_in(now, call(n)),
            Step::Leave(n) => acd.withdraw(now, call(n), LeaveReason::Callback),
            Step::Digit(n) => acd.digit_pressed(now, call(n), '0'),
            Step::Ready(n, once) => {
                acd.agent_ready(now, &name(*n), if *once { ReadyFor::OneCall } else { ReadyFor::Calls })
            }
            Step::NotReady(n) => acd.agent_not_ready(now, &name(*n), "lunch"),
            Step::SignOut(n) => acd.agent_signed_out(now, &name(*n)),
            Step::Vanish(n) => acd.agent_vanished(now, &name(*n)),
            Step::OutsideBegins(n) => acd.outside_call_began(now, &name(*n)),
            Step::OutsideEnds(n) => acd.outside_call_ended(now, &name(*n)),
            Step::WrapUpDone(n) => acd.wrap_up_done(now, &name(*n)),
        };
    }
}

fn name(n: usize) -> AgentId {
    agent_id(AGENTS[n % AGENTS.len()])
}

fn failure(how: u8) -> OfferFailure {
    [OfferFailure::Busy, OfferFailure::Declined, OfferFailure::NoAnswer, OfferFailure::Unreachable]
        [usize::from(how) % 4]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_breaks_an_invariant(variant in any::<u64>(), steps in vec(steps(), 1..250)) {
        let acd = acd::Acd::new(project(variant & !(1 << 50)));
        let mut day = Day { acd, now: Timestamp::ZERO, calls: 0, ringing: Vec::new() };
        for index in 0..AGENTS.len() {
            let _ = day.acd.agent_ready(day.now, &name(index), ReadyFor::Calls);
        }
        day.check();
        for step in &steps {
            day.step(step);
            day.check();
        }
        day.close();
    }
}
