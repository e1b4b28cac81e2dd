use std::collections::VecDeque;

use acd::{Enqueue, LeaveReason, QueueConfig, ServiceLevel};

use crate::desk::{Desk, agent_id, queue_id, seconds};

#[test]
fn figures_are_what_happened() {
    let queue = QueueConfig { wrap_up: seconds(30), ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna", "ben"]);
    let answered = desk.call_waits("support");
    desk.advance(seconds(10));
    desk.answers("anna").unwrap();
    desk.advance(seconds(90));
    desk.hangs_up(answered);
    desk.advance(seconds(30));
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "lunch").unwrap());
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("ben"), "lunch").unwrap());
    let [gone, message, waiting] = [0; 3].map(|_| desk.call_waits("support"));
    desk.advance(seconds(4));
    desk.hangs_up(gone);
    desk.does(|acd, now| acd.withdraw(now, message, LeaveReason::Voicemail).unwrap());
    desk.advance(seconds(6));

    let view = desk.acd.queue(desk.now, &queue_id("support")).unwrap();
    let counts = &view.counts;
    assert_eq!((counts.offered, counts.answered, counts.abandoned, counts.voicemail), (4, 1, 1, 1));
    assert_eq!((view.waiting.as_slice(), view.longest_wait), ([waiting].as_slice(), seconds(10)));
    assert_eq!(counts.average_speed_of_answer(), Some(seconds(10)));
    assert_eq!(counts.average_handle_time(), Some(seconds(120)));
    assert_eq!(counts.service_level(ServiceLevel::Offered), Some(0.5));
    assert_eq!(counts.service_level(ServiceLevel::NoShort), Some(1.0));
    // Anna worked 120 of her 130 seconds on duty, Ben none of his 130.
    assert!((view.occupancy.unwrap() - 120.0 / 260.0).abs() < 1e-9);
    assert!((view.fairness.unwrap() - 0.5).abs() < 1e-9);
}

#[test]
fn an_expected_wait_needs_experience_and_does_not_grow_by_itself() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let first = desk.call_waits("support");
    assert_eq!(desk.acd.expected_wait(desk.now, first), None);
    desk.answers("anna").unwrap();
    desk.advance(seconds(120));
    let mut calls: VecDeque<_> = [first].into();
    for _ in 0..9 {
        calls.push_back(desk.call_waits("support"));
        calls.push_back(desk.call_waits("support"));
        desk.hangs_up(calls.pop_front().unwrap());
        desk.answers("anna").unwrap();
        desk.advance(seconds(120));
    }
    let last = desk.asks(Enqueue::new(queue_id("support")));
    assert_eq!(desk.acd.position(last), Some(10));
    let told = desk.acd.expected_wait(desk.now, last).unwrap();
    // Ten times two minutes, less the two that the conversation has lasted: what people say is 20.
    assert!((15..=25).contains(&told.to_minutes) && (10..=20).contains(&told.from_minutes), "{told:?}");
    desk.advance(seconds(300));
    let later = desk.acd.expected_wait(desk.now, last).unwrap();
    assert!(later.to_minutes <= told.to_minutes, "{later:?} after {told:?}");
    desk.does(|acd, now| acd.agent_signed_out(now, &agent_id("anna")).unwrap());
    desk.hangs_up(calls.pop_front().unwrap());
    assert_eq!(desk.acd.expected_wait(desk.now, last), None);
}
