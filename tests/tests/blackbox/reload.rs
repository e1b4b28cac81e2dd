//! A save goes live for the next call; live calls keep their version; broken saves change nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callwright_tests::{Call, Phone, Project, Server, clock};

use crate::vocabulary::{hears, never_heard, seconds};

fn switch(server: &Server, version: &str) {
    server.project.edit("version.rhai", |text| {
        text.replace("version-a", "version-@").replace("version-b", "version-@").replace("version-@", version)
    });
}

/// Which version a finished call heard, and whether it heard it twice.
fn heard(call: &Call) -> Option<char> {
    let audio = call.audio().heard();
    let most = audio.len() * 3 / 5;
    let said = |part: &[i16]| {
        ['a', 'b']
            .into_iter()
            .find(|v| callwright_tests::likeness(part, &Project::prompt(&format!("version-{v}"))).score > 0.75)
    };
    let (first, second) = (said(&audio[..most]), said(&audio[audio.len() - most..]));
    (first == second).then_some(first).flatten()
}

/// For a failure: how well each version fits the first and the second part.
fn what_was_heard(call: &Call) -> String {
    let audio = call.audio().heard();
    let most = audio.len() * 3 / 5;
    let score =
        |part: &[i16], v: char| callwright_tests::likeness(part, &Project::prompt(&format!("version-{v}"))).score;
    let scores = [&audio[..most], &audio[audio.len() - most..]].map(|part| (score(part, 'a'), score(part, 'b')));
    let spacing = call.audio().spacing();
    format!("did not hear one version twice: {scores:.2?} in {} samples, {spacing:?}", audio.len())
}

#[test]
fn the_next_call_hears_the_change() {
    let server = Server::of("office");
    let phone = server.phone("caller");
    hears(&phone.dials("106"), "version-a");
    switch(&server, "version-b");
    let changed = clock::wait_for(seconds(10), || {
        let call = phone.dials("106");
        call.ends_with("bye");
        (heard(&call) == Some('b')).then_some(())
    });
    assert!(changed.is_some());
}

#[test]
fn a_broken_save_keeps_the_old_version_and_says_why() {
    let server = Server::of("office");
    let phone = server.phone("caller");
    for broken in ["play(\"version-b\"\nhangup();", "plya(\"version-b\");", "play(\"no-such-prompt\");"] {
        let named = || server.log().matches("version.rhai:").count();
        let before = named();
        server.project.edit("version.rhai", |_| broken.into());
        let told = clock::wait_for(seconds(10), || (named() > before).then_some(()));
        assert!(told.is_some(), "the log names the place of {broken}");
        let call = phone.dials("106");
        call.ends_with("bye");
        assert_eq!(heard(&call), Some('a'), "{broken}");
        never_heard(&call, "version-b");
    }
    server.project.edit("callwright.yaml", |text| text.replace("name:", "nmae:"));
    assert!(server.says("callwright.yaml:", seconds(10)), "the place is named");
    hears(&phone.dials("106"), "version-a");
}

/// Ten calls a second until told to stop.
fn keep_calling(phone: &Phone, stop: &AtomicBool) -> Vec<Call> {
    let mut calls = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        calls.push(phone.dials("106"));
        std::thread::sleep(Duration::from_millis(100));
    }
    calls
}

#[test]
fn a_hundred_reloads_under_ten_calls_a_second_fail_none_and_change_none() {
    let server = Server::of("office");
    let phone = server.phone("caller");
    let stop = AtomicBool::new(false);
    let calls = std::thread::scope(|scope| {
        let calling = scope.spawn(|| keep_calling(&phone, &stop));
        for reload in 0..100 {
            switch(&server, if reload % 2 == 0 { "version-b" } else { "version-a" });
            std::thread::sleep(Duration::from_millis(300));
        }
        stop.store(true, Ordering::Relaxed);
        calling.join().unwrap()
    });
    assert!(calls.len() > 200, "{} calls", calls.len());
    let mut seen = [0, 0];
    for (number, call) in calls.iter().enumerate() {
        let why = call.ends_within(seconds(15));
        assert_eq!(why, "bye", "call {number}\n{}", call.log());
        let version = heard(call).unwrap_or_else(|| panic!("call {number} {}\n{}", what_was_heard(call), call.log()));
        seen[usize::from(version == 'b')] += 1;
    }
    assert!(seen[0] > 20 && seen[1] > 20, "both versions served: {seen:?}");
}
