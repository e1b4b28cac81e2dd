//! Agents send callers on: to a colleague, a queue, a number outside; and what nobody takes comes back.

use callwright_tests::{Answering, Call, Phone, clock};

use super::{Centre, never_rang};
use crate::vocabulary::{hear_each_other, seconds};

/// Anna talks to a client who pressed 1.
fn talking(centre: &Centre, anna: &Phone) -> (Call, Call) {
    let call = centre.chooses("1", "+4930101");
    let desk = anna.rings();
    desk.picks_up();
    centre.says(" connected to anna");
    (call, desk)
}

fn sends_to(centre: &Centre, desk: &Call, whom: &str) {
    assert_eq!(desk.refers(&format!("sip:{whom}@{}", centre.server.address()), None), 202);
}

#[test]
fn a_colleague_takes_over_and_the_agent_is_free_again() {
    let centre = Centre::open();
    let (anna, carl) = (centre.agent("anna"), centre.agent("carl"));
    let (call, desk) = talking(&centre, &anna);
    sends_to(&centre, &desk, "203");
    let other = carl.rings();
    other.picks_up();
    hear_each_other(&call, &other, 131);
    centre.says("asked for blind transfer to 203");
    centre.says("transferred to 203");
    let next = centre.chooses("1", "+4930102");
    anna.rings().picks_up();
    next.hangs_up();
    call.hangs_up();
    other.ends_with("bye");
}

#[test]
fn a_queue_takes_over_with_the_wait_so_far_and_the_tags() {
    let centre = Centre::open();
    let (anna, dora) = (centre.agent("anna"), centre.phone_of("dora"));
    let (call, desk) = talking(&centre, &anna);
    sends_to(&centre, &desk, "603");
    centre.says("queued in billing, position 1, old place kept");
    never_rang(&anna);
    dora.when_called(Answering::at_once()).registers();
    let other = dora.rings();
    other.is_answered();
    hear_each_other(&call, &other, 133);
    call.hangs_up();
    other.ends_with("bye");
    let trace = centre.trace(1);
    for fact in ["tag account = 4711", "answered in sales", "transferred to billing", "dora answered in billing"] {
        assert!(trace.contains(fact), "no `{fact}` in\n{trace}");
    }
}

#[test]
fn a_number_outside_takes_over_and_does_not_learn_the_clients_number() {
    let centre = Centre::open();
    let anna = centre.agent("anna");
    let (call, desk) = talking(&centre, &anna);
    centre.near.when_called(Answering::at_once());
    sends_to(&centre, &desk, "+4930555");
    let outside = centre.near.rings();
    outside.is_answered();
    let invite = outside.invite();
    assert!(invite.uri().unwrap_or_default().contains("+4930555"), "{:?}", invite.uri());
    let text = String::from_utf8(invite.bytes()).unwrap();
    assert!(!text.contains("4930101"), "the client's number goes out:\n{text}");
    assert_eq!(invite.header("Privacy").as_deref(), Some("id"), "{text}");
    hear_each_other(&call, &outside, 135);
    call.hangs_up();
    outside.ends_with("bye");
}

#[test]
fn who_asks_first_joins_the_client_and_the_colleague() {
    let centre = Centre::open();
    let (anna, carl) = (centre.agent("anna"), centre.agent("carl"));
    let (call, desk) = talking(&centre, &anna);
    let question = anna.dials("203");
    let other = carl.rings();
    other.picks_up();
    question.is_answered();
    hear_each_other(&question, &other, 137);
    assert_eq!(desk.refers(&format!("sip:203@{}", centre.server.address()), Some(&question)), 202);
    assert!(!question.ends_within(seconds(10)).is_empty(), "the question is over\n{}", question.log());
    hear_each_other(&call, &other, 139);
    call.hangs_up();
    other.ends_with("bye");
    let free = clock::wait_for(seconds(5), || (centre.count("agent carl ready") > 1).then_some(()));
    assert!(free.is_some(), "Carl takes calls of his queues again");
}

#[test]
fn what_nobody_takes_returns_to_the_agent_who_sent_it() {
    let centre = Centre::open();
    let (anna, carl) = (centre.agent("anna"), centre.agent("carl"));
    let (call, desk) = talking(&centre, &anna);
    sends_to(&centre, &desk, "203");
    let other = carl.rings();
    desk.hangs_up();
    other.refuses(486);
    let back = anna.rings();
    back.picks_up();
    hear_each_other(&call, &back, 141);
    centre.says("transfer to 203 failed: busy");
    back.hangs_up();
    crate::vocabulary::hears(&call, "goodbye");
    call.ends_with("bye");
}
