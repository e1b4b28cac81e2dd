//! `kill -9` in the middle of calls: afterwards every call has one record.

use std::process::Command;

use callwright_tests::{Project, Server, clock, tools};

use crate::vocabulary::{hears, seconds};

/// Asks the project's store; `sqlite3` reads what the engine wrote.
fn ask(project: &Project, sql: &str) -> String {
    tools::require("sqlite3", "sqlite3");
    let mut command = Command::new("sqlite3");
    command.args(["-readonly"]).arg(project.dir().join("callwright.db")).arg(sql);
    let done = tools::run(&mut command, seconds(10));
    assert_eq!(done.code, Some(0), "{}", done.text);
    done.text.trim().to_owned()
}

/// Records of calls that have an end.
pub(crate) fn finished_calls(project: &Project) -> usize {
    ask(project, "select count(*) from calls where ended_at is not null").parse().unwrap()
}

#[test]
fn every_call_has_one_record_after_a_crash() {
    let mut server = Server::of("office");
    let phone = server.phone("caller");
    let live: Vec<_> = (0..10).map(|_| phone.dials("112")).collect();
    for call in &live {
        call.is_answered();
    }
    let done = phone.dials("100");
    hears(&done, "welcome");
    done.hangs_up();
    let written = || (ask(&server.project, "select count(*) from calls") == "11").then_some(());
    assert!(clock::wait_for(seconds(10), written).is_some(), "eleven calls are on the disk");
    server.crashes_and_restarts();
    let closed = clock::wait_for(seconds(5), || (finished_calls(&server.project) == 11).then_some(()));
    let rows = || ask(&server.project, "select call_id, outcome, cause from calls");
    assert!(closed.is_some(), "eleven records: {}", rows());
    assert_eq!(ask(&server.project, "select count(*) from calls"), "11", "{}", rows());
    hears(&server.phone("next").dials("100"), "welcome");
}

#[test]
fn registrations_survive_a_crash() {
    let mut server = Server::of("office");
    let anna = server.agent("anna", "201");
    server.crashes_and_restarts();
    let call = server.phone("caller").dials("201");
    anna.rings().is_answered();
    call.is_answered().hangs_up();
}

#[test]
fn a_recording_is_playable_after_a_crash() {
    let mut server = Server::of("office");
    let call = server.phone("caller").dials("102");
    hears(&call, "welcome");
    assert!(server.says("recording `message` started", seconds(10)), "nothing is recorded");
    let voice = callwright_tests::wav::melody(77, seconds(6));
    call.says(&voice);
    server.crashes_and_restarts();
    let found = server.project.files("wav").into_iter().rev().find(|f| f.to_string_lossy().contains("message"));
    let file = found.expect("the recording is there");
    let kept = callwright_tests::wav::load(&file);
    let likeness = callwright_tests::likeness(&kept, &voice[..8_000 * 3]);
    assert!(likeness.score > 0.75, "{likeness:?} in {} samples", kept.len());
}
