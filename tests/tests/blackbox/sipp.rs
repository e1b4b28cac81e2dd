//! SIPp as a caller: scenarios in `tests/sipp`.

use callwright_tests::{Answering, Project, Server};

fn scenario(server: &Server, name: &str, number: &str, calls: u32, extra: &[&str]) {
    callwright_tests::sipp::scenario(server.address(), name, number, calls, extra);
}

#[test]
fn basic_calls() {
    scenario(&Server::of("office"), "basic", "104", 30, &[]);
}

#[test]
fn basic_calls_over_tcp() {
    scenario(&Server::of("office"), "basic", "104", 30, &["-t", "t1"]);
}

#[test]
fn cancelled_calls() {
    let project = Project::named("office");
    project.edit("long.rhai", |_| "ring();\nwait(5.seconds);\nplay(\"welcome\");\n".into());
    scenario(&Server::start(project), "cancel", "104", 20, &[]);
}

#[test]
fn late_offers() {
    scenario(&Server::of("office"), "late_offer", "104", 20, &[]);
}

#[test]
fn late_acks() {
    scenario(&Server::of("office"), "late_ack", "104", 10, &[]);
}

#[test]
fn reinvites_to_hold_and_back() {
    scenario(&Server::of("office"), "reinvite", "104", 20, &[]);
}

#[test]
fn updates() {
    scenario(&Server::of("office"), "update", "104", 20, &[]);
}

#[test]
fn registrations_with_digest() {
    let server = Server::of("office");
    let password = Project::password("ANNA_PASSWORD");
    scenario(&server, "register", "201", 10, &["-au", "201", "-ap", &password]);
}

#[test]
fn calls_that_are_bridged_to_an_agent() {
    let server = Server::of("office");
    let anna = server.agent("anna", "201");
    anna.when_called(Answering::at_once());
    scenario(&server, "basic", "201", 10, &[]);
}
