//! Calls back that wait for an agent: they can be taken back, taken over and put off until a telephone rings for them.

use callwright_switchboard::LegEvent;
use expect_test::expect;
use model::{CallbackId, CallbackState, HangupCause, LegFailure, LegId, MessageId};

use crate::common::Desk;
use crate::{CONFIG, FLOW, MORNING, books, desk, task};

/// Anna talks to somebody on legs 1 and 2; the man on leg 3 booked a call back, which waits for her on leg 4.
fn busy_desk(config: &str) -> Desk {
    let mut desk = desk(config);
    desk.ready("anna");
    let first = desk.call();
    desk.leg(first, LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::Answered);
    books(&mut desk);
    desk.passes(2);
    assert!(desk.said.contains("call 3 placed to +4930111 for callback 1, attempt 1"), "{}", desk.said);
    desk.said.clear();
    desk
}

/// The talk on legs 1 and 2 ends, and so does Anna's wrap-up.
fn anna_is_free(desk: &mut Desk) {
    desk.leg(LegId(1), LegEvent::HungUp(HangupCause::Normal));
    desk.passes(11);
}

#[test]
fn who_rings_while_his_call_back_waits_for_an_agent_takes_its_place() {
    let mut desk = busy_desk("order: agent_first");
    let again = desk.call();
    desk.leg(again, LegEvent::Answered);
    anna_is_free(&mut desk);
    desk.leg(LegId(6), LegEvent::Answered);
    desk.passes(120);
    desk.expect_journal(expect![[r#"
        call 4 arrived from +4930111 to 100 by local
        call 4 flow main.rhai started
        call 4 answered
        call 3 left sales after 1s: withdrawn
        call 3 ended not_reached by the engine: no_answer
        call 4 queued in sales, position 1, old place kept (main.rhai:2)
        callback 1 waiting, attempt 0: no agent
        call 1 disconnected from leg 1 after 32s: normal
        call 1 anna of sales talked for 32s
        call 1 leg 2 released: normal
        call 1 ended answered by the caller: normal
        agent anna wrap_up
        agent anna ready
        call 4 offered to anna: longest idle, 1 free: anna (idle 0ms); 1 signed out
        call 4 leg 6 dialed anna by sip:anna@phone
        call 4 leg 6 answered: anna
        call 4 callback 1 taken_over, attempt 0: he rang first
        call 4 anna answered in sales after 11s
        call 4 connected to anna on leg 6
    "#]]);
}

#[test]
fn what_waits_for_an_agent_can_be_taken_back() {
    let mut desk = busy_desk("order: agent_first");
    assert_eq!(desk.board.cancel_callbacks(desk.now, "+4930111"), 1);
    desk.drain();
    anna_is_free(&mut desk);
    desk.passes(60);
    desk.expect_journal(expect![[r#"
        callback 1 cancelled, attempt 0: taken back
        call 3 left sales after 1s: withdrawn
        call 3 ended not_reached by the engine: no_answer
        call 1 disconnected from leg 1 after 32s: normal
        call 1 anna of sales talked for 32s
        call 1 leg 2 released: normal
        call 1 ended answered by the caller: normal
        agent anna wrap_up
        agent anna ready
    "#]]);
}

#[test]
fn what_is_taken_back_while_the_agent_hears_the_whisper_is_not_dialled() {
    let mut desk = busy_desk("order: agent_first");
    anna_is_free(&mut desk);
    assert!(desk.said.contains("call 3 leg 5 dialed anna"), "{}", desk.said);
    assert_eq!(desk.board.cancel_callbacks(desk.now, "+4930111"), 1);
    desk.leg(LegId(5), LegEvent::Answered);
    desk.passes(60);
    assert!(!desk.said.contains("dialed +4930111"), "{}", desk.said);
}

#[test]
fn nobody_is_called_after_the_hours_because_the_agents_were_busy() {
    let mut desk = busy_desk(r#"order: agent_first, hours: "daily 08:00-22:15", zones: { "+49": UTC }"#);
    desk.passes(120);
    anna_is_free(&mut desk);
    desk.passes(600);
    desk.expect_journal(expect![[r#"
        call 3 left sales after 1m9s: withdrawn
        call 3 ended not_reached by the engine: no_answer
        callback 1 waiting, attempt 0: no agent
        call 1 disconnected from leg 1 after 2m32s: normal
        call 1 anna of sales talked for 2m32s
        call 1 leg 2 released: normal
        call 1 ended answered by the caller: normal
        agent anna wrap_up
        agent anna ready
    "#]]);
}

#[test]
fn who_comes_while_many_calls_back_wait_finds_an_agent() {
    let mut desk = busy_desk("order: agent_first");
    let tasks = (2..=5).map(|id| task(id, CallbackState::Waiting)).collect();
    desk.board.restore_work(desk.now, tasks, (MessageId(1), CallbackId(8)));
    desk.passes(3);
    assert!(!desk.said.contains("placed to"), "one waits for the one agent: {}", desk.said);
}

#[test]
fn agents_are_not_rung_for_more_calls_than_the_trunk_has_lines() {
    let config =
        CONFIG.replace("ORDER", "order: agent_first").replace("near.example }", "near.example, max_calls: 1 }");
    let mut desk = Desk::new(&config, FLOW);
    desk.board.set_wall_clock(desk.now, MORNING);
    desk.ready("anna");
    desk.ready("ben");
    let tasks = (1..=2).map(|id| task(id, CallbackState::Waiting)).collect();
    desk.board.restore_work(desk.now, tasks, (MessageId(1), CallbackId(8)));
    desk.passes(2);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.stored(1, true);
    desk.passes(2);
    assert_eq!(desk.said.matches("placed to").count(), 1, "{}", desk.said);
    desk.leg(LegId(1), LegEvent::Failed(LegFailure::Busy));
    desk.passes(2);
    assert_eq!(desk.said.matches("placed to").count(), 2, "{}", desk.said);
}

#[test]
fn without_a_line_the_agent_is_not_bothered() {
    let mut desk = busy_desk("order: agent_first");
    anna_is_free(&mut desk);
    desk.leg(LegId(5), LegEvent::Answered);
    desk.stored(2, true);
    desk.said.clear();
    desk.leg(LegId(4), LegEvent::Failed(LegFailure::NoLine));
    desk.expect_journal(expect![[r#"
        call 3 leg 4 to +4930111 failed: no_line
        call 3 anna of sales talked for 0ms
        call 3 leg 5 released: no_answer
        call 3 ended not_reached by the engine: no_answer
        agent anna wrap_up
        callback 1 waiting, attempt 0: no line
    "#]]);
}
