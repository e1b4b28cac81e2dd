use acd::{AcdError, AgentState, BackOff, Enqueue, OfferFailure, Party, Prefer, QueueConfig, ReadyFor};
use expect_test::expect;

use crate::desk::{Desk, agent_id, at, queue_id, seconds};

fn wrapping() -> QueueConfig {
    QueueConfig { wrap_up: seconds(15), ..Default::default() }
}

#[test]
fn wrap_up_ends_by_time_or_earlier_by_hand() {
    let mut desk = Desk::with_queue(wrapping(), ["anna"]);
    for _ in 0..2 {
        let call = desk.call_waits("support");
        desk.answers("anna").unwrap();
        desk.advance(seconds(10));
        desk.hangs_up(call);
        desk.advance(seconds(5));
        if call.0 == 2 {
            desk.does(|acd, now| acd.wrap_up_done(now, &agent_id("anna")).unwrap());
        }
        desk.advance(seconds(10));
    }
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:10 call 1 and anna talked for 10s
        00:10 anna wrapping up call 1
        00:25 anna ready
        00:25 call 2 queued in support, position 1
        00:25 call 2 offered to anna
        00:25 call 2 connected to anna after 0ms
        00:35 call 2 and anna talked for 10s
        00:35 anna wrapping up call 2
        00:40 anna ready
    "#]]);
}

#[test]
fn what_an_agent_asks_for_while_busy_waits_and_the_last_wish_counts() {
    let mut desk = Desk::with_queue(wrapping(), ["anna"]);
    let call = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.does(|acd, now| acd.agent_signed_out(now, &agent_id("anna")).unwrap());
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "lunch").unwrap());
    desk.hangs_up(call);
    desk.advance(seconds(15));
    desk.ready("anna");
    let call = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.does(|acd, now| acd.agent_signed_out(now, &agent_id("anna")).unwrap());
    desk.ready("anna");
    desk.hangs_up(call);
    desk.advance(seconds(15));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 1 and anna talked for 0ms
        00:00 anna wrapping up call 1
        00:15 anna not ready: lunch
        00:15 anna ready
        00:15 call 2 queued in support, position 1
        00:15 call 2 offered to anna
        00:15 call 2 connected to anna after 0ms
        00:15 call 2 and anna talked for 0ms
        00:15 anna wrapping up call 2
        00:30 anna ready
    "#]]);
}

#[test]
fn each_failure_has_its_own_back_off_and_a_series_makes_not_ready() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    desk.call_waits("support");
    for (failure, pause) in [(OfferFailure::Unreachable, 5), (OfferFailure::Busy, 30)] {
        desk.fails("anna", failure);
        desk.advance(seconds(pause));
    }
    desk.fails("anna", OfferFailure::Declined);
    desk.advance(seconds(600));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 offer to anna withdrawn: unreachable
        00:05 call 1 offered to anna
        00:05 offer to anna withdrawn: busy
        00:35 call 1 offered to anna
        00:35 offer to anna withdrawn: declined
        00:35 anna not ready: offers unanswered
    "#]]);
}

#[test]
fn one_failure_can_be_enough_to_be_not_ready() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let mut config = desk.config.clone();
    config.back_off = BackOff { failures_max: 1, ..Default::default() };
    desk.does(|acd, now| acd.reload(now, config));
    desk.call_waits("support");
    desk.advance(seconds(20));
    desk.expect(&expect![[r#"
        00:00 configuration reloaded
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:20 offer to anna withdrawn: no answer
        00:20 anna not ready: offers unanswered
        00:20 call 1 offered to ben
    "#]]);
}

#[test]
fn leaving_while_the_phone_rings_is_no_penalty_and_no_loop() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    desk.call_waits("support");
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "lunch").unwrap());
    desk.ready("anna");
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 offer to anna withdrawn: agent left
        00:00 anna not ready: lunch
        00:00 anna ready
        00:00 call 1 offered to anna
    "#]]);
}

#[test]
fn an_outside_call_makes_busy_until_the_last_one_ends() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    desk.call_waits("support");
    desk.does(|acd, now| acd.outside_call_began(now, &agent_id("anna")).unwrap());
    desk.does(|acd, now| acd.outside_call_began(now, &agent_id("anna")).unwrap());
    desk.does(|acd, now| acd.outside_call_ended(now, &agent_id("anna")).unwrap());
    assert_eq!(desk.state("anna"), AgentState::Talking { with: Party::Outside, since: at(0) });
    desk.does(|acd, now| acd.outside_call_ended(now, &agent_id("anna")).unwrap());
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 offer to anna withdrawn: agent left
        00:00 anna talking outside the queues
        00:00 anna ready
        00:00 call 1 offered to anna
    "#]]);
}

#[test]
fn one_call_then_rest() {
    let mut desk = Desk::with_queue(wrapping(), ["anna"]);
    desk.does(|acd, now| acd.agent_ready(now, &agent_id("anna"), ReadyFor::OneCall).unwrap());
    let call = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.hangs_up(call);
    desk.advance(seconds(15));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 1 and anna talked for 0ms
        00:00 anna wrapping up call 1
        00:15 anna not ready: one call taken
    "#]]);
}

