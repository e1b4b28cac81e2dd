//! Agents sign in and out by codes, from their own phones and from a mobile.

use callwright_tests::{Answering, Call, Dial, Phone};

use super::{Centre, never_rang};
use crate::vocabulary::{hear_each_other, hears, seconds};

const MOBILE: &str = "+4915155";

/// Dials a code, types what is asked for, and is told something.
fn dials(phone: &Phone, code: impl Into<Dial>, keys: &str, told: &str) {
    let call = phone.dials(code);
    call.is_answered().presses(keys);
    hears(&call, told);
    call.ends_with("bye");
}

/// Emma has signed in from her mobile.
fn works_on_the_mobile(centre: &Centre) {
    dials(&centre.callers, Dial::to("*40").showing(MOBILE), "4711#", "agent-loginok");
    centre.says(&format!("agent emma ready, at {MOBILE}"));
}

/// The mobile rings and is answered, by a person or a machine.
fn answered_mobile(centre: &Centre) -> Call {
    let mobile = centre.near.rings();
    assert!(mobile.invite().uri().unwrap_or_default().contains(MOBILE), "{:?}", mobile.invite().uri());
    mobile.is_answered();
    hears(&mobile, "agent-accept-press-1");
    mobile
}

#[test]
fn an_agent_signs_in_with_the_pin_and_gets_the_waiting_caller() {
    let centre = Centre::open();
    let emma = centre.agent("emma");
    let call = centre.waits("720", "+4930101");
    dials(&emma, "*40", "4711#", "agent-loginok");
    centre.says("PIN of emma is right");
    let desk = emma.rings();
    desk.picks_up();
    hear_each_other(&call, &desk, 171);
    assert!(!centre.server.log().contains("4711"), "the PIN is written down");
    call.hangs_up();
}

#[test]
fn a_wrong_pin_signs_nobody_in() {
    let centre = Centre::open();
    let emma = centre.agent("emma");
    let call = centre.waits("720", "+4930101");
    let code = emma.dials("*40");
    code.is_answered();
    for wrong in ["4712#", "0000#", "471#"] {
        hears(&code, "agent-pass");
        code.presses(wrong);
        hears(&code, "agent-incorrect");
        code.audio().forget();
    }
    code.ends_with("bye");
    assert_eq!(centre.count("agent emma ready"), 0);
    never_rang(&emma);
    call.hangs_up();
}

#[test]
fn agents_rest_come_back_and_go_home() {
    let centre = Centre::open();
    let anna = centre.agent("anna");
    dials(&anna, "*43", "2", "agent-not-ready");
    centre.says("agent anna not_ready: lunch");
    let call = centre.waits("720", "+4930101");
    dials(&anna, "*45", "", "agent-not-ready");
    never_rang(&anna);
    anna.dials("*41").ends_with("bye");
    let desk = anna.rings();
    desk.picks_up();
    call.hangs_up();
    desk.ends_with("bye");
    anna.dials("*49").ends_with("bye");
    centre.says("agent anna signed_out");
    let call = centre.waits("720", "+4930102");
    hears(&call, "music");
    never_rang(&anna);
    call.hangs_up();
}

#[test]
fn a_mobile_takes_calls_with_a_key() {
    let centre = Centre::open();
    centre.near.when_called(Answering::at_once());
    works_on_the_mobile(&centre);
    let call = centre.waits("720", "+4930101");
    let mobile = answered_mobile(&centre);
    mobile.presses("1");
    centre.says(" connected to emma");
    hear_each_other(&call, &mobile, 173);
    call.hangs_up();
    mobile.ends_with("bye");
}

#[test]
fn the_voicemail_of_a_mobile_takes_nobody() {
    let centre = Centre::open();
    centre.near.when_called(Answering::at_once());
    works_on_the_mobile(&centre);
    let call = centre.waits("720", "+4930101");
    let voicemail = answered_mobile(&centre);
    assert!(!voicemail.ends_within(seconds(15)).is_empty(), "it is released\n{}", voicemail.log());
    centre.says("offer to emma ended: no answer");
    let anna = centre.agent("anna");
    let desk = anna.rings();
    desk.picks_up();
    hear_each_other(&call, &desk, 175);
    call.hangs_up();
}

#[test]
fn who_signed_in_by_code_is_on_duty_after_a_crash() {
    let mut centre = Centre::open();
    let emma = centre.agent("emma");
    dials(&emma, "*40", "4711#", "agent-loginok");
    centre.says("agent emma ready");
    centre.server.crashes_and_restarts();
    let call = centre.calls("720", "+4930101");
    let desk = emma.rings();
    desk.picks_up();
    hear_each_other(&call, &desk, 177);
    call.hangs_up();
}
