//! What is lost is sent again, what comes twice counts once.

use callwright_tests::{Dial, Server, clock};

use crate::vocabulary::{hears, seconds};

fn answers(call: &callwright_tests::Call) -> usize {
    call.responses().iter().filter(|r| r.code() == Some(200) && r.cseq().1 == "INVITE").count()
}

#[test]
fn an_unconfirmed_answer_comes_again_until_the_ack() {
    let server = Server::of("office");
    let call = server.phone("caller").dials(Dial::to("112").without_ack());
    call.is_answered();
    assert!(clock::wait_for(seconds(5), || (answers(&call) >= 3).then_some(())).is_some(), "{}", call.log());
    call.acks_again();
    let before = answers(&call);
    std::thread::sleep(seconds(6));
    assert!(answers(&call) <= before + 1, "200 goes on after the ACK\n{}", call.log());
    call.hangs_up();
}

#[test]
fn a_call_that_is_never_confirmed_is_ended() {
    let server = Server::of("office");
    let call = server.phone("caller").dials(Dial::to("112").without_ack());
    call.is_answered();
    let why = call.ends_within(seconds(45));
    assert_eq!(why, "bye", "64 × T1 after the 200 comes BYE\n{}", call.log());
}

#[test]
fn a_repeated_invite_is_the_same_call() {
    let server = Server::of("office");
    let phone = server.phone("caller");
    let call = phone.dials("100");
    call.repeats_invite().is_answered();
    call.repeats_invite().repeats_invite();
    hears(&call, "menu");
    let mut tags: Vec<_> = call.responses().iter().filter_map(|r| r.tag("To")).collect();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 1, "{}", call.log());
    call.hangs_up();
}
