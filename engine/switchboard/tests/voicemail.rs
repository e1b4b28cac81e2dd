//! Messages: what is ordered while one is left, and when "saved" may be said.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use callwright_switchboard::{AudioEvent, Contact, LegEvent};
use expect_test::expect;
use model::{
    AgentId, CallId, CallbackId, HangupCause, LegId, Message, MessageId, MessageState, Ticket, WallTime, Work,
    WrittenNumber,
};

const CONFIG: &str = r#"
agents:
  anna: { extension: "201", password: example-anna, pin: "4711", queues: [support] }
  ben:  { extension: "202", password: example-ben, queues: [support] }
queues: { support: {} }
boxes:
  anna: { email: anna@desk.example }
  support: { review: true, urgent_key: "4", operator: anna, pin: "1234" }
  out: { email: out@desk.example, delete_after_mail: true, agents: [ben] }
fallback: box:anna
"#;

const TO_ANNA: &str = "tag(\"became\", voicemail(\"anna\"));\nhangup();";
const TO_SUPPORT: &str = "tag(\"became\", voicemail(\"support\", #{ greeting: \"closed\" }));\nhangup();";

struct Caller {
    desk: common::Desk,
    leg: LegId,
}

impl Caller {
    fn new(flow: &str) -> Self {
        let mut desk = common::Desk::new(CONFIG, flow);
        let leg = desk.call();
        desk.leg(leg, LegEvent::Answered);
        desk.said.clear();
        Self { desk, leg }
    }

    /// After the greeting (playback 1) and the tone (playback 2).
    fn at_the_tone(flow: &str) -> Self {
        let mut caller = Self::new(flow);
        caller.desk.ended(caller.leg, 1);
        caller.desk.stored(1, true);
        caller.desk.ended(caller.leg, 2);
        caller.desk.said.clear();
        caller
    }

    fn presses(&mut self, digit: char) {
        self.desk.audio(self.leg, AudioEvent::Digit(digit));
    }

    fn taped(&mut self, ticket: u64, seconds: u64, ended_by: &str) {
        let (ticket, length) = (Ticket(ticket), Duration::from_secs(seconds));
        self.desk.audio(self.leg, AudioEvent::RecordingEnded { ticket, length, ended_by: ended_by.to_owned() });
    }

    fn hangs_up(&mut self) {
        self.desk.leg(self.leg, LegEvent::HungUp(HangupCause::Normal));
    }

    fn lines(&self, of: &str) -> Vec<&str> {
        self.desk.said.lines().filter(|line| line.contains(of)).map(str::trim).collect()
    }
}

