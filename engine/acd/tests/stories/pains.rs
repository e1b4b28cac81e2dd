//! What users of other call centres suffer from, as tests. Numbers are those of the list of pains that the project
//! keeps. Answers that cross a CANCEL on the wire (4), prompts cut by an answer and their grammar (6) and keys during
//! prompts (7) need telephones and audio as well: those halves are tested where calls and prompts are.

use std::collections::{BTreeSet, VecDeque};

use acd::{AgentState, Enqueue, LeaveReason, OfferFailure, Party, QueueConfig, ReadyFor, ServiceLevel, Strategy, Who};
use expect_test::expect;
use model::CallId;

use crate::desk::{Desk, agent, agent_id, queue_id, seconds};
use crate::random_days::project;
use crate::world::{Arrival, World};

fn request() -> Enqueue {
    Enqueue::new(queue_id("support"))
}

/// Twelve callers in four minutes, six agents, three queues.
fn small_day() -> Vec<Arrival> {
    let arrival = |n: u64| Arrival {
        at_s: n * 20,
        patience_s: 30 + n * 7 % 60,
        talks_s: 20 + n * 13 % 70,
        request: Enqueue::new(queue_id(crate::random_days::QUEUES[(n % 3) as usize])),
    };
    (0..12).map(arrival).collect()
}

#[test]
fn pain_1_no_single_lost_message_holds_an_agent() {
    let config = project(0b101_010_001);
    let mut whole = World::new(config.clone(), small_day(), Vec::new(), BTreeSet::new());
    whole.run(seconds(3600)).unwrap();
    let messages = whole.messages();
    let mut repaired = 0;
    for lost in 0..messages {
        let mut world = World::new(config.clone(), small_day(), Vec::new(), [lost].into());
        if let Err(story) = world.run(seconds(3600)) {
            panic!("without message {lost}: {story}");
        }
        repaired += world.repairs.len();
    }
    assert!(messages > 30 && repaired > 20, "{messages} messages, {repaired} repairs");
}

#[test]
fn pain_1_a_lease_ends_by_itself_when_nobody_ever_answers_for_it() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let call = desk.call_waits("support");
    desk.advance(seconds(20));
    assert!(matches!(desk.state("anna"), AgentState::Ready { .. }));
    desk.hangs_up(call);
    desk.advance(seconds(60));
    assert!(matches!(desk.state("anna"), AgentState::Ready { .. }));
}

#[test]
fn pain_2_fifty_callers_at_once_never_share_an_agent() {
    for strategy in [Strategy::LongestIdle, Strategy::RingAll, Strategy::Cumulative, Strategy::Random] {
        let mut desk = Desk::with_queue(QueueConfig { strategy, ..Default::default() }, ["anna", "ben", "carl"]);
        for _ in 0..50 {
            desk.call_waits("support");
        }
        let leases = desk.acd.leases();
        let agents: BTreeSet<_> = leases.iter().map(|(_, _, agent)| agent).collect();
        assert_eq!((leases.len(), agents.len()), (3, 3), "{strategy:?}");
        for name in ["anna", "ben", "carl"] {
            if matches!(desk.state(name), AgentState::Reserved { .. }) {
                desk.answers(name).unwrap();
            }
        }
        let talks = desk.acd.conversations();
        let agents: BTreeSet<_> = talks.iter().map(|(_, agent)| agent).collect();
        assert_eq!(talks.len(), agents.len(), "{strategy:?}");
    }
}

