//! Calls back: promised, kept over a crash, placed once.

use std::process::Command;

use callwright_tests::{Answering, Call, binary, tools};

use super::Centre;
use crate::vocabulary::{hear_each_other, hears, seconds};

const CUSTOMER: &str = "+4915777";

/// A customer asks in the queue to be called back and hears that he will be.
fn is_promised(centre: &Centre) {
    let call = centre.waits("730", CUSTOMER);
    call.presses("1");
    hears(&call, "goodbye");
    call.ends_with("bye");
}

/// The customer's telephone rings, and shows that it is his number.
fn customer_rings(centre: &Centre) -> Call {
    let customer = centre.near.rings();
    let called = customer.invite().uri().unwrap_or_default();
    assert!(called.contains(CUSTOMER), "{called}");
    customer
}

/// `callwright callbacks --json`.
fn listed(centre: &Centre) -> String {
    let mut command = Command::new(binary());
    let done = tools::run(command.arg("callbacks").arg(centre.server.project.dir()).arg("--json"), seconds(20));
    assert_eq!(done.code, Some(0), "{}", done.text);
    done.text
}

#[test]
fn an_agent_comes_and_then_the_customer_is_called() {
    let centre = Centre::open();
    is_promised(&centre);
    let anna = centre.agent("anna");
    let desk = anna.rings();
    assert!(centre.near.rings_within(seconds(1)).is_none(), "nobody is called before an agent is there");
    desk.picks_up();
    let customer = customer_rings(&centre);
    customer.picks_up();
    hear_each_other(&customer, &desk, 411);
    customer.hangs_up();
    desk.ends_with("bye");
    centre.says("callback 1 done, attempt 1: answered");
    assert!(listed(&centre).contains("\"open\": []"), "{}", listed(&centre));
}

#[test]
fn a_promise_survives_the_process() {
    let mut centre = Centre::open();
    is_promised(&centre);
    centre.server.crashes_and_restarts();
    let anna = centre.agent("anna");
    anna.rings().picks_up();
    customer_rings(&centre).picks_up();
    centre.says(" connected to anna");
    assert!(centre.near.rings_within(seconds(2)).is_none(), "he is called once");
}

#[test]
fn an_attempt_that_a_crash_has_cut_is_not_repeated_at_once() {
    let mut centre = Centre::open();
    centre.near.when_called(Answering::ring_forever());
    is_promised(&centre);
    let anna = centre.agent("anna");
    anna.rings().picks_up();
    customer_rings(&centre);
    centre.server.crashes_and_restarts();
    assert!(centre.near.rings_within(seconds(5)).is_none(), "the attempt was made: it counts");
    let listed = listed(&centre);
    assert!(listed.contains("\"attempts\": 1") && listed.contains("\"result\": \"crash\""), "{listed}");
}

#[test]
fn who_waited_when_the_process_died_is_called_back() {
    let mut centre = Centre::open();
    let waiting = centre.waits("730", CUSTOMER);
    hears(&waiting, "music");
    centre.server.crashes_and_restarts();
    centre.says(&format!("{CUSTOMER} was lost in promised"));
    let anna = centre.agent("anna");
    anna.rings().picks_up();
    customer_rings(&centre);
    drop(waiting);
}

#[test]
fn premium_numbers_are_not_called_back() {
    let centre = Centre::open();
    let call = centre.waits("730", "+4915900123");
    call.presses("1");
    hears(&call, "wrong");
    call.ends_with("bye");
    assert_eq!(centre.count(" booked in "), 0);
}
