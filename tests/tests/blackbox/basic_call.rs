//! A caller hears the menu, presses a key and talks to an agent.

use callwright_tests::{Answering, Dial, Server, clock};

use crate::vocabulary::{connected_to_anna, falls_silent, hear_each_other, hears, never_heard, seconds};

#[test]
fn a_caller_hears_the_menu_presses_a_key_and_talks_to_anna() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let caller = server.phone("+491701234567");
    let call = caller.dials("100");
    call.is_answered();
    hears(&call, "welcome");
    hears(&call, "menu");
    call.presses("1");
    let desk = anna.rings();
    desk.is_answered();
    hear_each_other(&call, &desk, 1);
    assert!(desk.invite().header("From").unwrap().contains("+491701234567"), "{:?}", desk.invite().header("From"));
    call.hangs_up();
    desk.ends_with("bye");
    assert!(caller.unreadable().is_empty() && anna.unreadable().is_empty());
}

#[test]
fn the_agent_hangs_up_and_the_flow_goes_on() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let caller = server.phone("caller");
    let (call, desk) = connected_to_anna(&server, &anna, &caller);
    desk.hangs_up();
    hears(&call, "result-answered");
    call.ends_with("bye");
}

#[test]
fn what_became_of_a_bridge_is_a_word() {
    let server = Server::of("office");
    let caller = server.phone("caller");
    let outcome = |prompt: &str| {
        let call = caller.dials("100");
        hears(&call, "menu");
        call.presses("1");
        hears(&call, prompt);
        call.ends_with("bye");
    };
    outcome("result-failed"); // Nobody is registered.
    let anna = server.agent("anna", "201");
    anna.when_called(Answering::refuse(486));
    outcome("result-busy");
    anna.when_called(Answering::refuse(603));
    outcome("result-declined");
    anna.when_called(Answering::ring_forever());
    outcome("result-no-answer");
    anna.rings().ends_with("486");
    anna.rings().ends_with("603");
    anna.rings().ends_with("cancelled");
}

#[test]
fn pcma_callers_and_pcmu_agents_understand_each_other() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let caller = server.phone("caller");
    let call = caller.dials(Dial::to("201").codecs(&[8]));
    let desk = anna.rings();
    desk.is_answered();
    call.is_answered();
    hear_each_other(&call, &desk, 5);
    assert_eq!(call.remote_sdp().unwrap().payloads.first(), Some(&8));
    call.hangs_up();
}

#[test]
fn a_prompt_comes_as_one_packet_every_twenty_milliseconds() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("104");
    call.is_answered();
    let answered = clock::now();
    let enough = clock::wait_for(seconds(15), || (call.audio().spacing().packets >= 150).then_some(()));
    let (spacing, most) = (call.audio().spacing(), (clock::now() - answered).as_millis() / 20 * 13 / 10);
    assert_eq!(spacing.lost, 0, "{spacing:?}");
    assert!(enough.is_some() && spacing.packets as u128 <= most, "{spacing:?}, {most} packets at most");
    assert!((18.0..22.0).contains(&spacing.p50_ms), "{spacing:?}");
    assert_eq!(call.audio().sources().len(), 1);
    call.hangs_up();
    falls_silent(&call);
}

#[test]
fn a_refused_call_is_busy_and_never_answered() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("108");
    call.ends_with("486");
    assert_eq!(call.audio().received(), 0);
}

#[test]
fn an_offer_without_a_common_codec_gets_488() {
    let server = Server::of("office");
    let caller = server.phone("caller");
    let body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n";
    caller.dials(Dial::to("100").body(body)).ends_with("488");
}

#[test]
fn a_caller_who_presses_during_the_greeting_has_typed_ahead() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("100");
    call.is_answered();
    call.presses("2");
    hears(&call, "goodbye");
    never_heard(&call, "wrong");
    call.ends_with("bye");
}