#[test]
fn pain_3_an_agent_who_cannot_be_reached_stops_nobody() {
    let mut desk = Desk::with_queue(QueueConfig { strategy: Strategy::InOrder, ..Default::default() }, ["anna", "ben"]);
    desk.call_waits("support");
    desk.call_waits("support");
    desk.fails("anna", OfferFailure::Unreachable);
    desk.answers("ben").unwrap();
    desk.advance(seconds(5));
    desk.expect(&expect![[r#"
        00:00 call 1 queued in support, position 1
        00:00 call 1 offered to anna
        00:00 call 2 queued in support, position 2
        00:00 call 2 offered to ben
        00:00 offer to anna withdrawn: unreachable
        00:00 call 2 connected to ben after 0ms
        00:05 call 1 offered to anna
    "#]]);
}

#[test]
fn pain_3_one_change_serves_everybody_it_can() {
    let mut desk = Desk::with_ready_agents(["anna", "ben", "carl"]);
    for name in ["anna", "ben", "carl"] {
        desk.does(|acd, now| acd.agent_not_ready(now, &agent_id(name), "briefing").unwrap());
    }
    for _ in 0..3 {
        desk.call_waits("support");
    }
    desk.forget_trace();
    let config = desk.config.clone();
    ["anna", "ben", "carl"].iter().for_each(|name| desk.ready(name));
    desk.does(|acd, now| acd.reload(now, config));
    assert_eq!(desk.acd.leases().len(), 3);
}

#[test]
fn pain_4_of_those_who_answer_at_once_one_talks_and_the_others_are_told() {
    let queue = QueueConfig { strategy: Strategy::RingAll, ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna", "ben", "carl"]);
    let call = desk.call_waits("support");
    let [bens, carls] = ["ben", "carl"].map(|name| desk.newest_offer(name));
    desk.answers("anna").unwrap();
    assert_eq!(desk.accept(bens), Err(acd::AcdError::OfferOver(bens)));
    desk.advance(std::time::Duration::from_millis(1));
    assert_eq!(desk.accept(carls), Err(acd::AcdError::OfferOver(carls)));
    assert_eq!(desk.acd.conversations(), [(call, agent_id("anna"))]);
    for name in ["ben", "carl"] {
        assert!(matches!(desk.state(name), AgentState::Ready { .. }), "{name} lost the race and no more");
    }
}

/// In which order four callers are served, the second of whom books a callback and is called back at `back_s`.
fn order_of_service(back_s: Option<u64>) -> Vec<u64> {
    let mut desk = Desk::with_ready_agents(["anna"]);
    desk.call_waits("support");
    desk.answers("anna").unwrap();
    let mut served = CallId(1);
    let mut booked = None;
    for n in 0..4 {
        desk.advance(seconds(10));
        let call = desk.call_waits("support");
        if n == 1 && back_s.is_some() {
            booked = Some(desk.now);
            desk.does(|acd, now| acd.withdraw(now, call, LeaveReason::Callback).unwrap());
        }
    }
    if let Some(back_s) = back_s {
        desk.advance(seconds(back_s));
        desk.asks(Enqueue { joined: booked, ..request() });
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        desk.hangs_up(served);
        desk.answers("anna").unwrap();
        let AgentState::Talking { with: Party::Caller(call), .. } = desk.state("anna") else { panic!() };
        served = call;
        order.push(if call.0 == 6 { 3 } else { call.0 });
    }
    order
}

#[test]
fn pain_5_a_callback_keeps_the_place_of_the_caller_it_replaced_no_better_and_no_worse() {
    assert_eq!(order_of_service(None), [2, 3, 4, 5]);
    assert_eq!(order_of_service(Some(30)), order_of_service(None));
}

#[test]
fn pain_6_positions_only_improve_and_the_expected_wait_does_not_grow_with_waiting() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let mut line: VecDeque<CallId> = (0..5).map(|_| desk.call_waits("support")).collect();
    desk.answers("anna").unwrap();
    let (mut position, mut told) = (0, None);
    for round in 0..23 {
        desk.advance(seconds(120));
        desk.hangs_up(line.pop_front().unwrap());
        desk.answers("anna").unwrap();
        if round < 20 {
            line.push_back(desk.call_waits("support"));
            position = desk.acd.position(*line.back().unwrap()).unwrap() + 1;
            continue;
        }
        let last = *line.back().unwrap();
        let now = desk.acd.position(last).unwrap();
        assert!(now < position, "position {now} after {position}");
        position = now;
        // Told twice, the second time after a minute in which nothing happened.
        for _ in 0..2 {
            let wait = desk.acd.expected_wait(desk.now, last).expect("there is experience enough");
            assert!(wait.from_minutes <= wait.to_minutes && wait.to_minutes >= 1);
            assert!(told.is_none_or(|told| wait.to_minutes <= told), "{wait:?} after {told:?}");
            told = Some(wait.to_minutes);
            desk.advance(seconds(60));
        }
    }
    assert_eq!(position, 1);
}

#[test]
fn pain_6_nobody_is_told_a_wait_when_nobody_works() {
    let mut desk = Desk::with_ready_agents([]);
    let call = desk.call_waits("support");
    assert_eq!(desk.acd.expected_wait(desk.now, call), None);
}

#[test]
fn pain_7_exit_keys_work_in_every_state_and_looking_elsewhere_keeps_the_place() {
    let mut desk = Desk::with_ready_agents(["anna"]);
    let [ringing, away, behind] = [0; 3].map(|_| desk.asks(Enqueue { exit_keys: "*".into(), ..request() }));
    desk.does(|acd, now| acd.caller_stepped_out(now, away).unwrap());
    desk.advance(seconds(5));
    desk.does(|acd, now| acd.caller_stepped_in(now, away).unwrap());
    assert!(desk.acd.position(away) < desk.acd.position(behind));
    desk.does(|acd, now| acd.caller_stepped_out(now, away).unwrap());
    for call in [ringing, away, behind] {
        desk.does(|acd, now| acd.digit_pressed(now, call, '5').unwrap());
        assert!(desk.acd.position(call).is_some(), "no key of the queue");
        desk.does(|acd, now| acd.digit_pressed(now, call, '*').unwrap());
        assert_eq!(desk.acd.position(call), None);
    }
    assert_eq!(desk.acd.leases(), []);
}

/// A day of every kind of ending; gives the events again as a fold would read them.
#[test]
fn pain_17_figures_are_folds_over_what_happened_and_survive_reload_and_a_new_day() {
    let queue = QueueConfig { max_waiting: Some(3), ..Default::default() };
    let mut desk = Desk::with_queue(queue, ["anna"]);
    let talking = desk.call_waits("support");
    desk.answers("anna").unwrap();
    let [message, callback, gone] = [0; 3].map(|_| desk.asks(Enqueue { exit_keys: "0".into(), ..request() }));
    desk.call_waits("support");
    desk.does(|acd, now| acd.withdraw(now, message, LeaveReason::Voicemail).unwrap());
    desk.does(|acd, now| acd.withdraw(now, callback, LeaveReason::Callback).unwrap());
    desk.advance(seconds(30));
    desk.hangs_up(gone);
    desk.hangs_up(talking);
    let before = desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts;
    let config = desk.config.clone();
    desk.does(|acd, now| acd.reload(now, config));
    desk.does(|acd, now| acd.new_day(now));
    let counts = desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts;
    assert_eq!(counts, before);
    let ends = [counts.answered, counts.abandoned, counts.voicemail, counts.callback, counts.overflowed];
    assert_eq!((counts.offered, ends, counts.unaccounted(0)), (5, [1, 1, 1, 1, 1], 0));
    // The average wait of those answered ignores nobody: who gave up has an average of his own.
    assert_eq!((counts.wait_answered, counts.wait_abandoned), (seconds(0), seconds(30)));
}

#[test]
fn calls_of_our_own_have_no_part_in_the_promises_to_callers() {
    let mut desk = Desk::with_queue(QueueConfig::default(), ["anna"]);
    let errand = || Enqueue { who: Who::Errand, ..request() };
    let [first, _, third] = [0; 3].map(|_| desk.asks(errand()));
    let waiting = desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts;
    assert_eq!((waiting.offered, waiting.unaccounted(3)), (3, 0), "while they wait they are there");
    desk.answers("anna").unwrap();
    desk.does(|acd, now| acd.withdraw(now, third, LeaveReason::Withdrawn).unwrap());
    desk.advance(seconds(30));
    desk.hangs_up(first);
    desk.answers("anna").unwrap();
    desk.call_waits("support");
    let counts = desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts;
    assert_eq!((counts.offered, counts.gone(), counts.talking), (1, 0, 1));
    assert_eq!((counts.talks, counts.talk), (1, seconds(30)), "the agent's work is work");
    assert!(counts.service_levels().iter().all(|(_, share)| share.is_none()));
}

#[test]
fn pain_18_every_service_level_has_a_name_and_a_formula_and_nothing_is_not_a_hundred_percent() {
    let words: Vec<String> = ServiceLevel::ALL.iter().map(|level| format!("{level} = {}", level.formula())).collect();
    expect![[r#"
        sl_answered = answered in time / answered
        sl_offered = answered in time / (answered + abandoned)
        sl_no_short = answered in time / (answered + abandoned − short abandons)
        sl_credit = (answered in time + abandoned in time) / (answered + abandoned)
        sl_all = answered in time / (answered + abandoned + overflowed)
        sl_no_abandon = answered in time / (answered + overflowed)"#]]
    .assert_eq(&words.join("\n"));
    let desk = Desk::with_ready_agents([]);
    let counts = desk.acd.queue(desk.now, &queue_id("support")).unwrap().counts;
    assert!(counts.service_levels().iter().all(|(_, share)| share.is_none()));
}

#[test]
fn pain_19_everybody_can_read_why_he_got_the_call_or_not() {
    let agents = [
        ("anna", &[("tax", 5)][..], "talks"),
        ("ben", &[], ""),
        ("carl", &[("tax", 2)], ""),
        ("dora", &[("tax", 9)], "lunch"),
        ("emil", &[("tax", 3)], ""),
    ];
    let mut config = Desk::with_ready_agents([]).config;
    config.agents = agents.iter().map(|(name, skills, _)| (agent_id(name), agent(&["support"], skills))).collect();
    let mut desk = Desk::new(config);
    for (name, _, does) in agents {
        desk.does(|acd, now| acd.agent_ready(now, &agent_id(name), ReadyFor::Calls).unwrap());
        match does {
            "talks" => desk.does(|acd, now| acd.outside_call_began(now, &agent_id(name)).unwrap()),
            "lunch" => desk.does(|acd, now| acd.agent_not_ready(now, &agent_id(name), "lunch").unwrap()),
            _ => {}
        }
        desk.advance(seconds(10));
    }
    let call = desk.asks(Enqueue { skills: [("tax".to_owned(), 2)].into(), ..request() });
    let reasons = desk.acd.explain(call).not_chosen;
    let reasons = reasons.iter().map(|(agent, reason)| format!("\n{agent}: {reason}"));
    let told = format!("{}{}", desk.acd.latest_decision(call).unwrap().why(), reasons.collect::<String>());
    expect![[r#"
        longest idle, 2 free: carl (idle 30s), emil (idle 10s); 1 talking; 1 not ready; 1 free without the skills
        anna: talking
        ben: knows tax 0, needed is 2
        dora: not ready
        emil: idle 10s, carl: idle 30s"#]]
    .assert_eq(&told);
}
