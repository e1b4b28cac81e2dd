//! Messages: left, kept through a crash, listened to by PIN, shown on a lamp.

use callwright_tests::{Call, Message, Method, Server, clock, likeness, wav};

use crate::vocabulary::{hears, lamp_shows, never_heard, seconds};

/// Somebody calls the box and speaks after the tone.
fn speaks_after_the_tone(server: &Server, seed: u64) -> (Call, Vec<i16>) {
    let call = server.phone("caller").dials("801");
    hears(&call, "welcome");
    assert!(server.says("recording `anna` started", seconds(10)), "no tone");
    let said = wav::melody(seed, seconds(4));
    call.says(&said);
    (call, said)
}

/// Somebody calls the box's owner line and types a PIN.
fn listens(server: &Server, pin: &str) -> Call {
    let call = server.phone("listener").dials("802");
    hears(&call, "menu");
    call.presses(pin);
    call
}

#[test]
fn a_message_is_kept_shown_and_heard_by_whoever_knows_the_pin() {
    let server = Server::of("messages");
    let anna = server.agent("anna", "201");
    lamp_shows(&anna, "0/0");
    let (call, said) = speaks_after_the_tone(&server, 4_713);
    call.presses("#");
    hears(&call, "right");
    call.ends_with("bye");
    let file = server.project.files("wav").into_iter().find(|file| file.to_string_lossy().contains("recordings"));
    let kept = wav::load(file.expect("a recording in the project's folder"));
    let found = likeness(&kept, &said);
    assert!(found.score > 0.9, "{found:?}");
    lamp_shows(&anna, "1/0");

    let stranger = listens(&server, "0000#");
    hears(&stranger, "wrong");
    never_heard(&stranger, "right");
    let owner = listens(&server, "4711#");
    owner.hears("the message", &said);
    hears(&owner, "goodbye");
    lamp_shows(&anna, "0/1");
}

#[test]
fn whoever_hangs_up_while_speaking_has_left_a_message() {
    let server = Server::of("messages");
    let (call, said) = speaks_after_the_tone(&server, 4_714);
    call.hangs_up();
    assert!(server.says("message 1 saved in anna", seconds(10)), "nothing was kept");
    listens(&server, "4711#").hears("the message", &said[..8_000 * 3]);
}

#[test]
fn a_message_that_a_crash_cuts_lies_in_the_box_afterwards() {
    let mut server = Server::of("messages");
    let (_call, said) = speaks_after_the_tone(&server, 4_715);
    server.crashes_and_restarts();
    let anna = server.agent("anna", "201");
    lamp_shows(&anna, "1/0");
    let owner = listens(&server, "4711#");
    owner.hears("the message", &said[..8_000 * 2]);
    server.crashes_and_restarts();
    let again = listens(&server, "4711#");
    again.hears("the message", &said[..8_000 * 2]);
    lamp_shows(&anna, "0/1");
}

#[test]
fn a_phone_may_ask_for_its_lamp() {
    let server = Server::of("messages");
    let anna = server.agent("anna", "201");
    let contact = format!("<sip:201@{}>", anna.address());
    let fields = [("Event", "message-summary".to_owned()), ("Expires", "300".to_owned()), ("Contact", contact)];
    let answer = anna.request(Method::Subscribe, &format!("sip:201@{}", server.address()), &fields);
    assert_eq!(answer.and_then(|answer| answer.code()), Some(200));
    let state = |stray: &Message| stray.header("Subscription-State").unwrap_or_default();
    let asked = || anna.strays().iter().any(|stray| state(stray).starts_with("active;expires=")).then_some(());
    assert!(clock::wait_for(seconds(10), asked).is_some(), "no NOTIFY inside the subscription");
    lamp_shows(&anna, "0/0");
}
