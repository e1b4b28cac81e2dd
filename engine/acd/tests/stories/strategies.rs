use std::collections::BTreeMap;

use acd::{AcdConfig, AgentConfig, BackOff, Enqueue, QueueConfig, SkillOrder, Strategy};
use expect_test::expect;

use crate::desk::{Desk, agent, agent_id, queue_id, seconds};

fn support(strategy: Strategy) -> QueueConfig {
    QueueConfig { strategy, ..Default::default() }
}

/// Lets every caller in turn be answered at once and end after `talks` seconds; who was it?
fn served_by(desk: &mut Desk, request: &Enqueue, talks: &[u64]) -> Vec<String> {
    let mut served = Vec::new();
    for talk in talks {
        let call = desk.asks(request.clone());
        let decision = desk.acd.explain(call).decisions.pop().unwrap();
        let name = decision.candidates[0].agent.to_string();
        desk.answers(&name).unwrap();
        desk.advance(seconds(*talk));
        desk.hangs_up(call);
        served.push(name);
    }
    served
}

fn team(queue: QueueConfig, agents: [(&str, AgentConfig); 3]) -> Desk {
    let agents: BTreeMap<_, _> = agents.into_iter().map(|(name, config)| (agent_id(name), config)).collect();
    let names: Vec<_> = agents.keys().map(ToString::to_string).collect();
    let queues = [(queue_id("support"), queue)].into();
    let mut desk = Desk::new(AcdConfig { queues, agents, ..Default::default() });
    names.iter().for_each(|name| desk.ready(name));
    desk.forget_trace();
    desk
}

fn plain() -> Enqueue {
    Enqueue::new(queue_id("support"))
}

#[test]
fn longest_idle_least_talk_fewest_calls_and_round_robin_take_turns() {
    let talks = [60, 10, 10, 10, 10, 10];
    let mut turns = String::new();
    for strategy in [Strategy::LongestIdle, Strategy::LeastTalk, Strategy::FewestCalls, Strategy::RoundRobin] {
        let mut desk = Desk::with_queue(support(strategy), ["anna", "ben", "carl"]);
        let served = served_by(&mut desk, &plain(), &talks);
        turns += &format!("{strategy:?}: {}\n", served.join(" "));
    }
    expect![[r#"
        LongestIdle: anna ben carl anna ben carl
        LeastTalk: anna ben carl ben carl ben
        FewestCalls: anna ben carl anna ben carl
        RoundRobin: anna ben carl anna ben carl
    "#]]
    .assert_eq(&turns);
}

#[test]
fn after_one_long_call_the_even_strategies_differ() {
    let next = |strategy| {
        let mut desk = Desk::with_queue(support(strategy), ["anna", "ben", "carl"]);
        let long = desk.call_waits("support");
        desk.answers("anna").unwrap();
        for (name, talk) in [("ben", 30), ("carl", 10)] {
            let call = desk.call_waits("support");
            desk.answers(name).unwrap();
            desk.advance(seconds(talk));
            desk.hangs_up(call);
        }
        desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("carl"), "lunch").unwrap());
        desk.advance(seconds(5));
        let call = desk.call_waits("support");
        desk.answers("ben").unwrap();
        desk.hangs_up(call);
        desk.ready("carl");
        desk.hangs_up(long);
        let call = desk.call_waits("support");
        desk.acd.explain(call).decisions[0].candidates[0].agent.to_string()
    };
    // Anna: one call of 45 s, offered first, ended last. Ben: two calls, 30 s. Carl: one call of 10 s, ended first.
    assert_eq!(next(Strategy::LongestIdle), "carl");
    assert_eq!(next(Strategy::LeastTalk), "carl");
    assert_eq!(next(Strategy::FewestCalls), "anna");
    assert_eq!(next(Strategy::RoundRobin), "anna");
}

#[test]
fn in_order_asks_the_tier_first_then_the_most_competent() {
    let agents = [
        ("anna", agent(&["support:2"], &[("french", 9)])),
        ("ben", agent(&["support"], &[("french", 3)])),
        ("carl", agent(&["support"], &[("french", 5)])),
    ];
    let mut desk = team(support(Strategy::InOrder), agents);
    let request = Enqueue { skills: [("french".to_owned(), 2)].into(), ..plain() };
    for _ in 0..3 {
        desk.asks(request.clone());
    }
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to carl
        00:00 call 2 queued in support, position 2
        00:00 call 2 offered to ben
        00:00 call 3 queued in support, position 3
        00:00 call 3 offered to anna
    "#]]);
}

