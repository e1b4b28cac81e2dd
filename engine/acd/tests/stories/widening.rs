use acd::{AcdConfig, Enqueue, QueueConfig, Widen, WidenStep};
use expect_test::expect;

use crate::desk::{Desk, agent, agent_id, queue_id, seconds};

fn step(after: u64, step: WidenStep) -> Widen {
    Widen { after: seconds(after), step }
}

fn tiers() -> Desk {
    let widen = vec![step(20, WidenStep::AddTier(2)), step(40, WidenStep::AddTier(3))];
    let queue = QueueConfig { widen, ..Default::default() };
    let agents = [("anna", "support:1"), ("ben", "support:2"), ("carl", "support:3")];
    let agents = agents.map(|(name, place)| (agent_id(name), agent(&[place], &[])));
    Desk::new(AcdConfig { queues: [(queue_id("support"), queue)].into(), agents: agents.into(), ..Default::default() })
}

#[test]
fn tiers_open_over_time() {
    let mut desk = tiers();
    ["anna", "ben", "carl"].iter().for_each(|name| desk.ready(name));
    desk.forget_trace();
    desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.call_waits("support");
    desk.call_waits("support");
    desk.advance(seconds(40));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 2 queued in support, position 1
        00:00 call 3 queued in support, position 2
        00:20 call 2: tier 2 added
        00:20 call 2 offered to ben
        00:20 call 3: tier 2 added
        00:40 offer to ben withdrawn: no answer
        00:40 call 2: tier 3 added
        00:40 call 2 offered to carl
        00:40 call 3: tier 3 added
    "#]]);
}

#[test]
fn a_tier_with_nobody_on_duty_is_passed_over_at_once() {
    let mut desk = tiers();
    desk.ready("carl");
    desk.call_waits("support");
    desk.expect(&expect![[r#"
        00:00 carl ready
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to carl
    "#]]);
}

#[test]
fn the_next_tier_opens_when_the_last_of_this_one_goes_to_lunch() {
    let mut desk = tiers();
    ["anna", "ben"].iter().for_each(|name| desk.ready(name));
    let first = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.call_waits("support");
    desk.forget_trace();
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "lunch").unwrap());
    desk.advance(seconds(5));
    desk.hangs_up(first);
    desk.expect(&expect![[r#"
        00:05 call 1 and anna talked for 5s
        00:05 anna not ready: lunch
        00:05 call 2 offered to ben
    "#]]);
}

#[test]
fn skills_are_dropped_and_queues_added_and_the_place_stays() {
    let widen =
        vec![step(20, WidenStep::DropSkill("english".into())), step(40, WidenStep::AddQueue(queue_id("sales")))];
    let queues = [
        (queue_id("support"), QueueConfig { widen, ..Default::default() }),
        (queue_id("sales"), QueueConfig::default()),
    ];
    let agents = [
        (agent_id("anna"), agent(&["support"], &[("english", 3)])),
        (agent_id("ben"), agent(&["support"], &[])),
        (agent_id("carl"), agent(&["sales"], &[("english", 9)])),
    ];
    let mut desk = Desk::new(AcdConfig { queues: queues.into(), agents: agents.into(), ..Default::default() });
    ["ben", "carl"].iter().for_each(|name| desk.ready(name));
    desk.forget_trace();
    let english =
        |level| Enqueue { skills: [("english".to_owned(), level)].into(), ..Enqueue::new(queue_id("support")) };
    desk.asks(english(2));
    desk.asks(english(4));
    desk.advance(seconds(40));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 2 queued in support, position 2
        00:20 call 1: skill english no longer required
        00:20 call 1 offered to ben
        00:20 call 2: skill english no longer required
        00:40 offer to ben withdrawn: no answer
        00:40 call 1: agents of sales added
        00:40 call 1 offered to carl
        00:40 call 2: agents of sales added
    "#]]);
}

#[test]
fn one_agent_in_two_queues_takes_the_one_who_waited_longest_with_the_queues_head_start() {
    let queues = [
        (queue_id("gold"), QueueConfig { priority_s: 60, ..Default::default() }),
        (queue_id("plain"), QueueConfig::default()),
    ];
    let agents = [(agent_id("anna"), agent(&["gold", "plain"], &[]))];
    let mut desk = Desk::new(AcdConfig { queues: queues.into(), agents: agents.into(), ..Default::default() });
    let mut order = Vec::new();
    desk.call_waits("plain");
    desk.advance(seconds(59));
    desk.call_waits("gold");
    desk.advance(seconds(10));
    desk.call_waits("plain");
    desk.call_waits("gold");
    desk.ready("anna");
    for _ in 0..4 {
        desk.answers("anna").unwrap();
        let acd::AgentState::Talking { with: acd::Party::Caller(call), .. } = desk.state("anna") else { panic!() };
        order.push(call.0);
        desk.hangs_up(call);
    }
    assert_eq!(order, [2, 1, 4, 3]);
}
