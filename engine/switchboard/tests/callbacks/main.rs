//! Calls back: who is called when, what is kept before, and what happens when nobody answers.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/mod.rs"]
mod common;

mod busy;
mod forms;
mod messages;
mod racing;
mod reloading;

use callwright_switchboard::{AudioEvent, LegEvent, LostCaller};
use common::Desk;
use expect_test::expect;
use model::{
    CallId, CallbackId, CallbackOrder, CallbackState, CallbackTask, HangupCause, LegFailure, LegId, MessageId, QueueId,
    WallTime, Work, WrittenNumber,
};

const CONFIG: &str = r#"
trunks: { near: { address: sip.near.example } }
dial: [ { to: "+49*", through: [near], show: "+49100" } ]
callbacks: { refuse: ["+49900*"], attempts: 2, retry: [5m], ORDER }
queues:
  sales: { ring_for: 20s, wrap_up: 10s, max_wait: 1m }
agents:
  anna: { extension: "201", password: example-anna, queues: [sales] }
  ben:  { extension: "202", password: example-ben, queues: [sales] }
"#;

const FLOW: &str = r#"
switch queue("sales", #{ exit_keys: "1" }) {
    "exit:1" => log(callback(#{ queue: "sales" })),
    _ => log("left"),
}
hangup();
"#;

/// Nine in the morning: zero would be before the first call.
const MORNING: WallTime = WallTime(1_700_000_000_000_000);

fn desk(order: &str) -> Desk {
    let mut desk = Desk::new(&CONFIG.replace("ORDER", order), FLOW);
    desk.board.set_wall_clock(desk.now, MORNING);
    desk
}

/// A caller waits half a minute and asks to be called back; the promise is on the disk.
fn books(desk: &mut Desk) {
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.seconds(30);
    desk.audio(caller, AudioEvent::Digit('1'));
    desk.stored(1, true);
}

#[test]
fn nobody_is_told_that_it_is_booked_before_it_is_on_the_disk() {
    let mut desk = desk("order: agent_first");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.seconds(30);
    desk.audio(caller, AudioEvent::Digit('1'));
    desk.expect_journal(expect![[r#"
        call 1 arrived from +4930111 to 100 by local
        call 1 flow main.rhai started
        call 1 answered
        call 1 queued in sales, position 1 (main.rhai:2)
        call 1 left sales after 30s: exit:1
    "#]]);
    desk.stored(1, true);
    desk.expect_journal(expect![[r#"
        call 1 callback 1 to +4930111 booked in sales
        call 1 log: booked (main.rhai:3)
        call 1 leg 1 released: normal
        call 1 ended callback by the flow: normal
    "#]]);
}

#[test]
fn a_promise_that_cannot_be_kept_is_refused() {
    let mut desk = desk("order: agent_first");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    desk.audio(caller, AudioEvent::Digit('1'));
    desk.said.clear();
    desk.stored(1, false);
    desk.passes(2);
    desk.expect_journal(expect![[r#"
        call 1 log: refused (main.rhai:3)
        call 1 leg 1 released: normal
        call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn an_agent_is_found_then_the_attempt_is_kept_then_the_customer_is_called() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.said.clear();
    desk.ready("anna");
    desk.passes(1);
    desk.leg(LegId(3), LegEvent::Answered);
    desk.expect(expect![[r#"
        leg 3: dial Phone { agent: AgentId("anna"), contact: "sip:anna@phone" } as Some("+4930111")
        audio 3: play 2: Tone(Ringback) again and again
        store 2: keep callback 1
    "#]]);
    desk.stored(2, true);
    desk.expect(expect![[r#"
        leg 2: dial Trunk { trunk: TrunkId("near"), number: "+4930111" } as Some("+49100")
    "#]]);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.passes(60);
    desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    desk.expect(expect![[r#"
        audio 2: Watch(Some(30s))
        audio 3: StopPlayback
        audio 2: Join { with: LegId(3) }
        audio 3: Watch(Some(30s))
        leg 3: Hangup(Normal)
        store 3: keep callback 1
    "#]]);
}

#[test]
fn who_does_not_answer_is_called_again_later_and_then_given_up() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.ready("anna");
    desk.passes(1);
    desk.leg(LegId(3), LegEvent::Answered);
    desk.stored(2, true);
    desk.said.clear();
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::Busy));
    desk.passes(299);
    desk.expect_journal(expect![[r#"
        call 2 leg 2 to +4930111 failed: busy
        call 2 anna of sales talked for 0ms
        call 2 leg 3 released: no_answer
        call 2 ended not_reached by the engine: no_answer
        agent anna wrap_up
        callback 1 waiting, attempt 1: busy
        agent anna ready
    "#]]);
    desk.passes(2);
    desk.leg(LegId(5), LegEvent::Answered);
    desk.stored(4, true);
    desk.passes(31);
    desk.expect_journal(expect![[r#"
        call 3 placed to +4930111 for callback 1, attempt 2
        call 3 queued in sales, position 1, old place kept
        call 3 offered to anna: longest idle, 1 free: anna (idle 4m50s); 1 signed out
        call 3 leg 5 dialed anna by sip:anna@phone
        call 3 leg 5 answered: anna
        call 3 anna answered in sales after 1s
        call 3 leg 4 dialed +4930111 by trunk near
        call 3 leg 4 to +4930111 failed: no_answer
        call 3 leg 4 released: no_answer
        call 3 anna of sales talked for 0ms
        call 3 leg 5 released: no_answer
        call 3 ended not_reached by the engine: no_answer
        agent anna wrap_up
        callback 1 gave_up, attempt 2: no_answer
    "#]]);
    desk.passes(600);
    desk.expect_journal(expect![[r#"
        agent anna ready
    "#]]);
}

#[test]
fn a_customer_first_confirms_with_a_key_and_waits_at_his_place() {
    let mut desk = desk("order: customer_first");
    books(&mut desk);
    desk.said.clear();
    desk.ready("anna");
    desk.passes(1);
    desk.expect(expect![[r#"
        store 2: keep callback 1
    "#]]);
    desk.stored(2, true);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.expect(expect![[r#"
        leg 2: dial Trunk { trunk: TrunkId("near"), number: "+4930111" } as Some("+49100")
        audio 2: Watch(Some(30s))
        audio 2: play 2: callback-greeting (missing) Silence(2s)
    "#]]);
    desk.audio(LegId(2), AudioEvent::Digit('1'));
    desk.leg(LegId(3), LegEvent::Answered);
    desk.passes(20);
    desk.leg(LegId(3), LegEvent::HungUp(HangupCause::Normal));
    desk.expect_journal(expect![[r#"
        call 2 leg 2 confirmed by key
        call 2 queued in sales, position 1, old place kept
        call 2 offered to anna: longest idle, 1 free: anna (idle 1s); 1 signed out
        call 2 leg 3 dialed anna by sip:anna@phone
        call 2 leg 3 answered: anna
        call 2 anna answered in sales after 0ms
        call 2 connected to anna on leg 3
        call 2 disconnected from leg 3 after 20s: normal
        call 2 anna of sales talked for 20s
        call 2 leg 2 released: normal
        call 2 ended answered by the other party: normal
        agent anna wrap_up
        callback 1 done, attempt 1: answered
    "#]]);
}

#[test]
fn who_rings_first_takes_his_place_and_is_not_called() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    let again = desk.call();
    desk.leg(again, LegEvent::Answered);
    desk.said.clear();
    desk.ready("anna");
    desk.leg(LegId(3), LegEvent::Answered);
    desk.passes(5);
    desk.leg(again, LegEvent::HungUp(HangupCause::Normal));
    desk.passes(30);
    desk.expect_journal(expect![[r#"
        agent anna ready
        call 2 offered to anna: longest idle, 1 free: anna (idle 0ms); 1 signed out
        call 2 leg 3 dialed anna by sip:anna@phone
        call 2 leg 3 answered: anna
        call 2 callback 1 taken_over, attempt 0: he rang first
        call 2 anna answered in sales after 0ms
        call 2 connected to anna on leg 3
        call 2 disconnected from leg 2 after 5s: normal
        call 2 anna of sales talked for 5s
        call 2 leg 3 released: normal
        call 2 ended answered by the caller: normal
        agent anna wrap_up
        agent anna ready
    "#]]);
}

#[test]
fn who_rings_first_and_gives_up_is_called_all_the_same() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    let again = desk.call();
    desk.leg(again, LegEvent::Answered);
    desk.leg(again, LegEvent::HungUp(HangupCause::Normal));
    desk.said.clear();
    desk.ready("anna");
    desk.passes(1);
    desk.expect_journal(expect![[r#"
        agent anna ready
        call 3 placed to +4930111 for callback 1, attempt 1
        call 3 queued in sales, position 1, old place kept
        call 3 offered to anna: longest idle, 1 free: anna (idle 1s); 1 signed out
        call 3 leg 4 dialed anna by sip:anna@phone
    "#]]);
}

#[test]
fn premium_numbers_and_numbers_that_no_rule_allows_are_refused() {
    for number in ["+49900123", "+1555", "112;1", ""] {
        let flow = format!("log(callback(#{{ queue: \"sales\", number: \"{number}\" }})); hangup();");
        let mut desk = Desk::new(&CONFIG.replace("ORDER", "order: agent_first"), &flow);
        desk.call();
        assert!(desk.said.contains("log: refused"), "{number}: {}", desk.said);
        assert!(!desk.said.contains("keep"), "{number}: {}", desk.said);
    }
}

fn task(id: u64, state: CallbackState) -> Work {
    Work::Callback(CallbackTask {
        id: CallbackId(id),
        number: format!("+4930{id}"),
        name: String::new(),
        language: "en".into(),
        queue: QueueId::parse("sales").unwrap(),
        priority: 0,
        skills: Default::default(),
        joined: WallTime(MORNING.0 - 3_600_000_000),
        order: CallbackOrder::AgentFirst,
        tags: Default::default(),
        booked_by: CallId(900),
        booked_at: MORNING,
        attempts: 1,
        next_at: MORNING,
        state,
        result: String::new(),
    })
}

#[test]
fn an_attempt_during_which_the_process_died_counts() {
    let mut desk = desk("order: agent_first");
    let next = (MessageId(1), CallbackId(8));
    desk.ready("anna");
    desk.said.clear();
    desk.board.restore_work(desk.now, vec![task(7, CallbackState::Dialing)], next);
    desk.passes(1);
    desk.drain();
    desk.expect_journal(expect![[r#"
        callback 7 waiting, attempt 1: crash
    "#]]);
    desk.passes(300);
    desk.expect_journal(expect![[r#"
        call 1 placed to +49307 for callback 7, attempt 2
        call 1 queued in sales, position 1, old place kept
        call 1 offered to anna: longest idle, 1 free: anna (idle 5m); 1 signed out
        call 1 leg 2 dialed anna by sip:anna@phone
    "#]]);
}

#[test]
fn many_promises_leave_agents_for_those_who_wait() {
    let mut desk = desk("order: agent_first");
    desk.ready("anna");
    desk.ready("ben");
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    let second = desk.call();
    desk.leg(second, LegEvent::Answered);
    let third = desk.call();
    desk.leg(third, LegEvent::Answered);
    let tasks = (1..=5).map(|id| task(id, CallbackState::Waiting)).collect();
    desk.board.restore_work(desk.now, tasks, (MessageId(1), CallbackId(8)));
    desk.passes(3);
    let placed = desk.said.matches("placed to").count();
    assert_eq!(placed, 1, "half of two agents, though all five are older: {}", desk.said);
}

fn lost(number: &str) -> LostCaller {
    let joined = WallTime(MORNING.0 - 90_000_000);
    LostCaller { call: CallId(5), number: number.into(), queue: QueueId::parse("sales").unwrap(), joined }
}

#[test]
fn who_waited_when_the_process_died_is_listed_or_called_back_by_policy() {
    let mut listed = desk("order: agent_first");
    listed.board.restore_lost(listed.now, [lost("+49301")]);
    listed.drain();
    listed.expect_journal(expect![[r#"
        call 5 +49301 was lost in sales after 1m30s
    "#]]);
    let config = CONFIG.replace("ORDER", "order: agent_first").replace("max_wait: 1m", "after_crash: callback");
    let mut called = Desk::new(&config, FLOW);
    called.board.set_wall_clock(called.now, MORNING);
    called.board.restore_lost(called.now, [lost("+49302"), lost("+1555"), lost("")]);
    called.drain();
    called.stored(1, true);
    called.expect_journal(expect![[r#"
        call 5 somebody was lost in sales after 1m30s
        call 5 +1555 was lost in sales after 1m30s
        call 5 +49302 was lost in sales after 1m30s, callback 1
        call 5 callback 1 to +49302 booked in sales
    "#]]);
    called.ready("anna");
    called.passes(1);
    called.expect_journal(expect![[r#"
        agent anna ready
        call 1 placed to +49302 for callback 1, attempt 1
        call 1 queued in sales, position 1, old place kept
        call 1 offered to anna: longest idle, 1 free: anna (idle 1s); 1 signed out
        call 1 leg 2 dialed anna by sip:anna@phone
    "#]]);
}

#[test]
fn what_became_of_it_is_kept_however_often_the_store_must_be_asked() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.ready("anna");
    desk.passes(1);
    desk.leg(LegId(3), LegEvent::Answered);
    desk.stored(2, true);
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::Busy));
    desk.said.clear();
    desk.stored(3, false);
    desk.passes(1);
    desk.stored(4, false);
    desk.passes(1);
    desk.stored(5, true);
    desk.passes(5);
    desk.expect(expect![[r#"
        store 4: keep callback 1
        store 5: keep callback 1
    "#]]);
}

#[test]
fn customers_are_called_at_the_hours_of_their_own_zone() {
    // 22:13 in UTC is 08:13 of the next day in Vladivostok.
    let mut desk = desk(r#"order: agent_first, hours: "daily 09:00-18:00", zones: { "+49": Asia/Vladivostok }"#);
    books(&mut desk);
    desk.ready("anna");
    desk.said.clear();
    desk.passes(45 * 60);
    assert!(!desk.said.contains("placed"), "{}", desk.said);
    desk.passes(2 * 60);
    assert!(desk.said.contains("placed to +4930111"), "{}", desk.said);
}

#[test]
fn a_number_that_was_lost_on_two_lines_is_called_back_once_at_the_older_place() {
    let config = CONFIG.replace("ORDER", "order: agent_first").replace("max_wait: 1m", "after_crash: callback");
    let mut desk = Desk::new(&config, FLOW);
    desk.board.set_wall_clock(desk.now, MORNING);
    let second = LostCaller { call: CallId(6), joined: WallTime(MORNING.0 - 30_000_000), ..lost("+49301") };
    desk.board.restore_lost(desk.now, [second, lost("+49301")]);
    desk.drain();
    desk.expect(expect![[r#"
        store 1: keep callback 1
    "#]]);
    desk.stored(1, true);
    desk.expect_journal(expect![[r#"
        call 5 +49301 was lost in sales after 1m30s, callback 1
        call 6 +49301 was lost in sales after 30s, callback 1
        call 5 callback 1 to +49301 booked in sales
    "#]]);
    let open = desk.board.callbacks_json();
    assert_eq!(open["callbacks"].as_array().unwrap().len(), 1);
    assert_eq!(open["callbacks"][0]["joined"], MORNING.0 - 90_000_000);
}

#[test]
fn who_was_promised_a_call_before_the_crash_is_not_promised_a_second_one() {
    let config = CONFIG.replace("ORDER", "order: agent_first").replace("max_wait: 1m", "after_crash: callback");
    let mut desk = Desk::new(&config, FLOW);
    desk.board.set_wall_clock(desk.now, MORNING);
    desk.board.restore_work(desk.now, vec![task(7, CallbackState::Waiting)], (MessageId(1), CallbackId(8)));
    desk.board.restore_lost(desk.now, [lost("+49307")]);
    desk.drain();
    desk.expect_journal(expect![[r#"
        call 5 +49307 was lost in sales after 1m30s, callback 7
    "#]]);
}

#[test]
fn two_calls_of_one_number_that_ask_at_once_are_one_promise() {
    let mut desk = desk("order: agent_first");
    let (one, two) = (desk.call(), desk.call());
    for caller in [one, two] {
        desk.leg(caller, LegEvent::Answered);
        desk.audio(caller, AudioEvent::Digit('1'));
    }
    assert_eq!(desk.said.matches("keep callback 1\n").count(), 2, "{}", desk.said);
    desk.stored(1, true);
    desk.stored(2, true);
    assert_eq!(desk.board.callbacks_json()["callbacks"].as_array().unwrap().len(), 1);
}

#[test]
fn a_forgotten_number_is_not_called_when_its_agent_has_been_found() {
    let mut desk = desk("order: agent_first");
    books(&mut desk);
    desk.ready("anna");
    desk.passes(1);
    desk.said.clear();
    assert_eq!(desk.board.forget_number(desk.now, &number()), [].into());
    desk.drain();
    assert!(desk.said.contains("leg 3: Hangup"), "her telephone stops ringing: {}", desk.said);
    desk.said.clear();
    desk.passes(60);
    assert!(!desk.said.contains("dial") && !desk.said.contains("store"), "{}", desk.said);
}

#[test]
fn a_forgotten_number_is_not_called_when_its_attempt_is_on_its_way_to_the_disk() {
    let mut desk = desk("order: customer_first");
    books(&mut desk);
    desk.said.clear();
    desk.ready("anna");
    desk.passes(1);
    assert!(desk.said.contains("store 2: keep callback 1"), "{}", desk.said);
    desk.board.forget_number(desk.now, &number());
    desk.stored(2, true);
    desk.said.clear();
    desk.passes(600);
    assert!(!desk.said.contains("dial") && !desk.said.contains("store"), "{}", desk.said);
}

fn number() -> WrittenNumber {
    WrittenNumber::parse("+4930111", &model::Numbering::default()).unwrap()
}
