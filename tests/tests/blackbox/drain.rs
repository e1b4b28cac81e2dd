//! SIGTERM: new calls are refused, live ones finish, nothing is lost.

use callwright_tests::{Project, Server};

use crate::crash::finished_calls;
use crate::vocabulary::{hears, seconds};

#[test]
fn live_calls_finish_and_new_ones_get_503() {
    let mut server = Server::of("office");
    let phone = server.phone("caller");
    let live = phone.dials("100");
    hears(&live, "menu");
    server.terminates();
    assert!(
        callwright_tests::clock::wait_for(seconds(3), || (phone.asks_options() == 503).then_some(())).is_some(),
        "OPTIONS says 503"
    );
    let refused = phone.dials("100");
    refused.ends_with("503");
    let retry = refused.responses().iter().find_map(|r| r.header("Retry-After"));
    assert!(retry.is_some_and(|r| r.parse::<u32>().is_ok_and(|s| s > 0)), "{}", refused.log());
    live.presses("2");
    hears(&live, "goodbye");
    live.ends_with("bye");
    let status = server.ends_within(seconds(5)).expect("the server ends after its last call");
    assert!(status.success(), "{status:?}");
    assert_eq!(finished_calls(&server.project), 1);
}

#[test]
fn the_deadline_ends_what_did_not_finish() {
    let mut server = Server::of("office"); // drain: 8s
    let call = server.phone("caller").dials("112");
    call.is_answered();
    server.terminates();
    call.ends_within(seconds(14));
    assert!(!call.is_up(), "BYE at the deadline\n{}", call.log());
    let status = server.ends_within(seconds(5)).expect("the server ends after the deadline");
    assert!(status.success(), "{status:?}");
    assert_eq!(finished_calls(&server.project), 1);
}

#[test]
fn an_idle_server_ends_at_once() {
    let mut server = Server::start(Project::named("strangers"));
    server.terminates();
    assert!(server.ends_within(seconds(3)).is_some_and(|s| s.success()));
}
