//! CANCEL and its races.

use callwright_tests::{Answering, Project, Server};

use crate::vocabulary::{hears, seconds};

/// A flow that rings for a while before it answers.
fn slow() -> Server {
    let project = Project::named("office");
    project.edit("long.rhai", |_| "ring();\nwait(3.seconds);\nplay(\"welcome\");\nhangup();\n".into());
    Server::start(project)
}

#[test]
fn a_cancelled_call_gets_200_and_487_with_the_same_to_tag() {
    let server = slow();
    let call = server.phone("caller").dials("104");
    call.is_ringing().cancels().ends_with("487");
    let tags: Vec<_> = call.responses().iter().filter(|r| r.code() != Some(100)).map(|r| r.tag("To")).collect();
    assert!(tags.iter().all(Option::is_some), "{tags:?}");
    assert!(tags.windows(2).all(|pair| pair[0] == pair[1]), "{tags:?}");
    assert!(call.responses().iter().any(|r| r.code() == Some(200) && r.cseq().1 == "CANCEL"));
}

#[test]
fn a_cancel_right_behind_the_invite_ends_the_call() {
    let server = slow();
    let phone = server.phone("caller");
    for round in 0..20 {
        let call = phone.dials("104");
        call.cancels();
        let why = call.ends_within(seconds(5));
        assert_eq!(why, "487", "round {round}\n{}", call.log());
    }
}

#[test]
fn a_cancel_after_the_answer_changes_nothing() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("100");
    call.is_answered().cancels();
    hears(&call, "menu");
    assert!(call.is_up());
    call.hangs_up();
}

#[test]
fn a_dead_phone_is_given_up() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    anna.when_called(Answering::ignore());
    let call = server.phone("caller").dials("100");
    hears(&call, "menu");
    call.presses("1");
    let ended = call.ends_within(seconds(20));
    assert_eq!(ended, "bye", "{}", call.log());
    assert!(anna.rings_within(seconds(1)).is_some());
}
