//! Recordings of conversations: announced, one file per call, silent where they must be.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/mod.rs"]
mod common;

use std::time::Duration;

use callwright_switchboard::{AudioEvent, LegEvent};
use common::Desk;
use expect_test::expect;
use model::{AgentId, HangupCause, LegId, PlaybackEnd, PlaybackId, Source, Ticket};

const CONFIG: &str = r#"
trunks: { near: { address: sip.near.example } }
dial: [ { to: "+4915*", through: [near] } ]
queues:
  sales: { extension: "600", record: true }
  help:  { extension: "601" }
agents:
  anna: { extension: "201", password: example-anna, queues: [sales] }
  ben:  { extension: "202", password: example-ben, queues: [sales, help] }
"#;

const RECORDING: &str = "recording: { consent: welcome, decline_key: \"9\", pause_keys: \"*9\", pause_at_most: 2m }\n";

const SALES: &str = "log(queue(\"sales\")); hangup();";

fn desk(recording: &str, flow: &str) -> Desk {
    let mut desk = Desk::new(&format!("{CONFIG}{recording}"), flow);
    for name in ["anna", "ben"] {
        desk.ready(name);
    }
    desk
}

/// A caller whom the queue connects to Anna on leg 2, recorded.
fn talking(recording: &str) -> (Desk, LegId) {
    let mut desk = desk(recording, SALES);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    if !recording.is_empty() {
        desk.ended(caller, 1);
    }
    desk.leg(LegId(2), LegEvent::Answered);
    desk.stored(1, true);
    desk.said.clear();
    (desk, caller)
}