#[test]
fn an_agent_may_sign_in_on_a_break() {
    let mut desk = Desk::with_ready_agents([]);
    let mut config = desk.config.clone();
    config.agents.insert(agent_id("anna"), crate::desk::agent(&["support"], &[]));
    desk.does(|acd, now| acd.reload(now, config));
    desk.call_waits("support");
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "settling in").unwrap());
    desk.expect(&expect![[r#"
        00:00 configuration reloaded
        00:00 call 1 queued in support, position 1
        00:00 anna not ready: settling in
    "#]]);
    let nobody = desk.acd.agent_ready(desk.now, &agent_id("zoe"), ReadyFor::Calls);
    assert_eq!(nobody, Err(AcdError::UnknownAgent(agent_id("zoe"))));
}

#[test]
fn a_vanished_agent_loses_the_offer_not_the_caller() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    desk.call_waits("support");
    desk.does(|acd, now| acd.agent_vanished(now, &agent_id("anna")).unwrap());
    desk.answers("ben").unwrap();
    desk.does(|acd, now| acd.agent_vanished(now, &agent_id("ben")).unwrap());
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 offer to anna withdrawn: agent vanished
        00:00 anna not ready: vanished
        00:00 call 1 offered to ben
        00:00 call 1 connected to ben after 0ms
        00:00 call 1 and ben talked for 0ms
        00:00 ben not ready: vanished
    "#]]);
}

#[test]
fn the_preferred_agent_is_waited_for_then_anybody() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let request = Enqueue::new(queue_id("support"));
    desk.asks(Enqueue { prefer: vec![Prefer { agent: agent_id("anna"), wait: seconds(30) }], ..request.clone() });
    desk.answers("anna").unwrap();
    desk.asks(Enqueue { prefer: vec![Prefer { agent: agent_id("anna"), wait: seconds(30) }], ..request.clone() });
    desk.advance(seconds(30));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 2 queued in support, position 1
        00:30 call 2 offered to ben
    "#]]);
}

#[test]
fn nobody_waits_for_a_preferred_agent_who_goes_home() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let prefer = vec![Prefer { agent: agent_id("anna"), wait: seconds(300) }];
    let first = desk.asks(Enqueue { prefer: prefer.clone(), ..Enqueue::new(queue_id("support")) });
    desk.answers("anna").unwrap();
    desk.asks(Enqueue { prefer, ..Enqueue::new(queue_id("support")) });
    desk.does(|acd, now| acd.agent_signed_out(now, &agent_id("anna")).unwrap());
    desk.hangs_up(first);
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 2 queued in support, position 1
        00:00 call 1 and anna talked for 0ms
        00:00 anna signed out
        00:00 call 2 offered to ben
    "#]]);
}

#[test]
fn reload_moves_agents_and_keeps_callers_and_conversations() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let first = desk.call_waits("support");
    desk.answers("anna").unwrap();
    let mut config = desk.config.clone();
    config.agents.remove(&agent_id("anna"));
    config.agents.insert(agent_id("ben"), crate::desk::agent(&["sales"], &[]));
    config.queues.insert(queue_id("sales"), QueueConfig::default());
    desk.does(|acd, now| acd.reload(now, config.clone()));
    desk.call_waits("support");
    desk.call_waits("sales");
    desk.hangs_up(first);
    config.queues.remove(&queue_id("support"));
    desk.does(|acd, now| acd.reload(now, config));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 configuration reloaded
        00:00 call 2 queued in support, position 1
        00:00 call 3 queued in sales, position 1
        00:00 call 3 offered to ben
        00:00 call 1 and anna talked for 0ms
        00:00 anna signed out
        00:00 configuration reloaded
        00:00 call 2 left support after 0ms: queue removed
    "#]]);
}

#[test]
fn the_books_can_be_compared_with_the_legs_that_exist() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let first = desk.call_waits("support");
    desk.answers("anna").unwrap();
    let second = desk.call_waits("support");
    assert_eq!(desk.acd.conversations(), [(first, agent_id("anna"))]);
    assert_eq!(desk.acd.leases(), [(desk.newest_offer("ben"), second, agent_id("ben"))]);
    desk.does(|acd, now| acd.call_ended(now, first));
    assert_eq!((desk.acd.conversations(), desk.state("anna")), (vec![], AgentState::Ready { since: at(0) }));
}

#[test]
fn a_preferred_agent_who_does_not_answer_and_becomes_not_ready_is_not_waited_for() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    let mut config = desk.config.clone();
    config.back_off = BackOff { failures_max: 1, ..Default::default() };
    desk.does(|acd, now| acd.reload(now, config));
    let prefer = vec![Prefer { agent: agent_id("anna"), wait: seconds(300) }];
    desk.asks(Enqueue { prefer, ..Enqueue::new(queue_id("support")) });
    desk.fails("anna", OfferFailure::Declined);
    desk.expect(&expect![[r#"
        00:00 configuration reloaded
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 offer to anna withdrawn: declined
        00:00 anna not ready: offers unanswered
        00:00 call 1 offered to ben
    "#]]);
}
