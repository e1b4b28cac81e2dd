//! Where rules meet: the last chance, deserted queues with helpers, reload of limits, new days, odd levels and tiers.

use acd::{AcdConfig, AgentState, Enqueue, Prefer, QueueConfig, Strategy, Widen, WidenStep};
use expect_test::expect;

use crate::desk::{Desk, agent, agent_id, at, queue_id, seconds};

fn request() -> Enqueue {
    Enqueue::new(queue_id("support"))
}

fn prefer(names: &[(&str, u64)]) -> Vec<Prefer> {
    names.iter().map(|(name, wait)| Prefer { agent: agent_id(name), wait: seconds(*wait) }).collect()
}

/// `support` with nobody on duty, `sales` with Carl.
fn deserted_with_neighbour(queue: QueueConfig) -> Desk {
    let queues = [(queue_id("support"), queue), (queue_id("sales"), QueueConfig::default())];
    let agents = [(agent_id("anna"), agent(&["support"], &[])), (agent_id("carl"), agent(&["sales"], &[]))];
    let mut desk = Desk::new(AcdConfig { queues: queues.into(), agents: agents.into(), ..Default::default() });
    desk.ready("carl");
    desk.forget_trace();
    desk
}

#[test]
fn the_last_chance_is_the_phones_that_ring_and_no_more() {
    let queue = QueueConfig {
        strategy: Strategy::Cumulative,
        max_wait: Some(seconds(15)),
        ring_for: seconds(30),
        ..Default::default()
    };
    let mut desk = Desk::with_queue(queue, ["anna", "ben", "carl"]);
    desk.call_waits("support");
    desk.advance(seconds(60));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:10 call 1 offered to ben
        00:40 offer to anna withdrawn: no answer
        00:40 offer to ben withdrawn: no answer
        00:40 call 1 left support after 40s: timed out
    "#]]);
}

#[test]
fn stepping_out_throws_the_last_chance_away() {
    let mut desk = Desk::with_queue(QueueConfig { max_wait: Some(seconds(10)), ..Default::default() }, ["anna"]);
    let call = desk.call_waits("support");
    desk.advance(seconds(15));
    desk.does(|acd, now| acd.caller_stepped_out(now, call).unwrap());
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:15 call 1 stepped out, place kept
        00:15 offer to anna withdrawn: caller stepped out
        00:15 call 1 left support after 15s: timed out
    "#]]);
}

#[test]
fn a_deserted_queue_keeps_whom_a_preferred_agent_or_another_queue_may_take() {
    let mut desk = deserted_with_neighbour(QueueConfig { no_agents_after: Some(seconds(0)), ..Default::default() });
    desk.asks(Enqueue { prefer: prefer(&[("carl", 30)]), ..request() });
    desk.asks(Enqueue { prefer: prefer(&[("carl", 30)]), ..request() });
    desk.answers("carl").unwrap();
    desk.asks(Enqueue { prefer: prefer(&[("anna", 30)]), ..request() });
    desk.advance(seconds(40));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to carl
        00:00 call 2 queued in support, position 2
        00:00 call 1 connected to carl after 0ms
        00:00 call 3 left support after 0ms: no agents
        00:30 call 2 left support after 30s: no agents
    "#]]);
    let widen = vec![Widen { after: seconds(20), step: WidenStep::AddQueue(queue_id("sales")) }];
    let mut desk =
        deserted_with_neighbour(QueueConfig { no_agents_after: Some(seconds(30)), widen, ..Default::default() });
    desk.call_waits("sales");
    desk.answers("carl").unwrap();
    desk.call_waits("support");
    desk.advance(seconds(45));
    desk.does(|acd, now| acd.agent_signed_out(now, &agent_id("carl")).unwrap());
    desk.hangs_up(model::CallId(1));
    desk.advance(seconds(30));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in sales, position 1
        00:00 call 1 offered to carl
        00:00 call 1 connected to carl after 0ms
        00:00 call 2 queued in support, position 1
        00:20 call 2: agents of sales added
        00:45 call 1 and carl talked for 45s
        00:45 carl signed out
        01:00 call 2 left support after 1m: no agents
    "#]]);
}