#[test]
fn a_caller_hears_that_he_may_be_recorded_before_the_first_sample() {
    let mut desk = desk(RECORDING, SALES);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.seconds(3);
    desk.ended(caller, 1);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.stored(1, true);
    desk.expect_journal(expect![[r#"
        agent anna ready
        agent ben ready
        call 1 arrived from +4930111 to 100 by local
        call 1 flow main.rhai started
        call 1 answered
        call 1 hears `welcome` in en
        call 1 `welcome` finished
        call 1 queued in sales, position 1 (main.rhai:1)
        call 1 offered to anna: longest idle, 2 free: anna (idle 3s), ben (idle 3s)
        call 1 leg 2 dialed anna by sip:anna@phone
        call 1 leg 2 answered: anna
        call 1 anna answered in sales after 0ms
        call 1 connected to anna on leg 2
        call 1 recording `conversation` started
    "#]]);
}

#[test]
fn whoever_declines_is_served_all_the_same_and_never_recorded() {
    let mut desk = desk(RECORDING, SALES);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.said.clear();
    desk.keys(caller, "59");
    desk.leg(LegId(2), LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::TransferRequested { to: "600".into(), replaces: None });
    desk.expect(expect![[r#"
        audio 1: StopPlayback
        audio 1: play 2: hold/default (missing) again and again
        leg 2: dial Phone { agent: AgentId("anna"), contact: "sip:anna@phone" } as Some("+4930111")
        audio 1: Join { with: LegId(2) }
        audio 2: Watch(Some(30s))
        audio 2: Part
        leg 2: TransferDone { status: 200 }
        leg 2: Hangup(Transferred)
        audio 1: play 3: hold/default (missing) again and again
        leg 3: dial Phone { agent: AgentId("anna"), contact: "sip:anna@phone" } as Some("+4930111")
    "#]]);
}

#[test]
fn an_announcement_that_cannot_be_played_records_nobody() {
    let mut desk = desk(RECORDING, SALES);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.said.clear();
    desk.audio(caller, AudioEvent::PlaybackEnded { playback: PlaybackId(1), how: PlaybackEnd::Missing });
    desk.leg(LegId(2), LegEvent::Answered);
    assert!(!desk.said.contains("store"), "{}", desk.said);
    assert!(desk.said.contains("recording `conversation` failed: the announcement `welcome` could not be played"));
    assert!(desk.said.contains("queued in sales"), "he waits all the same: {}", desk.said);
}

#[test]
fn whoever_could_not_hear_it_before_hears_it_with_the_agent_and_from_its_beginning() {
    let mut desk = desk(RECORDING, SALES);
    // Ben has called a customer and sends him to the queue.
    let ben = desk.offered(Source::Agent(AgentId::parse("ben").unwrap()), "+4915100", None);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.leg(ben, LegEvent::TransferRequested { to: "600".into(), replaces: None });
    desk.leg(LegId(3), LegEvent::Answered);
    desk.said.clear();
    desk.leg(LegId(3), LegEvent::Held);
    desk.leg(LegId(3), LegEvent::Resumed);
    desk.ended(LegId(2), 2);
    assert!(!desk.said.contains("store"), "that one was cut off: {}", desk.said);
    desk.ended(LegId(2), 5);
    desk.stored(1, true);
    desk.expect(expect![[r#"
        audio 3: Part
        audio 2: play 4: hold/default (missing) again and again
        audio 3: Watch(None)
        audio 3: Watch(Some(30s))
        audio 3: Join { with: LegId(2) }
        audio 2: play 5: welcome (sounds/en/welcome.wav)
        audio 3: play 6: welcome (sounds/en/welcome.wav)
        store 1: open recordings/1-1-conversation.wav
        audio 2: StartRecording { ticket: Ticket(2), file: "recordings/1-1-conversation.wav", max: 14400s, silence: 0ns, tracks: Both }
    "#]]);
}

#[test]
fn hold_and_every_transfer_leave_one_file_per_call() {
    let (mut desk, caller) = talking("");
    desk.leg(LegId(2), LegEvent::Held);
    desk.leg(LegId(2), LegEvent::Resumed);
    // To a colleague, to a queue that does not record, and back to one that does.
    desk.leg(LegId(2), LegEvent::TransferRequested { to: "202".into(), replaces: None });
    desk.leg(LegId(3), LegEvent::Answered);
    desk.leg(LegId(3), LegEvent::TransferRequested { to: "601".into(), replaces: None });
    desk.leg(LegId(4), LegEvent::Answered);
    desk.leg(LegId(4), LegEvent::TransferRequested { to: "600".into(), replaces: None });
    desk.leg(LegId(5), LegEvent::Answered);
    let recordings = |desk: &Desk| -> Vec<String> {
        let about = |line: &&str| line.contains("Recording") || line.starts_with("store");
        desk.said.lines().filter(about).map(str::to_owned).collect()
    };
    assert_eq!(recordings(&desk), Vec::<String>::new(), "nothing begins or ends");
    // An agent who vanishes: the caller gets his old place, and the file goes on.
    desk.audio(LegId(5), AudioEvent::Vanished);
    assert_eq!(recordings(&desk), Vec::<String>::new());
    desk.said.clear();
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    assert_eq!(recordings(&desk), ["audio 1: StopRecording"]);
}

#[test]
fn an_attended_transfer_of_a_consultation_goes_on_in_the_same_file() {
    let (mut desk, _) = talking("");
    let consulting = desk.offered(Source::Agent(AgentId::parse("anna").unwrap()), "202", None);
    desk.leg(LegId(4), LegEvent::Answered);
    desk.said.clear();
    desk.leg(LegId(2), LegEvent::TransferRequested { to: String::new(), replaces: Some(consulting) });
    assert!(desk.said.contains("transferred to 202 on leg 4"), "{}", desk.said);
    assert!(!desk.said.contains("Recording") && !desk.said.contains("store"), "{}", desk.said);
}

#[test]
fn a_recorded_leg_that_hands_over_leaves_a_second_file() {
    // Anna rings the queue from her own phone, which is recorded, and puts a colleague in her place.
    let mut desk = desk("", SALES);
    let anna = || Source::Agent(AgentId::parse("anna").unwrap());
    let caller = desk.offered(anna(), "600", None);
    desk.leg(caller, LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.stored(1, true);
    let consulting = desk.offered(anna(), "202", None);
    desk.leg(LegId(4), LegEvent::Answered);
    desk.said.clear();
    desk.leg(caller, LegEvent::TransferRequested { to: String::new(), replaces: Some(consulting) });
    let about = |line: &&str| line.contains("Recording") || line.starts_with("store");
    let recordings: Vec<&str> = desk.said.lines().filter(about).collect();
    assert_eq!(recordings, ["audio 1: StopRecording", "store 3: open recordings/1-2-conversation.wav"]);
}

#[test]
fn an_agent_pauses_and_resumes_with_keys_and_both_hear_a_tone() {
    let (mut desk, caller) = talking(RECORDING);
    desk.keys(LegId(2), "1*9");
    desk.seconds(20);
    desk.keys(LegId(2), "*");
    desk.seconds(4);
    desk.keys(LegId(2), "9");
    desk.keys(caller, "*9");
    desk.keys(LegId(2), "*9");
    desk.expect(expect![[r#"
        audio 1: PauseRecording
        audio 1: play 3: Tone(Beep)
        audio 2: play 4: Tone(Beep)
        audio 1: ResumeRecording
        audio 1: play 5: Tone(Beep)
        audio 2: play 6: Tone(Beep)
    "#]]);
}

#[test]
fn a_pause_that_nobody_ends_ends_by_itself() {
    let (mut desk, _) = talking(RECORDING);
    desk.keys(LegId(2), "*9");
    desk.seconds(119);
    assert!(!desk.said.contains("ResumeRecording"));
    desk.seconds(1);
    desk.expect_journal(expect![[r#"
        call 1 recording paused by anna
        call 1 recording resumed by the time limit
    "#]]);
}

#[test]
fn a_flow_records_the_whole_call_and_pauses_for_a_card() {
    let flow = r#"
        log(record_call(true));
        pause_recording(#{ at_most: 1.minutes });
        collect(#{ max: 16 });
        resume_recording();
        queue("sales");
        log(record_call(false));
        log(queue("sales"));
    "#;
    let mut desk = desk(RECORDING, flow);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.ended(caller, 1);
    desk.stored(1, true);
    desk.keys(caller, "4711#");
    desk.leg(LegId(2), LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    desk.audio(
        caller,
        AudioEvent::RecordingEnded { ticket: Ticket(2), length: Duration::from_secs(9), ended_by: "stopped".into() },
    );
    desk.stored(3, true);
    desk.leg(LegId(3), LegEvent::Answered);
    desk.expect_journal(expect![[r#"
        agent anna ready
        agent ben ready
        call 1 arrived from +4930111 to 100 by local
        call 1 flow main.rhai started
        call 1 answered
        call 1 hears `welcome` in en
        call 1 `welcome` finished
        call 1 recording `conversation` started
        call 1 log: recording (main.rhai:2)
        call 1 recording paused by the flow
        call 1 pressed 4711 (main.rhai:4)
        call 1 recording resumed by the flow
        call 1 queued in sales, position 1 (main.rhai:6)
        call 1 offered to anna: longest idle, 2 free: anna (idle 0ms), ben (idle 0ms)
        call 1 leg 2 dialed anna by sip:anna@phone
        call 1 leg 2 answered: anna
        call 1 anna answered in sales after 0ms
        call 1 connected to anna on leg 2
        call 1 disconnected from leg 2 after 0ms: normal
        call 1 anna of sales talked for 0ms
        call 1 log: off (main.rhai:7)
        agent anna ready
        call 1 queued in sales, position 1 (main.rhai:8)
        call 1 offered to anna: longest idle, 2 free: anna (idle 0ms), ben (idle 0ms)
        call 1 leg 3 dialed anna by sip:anna@phone
        call 1 recording `conversation` saved, 9s, ended by stopped
        call 1 leg 3 answered: anna
        call 1 anna answered in sales after 0ms
        call 1 connected to anna on leg 3
    "#]]);
}

#[test]
fn a_recording_that_begins_during_a_pause_is_silent_at_first() {
    let flow = "answer(); pause_recording(); queue(\"sales\");";
    let mut desk = desk("", flow);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.said.clear();
    desk.stored(1, true);
    desk.seconds(180);
    desk.expect(expect![[r#"
        audio 1: StartRecording { ticket: Ticket(2), file: "recordings/1-1-conversation.wav", max: 14400s, silence: 0ns, tracks: Both }
        audio 1: PauseRecording
        audio 1: ResumeRecording
    "#]]);
}

#[test]
fn whoever_declines_is_told_to_the_flow() {
    let mut desk = desk(RECORDING, "log(record_call(true)); log(record_call(true));");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.said.clear();
    desk.keys(caller, "9");
    desk.expect_journal(expect![[r#"
        call 1 recording declined with 9
        call 1 log: declined (main.rhai:1)
        call 1 log: declined (main.rhai:1)
        call 1 flow ended
        call 1 leg 1 released: normal
        call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn a_message_interrupts_the_recording_of_the_call_which_goes_on_in_a_second_file() {
    let mut desk = desk("", "record_call(true); record(\"complaint\", #{ beep: false }); wait(5.seconds);");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.stored(1, true);
    desk.said.clear();
    desk.stored(3, true);
    let ended = |ticket, ended_by: &str| AudioEvent::RecordingEnded {
        ticket: Ticket(ticket),
        length: Duration::from_secs(4),
        ended_by: ended_by.into(),
    };
    desk.audio(caller, ended(2, "stopped"));
    desk.audio(caller, ended(4, "silence"));
    desk.stored(6, true);
    desk.expect(expect![[r#"
        audio 1: StopRecording
        audio 1: StartRecording { ticket: Ticket(4), file: "recordings/1-2-complaint.wav", max: 180s, silence: 5s, tracks: Party }
        store 5: close recordings/1-1-conversation.wav, stopped
        store 6: close recordings/1-2-complaint.wav, silence
        store 7: open recordings/1-3-conversation.wav
    "#]]);
}

#[test]
fn with_a_key_files_are_sealed() {
    let key = "0f".repeat(32);
    let mut desk = desk(&format!("recording: {{ key: \"{key}\" }}\n"), SALES);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::Answered);
    assert!(desk.said.contains("open recordings/1-1-conversation.sealed"), "{}", desk.said);
}
