//! Several targets: in order, all at once, with a key to confirm.

use callwright_tests::{Answering, Phone, Project, Server, clock};

use crate::vocabulary::{hear_each_other, hears, seconds};

/// A server that may dial one telephone of ours without registration.
fn server_with_desk() -> (Server, Phone) {
    let desk = Phone::udp("desk", ([127, 0, 0, 1], 9).into());
    let server = Server::start(Project::named("office").with("DESK", desk.address()));
    (server, desk)
}

#[test]
fn the_second_rings_when_the_first_does_not_answer() {
    let (server, desk) = server_with_desk();
    desk.when_called(Answering::ring_forever());
    let anna = server.agent("anna", "201");
    let call = server.phone("caller").dials("105");
    desk.rings().ends_with("cancelled");
    let second = anna.rings();
    second.is_answered();
    hear_each_other(&call, &second, 11);
    call.hangs_up();
    second.ends_with("bye");
}

#[test]
fn of_all_at_once_the_first_answer_wins_and_the_others_are_cancelled() {
    let server = Server::of("office");
    let (anna, ben, carl) = (server.agent("anna", "201"), server.agent("ben", "202"), server.agent("carl", "203"));
    anna.when_called(Answering::ring_forever());
    ben.when_called(Answering::after(seconds(1)));
    carl.when_called(Answering::ring_forever());
    let call = server.phone("caller").dials("111");
    let winner = ben.rings();
    anna.rings().ends_with("cancelled");
    carl.rings().ends_with("cancelled");
    winner.is_answered();
    hear_each_other(&call, &winner, 13);
    winner.hangs_up();
    call.ends_with("bye");
}

#[test]
fn two_answers_at_the_same_moment_connect_one_and_release_the_other() {
    let server = Server::of("office");
    let (anna, ben) = (server.agent("anna", "201"), server.agent("ben", "202"));
    anna.when_called(Answering::at_once());
    ben.when_called(Answering::at_once());
    let call = server.phone("caller").dials("111");
    call.is_answered();
    let (first, second) = (anna.rings(), ben.rings());
    let up = || [&first, &second].into_iter().filter(|c| c.is_up()).count();
    clock::wait_for(seconds(10), || (up() == 1).then_some(()));
    std::thread::sleep(seconds(2));
    assert_eq!(up(), 1, "one agent talks\n{}\n\n{}", first.log(), second.log());
    call.hangs_up();
}

#[test]
fn a_mobile_that_does_not_press_the_key_does_not_get_the_call() {
    let (server, mobile) = server_with_desk();
    mobile.when_called(Answering::at_once());
    let call = server.phone("caller").dials("107");
    let answered = mobile.rings();
    answered.is_answered();
    hears(&answered, "whisper");
    assert!(!answered.ends_within(seconds(12)).is_empty(), "the mobile is released\n{}", answered.log());
    hears(&call, "result-no-answer");
}

#[test]
fn a_mobile_that_presses_the_key_gets_the_call() {
    let (server, mobile) = server_with_desk();
    mobile.when_called(Answering::at_once());
    let call = server.phone("caller").dials("107");
    let answered = mobile.rings();
    answered.is_answered();
    hears(&answered, "whisper");
    answered.presses("1");
    hear_each_other(&call, &answered, 15);
    call.hangs_up();
    answered.ends_with("bye");
}

#[test]
fn a_caller_who_gives_up_while_it_rings_stops_the_ringing() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    anna.when_called(Answering::ring_forever());
    let call = server.phone("caller").dials("201");
    let ringing = anna.rings();
    if call.responses().iter().any(|r| r.code() == Some(200)) {
        call.hangs_up();
    } else {
        call.cancels().ends_with("487");
    }
    ringing.ends_with("cancelled");
}

#[test]
fn a_number_that_no_rule_allows_is_not_dialled() {
    let desk = Phone::udp("desk", ([127, 0, 0, 1], 9).into());
    let project = Project::named("office");
    project.edit("long.rhai", |_| format!("bridge(\"sip:desk@{}\");\nplay(\"result-failed\");\n", desk.address()));
    let server = Server::start(project);
    let call = server.phone("caller").dials("104");
    hears(&call, "result-failed");
    assert!(desk.rings_within(seconds(1)).is_none(), "the desk rang");
}
