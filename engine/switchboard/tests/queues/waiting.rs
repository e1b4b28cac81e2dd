//! Callers: who rings for them, what they hear, how they leave.

use callwright_switchboard::{AudioEvent, LegEvent};
use expect_test::expect;
use model::{HangupCause, LegFailure, LegId};

use crate::common::Desk;
use crate::{CONFIG, HELP, SALES, caller_waits, desk};

#[test]
fn an_agent_is_rung_connected_recorded_and_wraps_up() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    desk.said.clear();
    let caller = caller_waits(&mut desk);
    desk.expect(expect![[r#"
        leg 1: Answer
        audio 1: Watch(Some(30s))
        audio 1: play 1: hold/default (missing) again and again
        leg 2: dial Phone { agent: AgentId("anna"), contact: "sip:anna@phone" } as Some("+4930111")
    "#]]);
    desk.seconds(4);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.stored(1, true);
    desk.seconds(60);
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    desk.expect(expect![[r#"
        audio 1: Join { with: LegId(2) }
        audio 2: Watch(Some(30s))
        store 1: open recordings/1-1-conversation.wav
        audio 1: StartRecording { ticket: Ticket(2), file: "recordings/1-1-conversation.wav", max: 14400s, silence: 0ns, tracks: Both }
        audio 1: StopRecording
        leg 2: Hangup(Normal)
    "#]]);
    desk.seconds(10);
    desk.expect_journal(expect![[r#"
        agent anna ready
        call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn the_journal_tells_the_whole_story() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    let caller = caller_waits(&mut desk);
    desk.seconds(4);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.seconds(60);
    desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    desk.expect_journal(expect![[r#"
        agent anna ready
        call 1 arrived from +4930111 to 100 by local
        call 1 flow main.rhai started
        call 1 answered
        call 1 queued in sales, position 1 (main.rhai:1)
        call 1 offered to anna: longest idle, 1 free: anna (idle 0ms); 1 signed out
        call 1 leg 2 dialed anna by sip:anna@phone
        call 1 leg 2 answered: anna
        call 1 anna answered in sales after 4s
        call 1 connected to anna on leg 2
        call 1 disconnected from leg 2 after 1m: normal
        call 1 anna of sales talked for 1m
        call 1 log: answered (main.rhai:1)
        call 1 leg 1 released: normal
        call 1 ended answered by the flow: normal
        agent anna wrap_up
    "#]]);
}

#[test]
fn when_one_of_many_answers_all_other_phones_fall_silent() {
    let mut desk = Desk::new(&CONFIG.replace("sales: {", "sales: { strategy: ring_all,"), SALES);
    desk.ready("anna");
    desk.ready("ben");
    caller_waits(&mut desk);
    desk.said.clear();
    desk.leg(LegId(3), LegEvent::Answered);
    desk.expect(expect![[r#"
        leg 2: Hangup(AnsweredElsewhere)
        audio 1: Join { with: LegId(3) }
        audio 3: Watch(Some(30s))
        store 1: open recordings/1-1-conversation.wav
    "#]]);
}

#[test]
fn nobody_on_duty_lets_the_caller_wait_until_his_time_is_over() {
    let mut desk = desk(SALES);
    caller_waits(&mut desk);
    desk.said.clear();
    desk.seconds(60);
    desk.expect_journal(expect![[r#"
        call 1 left sales after 1m: timed_out
        call 1 log: timed_out (main.rhai:1)
        call 1 leg 1 released: normal
        call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn who_does_not_answer_is_left_alone_and_the_next_one_rings() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    desk.ready("ben");
    caller_waits(&mut desk);
    desk.said.clear();
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::Busy));
    desk.leg(LegId(3), LegEvent::Ringing { early_media: false });
    desk.seconds(20);
    desk.expect_journal(expect![[r#"
        call 1 leg 2 to anna failed: busy
        call 1 offer to anna ended: busy
        call 1 offered to ben: longest idle, 1 free: ben (idle 0ms); 1 backing off
        call 1 leg 3 dialed ben by sip:ben@phone
        call 1 leg 3 is ringing
        call 1 leg 3 released: no_answer
        call 1 offer to ben ended: no answer
    "#]]);
}

#[test]
fn the_agent_hears_the_whisper_and_both_a_tone() {
    let mut desk = desk(HELP);
    desk.ready("anna");
    caller_waits(&mut desk);
    desk.said.clear();
    desk.leg(LegId(2), LegEvent::Answered);
    desk.ended(LegId(2), 2);
    desk.ended(LegId(2), 3);
    desk.expect(expect![[r#"
        audio 2: play 2: welcome (sounds/en/welcome.wav)
        audio 2: play 3: Tone(Beep)
        audio 1: play 4: Tone(Beep)
        audio 1: Join { with: LegId(2) }
        audio 2: Watch(Some(30s))
    "#]]);
}

#[test]
fn positions_are_told_and_an_exit_key_leaves() {
    let mut desk = desk(HELP);
    caller_waits(&mut desk);
    let second = caller_waits(&mut desk);
    desk.said.clear();
    desk.ended(second, 3);
    desk.audio(second, AudioEvent::Digit('0'));
    desk.expect(expect![[r#"
        audio 2: play 4: hold/default (missing) again and again
        audio 2: StopPlayback
        leg 2: Hangup(Normal)
    "#]]);
}

#[test]
fn who_leaves_to_listen_and_returns_has_his_place_still() {
    let flow = r#"
        while queue("help", #{ exit_keys: "5" }) == "exit:5" { wait(20.seconds); }
    "#;
    let mut desk = desk(flow);
    let first = caller_waits(&mut desk);
    caller_waits(&mut desk);
    desk.audio(first, AudioEvent::Digit('5'));
    desk.said.clear();
    desk.seconds(20);
    assert!(desk.said.contains("call 1 queued in help, position 1, old place kept"), "{}", desk.said);
}

#[test]
fn a_position_is_told_when_it_improved() {
    let mut desk = desk(HELP);
    let first = caller_waits(&mut desk);
    let second = caller_waits(&mut desk);
    desk.ended(second, 3);
    desk.leg(first, LegEvent::HungUp(HangupCause::Normal));
    desk.said.clear();
    desk.seconds(15);
    desk.expect(expect![[r#"
        audio 2: play 5: queue-youarenext (missing)
    "#]]);
}

#[test]
fn phones_that_ring_when_the_caller_leaves_are_told_so() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    let caller = caller_waits(&mut desk);
    desk.said.clear();
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    desk.expect_journal(expect![[r#"
        call 1 left sales after 0ms: abandoned
        call 1 offer to anna ended: caller left
        call 1 leg 2 released: normal
        call 1 ended abandoned by the caller: normal
    "#]]);
}
