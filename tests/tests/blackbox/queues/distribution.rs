//! Every way to distribute callers, as the agents' phones see it.

use std::collections::BTreeSet;

use callwright_tests::{Answering, Call, Method, Phone};

use super::{Centre, never_rang, who_rings};
use crate::vocabulary::{hear_each_other, seconds};

/// Was it cancelled because somebody else answered? A phone that knows does not count a missed call (RFC 3326).
fn missed_nothing(call: &Call) -> bool {
    call.ends_with("cancelled");
    let reason = call.is_asked(Method::Cancel).header("Reason").unwrap_or_default();
    reason.contains("cause=200")
}

/// A caller who hangs up as soon as somebody rings; gives who that was.
fn gives_up_at_once(centre: &Centre, number: &str, phones: &[&Phone]) -> usize {
    let call = centre.calls(number, "+4930100");
    let (place, ringing) = who_rings(phones);
    call.is_answered().hangs_up();
    assert!(!missed_nothing(&ringing), "nobody answered");
    place
}

/// A caller who is answered by whoever rings; gives who that was, and both ends.
fn is_answered(centre: &Centre, number: &str, phones: &[&Phone]) -> (usize, Call, Call) {
    let call = centre.calls(number, "+4930100");
    let (place, desk) = who_rings(phones);
    desk.picks_up();
    call.is_answered();
    centre.says(" connected to ");
    (place, call, desk)
}

/// The agent who rings answers and hangs up; gives who that was.
fn talks(centre: &Centre, number: &str, phones: &[&Phone]) -> usize {
    let (place, call, desk) = is_answered(centre, number, phones);
    desk.hangs_up();
    call.ends_with("bye");
    place
}

#[test]
fn ring_all_rings_everybody_and_the_first_answer_wins() {
    let centre = Centre::open();
    let (anna, ben, carl) = (centre.agent("anna"), centre.agent("ben"), centre.agent("carl"));
    let call = centre.calls("711", "+4930100");
    let (first, winner, third) = (anna.rings(), ben.rings(), carl.rings());
    winner.picks_up();
    assert!(missed_nothing(&first) && missed_nothing(&third));
    hear_each_other(&call, &winner, 101);
    call.hangs_up();
    winner.ends_with("bye");
}

#[test]
fn ring_all_lets_nobody_ring_on_when_the_caller_gives_up() {
    let centre = Centre::open();
    let (anna, ben) = (centre.agent("anna"), centre.agent("ben"));
    let call = centre.calls("711", "+4930100");
    let ringing = [anna.rings(), ben.rings()];
    call.is_answered().hangs_up();
    assert!(ringing.iter().all(|call| !missed_nothing(call)), "nobody answered");
}

#[test]
fn of_two_who_answer_at_once_one_talks_and_the_other_is_released() {
    let centre = Centre::open();
    let both = Answering::at_once();
    let (anna, ben) = (centre.agent_who("anna", both.clone()), centre.agent_who("ben", both));
    let call = centre.calls("711", "+4930100");
    let (first, second) = (anna.rings(), ben.rings());
    centre.says(" connected to ");
    let (winner, loser) = if first.ends_within(seconds(1)).is_empty() { (first, second) } else { (second, first) };
    assert!(!loser.ends_within(seconds(10)).is_empty(), "one too many\n{}", loser.log());
    hear_each_other(&call, &winner, 103);
    call.hangs_up();
}

#[test]
fn in_order_asks_the_first_tier_before_the_second_and_the_competent_first() {
    let centre = Centre::open();
    // Ben knows most and is of the second tier, Carl knows more than Anna.
    let (anna, ben, carl) = (centre.agent("anna"), centre.agent("ben"), centre.agent("carl"));
    let call = centre.calls("712", "+4930100");
    let all = [&anna, &ben, &carl];
    for expected in [2, 0] {
        let (place, ringing) = who_rings(&all);
        assert_eq!(place, expected);
        assert!(!missed_nothing(&ringing), "nobody answered");
    }
    let last = ben.rings();
    last.picks_up();
    hear_each_other(&call, &last, 105);
    call.hangs_up();
}