#[test]
fn a_preferred_name_that_nobody_has_loses_no_caller() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    desk.asks(Enqueue { prefer: prefer(&[("zoe", 60)]), ..request() });
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
    "#]]);
}

#[test]
fn the_account_manager_then_with_the_deputy_then_anybody() {
    let mut desk = Desk::with_ready_agents(["anna", "ben", "carl"]);
    for name in ["anna", "ben"] {
        desk.does(|acd, now| acd.outside_call_began(now, &agent_id(name)).unwrap());
    }
    let prefer = prefer(&[("anna", 30), ("ben", 60)]);
    desk.asks(Enqueue { prefer: prefer.clone(), ..request() });
    desk.advance(seconds(40));
    desk.does(|acd, now| acd.outside_call_ended(now, &agent_id("anna")).unwrap());
    desk.answers("anna").unwrap();
    desk.asks(Enqueue { prefer, ..request() });
    desk.advance(seconds(90));
    desk.expect(&expect![[r#"
        00:00 anna talking outside the queues
        00:00 ben talking outside the queues
        00:00 call 1 queued in support, position 1
        00:40 anna ready
        00:40 call 1 offered to anna
        00:40 call 1 connected to anna after 40s
        00:40 call 2 queued in support, position 1
        02:10 call 2 offered to carl
    "#]]);
}

#[test]
fn a_new_longest_wait_counts_for_those_who_wait_already_unless_they_brought_their_own() {
    let mut desk = Desk::with_ready_agents([]);
    desk.call_waits("support");
    desk.asks(Enqueue { max_wait: Some(seconds(100)), ..request() });
    desk.advance(seconds(50));
    let mut config = desk.config.clone();
    config.queues.insert(queue_id("support"), QueueConfig { max_wait: Some(seconds(60)), ..Default::default() });
    desk.does(|acd, now| acd.reload(now, config));
    desk.advance(seconds(60));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 2 queued in support, position 2
        00:50 configuration reloaded
        01:00 call 1 left support after 1m: timed out
        01:40 call 2 left support after 1m40s: timed out
    "#]]);
}

#[test]
fn withheld_numbers_never_share_a_place() {
    let mut desk = Desk::with_ready_agents([]);
    for number in [None, Some(String::new())] {
        let first = desk.asks(Enqueue { number: number.clone(), ..request() });
        desk.advance(seconds(5));
        desk.hangs_up(first);
        desk.asks(Enqueue { number, ..request() });
    }
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:05 call 1 abandoned support after 5s
        00:05 call 2 queued in support, position 1
        00:05 call 3 queued in support, position 2
        00:10 call 3 abandoned support after 5s
        00:10 call 4 queued in support, position 2
    "#]]);
}

#[test]
fn who_signs_in_on_a_break_does_not_come_before_those_who_were_there() {
    let mut desk = Desk::with_ready_agents(["ben"]);
    let mut config = desk.config.clone();
    config.agents.insert(agent_id("anna"), agent(&["support"], &[]));
    desk.does(|acd, now| acd.reload(now, config));
    desk.advance(seconds(60));
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "coffee").unwrap());
    desk.ready("anna");
    desk.call_waits("support");
    assert!(matches!(desk.state("ben"), AgentState::Reserved { .. }));
}

#[test]
fn a_conversation_that_breaks_off_ends_the_idle_time_before_it() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.advance(seconds(60));
    desk.does(|acd, now| acd.agent_vanished(now, &agent_id("anna")).unwrap());
    desk.ready("anna");
    assert_eq!(desk.state("anna"), AgentState::Ready { since: at(60) });
}

#[test]
fn a_skill_at_level_nought_is_one_an_agent_does_not_have_and_one_a_caller_still_needs() {
    let agents = [
        (agent_id("anna"), agent(&["support"], &[("english", 0)])),
        (agent_id("ben"), agent(&["support"], &[("english", 1)])),
    ];
    let queues = [(queue_id("support"), QueueConfig::default())];
    let mut desk = Desk::new(AcdConfig { queues: queues.into(), agents: agents.into(), ..Default::default() });
    desk.ready("anna");
    desk.forget_trace();
    let call = desk.asks(Enqueue { skills: [("english".to_owned(), 0)].into(), ..request() });
    let reasons = desk.acd.explain(call).waits_because;
    assert_eq!(reasons[0], (agent_id("anna"), "knows english 0, needed is 1".to_owned()));
    desk.ready("ben");
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 ben ready
        00:00 call 1 offered to ben
    "#]]);
}

