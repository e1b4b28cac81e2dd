//! Ringing people: every habit, every order, keys, whispers, caps.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use callwright_simulator::{Answer, Habits};
use common::desk::{Desk, answers_after, who};
use expect_test::expect;

fn bridge(targets: &str, options: &str) -> String {
    format!("let result = bridge({targets}, #{{ ring_for: 10.seconds, {options} }});\nlog(result);\nhangup();")
}

#[test]
fn an_answered_bridge_connects_and_gives_its_result_after_the_conversation() {
    let mut desk = Desk::new(&bridge("\"anna\"", ""), [("anna", answers_after(4))]);
    desk.calls();
    desk.seconds(10);
    desk.world.hang_up(desk.leg_of("anna"));
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:04.000 call 1 leg 2 answered: anna
        00:04.000 call 1 connected to anna on leg 2
        00:04.000 call 1 answered
        00:10.000 call 1 disconnected from leg 2 after 6s: normal
        00:10.000 call 1 bridge gave answered (main.rhai:1)
        00:10.000 call 1 log: answered (main.rhai:2)
        00:10.000 call 1 leg 1 released: normal
        00:10.000 call 1 ended answered by the flow: normal
    "#]]);
}

#[test]
fn every_habit_has_its_word() {
    let mut words = String::new();
    for answer in [Answer::Ignores, Answer::Busy, Answer::Declines, Answer::Offline, Answer::Unknown] {
        let mut desk = Desk::new(&bridge("\"anna\"", ""), [("anna", who(answer))]);
        desk.calls();
        desk.finish();
        let trace = desk.trace();
        let result = trace.lines().find(|line| line.contains("log:")).unwrap().to_owned();
        words.push_str(&format!("{answer:?}: {result}\n"));
    }
    expect![[r#"
        Ignores: 00:10.000 call 1 log: no_answer (main.rhai:2)
        Busy: 00:00.000 call 1 log: busy (main.rhai:2)
        Declines: 00:01.000 call 1 log: declined (main.rhai:2)
        Offline: 00:00.000 call 1 log: no phone of anna is registered
        Unknown: 00:00.000 call 1 log: failed (main.rhai:2)
    "#]]
    .assert_eq(&words);
}

#[test]
fn all_ring_at_once_and_the_first_answer_wins() {
    let mut desk =
        Desk::new(&bridge("[\"anna\", \"ben\"]", ""), [("anna", answers_after(5)), ("ben", answers_after(3))]);
    let caller = desk.calls();
    desk.seconds(6);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 3 dialed ben by sip:ben@phone1
        00:00.000 call 1 leg 2 is ringing
        00:00.000 call 1 leg 3 is ringing
        00:03.000 call 1 leg 3 answered: ben
        00:03.000 call 1 leg 2 released: answered_elsewhere
        00:03.000 call 1 connected to ben on leg 3
        00:03.000 call 1 answered
        00:06.000 call 1 disconnected from leg 1 after 3s: normal
        00:06.000 call 1 leg 3 released: normal
        00:06.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn two_answers_in_the_same_instant_connect_one() {
    let people = [("anna", answers_after(3)), ("ben", answers_after(3))];
    let mut desk = Desk::new(&bridge("[\"anna\", \"ben\"]", ""), people);
    desk.calls();
    desk.seconds(5);
    let connected = desk.trace().matches("connected to").count();
    assert_eq!(connected, 1);
}

#[test]
fn in_order_the_next_rings_when_the_one_before_did_not_answer() {
    let people = [("anna", who(Answer::Busy)), ("cleo", answers_after(2))];
    let mut desk = Desk::new(&bridge("[\"anna\", \"ben\", \"cleo\"]", "how: \"in_order\""), people);
    let caller = desk.calls();
    desk.seconds(13);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 to anna failed: busy
        00:00.000 call 1 leg 3 dialed ben by sip:ben@phone1
        00:00.000 call 1 leg 3 is ringing
        00:10.000 call 1 leg 3 released: no_answer
        00:10.000 call 1 leg 4 dialed cleo by sip:cleo@phone1
        00:10.000 call 1 leg 4 is ringing
        00:12.000 call 1 leg 4 answered: cleo
        00:12.000 call 1 connected to cleo on leg 4
        00:12.000 call 1 answered
        00:13.000 call 1 disconnected from leg 1 after 1s: normal
        00:13.000 call 1 leg 4 released: normal
        00:13.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn cumulative_rings_one_more_each_time_past_those_who_have_no_phone() {
    let people = [("ben", who(Answer::Offline)), ("cleo", answers_after(2))];
    let mut desk = Desk::new(&bridge("[\"anna\", \"ben\", \"cleo\"]", "how: \"cumulative\""), people);
    let caller = desk.calls();
    desk.seconds(25);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:10.000 call 1 leg 3 to ben failed: unreachable
        00:10.000 call 1 log: no phone of ben is registered
        00:20.000 call 1 leg 4 dialed cleo by sip:cleo@phone1
        00:20.000 call 1 leg 4 is ringing
        00:22.000 call 1 leg 4 answered: cleo
        00:22.000 call 1 leg 2 released: answered_elsewhere
        00:22.000 call 1 connected to cleo on leg 4
        00:22.000 call 1 answered
        00:25.000 call 1 disconnected from leg 1 after 3s: normal
        00:25.000 call 1 leg 4 released: normal
        00:25.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn random_order_is_the_same_for_the_same_seed() {
    let trace = || {
        let mut desk = Desk::new(&bridge("[\"anna\", \"ben\", \"cleo\"]", "how: \"random\""), []);
        desk.calls();
        desk.finish();
        desk.trace()
    };
    let first = trace();
    assert_eq!(first.matches("dialed").count(), 3);
    assert!((0..20).all(|_| trace() == first));
}

#[test]
fn who_presses_no_key_is_not_connected() {
    let flow = bridge("[\"+4915111\", \"anna\"]", "how: \"in_order\", confirm: \"1\"");
    let presses = Habits { presses: "51".into(), ..answers_after(2) };
    let mut desk = Desk::new(&flow, [("+4915111", answers_after(2)), ("anna", presses)]);
    let caller = desk.calls();
    desk.seconds(20);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed +4915111 by trunk provider
        00:00.000 call 1 leg 2 is ringing
        00:02.000 call 1 leg 2 answered: +4915111
        00:12.000 call 1 leg 2 released: no_answer
        00:12.000 call 1 leg 3 dialed anna by sip:anna@phone1
        00:12.000 call 1 leg 3 is ringing
        00:14.000 call 1 leg 3 answered: anna
        00:15.200 call 1 leg 3 confirmed by key
        00:15.200 call 1 connected to anna on leg 3
        00:15.200 call 1 answered
        00:20.000 call 1 disconnected from leg 1 after 4.8s: normal
        00:20.000 call 1 leg 3 released: normal
        00:20.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn the_whisper_comes_before_the_connection() {
    let mut desk = Desk::new(&bridge("\"anna\"", "whisper: \"beep\""), [("anna", answers_after(2))]);
    let caller = desk.calls();
    desk.seconds(8);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:02.000 call 1 leg 2 answered: anna
        00:04.000 call 1 connected to anna on leg 2
        00:04.000 call 1 answered
        00:08.000 call 1 disconnected from leg 1 after 4s: normal
        00:08.000 call 1 leg 2 released: normal
        00:08.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn a_dead_trunk_is_followed_by_the_next_one() {
    let mut desk = Desk::new(&bridge("\"+4915111\"", ""), [("+4915111", who(Answer::Offline))]);
    desk.calls();
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed +4915111 by trunk provider
        00:04.000 call 1 leg 2 to +4915111 failed: unreachable
        00:04.000 call 1 leg 3 dialed +4915111 by trunk spare
        00:08.000 call 1 leg 3 to +4915111 failed: unreachable
        00:08.000 call 1 bridge gave failed (main.rhai:1)
        00:08.000 call 1 log: failed (main.rhai:2)
        00:08.000 call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn what_no_rule_allows_is_not_dialled_and_caps_hold() {
    let flow = bridge("[\"+79161234567\", \"+4915111\", \"+4915222\", \"+4915333\"]", "");
    let mut desk = Desk::new(&flow, []);
    desk.calls();
    desk.seconds(1);
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 to +79161234567 failed: not_allowed
        00:00.000 call 1 log: no rule of `dial:` allows `+79161234567`
        00:00.000 call 1 leg 3 dialed +4915111 by trunk provider
        00:00.000 call 1 leg 4 dialed +4915222 by trunk provider
        00:00.000 call 1 leg 5 to +4915333 failed: not_allowed
        00:00.000 call 1 log: +4915333 not dialled: `at_once` of its dial rule is reached
        00:00.000 call 1 leg 3 is ringing
        00:00.000 call 1 leg 4 is ringing
    "#]]);
    desk.finish();
}

#[test]
fn a_caller_who_hangs_up_releases_everybody() {
    for seconds in 0..16 {
        let flow = "play(\"goodbye\");\nbridge([\"anna\", \"ben\"], #{ confirm: \"1\", whisper: \"beep\" });\nrecord(\"note\", #{ max: 5.seconds });";
        let presses = Habits { presses: "1".into(), ..answers_after(3) };
        let mut desk = Desk::new(flow, [("anna", presses)]);
        let caller = desk.calls();
        desk.seconds(seconds);
        if desk.world.is_live(caller) {
            desk.world.hang_up(caller);
        }
        desk.finish();
        assert_eq!(desk.trace().matches(" ended ").count(), 1, "hung up after {seconds} s");
    }
}

#[test]
fn a_phone_reaches_a_colleague_by_extension_although_there_is_a_default_flow() {
    let mut desk = Desk::new("hangup();", [("ben", answers_after(2))]);
    let anna = desk.agent_dials("anna", "202");
    desk.seconds(5);
    desk.world.hang_up(anna);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from 201 to 202 by agent anna
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed 202 by sip:ben@phone1
        00:00.000 call 1 leg 2 is ringing
        00:02.000 call 1 leg 2 answered: 202
        00:02.000 call 1 connected to 202 on leg 2
        00:02.000 call 1 answered
        00:05.000 call 1 disconnected from leg 1 after 3s: normal
        00:05.000 call 1 leg 2 released: normal
        00:05.000 call 1 ended answered by the caller: normal
    "#]]);
}