#[test]
fn cumulative_rings_one_more_and_the_earlier_ring_on() {
    let centre = Centre::open();
    let (anna, ben, carl) = (centre.agent("anna"), centre.agent("ben"), centre.agent("carl"));
    let call = centre.calls("713", "+4930100");
    let all = [&anna, &ben, &carl];
    let rung: Vec<(usize, Call)> = (0..3).map(|_| who_rings(&all)).collect();
    assert_eq!(rung.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 1, 2]);
    let times: Vec<_> = rung.iter().map(|(_, call)| call.ends_within(seconds(0))).collect();
    assert_eq!(times, ["", "", ""], "all of them still ring");
    rung[1].1.picks_up();
    assert!(missed_nothing(&rung[0].1) && missed_nothing(&rung[2].1));
    hear_each_other(&call, &rung[1].1, 107);
    call.hangs_up();
}

#[test]
fn random_rings_one_at_a_time_and_not_always_the_same() {
    let centre = Centre::open();
    let (anna, ben, carl) = (centre.agent("anna"), centre.agent("ben"), centre.agent("carl"));
    let all = [&anna, &ben, &carl];
    let mut rung = BTreeSet::new();
    for _ in 0..12 {
        rung.insert(gives_up_at_once(&centre, "714", &all));
        for phone in all {
            never_rang(phone);
        }
    }
    assert!(rung.len() > 1, "always {rung:?}");
}

#[test]
fn longest_idle_rings_whoever_talked_longest_ago() {
    let centre = Centre::open();
    let (carl, anna, ben) = (centre.agent("carl"), centre.agent("anna"), centre.agent("ben"));
    let all = [&anna, &ben, &carl];
    assert_eq!(gives_up_at_once(&centre, "715", &all), 2);
    let rung: Vec<usize> = (0..4).map(|_| talks(&centre, "715", &all)).collect();
    assert_eq!(rung, [2, 0, 1, 2], "who did not talk keeps his turn");
}

#[test]
fn fewest_calls_counts_the_calls_of_all_queues() {
    let centre = Centre::open();
    let (anna, ben) = (centre.agent("anna"), centre.agent("ben"));
    let all = [&anna, &ben];
    assert_eq!([talks(&centre, "720", &all), talks(&centre, "720", &all)], [0, 0], "only Anna may take these");
    let rung: Vec<usize> = (0..3).map(|_| talks(&centre, "716", &all)).collect();
    assert_eq!(rung, [1, 1, 0]);
}

#[test]
fn least_talk_rings_whoever_talked_least() {
    let centre = Centre::open();
    let (anna, ben) = (centre.agent("anna"), centre.agent("ben"));
    let all = [&anna, &ben];
    let (first, call, desk) = is_answered(&centre, "717", &all);
    hear_each_other(&call, &desk, 109);
    let (second, other, other_desk) = is_answered(&centre, "717", &all);
    assert_eq!((first, second), (0, 1));
    // Anna talked for longer, and rests for longer: only the talk decides.
    desk.hangs_up();
    call.ends_with("bye");
    other_desk.hangs_up();
    other.ends_with("bye");
    assert_eq!(talks(&centre, "717", &all), 1);
}

#[test]
fn round_robin_asks_in_turn_whoever_answered() {
    let centre = Centre::open();
    let (anna, ben, carl) = (centre.agent("anna"), centre.agent("ben"), centre.agent("carl"));
    let all = [&anna, &ben, &carl];
    let mut rung = vec![talks(&centre, "718", &all)];
    rung.extend((0..2).map(|_| gives_up_at_once(&centre, "718", &all)));
    rung.push(talks(&centre, "718", &all));
    assert_eq!(rung, [0, 1, 2, 0]);
}
