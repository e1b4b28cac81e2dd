//! What the switchboard orders: commands as a shell sees them.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use callwright_switchboard::{AudioEvent, LegEvent};
use common::project;
use expect_test::expect;
use model::{AgentId, HangupCause, LegFailure, LegId, Source, Ticket, TrunkId};

const CONFIG: &str = r#"
trunks:
  near: { address: sip.near.example, allow_from: [198.51.100.0/24] }
  far: { address: sip.far.example, allow_from: [198.51.101.0/24] }
dial: [ { to: "+4915*", through: [near, far] } ]
limits: { max_calls: 2 }
agents:
  anna: { extension: "201", password: example-anna }
  ben:  { extension: "202", password: example-ben }
"#;

fn desk(flow: &str) -> common::Desk {
    common::Desk::new(CONFIG, flow)
}

#[test]
fn a_prompt_plays_once_the_phone_has_confirmed_the_answer() {
    let mut desk = desk("play(\"welcome\");\nhangup();");
    let caller = desk.call();
    desk.expect(expect![[r#"
        leg 1: Answer
    "#]]);
    desk.leg(caller, LegEvent::Answered);
    desk.expect(expect![[r#"
        audio 1: Watch(Some(30s))
        audio 1: play 1: welcome (sounds/en/welcome.wav)
    "#]]);
    desk.ended(caller, 1);
    desk.expect(expect![[r#"
        leg 1: Hangup(Normal)
    "#]]);
}

#[test]
fn a_recording_has_its_row_before_its_audio_and_its_end_before_the_flow_goes_on() {
    let mut desk = desk("record(\"note\");\nhangup();");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.expect(expect![[r#"
        leg 1: Answer
        audio 1: Watch(Some(30s))
        store 1: open recordings/1-1-note.wav
    "#]]);
    desk.stored(1, true);
    desk.ended(caller, 1);
    desk.audio(caller, AudioEvent::Digit('#'));
    desk.expect(expect![[r#"
        audio 1: play 1: Tone(Beep)
        audio 1: StartRecording { ticket: Ticket(2), file: "recordings/1-1-note.wav", max: 180s, silence: 5s, tracks: Party }
        audio 1: StopRecording
    "#]]);
    let (ticket, length, ended_by) = (Ticket(2), Duration::from_secs(3), "stopped".to_owned());
    desk.audio(caller, AudioEvent::RecordingEnded { ticket, length, ended_by });
    desk.expect(expect![[r#"
        store 3: close recordings/1-1-note.wav, digit:#
    "#]]);
    desk.stored(3, true);
    desk.expect(expect![[r#"
        leg 1: Hangup(Normal)
    "#]]);
}

#[test]
fn a_row_that_was_not_kept_is_not_confirmed() {
    let mut desk = desk("let note = record(\"note\");\nlog(note.ended_by);\nhangup();");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.stored(1, false);
    assert!(desk.said.contains("log: failed") && desk.said.contains("recording `note` failed"), "{}", desk.said);
    assert!(desk.said.contains("ended served"), "{}", desk.said);
}

#[test]
fn early_media_is_heard_until_it_fails_and_a_ring_tone_after_it() {
    let mut desk = desk("bridge(\"+4915111\");\nhangup();");
    let caller = desk.call();
    desk.expect(expect![[r#"
        leg 1: Ring { early_media: false }
        leg 2: dial Trunk { trunk: TrunkId("near"), number: "+4915111" } as Some("+4930111")
    "#]]);
    desk.leg(LegId(2), LegEvent::Ringing { early_media: true });
    desk.expect(expect![[r#"
        leg 1: Ring { early_media: true }
        audio 1: Join { with: LegId(2) }
    "#]]);
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::Unreachable));
    desk.expect(expect![[r#"
        audio 1: Part
        audio 1: play 1: Tone(Ringback) again and again
        leg 3: dial Trunk { trunk: TrunkId("far"), number: "+4915111" } as Some("+4930111")
    "#]]);
    desk.leg(LegId(3), LegEvent::Answered);
    desk.leg(caller, LegEvent::Answered);
    desk.expect(expect![[r#"
        leg 1: Answer
        audio 1: Join { with: LegId(3) }
        audio 3: Watch(Some(30s))
        audio 1: Watch(Some(30s))
    "#]]);
}

#[test]
fn a_trunk_that_is_down_comes_last() {
    let mut desk = desk("bridge(\"+4915111\", #{ show: \"hidden\" });");
    desk.board.handle_trunk(desk.now, TrunkId::parse("near").unwrap(), Some("no answer".into()));
    desk.drain();
    desk.call();
    desk.expect(expect![[r#"
        leg 1: Ring { early_media: false }
        leg 2: dial Trunk { trunk: TrunkId("far"), number: "+4915111" } as None
    "#]]);
}

#[test]
fn too_many_calls_and_unknown_numbers_are_refused_without_a_trace() {
    let mut desk = desk("wait(1.minutes);");
    desk.offered(Source::Local, "999", None);
    desk.call();
    desk.call();
    desk.said.clear();
    desk.call();
    desk.expect(expect![[r#"
        leg 4: reject 503, retry later
    "#]]);
}

#[test]
fn a_phone_picks_up_what_another_one_talks_on() {
    let mut desk = desk("bridge(\"anna\");\nhangup();");
    let caller = desk.call();
    desk.leg(LegId(2), LegEvent::Answered);
    desk.leg(caller, LegEvent::Answered);
    desk.said.clear();
    let ben = Source::Agent(AgentId::parse("ben").unwrap());
    let stranger = desk.offered(Source::Local, "x", Some(LegId(2)));
    desk.expect(expect![[r#"
        leg 3: Reject { status: 481, retry_after: None }
    "#]]);
    let new = desk.offered(ben, "x", Some(LegId(2)));
    assert!(new > stranger);
    desk.expect(expect![[r#"
        leg 4: Answer
        audio 1: StopPlayback
        audio 1: Join { with: LegId(4) }
        audio 4: Watch(Some(30s))
        leg 2: Hangup(Transferred)
    "#]]);
    desk.leg(new, LegEvent::HungUp(HangupCause::Normal));
    desk.expect(expect![[r#"
        audio 1: Part
        audio 1: StopPlayback
        leg 1: Hangup(Normal)
    "#]]);
}

#[test]
fn a_party_that_sends_nothing_any_more_is_hung_up() {
    let mut desk = desk("bridge(\"anna\");\nhangup();");
    let caller = desk.call();
    desk.leg(LegId(2), LegEvent::Answered);
    desk.leg(caller, LegEvent::Answered);
    desk.said.clear();
    desk.audio(caller, AudioEvent::Vanished);
    desk.expect(expect![[r#"
        leg 1: Hangup(Vanished)
        leg 2: Hangup(Vanished)
    "#]]);
}

#[test]
fn a_version_is_unused_when_its_last_call_has_ended() {
    let mut desk = desk("wait(5.seconds);");
    desk.call();
    desk.board.publish(desk.now, project(CONFIG, "hangup();"));
    desk.drain();
    desk.said.clear();
    desk.seconds(5);
    desk.expect(expect![[r#"
        leg 1: Reject { status: 480, retry_after: None }
        version unused
    "#]]);
}

#[test]
fn a_call_that_lives_too_long_is_ended() {
    let mut desk = desk("loop { wait(1.hours); }");
    desk.call();
    for _ in 0..4 {
        desk.seconds(3600);
    }
    assert!(desk.said.contains("ended served by the engine: time_limit"), "{}", desk.said);
    assert_eq!(desk.board.calls().count(), 0);
}

#[test]
fn a_prompt_that_cannot_be_read_is_told_in_the_trace_once() {
    let mut desk = desk("play(\"welcome\"); play(\"welcome\"); hangup();");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.said.clear();
    for playback in [1, 2] {
        desk.audio(caller, AudioEvent::PromptMissing { prompt: "welcome".into() });
        desk.ended(caller, playback);
    }
    assert_eq!(desk.said.matches("`welcome` missing").count(), 1, "{}", desk.said);
}
