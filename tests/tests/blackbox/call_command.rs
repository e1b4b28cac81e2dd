//! `callwright call`: a telephone in the terminal.

use std::process::Command;

use callwright_tests::{Project, Server, binary, likeness, tools, wav};

use crate::vocabulary::seconds;

fn call(arguments: &[&str]) -> tools::Finished {
    tools::run(Command::new(binary()).arg("call").args(arguments).env("NO_COLOR", "1"), seconds(40))
}

#[test]
fn it_hears_the_menu_presses_a_key_and_ends_with_0() {
    let server = Server::of("office");
    let kept = server.project.dir().join("heard-by-call.wav");
    let uri = format!("sip:100@{}", server.address());
    let done = call(&[&uri, "--press", "w3s 2", "--record", kept.to_str().unwrap(), "--for", "20s"]);
    assert_eq!(done.code, Some(0), "{}", done.text);
    let heard = wav::load(&kept);
    for prompt in ["welcome", "menu", "goodbye"] {
        let found = likeness(&heard, &Project::prompt(prompt));
        assert!(found.score > 0.75, "{prompt}: {found:?}\n{}", done.text);
    }
}

#[test]
fn its_voice_is_a_file() {
    let server = Server::of("office");
    let voice = server.project.dir().join("voice.wav");
    let said = wav::melody(99, seconds(4));
    wav::save(&voice, &said);
    let done = call(&[&format!("sip:102@{}", server.address()), "--play", voice.to_str().unwrap(), "--for", "12s"]);
    assert_eq!(done.code, Some(0), "{}", done.text);
    let found = server.project.files("wav").into_iter().rev().find(|f| f.to_string_lossy().contains("message"));
    let kept = wav::load(found.expect("a recording in the project's folder"));
    // It speaks at once, the recording begins after the greeting of a second.
    let found = likeness(&kept, &said[12_000..8_000 * 3]);
    assert!(found.score > 0.75, "{found:?} in {} samples\n{}", kept.len(), done.text);
}

#[test]
fn a_refused_call_is_not_0() {
    let server = Server::of("office");
    let done = call(&[&format!("sip:108@{}", server.address()), "--for", "5s"]);
    assert_eq!(done.code, Some(1), "{}", done.text);
    assert!(done.text.contains("486"), "it says why: {}", done.text);
}

#[test]
fn nobody_there_is_not_0() {
    let done = call(&["sip:100@127.0.0.1:9", "--for", "3s"]);
    assert!(matches!(done.code, Some(1 | 2)), "{done:?}");
}

#[test]
fn nonsense_could_not_run() {
    assert_eq!(call(&["not-an-address"]).code, Some(2));
}
