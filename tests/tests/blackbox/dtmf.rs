//! Keys by RFC 4733, with losses, by INFO and as tones: each counts once.

use std::time::Duration;

use callwright_tests::{Call, Dial, DigitLoss, Server};

use crate::vocabulary::hears;

/// Calls the flow that compares what it collected with `expected`, lets `press` do its work, and wants it to be right.
fn collects(server: &Server, expected: &str, press: impl FnOnce(&Call)) {
    let call = server.phone("caller").dials(Dial::to("101").header("X-Expect", expected));
    hears(&call, "welcome");
    // The greeting cannot be interrupted: a key before its very end is not heard, as it should be.
    std::thread::sleep(Duration::from_secs(1));
    press(&call);
    call.presses("#");
    hears(&call, "right");
    call.ends_with("bye");
}

#[test]
fn sixteen_keys_arrive_in_order() {
    let server = Server::of("office");
    collects(&server, "0123456789*0011", |call| {
        call.presses("0123456789*0011");
    });
}

#[test]
fn lost_packets_neither_lose_nor_double_a_key() {
    let server = Server::of("office");
    let losses = [DigitLoss::AllEnds, DigitLoss::OnlyOneEnd, DigitLoss::NoMarker, DigitLoss::EveryOther];
    for loss in losses {
        collects(&server, "1223334", |call| {
            call.presses_losing("1223334", loss);
        });
    }
}

#[test]
fn keys_by_info() {
    let server = Server::of("office");
    collects(&server, "4711", |call| {
        call.presses_by_info("4711");
    });
}

#[test]
fn keys_as_tones_when_nothing_else_was_agreed() {
    let server = Server::of("office");
    // No telephone-event in the offer: the voice is the only source.
    let caller = server.phone("caller");
    let expecting = Dial::to("101").header("X-Expect", "159").without_events();
    let call = caller.dials(expecting);
    hears(&call, "welcome");
    std::thread::sleep(Duration::from_secs(1));
    call.presses_in_band("159#");
    hears(&call, "right");
    call.ends_with("bye");
}

#[test]
fn one_key_as_event_and_as_tone_counts_once() {
    let server = Server::of("office");
    collects(&server, "5", |call| {
        call.presses("5").presses_in_band("5");
    });
}
