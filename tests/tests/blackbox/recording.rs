//! `record` keeps what the caller said.

use callwright_tests::{Server, likeness, wav};

use crate::vocabulary::{hears, seconds};

#[test]
fn the_recording_is_what_the_caller_said() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("102");
    hears(&call, "welcome");
    assert!(server.says("recording `message` started", seconds(10)), "nothing is recorded");
    let said = wav::melody(4_711, seconds(4));
    call.says(&said);
    hears(&call, "saved");
    call.ends_with("bye");
    let found = server.project.files("wav").into_iter().rev().find(|f| f.to_string_lossy().contains("message"));
    let kept = wav::load(found.expect("a recording in the project's folder"));
    let likeness = likeness(&kept, &said);
    assert!(likeness.score > 0.9, "{likeness:?}");
    let length = kept.len() as f64 / 8_000.0;
    assert!((3.5..7.5).contains(&length), "{length} s: four seconds of voice and two of silence at most");
}

#[test]
fn a_caller_who_hangs_up_while_speaking_is_kept() {
    let server = Server::of("office");
    let call = server.phone("caller").dials("102");
    hears(&call, "welcome");
    assert!(server.says("recording `message` started", seconds(10)), "nothing is recorded");
    let said = wav::melody(4_712, seconds(3));
    call.says(&said).hangs_up();
    assert!(server.says("recording `message` saved", seconds(10)), "nothing was kept");
    let found = server.project.files("wav").into_iter().rev().find(|f| f.to_string_lossy().contains("message"));
    let kept = wav::load(found.expect("a recording in the project's folder"));
    assert!(likeness(&kept, &said[..8_000 * 2]).score > 0.9);
}