#[test]
fn saved_is_said_when_the_store_has_the_message_and_its_mail() {
    let mut caller = Caller::new(TO_ANNA);
    caller.desk.ended(caller.leg, 1);
    caller.desk.stored(1, true);
    caller.desk.ended(caller.leg, 2);
    caller.presses('#');
    caller.taped(2, 20, "stopped");
    caller.desk.expect(expect![[r#"
        store 1: open recordings/1-1-anna.wav
        audio 1: play 2: Tone(Beep)
        audio 1: StartRecording { ticket: Ticket(2), file: "recordings/1-1-anna.wav", max: 180s, silence: 5s, tracks: Party }
        audio 1: StopRecording
        store 3: keep message 1, delivery message-1-0
    "#]]);
    caller.desk.stored(3, true);
    caller.desk.expect(expect![[r#"
        lamp of anna: 1 new, 0 old
        store 4: close recordings/1-1-anna.wav, stopped
        audio 1: play 3: vm-msgsaved (missing)
    "#]]);
    caller.desk.ended(caller.leg, 3);
    caller.desk.expect_journal(expect![[r#"
        call 1 tag became = saved
        call 1 leg 1 released: normal
        call 1 ended voicemail by the flow: normal
    "#]]);
}

#[test]
fn whoever_hangs_up_after_the_tone_has_left_a_message_too() {
    let mut caller = Caller::at_the_tone(TO_ANNA);
    caller.hangs_up();
    caller.taped(2, 8, "stopped");
    assert_eq!(caller.lines("ended"), Vec::<&str>::new(), "the call waits for the disk");
    caller.desk.stored(3, true);
    caller.desk.expect_journal(expect![[r#"
        call 1 recording `anna` saved, 8s, ended by hangup
        call 1 message 1 saved in anna, 8s
        call 1 email to anna@desk.example queued as message-1-0
        call 1 ended voicemail by the caller: normal
    "#]]);
}

#[test]
fn a_caller_who_says_nothing_leaves_nothing() {
    let mut caller = Caller::at_the_tone(TO_ANNA);
    caller.taped(2, 5, "silence");
    caller.desk.expect(expect![[r#"
        store 3: discard recordings/1-1-anna.wav
        audio 1: play 3: vm-too-short (missing)
    "#]]);
    caller.desk.ended(caller.leg, 3);
    assert_eq!(caller.lines("became").len(), 1, "{}", caller.desk.said);
    assert!(caller.desk.said.contains("tag became = too_short"));
}

#[test]
fn a_row_that_the_store_refuses_is_no_message_and_the_caller_hears_it() {
    let mut caller = Caller::new(TO_ANNA);
    caller.desk.ended(caller.leg, 1);
    caller.desk.stored(1, false);
    caller.desk.ended(caller.leg, 2);
    caller.desk.expect_journal(expect![[r#"
        call 1 recording `anna` failed: the store did not take it
        call 1 hears `vm-failed` in en (main.rhai:1)
        call 1 tag became = failed
        call 1 leg 1 released: normal
        call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn a_message_that_the_store_refuses_is_not_called_saved() {
    let mut caller = Caller::at_the_tone(TO_ANNA);
    caller.presses('#');
    caller.taped(2, 20, "stopped");
    caller.desk.stored(3, false);
    caller.desk.ended(caller.leg, 3);
    assert!(caller.desk.said.contains("tag became = failed"), "{}", caller.desk.said);
    assert_eq!(caller.lines("saved"), Vec::<&str>::new());
    assert_eq!(caller.lines("close "), Vec::<&str>::new(), "the open row makes a message at the next start");
}

#[test]
fn the_store_is_asked_again_when_the_caller_is_gone() {
    let mut caller = Caller::at_the_tone(TO_ANNA);
    caller.hangs_up();
    caller.taped(2, 8, "stopped");
    caller.desk.stored(3, false);
    caller.desk.said.clear();
    caller.desk.seconds(5);
    assert_eq!(caller.lines("store "), ["store 4: keep message 1, delivery message-1-0"]);
    caller.desk.stored(4, true);
    assert_eq!(caller.lines("message 1 saved").len(), 1, "{}", caller.desk.said);
}

#[test]
fn whoever_hangs_up_while_the_store_decides_has_his_message_all_the_same() {
    let mut caller = Caller::at_the_tone(TO_ANNA);
    caller.presses('#');
    caller.taped(2, 20, "stopped");
    caller.hangs_up();
    caller.desk.stored(3, false);
    caller.desk.said.clear();
    caller.desk.seconds(5);
    assert_eq!(caller.lines("store "), ["store 4: keep message 1, delivery message-1-0"]);
    caller.desk.stored(4, true);
    assert_eq!(caller.lines("message 1 saved").len(), 1, "{}", caller.desk.said);
}

#[test]
fn a_message_is_heard_marked_and_said_again_before_it_is_kept() {
    let mut caller = Caller::at_the_tone(TO_SUPPORT);
    caller.presses('#');
    caller.taped(2, 20, "stopped");
    caller.presses('2');
    caller.desk.ended(caller.leg, 4);
    caller.presses('4');
    caller.presses('3');
    caller.desk.expect(expect![[r#"
        audio 1: StopRecording
        audio 1: play 3: vm-review (missing) vm-urgent (missing) vm-press (missing) digits/4 (missing) press-zero-operator (missing)
        audio 1: StopPlayback
        audio 1: play 4: recording recordings/1-1-support.wav
        audio 1: play 5: vm-review (missing) vm-urgent (missing) vm-press (missing) digits/4 (missing) press-zero-operator (missing)
        audio 1: StopPlayback
        audio 1: play 6: vm-is-urgent (missing) vm-review (missing) press-zero-operator (missing)
        audio 1: StopPlayback
        store 3: open recordings/1-2-support.wav
    "#]]);
    caller.desk.stored(3, true);
    caller.desk.ended(caller.leg, 7);
    caller.taped(4, 12, "silence");
    assert_eq!(caller.lines("store "), ["store 5: discard recordings/1-1-support.wav"]);
    caller.desk.ended(caller.leg, 8);
    caller.desk.said.clear();
    caller.desk.seconds(6);
    caller.desk.expect(expect![[r#"
        store 6: keep message 1
    "#]]);
    caller.desk.stored(6, true);
    assert_eq!(caller.lines("message 1 saved"), ["00:06.000 call 1 message 1 saved in support, 12s, urgent"]);
}

#[test]
fn zero_leads_to_the_operator_and_what_was_said_is_kept() {
    let mut caller = Caller::at_the_tone(TO_SUPPORT);
    caller.presses('0');
    caller.taped(2, 7, "stopped");
    caller.desk.stored(3, true);
    caller.desk.ended(caller.leg, 3);
    caller.desk.leg(LegId(2), LegEvent::Answered);
    caller.desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    caller.desk.expect_journal(expect![[r#"
        call 1 recording `support` saved, 7s, ended by stopped
        call 1 message 1 saved in support, 7s
        call 1 hears `vm-msgsaved` in en (main.rhai:1)
        call 1 leg 2 dialed anna by sip:anna@phone
        call 1 leg 2 answered: anna
        call 1 connected to anna on leg 2
        call 1 disconnected from leg 2 after 0ms: normal
        call 1 bridge gave answered (main.rhai:1)
        call 1 tag became = operator
        call 1 leg 1 released: normal
        call 1 ended answered by the flow: normal
    "#]]);
}

#[test]
fn the_key_of_the_operator_works_during_the_greeting() {
    let mut caller = Caller::new(TO_SUPPORT);
    caller.presses('0');
    caller.desk.leg(LegId(2), LegEvent::Answered);
    caller.desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    assert!(caller.desk.said.contains("tag became = operator"), "{}", caller.desk.said);
}

#[test]
fn whoever_does_not_reach_the_operator_has_the_tone() {
    let mut caller = Caller::new(TO_SUPPORT);
    caller.presses('0');
    caller.desk.leg(LegId(2), LegEvent::Failed(model::LegFailure::Busy));
    assert_eq!(caller.lines("hears `vm-intro`").len(), 1, "{}", caller.desk.said);
    caller.desk.ended(caller.leg, 3);
    caller.desk.stored(1, true);
    caller.desk.ended(caller.leg, 4);
    caller.taped(2, 20, "stopped");
    caller.presses('1');
    caller.desk.stored(3, true);
    caller.desk.ended(caller.leg, 6);
    assert_eq!(caller.lines("message 1 saved in support").len(), 1, "{}", caller.desk.said);
    assert!(caller.desk.said.contains("tag became = saved"), "{}", caller.desk.said);
}

#[test]
fn what_was_said_first_counts_until_it_is_said_better() {
    for ended_by in ["hangup", "silence"] {
        let mut caller = Caller::at_the_tone(TO_SUPPORT);
        caller.presses('#');
        caller.taped(2, 20, "stopped");
        caller.presses('3');
        caller.desk.stored(3, true);
        caller.desk.ended(caller.leg, 4);
        caller.desk.said.clear();
        if ended_by == "hangup" {
            caller.hangs_up();
            caller.taped(4, 0, "stopped");
        } else {
            caller.taped(4, 5, "silence");
            caller.presses('1');
        }
        assert_eq!(caller.lines("failed"), Vec::<&str>::new(), "{}", caller.desk.said);
        caller.desk.stored(6, true);
        assert_eq!(caller.lines("message 1 saved in support, 20s").len(), 1, "{ended_by}: {}", caller.desk.said);
    }
}

#[test]
fn a_flow_that_fails_leads_to_a_box_like_any_other() {
    let mut caller = Caller::new("throw \"broken\";");
    caller.desk.ended(caller.leg, 1);
    caller.desk.ended(caller.leg, 2);
    caller.desk.stored(1, true);
    caller.desk.ended(caller.leg, 3);
    caller.presses('#');
    caller.taped(2, 9, "stopped");
    caller.desk.stored(3, true);
    caller.desk.ended(caller.leg, 4);
    assert_eq!(caller.lines("message 1 saved in anna").len(), 1, "{}", caller.desk.said);
    assert_eq!(caller.lines("ended voicemail").len(), 1, "{}", caller.desk.said);
}

fn message(id: u64, mailbox: &str, urgent: bool) -> Work {
    Work::Message(Message {
        id: MessageId(id),
        mailbox: mailbox.to_owned(),
        call: CallId(90 + id),
        from: "+4930111".into(),
        name: String::new(),
        file: format!("recordings/9{id}-1-{mailbox}.wav"),
        length: Duration::from_millis(7_600),
        left_at: WallTime(id.cast_signed() * 60_000_000),
        urgent,
        state: MessageState::New,
    })
}

/// A desk whose boxes hold messages of an earlier life.
fn desk_with_messages(flow: &str) -> common::Desk {
    let mut desk = common::Desk::new(CONFIG, flow);
    let work = vec![message(1, "support", false), message(2, "support", true), message(3, "anna", false)];
    desk.board.restore_work(desk.now, work, (MessageId(4), CallbackId(1)));
    desk.drain();
    desk
}

#[test]
fn lamps_show_the_boxes_of_a_person_and_of_his_queues() {
    let mut desk = desk_with_messages("log(mark_message(2, \"heard\")); mark_message(1, \"deleted\");");
    desk.expect(expect![[r#"
        lamp of anna: 3 new, 0 old
        lamp of ben: 2 new, 0 old
    "#]]);
    desk.call();
    desk.stored(1, true);
    desk.stored(2, true);
    let lamps: Vec<&str> = desk.said.lines().filter(|line| line.starts_with("lamp")).collect();
    let expected = [
        "lamp of anna: 2 new, 1 old",
        "lamp of ben: 1 new, 1 old",
        "lamp of anna: 1 new, 1 old",
        "lamp of ben: 0 new, 1 old",
    ];
    assert_eq!(lamps, expected);
    desk.said.clear();
    let ben = AgentId::parse("ben").unwrap();
    desk.board.handle_phones(desk.now, ben.clone(), vec![Contact { uri: "sip:ben@other".into() }]);
    desk.drain();
    desk.board.handle_phones(desk.now, ben, vec![Contact { uri: "sip:ben@other".into() }]);
    desk.drain();
    desk.expect(expect![[r#"
        lamp of ben: 0 new, 1 old
    "#]]);
}

#[test]
fn a_forgotten_message_is_gone_and_lamps_go_out() {
    let mut desk = desk_with_messages("log(mark_message(1, \"heard\"));");
    desk.said.clear();
    desk.board.forget_messages(desk.now, &[MessageId(1), MessageId(3)].into());
    desk.drain();
    desk.expect(expect![[r#"
        lamp of anna: 1 new, 0 old
        lamp of ben: 1 new, 0 old
    "#]]);
    let number = WrittenNumber::parse("0049 30 111", &model::Numbering::default()).unwrap();
    assert_eq!(desk.board.forget_number(desk.now, &number), [].into(), "no call goes on");
    desk.drain();
    desk.expect(expect![[r#"
        lamp of anna: 0 new, 0 old
        lamp of ben: 0 new, 0 old
    "#]]);
    desk.call();
    assert!(desk.said.contains("log: unknown"), "{}", desk.said);
    assert_eq!(desk.board.forget_number(desk.now, &number), [].into(), "his call is over");
}

#[test]
fn what_the_store_refused_is_not_asked_again_for_a_forgotten_number() {
    let mut caller = Caller::at_the_tone(TO_ANNA);
    let number = WrittenNumber::parse("+4930111", &model::Numbering::default()).unwrap();
    assert_eq!(caller.desk.board.forget_number(caller.desk.now, &number), [CallId(1)].into(), "his call goes on");
    caller.hangs_up();
    caller.taped(2, 8, "stopped");
    caller.desk.stored(3, false);
    caller.desk.board.forget_number(caller.desk.now, &number);
    caller.desk.said.clear();
    caller.desk.seconds(60);
    assert_eq!(caller.lines("store "), Vec::<&str>::new());
}

#[test]
fn messages_are_listed_urgent_ones_first_and_changed_when_the_store_agrees() {
    let flow = "for m in messages(\"support\") { log(`${m.id} ${m.from} ${m.left_at} ${m.seconds} ${m.urgent} ${m.state} ${m.file}`); }\n\
        log(mark_message(1, \"heard\")); log(mark_message(7, \"heard\"));\n\
        log(forward_message(3, \"out\")); log(forward_message(3, \"nobody\" + \"\"));";
    let mut desk = desk_with_messages(flow);
    desk.said.clear();
    desk.call();
    desk.stored(1, false);
    desk.stored(2, true);
    desk.expect_journal(expect![[r#"
        call 1 arrived from +4930111 to 100 by local
        call 1 flow main.rhai started
        call 1 log: 2 +4930111 1970-01-01T01:02:00+01:00 8 true new recordings/92-1-support.wav (main.rhai:1)
        call 1 log: 1 +4930111 1970-01-01T01:01:00+01:00 8 false new recordings/91-1-support.wav (main.rhai:1)
        call 1 log: failed (main.rhai:2)
        call 1 log: unknown (main.rhai:2)
        call 1 message 4 saved in out, 7.6s
        call 1 email to out@desk.example queued as message-4-aba9500
        call 1 log: done (main.rhai:3)
        call 1 log: unknown (main.rhai:3)
        call 1 flow ended
        call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn a_recorded_greeting_is_heard_from_when_it_is_kept() {
    let flow = "log(set_greeting(\"anna\", \"temporary\", \"recordings/1-1-note.wav\"));\nvoicemail(\"anna\");";
    let mut desk = common::Desk::new(CONFIG, flow);
    let caller = desk.call();
    desk.stored(1, true);
    desk.leg(caller, LegEvent::Answered);
    desk.expect(expect![[r#"
        store 1: keep greeting anna/temporary
        leg 1: Answer
        audio 1: Watch(Some(30s))
        audio 1: play 1: recording recordings/1-1-note.wav
    "#]]);
}

#[test]
fn guessing_the_pin_of_a_box_locks_it_and_the_box_of_an_agent_has_his() {
    let flow = "log(check_box_pin(\"anna\", \"4711\")); log(check_box_pin(\"out\", \"\"));\n\
        for n in 0..5 { check_box_pin(\"support\", \"0000\"); }\nlog(check_box_pin(\"support\", \"1234\"));";
    let mut desk = common::Desk::new(CONFIG, flow);
    desk.call();
    let logged: Vec<&str> =
        desk.said.lines().filter_map(|line| line.split_once("log: ")).map(|(_, text)| text).collect();
    assert!(logged.concat().contains("PIN of box support is refused"), "{logged:?}");
}

#[test]
fn a_box_may_keep_no_copy_of_what_was_mailed() {
    let mut desk = common::Desk::new(CONFIG, "hangup();");
    desk.board.restore_work(
        desk.now,
        vec![message(1, "out", false), message(2, "anna", false)],
        (MessageId(3), CallbackId(1)),
    );
    desk.drain();
    desk.said.clear();
    for id in [1, 2] {
        let (key, by, to) = (format!("message-{id}"), "email".to_owned(), "a@b.example".to_owned());
        desk.board.note(desk.now, None, model::Fact::Delivered { key, by, to, attempts: 1 });
    }
    desk.drain();
    desk.stored(1, true);
    desk.expect(expect![[r#"
        store 1: keep message 1
        lamp of ben: 0 new, 0 old
    "#]]);
}