#[test]
fn a_step_opens_the_tiers_up_to_its_own_and_the_last_one_the_rest() {
    let widen = vec![
        Widen { after: seconds(20), step: WidenStep::AddTier(3) },
        Widen { after: seconds(40), step: WidenStep::AddTier(5) },
    ];
    let queue = QueueConfig { widen, ring_for: seconds(5), ..Default::default() };
    let names = ["anna", "ben", "carl", "dora", "emil"];
    let tiers = [1, 2, 3, 4, 7].map(|tier| format!("support:{tier}"));
    let agents = names.iter().zip(&tiers).map(|(name, tier)| (agent_id(name), agent(&[tier], &[])));
    let queues = [(queue_id("support"), queue)];
    let mut desk = Desk::new(AcdConfig { queues: queues.into(), agents: agents.collect(), ..Default::default() });
    names.iter().for_each(|name| desk.ready(name));
    desk.forget_trace();
    for _ in 0..5 {
        desk.call_waits("support");
        for name in names {
            if matches!(desk.state(name), AgentState::Reserved { .. }) {
                desk.answers(name).unwrap();
            }
        }
    }
    desk.forget_trace();
    desk.advance(seconds(19));
    desk.expect(&expect![[r#""#]]);
    desk.advance(seconds(2));
    desk.answers("carl").unwrap();
    desk.advance(seconds(20));
    desk.expect(&expect![[r#"
        00:20 call 3: tier 3 added
        00:20 call 3 offered to carl
        00:20 call 4: tier 3 added
        00:20 call 5: tier 3 added
        00:21 call 3 connected to carl after 21s
        00:40 call 4: tier 5 added
        00:40 call 4 offered to dora
        00:40 call 5: tier 5 added
        00:40 call 5 offered to emil
    "#]]);
}

#[test]
fn a_new_day_counts_from_midnight_even_in_the_middle_of_a_conversation() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let call = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.advance(seconds(100));
    desk.does(|acd, now| acd.new_day(now));
    desk.advance(seconds(20));
    let view = desk.acd.agent(desk.now, &agent_id("anna")).unwrap();
    assert_eq!((view.calls, view.talk, view.on_duty), (0, seconds(20), seconds(20)));
    desk.hangs_up(call);
    let counts = desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts;
    assert_eq!((counts.answered, counts.talk), (1, seconds(120)));
}

#[test]
fn priority_is_a_head_start_that_nobody_can_grow() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    desk.call_waits("support");
    desk.answers("anna").unwrap();
    let plain = desk.call_waits("support");
    let mut served = model::CallId(1);
    let mut gold_before = 0;
    for _ in 0..20 {
        desk.asks(Enqueue { priority_s: 60, ..request() });
        desk.advance(seconds(10));
        desk.hangs_up(served);
        desk.answers("anna").unwrap();
        let AgentState::Talking { with: acd::Party::Caller(call), .. } = desk.state("anna") else { panic!() };
        served = call;
        if call == plain {
            break;
        }
        gold_before += 1;
    }
    // Gold callers who come every ten seconds with a head start of a minute: those of the first minute pass, no more.
    assert_eq!((served, gold_before), (plain, 6));
}

#[test]
fn who_is_about_to_confirm_keeps_his_time_when_one_more_phone_rings() {
    let queue = QueueConfig { strategy: Strategy::Cumulative, ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna", "ben"]);
    desk.call_waits("support");
    let annas = desk.newest_offer("anna");
    desk.does(|acd, _| acd.offer_extended(annas, at(60)));
    desk.advance(seconds(15));
    let until = |desk: &Desk, name| match desk.state(name) {
        AgentState::Reserved { ring_until, .. } => ring_until,
        other => panic!("{name} is {other}"),
    };
    assert_eq!([until(&desk, "anna"), until(&desk, "ben")], [at(60), at(30)]);
}