#[test]
fn juniors_are_kept_for_simple_work_and_experts_for_hard_work() {
    let agents = || {
        [
            ("anna", agent(&["support"], &[("tax", 9)])),
            ("ben", agent(&["support"], &[("tax", 3)])),
            ("carl", agent(&["support"], &[("tax", 5)])),
        ]
    };
    let request = Enqueue { skills: [("tax".to_owned(), 3)].into(), ..plain() };
    let served = |skill_order| {
        let mut desk = team(QueueConfig { skill_order, ..Default::default() }, agents());
        served_by(&mut desk, &request, &[10, 10]).join(" ")
    };
    assert_eq!(served(SkillOrder::JuniorFirst), "ben ben");
    assert_eq!(served(SkillOrder::BestFirst), "anna anna");
    assert_eq!(served(SkillOrder::Any), "anna ben");
}

#[test]
fn a_caller_with_a_rare_skill_does_not_block_those_behind_him() {
    let agents = [
        ("anna", agent(&["support"], &[])),
        ("ben", agent(&["support"], &[])),
        ("carl", agent(&["support"], &[("french", 1)])),
    ];
    let mut desk = team(support(Strategy::LongestIdle), agents);
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("carl"), "lunch").unwrap());
    let french = desk.asks(Enqueue { skills: [("french".to_owned(), 1)].into(), ..plain() });
    desk.call_waits("support");
    desk.expect(&expect![[r#"
        00:00 carl not ready: lunch
        00:00 call 1 queued in support, position 1
        00:00 call 2 queued in support, position 2
        00:00 call 2 offered to anna
    "#]]);
    let reasons = desk.acd.explain(french).waits_because;
    let reasons: Vec<String> = reasons.iter().map(|(agent, reason)| format!("{agent}: {reason}")).collect();
    assert_eq!(
        reasons,
        ["anna: knows french 0, needed is 1", "ben: knows french 0, needed is 1", "carl: not ready: lunch"]
    );
}

#[test]
fn cumulative_ringing_adds_one_more_and_the_earlier_keep_ringing() {
    let mut desk = Desk::with_queue(support(Strategy::Cumulative), ["anna", "ben", "carl"]);
    desk.call_waits("support");
    desk.advance(seconds(25));
    desk.answers("anna").unwrap();
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:10 call 1 offered to ben
        00:20 call 1 offered to carl
        00:25 call 1 connected to anna after 25s
        00:25 offer to ben withdrawn: answered elsewhere
        00:25 offer to carl withdrawn: answered elsewhere
    "#]]);
}

#[test]
fn ring_all_takes_in_agents_who_become_free_and_gives_the_losers_to_the_next_caller() {
    let mut desk = Desk::with_queue(support(Strategy::RingAll), ["anna", "ben"]);
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("ben"), "lunch").unwrap());
    desk.call_waits("support");
    desk.ready("ben");
    desk.call_waits("support");
    desk.answers("ben").unwrap();
    desk.expect(&expect![[r#"
        00:00 ben not ready: lunch
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 ben ready
        00:00 call 1 offered to ben
        00:00 call 2 queued in support, position 2
        00:00 call 1 connected to ben after 0ms
        00:00 offer to anna withdrawn: answered elsewhere
        00:00 call 2 offered to anna
    "#]]);
}

#[test]
fn chance_is_even_and_the_same_for_the_same_seed() {
    let day = |seed| {
        let mut desk = Desk::with_queue(support(Strategy::Random), ["anna", "ben", "carl"]);
        let config = AcdConfig { seed, ..desk.config.clone() };
        desk.does(|acd, now| acd.reload(now, config));
        served_by(&mut desk, &plain(), &[1; 300])
    };
    let (first, again, other) = (day(1), day(1), day(2));
    assert_eq!(first, again);
    assert_ne!(first, other);
    for name in ["anna", "ben", "carl"] {
        let calls = first.iter().filter(|served| *served == name).count();
        assert!((70..=130).contains(&calls), "{name} got {calls} of 300");
    }
}

#[test]
fn who_was_tried_in_this_round_comes_after_everybody_else() {
    let mut desk = Desk::with_queue(support(Strategy::FewestCalls), ["anna", "ben"]);
    desk.call_waits("support");
    desk.advance(seconds(61));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:20 offer to anna withdrawn: no answer
        00:20 call 1 offered to ben
        00:40 offer to ben withdrawn: no answer
        00:40 call 1 offered to anna
        01:00 offer to anna withdrawn: no answer
        01:00 call 1 offered to ben
    "#]]);
}

#[test]
fn a_decision_can_be_read() {
    let mut desk = Desk::with_queue(support(Strategy::LongestIdle), ["anna", "ben", "carl"]);
    let first = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("ben"), "lunch").unwrap());
    let second = desk.call_waits("support");
    let lines: Vec<_> = [first, second].map(|call| desk.acd.latest_decision(call).unwrap().to_string()).into();
    expect![[r#"
        00:00.000 call 1 waited 0ms, longest idle, 3 free: anna (idle 0ms), ben (idle 0ms), carl (idle 0ms)
        00:00.000 call 2 waited 0ms, longest idle, 1 free: carl (idle 0ms); 1 talking; 1 not ready"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn lengths_of_zero_do_not_make_offers_chase_each_other() {
    let zero = std::time::Duration::ZERO;
    let queue = QueueConfig { ring_for: zero, ring_more_every: zero, ..support(Strategy::Cumulative) };
    let mut desk = Desk::with_queue(queue, ["anna", "ben"]);
    let mut config = desk.config.clone();
    config.back_off = BackOff { no_answer: zero, failures_max: 2, ..Default::default() };
    desk.does(|acd, now| acd.reload(now, config));
    desk.call_waits("support");
    desk.advance(seconds(10));
    desk.expect(&expect![[r#"
        00:00 configuration reloaded
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:01 offer to anna withdrawn: no answer
        00:01 call 1 offered to ben
        00:02 offer to ben withdrawn: no answer
        00:02 call 1 offered to anna
        00:03 offer to anna withdrawn: no answer
        00:03 anna not ready: offers unanswered
        00:03 call 1 offered to ben
        00:04 offer to ben withdrawn: no answer
        00:04 ben not ready: offers unanswered
    "#]]);
}

#[test]
fn each_strategy_says_by_which_score_it_chose() {
    let strategies = [
        Strategy::LongestIdle,
        Strategy::LeastTalk,
        Strategy::FewestCalls,
        Strategy::RoundRobin,
        Strategy::Random,
        Strategy::InOrder,
        Strategy::RingAll,
    ];
    let mut told = String::new();
    for strategy in strategies {
        let agents = [
            ("anna", agent(&["support:2"], &[("french", 9)])),
            ("ben", agent(&["support"], &[("french", 3)])),
            ("carl", agent(&["support"], &[])),
        ];
        let mut desk = team(support(strategy), agents);
        let request = Enqueue { skills: [("french".to_owned(), 1)].into(), ..plain() };
        served_by(&mut desk, &request, &[60]);
        let call = desk.asks(request);
        told += &format!("{}\n", desk.acd.latest_decision(call).unwrap().why());
    }
    expect![[r#"
        longest idle, 2 free: ben (idle 0ms), anna (tier 2, idle 1m); 1 free without the skills
        least talk, 2 free: ben (talked 1m), anna (tier 2, talked 0ms); 1 free without the skills
        fewest calls, 2 free: ben (answered 1), anna (tier 2, answered 0); 1 free without the skills
        round robin, 2 free: ben (last offer 1), anna (tier 2, not yet offered a call); 1 free without the skills
        by lot, 2 free: ben (by lot), anna (tier 2, by lot); 1 free without the skills
        in order, 2 free: ben (skill 3, idle 0ms), anna (tier 2, skill 9, idle 1m); 1 free without the skills
        all at once, 2 free: ben (idle 0ms), anna (tier 2, idle 1m); 1 free without the skills
    "#]]
    .assert_eq(&told);
}

#[test]
fn everybody_can_ask_why_not_me() {
    let agents = [
        ("anna", agent(&["support"], &[("french", 9)])),
        ("ben", agent(&["support"], &[("french", 3)])),
        ("carl", agent(&["support"], &[])),
    ];
    let mut desk = team(support(Strategy::InOrder), agents);
    let mut config = desk.config.clone();
    config.agents.insert(agent_id("dora"), agent(&["support"], &[("french", 5)]));
    config.agents.insert(agent_id("emil"), agent(&["sales"], &[("french", 5)]));
    desk.does(|acd, now| acd.reload(now, config));
    let call = desk.asks(Enqueue { skills: [("french".to_owned(), 1)].into(), ..plain() });
    let reasons = desk.acd.explain(call).not_chosen;
    let reasons: Vec<String> = reasons.iter().map(|(agent, reason)| format!("{agent}: {reason}\n")).collect();
    expect![[r#"
        ben: skill 3, anna has 9
        carl: knows french 0, needed is 1
        dora: signed out
    "#]]
    .assert_eq(&reasons.concat());
}

#[test]
fn each_offer_knows_the_decision_behind_it() {
    let mut desk = Desk::with_queue(support(Strategy::Cumulative), ["anna", "ben", "carl"]);
    desk.call_waits("support");
    desk.advance(seconds(10));
    let why = |name| desk.acd.decision_of(desk.newest_offer(name)).map(|decision| decision.at.as_micros() / 1_000_000);
    assert_eq!([why("anna"), why("ben")], [Some(0), Some(10)]);
    assert_eq!(desk.acd.decision_of(acd::OfferId(99)), None);
}
