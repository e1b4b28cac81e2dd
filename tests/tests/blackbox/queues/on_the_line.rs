//! What the agent hears before, what both hear then, and what is kept of it.

use callwright_tests::{Answering, Project, clock, likeness, wav};

use super::Centre;
use crate::vocabulary::{hears, never_heard, seconds, voice};

/// The tone that both hear when they are connected.
const CONNECT_HZ: f64 = 1_000.0;

fn hears_connect_tone(samples: &[i16]) -> bool {
    wav::has_tone(samples, CONNECT_HZ, 300)
}

#[test]
fn the_whisper_is_for_the_agent_and_the_tone_for_both() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("724", "+4930101");
    let desk = anna.rings();
    hears(&desk, "whisper");
    centre.says(" connected to anna");
    for (who, side) in [("the agent", &desk), ("the caller", &call)] {
        let tone = clock::wait_for(seconds(5), || hears_connect_tone(&side.audio().heard()).then_some(()));
        assert!(tone.is_some(), "no tone for {who}\n{}", side.log());
    }
    never_heard(&call, "whisper");
    call.hangs_up();
    desk.ends_with("bye");
}

#[test]
fn the_agent_hears_how_long_the_caller_waited() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("725", "+4930101");
    let desk = anna.rings();
    hears(&desk, "whisper");
    hears(&desk, "queue-reporthold");
    centre.says(" connected to anna");
    never_heard(&call, "queue-reporthold");
    assert!(!hears_connect_tone(&desk.audio().heard()), "this queue has no tone");
    call.hangs_up();
}

/// The two channels of the only conversation.
fn recorded(centre: &Centre) -> Vec<Vec<i16>> {
    centre.says("recording `conversation` saved");
    let files = centre.server.project.files("wav").into_iter();
    let kept: Vec<_> = files.filter(|file| file.to_string_lossy().contains("conversation")).collect();
    assert_eq!(kept.len(), 1, "one recording in the project's folder: {kept:?}");
    let tracks = wav::load_channels(&kept[0]);
    assert_eq!(tracks.len(), 2, "stereo");
    tracks
}

#[test]
fn the_recording_has_the_caller_left_and_the_agent_right() {
    let centre = Centre::open();
    let anna = centre.agent_who("anna", Answering::at_once());
    let call = centre.calls("724", "+4930101");
    let desk = anna.rings();
    centre.says("recording `conversation` started");
    let (client, agent) = (voice(121), voice(122));
    call.says(&client);
    desk.says(&agent);
    call.hears("Anna", &agent);
    desk.hears("the caller", &client);
    call.hangs_up();
    desk.ends_with("bye");
    let tracks = recorded(&centre);
    let score = |track: usize, voice: &[i16]| likeness(&tracks[track], voice).score;
    let scores = [score(0, &client), score(1, &agent), score(0, &agent), score(1, &client)];
    assert!(scores[0] > 0.9 && scores[1] > 0.9, "each on his side: {scores:?}");
    assert!(scores[2] < 0.7 && scores[3] < 0.7, "and not on the other: {scores:?}");
    let waiting = likeness(&tracks[1], &Project::prompt("music"));
    assert!(waiting.score < 0.7, "the wait is not kept: {waiting:?}");
}

#[test]
fn the_recording_goes_on_with_the_colleague_who_takes_over() {
    let centre = Centre::open();
    let at_once = Answering::at_once();
    let (anna, carl) = (centre.agent_who("anna", at_once.clone()), centre.agent_who("carl", at_once));
    let call = centre.calls("724", "+4930101");
    let desk = anna.rings();
    centre.says("recording `conversation` started");
    desk.says(&voice(123));
    call.hears("Anna", &voice(123));
    assert_eq!(desk.refers(&format!("sip:203@{}", centre.server.address()), None), 202);
    let other = carl.rings();
    centre.says("transferred to 203");
    other.is_answered().says(&voice(124));
    call.says(&voice(125)).hears("Carl", &voice(124));
    other.hears("the caller", &voice(125));
    call.hangs_up();
    let tracks = recorded(&centre);
    let scores = [(1, 123), (1, 124), (0, 125)].map(|(side, seed)| likeness(&tracks[side], &voice(seed)).score);
    assert!(scores.iter().all(|score| *score > 0.9), "{scores:?}");
}

#[test]
fn the_agents_phone_shows_the_caller_and_the_queue() {
    let centre = Centre::open();
    let anna = centre.agent("anna");
    let call = centre.calls("720", "+4930101");
    let from = anna.rings().invite().header("From").unwrap();
    assert!(from.contains("+4930101") && from.contains("annas"), "{from}");
    call.is_answered().hangs_up();
}
