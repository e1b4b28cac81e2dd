//! Hold and resume, UPDATE, INFO and OPTIONS inside of a call.

use callwright_tests::{Direction, Method, Server};

use crate::vocabulary::{connected_to_anna, falls_silent, hear_each_other, hears};

#[test]
fn hold_and_resume_by_reinvite() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let (call, desk) = connected_to_anna(&server, &anna, &server.phone("caller"));
    hear_each_other(&call, &desk, 31);
    let answer = desk.reinvites(Direction::SendOnly);
    assert!(matches!(answer.direction, Direction::RecvOnly | Direction::Inactive), "{answer:?}");
    falls_silent(&desk);
    assert!(call.is_up());
    assert_eq!(desk.reinvites(Direction::SendRecv).direction, Direction::SendRecv);
    hear_each_other(&call, &desk, 33);
    call.hangs_up();
    desk.ends_with("bye");
}

#[test]
fn update_changes_direction_like_reinvite() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    let (call, desk) = connected_to_anna(&server, &anna, &server.phone("caller"));
    assert!(matches!(call.updates(Direction::SendOnly).direction, Direction::RecvOnly | Direction::Inactive));
    assert_eq!(call.updates(Direction::SendRecv).direction, Direction::SendRecv);
    hear_each_other(&call, &desk, 35);
    call.hangs_up();
}

#[test]
fn a_reinvite_without_change_keeps_the_audio() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("100");
    hears(&call, "welcome");
    assert_eq!(call.reinvites(Direction::SendRecv).direction, Direction::SendRecv);
    hears(&call, "menu");
    call.hangs_up();
}

#[test]
fn requests_inside_a_call_are_answered() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("112");
    call.is_answered();
    let code = |method| call.asks(method, &[], "").and_then(|r| r.code());
    assert_eq!(code(Method::Options), Some(200));
    assert_eq!(code(Method::Update), Some(200));
    let unknown =
        call.asks(Method::Info, &[("Content-Type", "application/x-unknown".into())], "x").and_then(|r| r.code());
    assert!(matches!(unknown, Some(200 | 415 | 469)), "{unknown:?}");
    assert!(call.is_up());
    call.hangs_up();
    assert_eq!(code(Method::Info), Some(481), "after the end there is no call");
}
