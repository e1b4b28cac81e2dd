//! REFER from an agent's phone, blind and attended.

use callwright_tests::{Server, clock};

use crate::vocabulary::{connected_to_anna, hear_each_other, seconds};

#[test]
fn a_blind_transfer_brings_the_caller_to_ben() {
    let server = Server::of("office");
    let (anna, ben) = (server.agent("anna", "201"), server.agent("ben", "202"));
    let (call, desk) = connected_to_anna(&server, &anna, &server.phone("caller"));
    hear_each_other(&call, &desk, 51);
    let code = desk.refers(&format!("sip:202@{}", server.address()), None);
    assert_eq!(code, 202);
    let third = ben.rings();
    third.is_answered();
    hear_each_other(&call, &third, 53);
    let told = clock::wait_for(seconds(5), || desk.notices().iter().any(|n| n.contains("200")).then_some(()));
    assert!(told.is_some(), "anna is told: {:?}", desk.notices());
    call.hangs_up();
    third.ends_with("bye");
    assert!(!desk.is_up() || desk.ends_within(seconds(5)) == "bye");
}

#[test]
fn a_transfer_to_nobody_leaves_the_caller_with_anna() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let (call, desk) = connected_to_anna(&server, &anna, &server.phone("caller"));
    let code = desk.refers("sip:somebody@198.51.100.1", None);
    if code == 202 {
        let refused = |n: &String| n.starts_with("SIP/2.0") && !n.contains(" 1") && !n.contains(" 200");
        let told = clock::wait_for(seconds(10), || desk.notices().iter().any(refused).then_some(()));
        assert!(told.is_some(), "anna is told: {:?}", desk.notices());
    } else {
        assert!((400..700).contains(&code), "{code}");
    }
    hear_each_other(&call, &desk, 55);
    call.hangs_up();
    desk.ends_with("bye");
}

#[test]
fn an_attended_transfer_joins_the_caller_and_ben() {
    let server = Server::of("office");
    let (anna, ben) = (server.agent("anna", "201"), server.agent("ben", "202"));
    let (call, desk) = connected_to_anna(&server, &anna, &server.phone("caller"));
    let question = anna.dials("202");
    let third = ben.rings();
    third.is_answered();
    question.is_answered();
    hear_each_other(&question, &third, 57);
    assert_eq!(desk.refers(&format!("sip:202@{}", server.address()), Some(&question)), 202);
    assert!(!question.ends_within(seconds(5)).is_empty(), "the question is over\n{}", question.log());
    hear_each_other(&call, &third, 59);
    call.hangs_up();
    third.ends_with("bye");
}
