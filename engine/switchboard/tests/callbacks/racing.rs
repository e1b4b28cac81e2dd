//! Everything at once: customers, agents, hours and the project change while a call back is on its way.

use super::*;

/// An agent's telephone rings on leg 3 for a call back, whose customer is leg 2.
fn ringing(order: &str) -> Desk {
    let mut desk = desk(order);
    books(&mut desk);
    desk.ready("anna");
    desk.passes(1);
    assert!(desk.said.contains("leg 3 dialed anna"), "{}", desk.said);
    desk.said.clear();
    desk
}

fn first(desk: &Desk) -> serde_json::Value {
    desk.board.callbacks_json()["callbacks"][0].clone()
}

#[test]
fn who_rings_while_his_telephone_rings_talks_once() {
    let mut desk = ringing("order: agent_first");
    desk.board.handle_agent(desk.now, &common::agent("ben"), &script::AgentRequest::Ready { at: None });
    desk.leg(LegId(3), LegEvent::Answered);
    desk.stored(2, true);
    let again = desk.call();
    desk.leg(again, LegEvent::Answered);
    desk.said.clear();
    desk.leg(LegId(5), LegEvent::Answered);
    desk.passes(30);
    assert!(desk.said.contains("callback 1 taken_over"), "{}", desk.said);
    assert!(desk.said.contains("leg 2: Hangup"), "his other telephone rings no longer: {}", desk.said);
    assert_eq!(desk.board.callbacks_json()["callbacks"].as_array().unwrap().len(), 0);
}

#[test]
fn who_takes_his_wish_back_while_the_attempt_is_kept_is_not_dialled() {
    for order in ["order: agent_first", "order: customer_first"] {
        let mut desk = desk(order);
        books(&mut desk);
        desk.ready("anna");
        desk.passes(1);
        if order.ends_with("agent_first") {
            desk.leg(LegId(3), LegEvent::Answered);
        }
        desk.board.cancel_callbacks(desk.now, "+4930111");
        desk.drain();
        desk.said.clear();
        desk.stored(2, true);
        desk.passes(600);
        assert!(!desk.said.contains("dialed +4930111"), "{order}: {}", desk.said);
    }
}

#[test]
fn who_takes_his_wish_back_while_his_telephone_rings_is_not_called_again() {
    let mut desk = ringing("order: agent_first");
    desk.leg(LegId(3), LegEvent::Answered);
    desk.stored(2, true);
    desk.board.cancel_callbacks(desk.now, "+4930111");
    desk.drain();
    assert!(desk.said.contains("leg 2: Hangup"), "{}", desk.said);
    desk.said.clear();
    desk.passes(600);
    assert!(!desk.said.contains("placed"), "{}", desk.said);
}

#[test]
fn an_agent_who_signs_out_while_he_is_rung_leaves_the_place_to_the_next() {
    let mut desk = ringing("order: agent_first");
    desk.ready("ben");
    desk.board.handle_agent(desk.now, &common::agent("anna"), &script::AgentRequest::SignOut);
    desk.passes(25);
    assert!(desk.said.contains("offered to ben"), "{}", desk.said);
    assert_eq!(first(&desk)["attempts"], 0);
}

#[test]
fn an_agent_who_hangs_up_while_the_customer_rings_leaves_one_attempt_and_a_second_one_later() {
    let mut desk = ringing("order: agent_first");
    desk.leg(LegId(3), LegEvent::Answered);
    desk.stored(2, true);
    desk.leg(LegId(3), LegEvent::HungUp(HangupCause::Normal));
    desk.passes(2);
    assert!(desk.said.contains("leg 2: Hangup"), "nobody would be there: {}", desk.said);
    assert_eq!((first(&desk)["attempts"].as_u64(), first(&desk)["state"].as_str()), (Some(1), Some("waiting")));
}

#[test]
fn all_trunks_down_use_up_no_attempts() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.board.handle_trunk(desk.now, model::TrunkId::parse("near").unwrap(), Some("no answer".into()));
    desk.ready("anna");
    desk.said.clear();
    desk.passes(600);
    assert!(!desk.said.contains("placed"), "{}", desk.said);
    desk.board.handle_trunk(desk.now, model::TrunkId::parse("near").unwrap(), None);
    desk.passes(2);
    assert!(desk.said.contains("placed to +4930111 for callback 1, attempt 1"), "{}", desk.said);
}

#[test]
fn a_reason_is_that_of_the_last_attempt_after_a_crash_too() {
    let mut desk = desk("order: agent_first");
    desk.board.restore_work(desk.now, vec![task(7, CallbackState::Dialing)], (MessageId(1), CallbackId(8)));
    desk.ready("anna");
    desk.passes(301);
    desk.leg(LegId(2), LegEvent::Answered);
    let ticket = *desk.asked.last().unwrap();
    desk.stored(ticket, true);
    desk.said.clear();
    desk.leg(LegId(1), LegEvent::Failed(LegFailure::Busy));
    assert!(desk.said.contains("callback 7 gave_up, attempt 2: busy"), "{}", desk.said);
}

#[test]
fn an_hour_by_the_clock_is_that_hour_after_the_clocks_change() {
    // The morning after the clocks of Berlin went back, 2023-10-29.
    let config = CONFIG.replace("ORDER", "order: agent_first");
    let flow = "log(callback(#{ queue: \"sales\", at: \"2023-10-30 10:00\" })); hangup();";
    let mut desk = Desk::new(&config, flow);
    desk.board.set_wall_clock(desk.now, WallTime(1_698_494_400_000_000)); // 2023-10-28 14:00 in Berlin
    desk.call();
    desk.stored(1, true);
    assert_eq!(first(&desk)["next_at"], 1_698_656_400_000_000_i64, "10:00 is 09:00 in UTC by then");
}

#[test]
fn a_second_promise_while_the_first_is_being_kept_is_neither_lost_nor_doubled() {
    let mut desk = ringing("order: agent_first");
    desk.leg(LegId(3), LegEvent::Answered);
    desk.stored(2, true);
    // On his other line he asks for another hour.
    let again = desk.call();
    desk.leg(again, LegEvent::Answered);
    desk.audio(again, AudioEvent::Digit('1'));
    let ticket = *desk.asked.last().unwrap();
    desk.stored(ticket, true);
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::Busy));
    desk.passes(1);
    let open = desk.board.callbacks_json();
    assert_eq!(open["callbacks"].as_array().unwrap().len(), 1, "{open}");
}
