use std::collections::VecDeque;

use acd::{AcdConfig, Enqueue, LeaveReason, QueueConfig, ServiceLevel, StandingCounts};

use crate::desk::{Desk, agent, agent_id, queue_id, seconds};

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

/// Anna and Ben serve sales and support, Carl support alone, Dora nothing.
fn centre() -> Desk {
    let queue = QueueConfig { wrap_up: seconds(20), ..Default::default() };
    let agents = [
        ("anna", vec!["sales", "support"]),
        ("ben", vec!["support", "sales"]),
        ("carl", vec!["support"]),
        ("dora", vec![]),
    ];
    let mut desk = Desk::new(AcdConfig {
        queues: ["sales", "support"].map(|name| (queue_id(name), queue.clone())).into(),
        agents: agents.into_iter().map(|(name, queues)| (agent_id(name), agent(&queues, &[]))).collect(),
        ..Default::default()
    });
    ["anna", "ben", "carl"].iter().for_each(|name| desk.ready(name));
    desk
}

#[test]
fn agents_with_the_same_queues_are_a_group_and_the_centre_is_the_sum() {
    let mut desk = centre();
    let sales = desk.call_waits("sales");
    desk.answers("anna").unwrap();
    let support = desk.call_waits("support");
    desk.answers("ben").unwrap();
    desk.advance(seconds(40));
    desk.hangs_up(sales);
    desk.advance(seconds(20));
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("carl"), "lunch").unwrap());
    desk.does(|acd, now| acd.agent_not_ready(now, &agent_id("anna"), "lunch").unwrap());
    let gone = desk.call_waits("sales");
    desk.call_waits("support");
    desk.advance(seconds(10));
    desk.hangs_up(gone);
    desk.hangs_up(support);

    let groups = desk.acd.groups(desk.now);
    let names = |group: &acd::GroupView| {
        let words = |ids: Vec<String>| ids.join(" ");
        let agents = words(group.agents.iter().map(ToString::to_string).collect());
        format!("{}: {agents}", words(group.queues.iter().map(ToString::to_string).collect()))
    };
    assert_eq!(groups.iter().map(names).collect::<Vec<_>>(), [": dora", "sales support: anna ben", "support: carl"]);
    let both = &groups[1];
    assert_eq!((both.waiting, both.longest_wait), (1, seconds(10)));
    assert_eq!((both.counts.offered, both.counts.answered, both.counts.abandoned, both.answered_by_them), (4, 2, 1, 2));
    assert_eq!(both.standing, StandingCounts { wrapping_up: 1, not_ready: 1, ..Default::default() });
    // Anna talked 40 s and wrapped up 20 s of her 60 on duty, Ben talked 70 s of 70: 130 s of work, two calls.
    assert_eq!((both.handle_time, both.occupancy), (Some(seconds(65)), Some(1.0)));
    assert_eq!((groups[2].occupancy, groups[2].fairness, groups[2].handle_time), (Some(0.0), None, None));

    let centre = desk.acd.centre(desk.now);
    assert_eq!((centre.queues.len(), centre.agents.len(), centre.standing.on_duty()), (2, 4, 1));
    assert_eq!(centre.standing, StandingCounts { wrapping_up: 1, not_ready: 2, signed_out: 1, ..Default::default() });
    assert_eq!(
        (centre.counts.average_talk_time(), centre.counts.average_handle_time()),
        (Some(seconds(55)), Some(seconds(65)))
    );
    assert_eq!(centre.counts.unaccounted(centre.waiting), 0);
    let levels = centre.counts.service_levels().map(|(level, share)| format!("{level} {}", share.unwrap()));
    assert_eq!(levels[..2], ["sl_answered 1", "sl_offered 0.6666666666666666"]);
}

#[test]
fn figures_without_a_denominator_are_not_there() {
    let mut desk = centre();
    desk.call_waits("sales");
    let view = desk.acd.queue(desk.now, &queue_id("support")).unwrap();
    assert!(view.counts.service_levels().iter().all(|(_, share)| share.is_none()));
    assert_eq!((view.counts.average_speed_of_answer(), view.counts.average_talk_time()), (None, None));
    assert_eq!((view.counts.abandon_rate(), view.occupancy, view.fairness), (None, None, None));
}
