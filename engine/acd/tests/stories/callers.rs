use std::time::Duration;

use acd::{AcdError, Enqueue, LeaveReason, QueueConfig};
use expect_test::expect;
use model::CallId;

use crate::desk::{Desk, queue_id, seconds};

fn request() -> Enqueue {
    Enqueue::new(queue_id("support"))
}

#[test]
fn unanswered_offer_goes_to_the_next_agent() {
    let mut desk = Desk::with_ready_agents(["anna", "ben"]);
    desk.call_waits("support");
    desk.advance(seconds(20));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:20 offer to anna withdrawn: no answer
        00:20 call 1 offered to ben
    "#]]);
}

#[test]
fn first_come_first_served_but_priority_counts_as_seconds_waited() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let talking = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.call_waits("support");
    desk.advance(seconds(30));
    desk.asks(Enqueue { priority_s: 20, ..request() });
    desk.asks(Enqueue { priority_s: 40, ..request() });
    desk.hangs_up(talking);
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 2 queued in support, position 1
        00:30 call 3 queued in support, position 2
        00:30 call 4 queued in support, position 1
        00:30 call 1 and anna talked for 30s
        00:30 anna ready
        00:30 call 4 offered to anna
    "#]]);
}

#[test]
fn two_answer_at_once_and_the_later_one_is_told() {
    let queue = QueueConfig { strategy: acd::Strategy::RingAll, ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna", "ben", "carl"]);
    desk.call_waits("support");
    let bens = desk.newest_offer("ben");
    desk.answers("anna").unwrap();
    assert_eq!(desk.accept(bens), Err(AcdError::OfferOver(bens)));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 offered to ben
        00:00 call 1 offered to carl
        00:00 call 1 connected to anna after 0ms
        00:00 offer to ben withdrawn: answered elsewhere
        00:00 offer to carl withdrawn: answered elsewhere
    "#]]);
}

#[test]
fn who_drops_and_rings_again_within_a_minute_has_the_old_place() {
    let mut desk = Desk::with_ready_agents([]);
    let number = Some("+79161234567".to_owned());
    let first = desk.asks(Enqueue { number: number.clone(), ..request() });
    desk.advance(seconds(5));
    desk.call_waits("support");
    desk.hangs_up(first);
    desk.advance(seconds(59));
    let second = desk.asks(Enqueue { number: number.clone(), ..request() });
    desk.hangs_up(second);
    desk.advance(seconds(61));
    desk.asks(Enqueue { number, ..request() });
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:05 call 2 queued in support, position 2
        00:05 call 1 abandoned support after 5s
        01:04 call 3 queued in support, position 1, old place kept
        01:04 call 3 abandoned support after 0ms
        02:05 call 4 queued in support, position 2
    "#]]);
}

#[test]
fn stepping_out_and_in_keeps_the_place() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let first = desk.call_waits("support");
    let second = desk.call_waits("support");
    desk.does(|acd, now| acd.caller_stepped_out(now, first).unwrap());
    desk.does(|acd, now| acd.caller_stepped_in(now, first).unwrap());
    assert_eq!((desk.acd.position(first), desk.acd.position(second)), (Some(1), Some(2)));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 2 queued in support, position 2
        00:00 call 1 stepped out, place kept
        00:00 offer to anna withdrawn: caller stepped out
        00:00 call 2 offered to anna
        00:00 call 1 is back, position 1
    "#]]);
}

#[test]
fn exit_keys_work_while_waiting_while_ringing_and_while_away() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let [ringing, waiting, away] = [0, 1, 2].map(|_| desk.asks(Enqueue { exit_keys: "0*".into(), ..request() }));
    desk.does(|acd, now| acd.caller_stepped_out(now, away).unwrap());
    desk.does(|acd, now| acd.digit_pressed(now, waiting, '5').unwrap());
    for call in [waiting, away, ringing] {
        desk.does(|acd, now| acd.digit_pressed(now, call, '0').unwrap());
    }
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 2 queued in support, position 2
        00:00 call 3 queued in support, position 3
        00:00 call 3 stepped out, place kept
        00:00 call 2 left support after 0ms: exit key 0
        00:00 call 3 left support after 0ms: exit key 0
        00:00 offer to anna withdrawn: caller left
        00:00 call 1 left support after 0ms: exit key 0
    "#]]);
}

#[test]
fn the_longest_wait_ends_but_a_ringing_phone_is_the_last_chance() {
    let queue = QueueConfig { max_wait: Some(seconds(30)), ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna"]);
    desk.call_waits("support");
    desk.call_waits("support");
    desk.advance(seconds(29));
    desk.advance(seconds(30));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 2 queued in support, position 2
        00:20 offer to anna withdrawn: no answer
        00:30 call 1 offered to anna
        00:30 call 2 left support after 30s: timed out
        00:50 offer to anna withdrawn: no answer
        00:50 call 1 left support after 50s: timed out
    "#]]);
}

#[test]
fn a_full_queue_and_a_deserted_one_say_so() {
    let queue = QueueConfig { max_waiting: Some(1), no_agents_after: Some(seconds(10)), ..Default::default() };
    let mut desk = Desk::with_queue(queue.clone(), []);
    desk.call_waits("support");
    desk.call_waits("support");
    desk.advance(seconds(10));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 2 left support after 0ms: queue full
        00:10 call 1 left support after 10s: no agents
    "#]]);
    let mut desk = Desk::with_queue(QueueConfig { no_agents_after: Some(Duration::ZERO), ..queue }, []);
    desk.call_waits("support");
    desk.expect(&expect![[r#"
        00:00 call 1 left support after 0ms: no agents
    "#]]);
}

#[test]
fn the_last_agent_going_home_starts_the_clock_of_those_who_wait() {
    let queue = QueueConfig { no_agents_after: Some(seconds(10)), ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna"]);
    let talking = desk.call_waits("support");
    desk.answers("anna").unwrap();
    desk.call_waits("support");
    desk.advance(seconds(60));
    desk.does(|acd, now| acd.agent_signed_out(now, &crate::desk::agent_id("anna")).unwrap());
    desk.hangs_up(talking);
    desk.advance(seconds(10));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 1 connected to anna after 0ms
        00:00 call 2 queued in support, position 1
        01:00 call 1 and anna talked for 1m
        01:00 anna signed out
        01:10 call 2 left support after 1m10s: no agents
    "#]]);
}

#[test]
fn a_callback_that_brings_its_place_comes_before_those_who_came_later() {
    let mut desk = Desk::with_ready_agents([]);
    let booked = desk.call_waits("support");
    desk.does(|acd, now| acd.withdraw(now, booked, LeaveReason::Callback).unwrap());
    desk.advance(seconds(60));
    desk.call_waits("support");
    let back = desk.asks(Enqueue { joined: Some(model::Timestamp::ZERO), ..request() });
    assert_eq!(desk.acd.position(back), Some(1));
    assert_eq!(desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts.callback, 1);
    assert_eq!(desk.acd.withdraw(desk.now, CallId(99), LeaveReason::Withdrawn), Err(AcdError::NotWaiting(CallId(99))));
}

#[test]
fn fifty_callers_in_the_same_millisecond_never_share_an_agent() {
    let mut desk = Desk::with_ready_agents(["anna", "ben", "carl"]);
    for _ in 0..50 {
        desk.call_waits("support");
    }
    let view = desk.acd.queue(desk.now, &queue_id("support")).unwrap();
    assert_eq!((view.waiting.len(), view.agents_reserved, view.agents_free), (50, 3, 0));
}
