//! A version that takes something away from calls back: nobody is forgotten, and everybody is told.

use super::*;

fn publish(desk: &mut Desk, config: &str) {
    let flow = if config.contains("[sales]") { FLOW.to_owned() } else { FLOW.replace("sales", "other") };
    desk.board.publish(desk.now, common::project(&config.replace("ORDER", "order: agent_first"), &flow));
    desk.drain();
}

fn without_sales() -> String {
    CONFIG.replace("  sales: {", "  other: {").replace("[sales]", "[other]")
}

/// The state and the reason of the first call back, as lists show it.
fn shown(desk: &Desk) -> (String, String) {
    let task = &desk.board.callbacks_json()["callbacks"][0];
    (task["state"].as_str().unwrap().to_owned(), task["result"].as_str().unwrap().to_owned())
}

#[test]
fn a_queue_that_a_reload_removes_leaves_its_calls_back_stuck_until_it_returns() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.said.clear();
    publish(&mut desk, &without_sales());
    desk.ready("anna");
    desk.passes(60);
    desk.expect_journal(expect![[r#"
        agent anna ready
        callback 1 stuck, attempt 0: no queue is called `sales`
        log: calls back that are stuck: 1, no queue is called `sales`; `callwright callbacks` lists them
    "#]]);
    assert_eq!(shown(&desk), ("stuck".into(), "no queue is called `sales`".into()));
    publish(&mut desk, CONFIG);
    desk.passes(1);
    desk.expect_journal(expect![[r#"
        callback 1 waiting, attempt 0: 
        call 2 placed to +4930111 for callback 1, attempt 1
        call 2 queued in sales, position 1, old place kept
        call 2 offered to anna: longest idle, 1 free: anna (idle 1m1s); 1 signed out
        call 2 leg 3 dialed anna by sip:anna@phone
    "#]]);
}

#[test]
fn a_restart_without_the_queue_tells_who_is_stuck_each_time() {
    let config = without_sales().replace("ORDER", "order: agent_first");
    let flow = FLOW.replace("sales", "other");
    let mut first = Desk::new(&config, &flow);
    first.board.set_wall_clock(first.now, MORNING);
    let waits = vec![task(7, CallbackState::Waiting), task(8, CallbackState::Dialing)];
    first.board.restore_work(first.now, waits, (MessageId(1), CallbackId(9)));
    first.passes(2);
    first.expect_journal(expect![[r#"
        callback 8 waiting, attempt 1: crash
        callback 7 stuck, attempt 1: no queue is called `sales`
        callback 8 stuck, attempt 1: no queue is called `sales`
        log: calls back that are stuck: 2, no queue is called `sales`; `callwright callbacks` lists them
    "#]]);
    let mut second = Desk::new(&config, &flow);
    second.board.set_wall_clock(second.now, MORNING);
    let Work::Callback(mut stuck) = task(7, CallbackState::Stuck) else { unreachable!() };
    stuck.result = "no queue is called `sales`".into();
    second.board.restore_work(second.now, vec![Work::Callback(stuck)], (MessageId(1), CallbackId(8)));
    second.passes(2);
    second.expect_journal(expect![[r#"
        log: calls back that are stuck: 1, no queue is called `sales`; `callwright callbacks` lists them
    "#]]);
}

#[test]
fn a_number_that_no_rule_lets_out_any_more_bothers_no_agent() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.said.clear();
    publish(&mut desk, &CONFIG.replace("to: \"+49*\"", "to: \"+7*\""));
    desk.ready("anna");
    desk.passes(5);
    assert_eq!(shown(&desk), ("stuck".into(), "no rule of `dial:` allows the number".into()));
    assert!(!desk.said.contains("placed"), "{}", desk.said);
}

#[test]
fn who_is_stuck_can_be_taken_back() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    publish(&mut desk, &without_sales());
    desk.passes(2);
    assert_eq!(desk.board.cancel_callbacks(desk.now, "+4930111"), 1);
    assert_eq!(desk.board.callbacks_json()["callbacks"].as_array().unwrap().len(), 0);
}

#[test]
fn a_flow_of_an_old_version_is_refused_a_promise_that_the_new_one_cannot_keep() {
    let flow = "answer(); wait(10.seconds); log(callback(#{ queue: \"sales\" })); hangup();";
    let mut desk = Desk::new(&CONFIG.replace("ORDER", "order: agent_first"), flow);
    desk.board.set_wall_clock(desk.now, MORNING);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    publish(&mut desk, &without_sales());
    desk.passes(10);
    assert!(desk.said.contains("log: refused"), "{}", desk.said);
    assert!(!desk.said.contains("keep"), "{}", desk.said);
}

#[test]
fn an_agent_who_rings_for_a_queue_that_goes_away_costs_no_attempt() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.ready("anna");
    desk.passes(1);
    desk.said.clear();
    publish(&mut desk, &without_sales());
    desk.passes(2);
    assert_eq!(shown(&desk), ("stuck".into(), "no queue is called `sales`".into()));
    assert_eq!(desk.board.callbacks_json()["callbacks"][0]["attempts"], 0);
    assert!(desk.said.contains("leg 3: Hangup"), "the agent's telephone stops ringing: {}", desk.said);
}
