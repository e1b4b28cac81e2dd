//! Recordings, lookups, failures, transfers, drains and versions.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Duration;

use callwright_simulator::FakeDirectories;
use common::desk::{Desk, answers_after, project};
use expect_test::expect;
use switchboard::LegEvent;

#[test]
fn a_recording_is_told_when_it_is_durable_and_ends_by_silence() {
    let flow =
        "let note = record(\"note\", #{ silence: 3.seconds });\nlog(note.ended_by);\nlog(note.seconds);\nhangup();";
    let mut desk = Desk::new(flow, []);
    let caller = desk.calls();
    desk.seconds(1);
    desk.world.speak(caller, Duration::from_secs(4));
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 answered
        00:00.400 call 1 recording `note` started
        00:08.000 call 1 recording `note` saved, 7.6s, ended by silence
        00:08.000 call 1 log: silence (main.rhai:2)
        00:08.000 call 1 log: 7 (main.rhai:3)
        00:08.000 call 1 leg 1 released: normal
        00:08.000 call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn a_recording_outlives_the_caller() {
    let mut desk = Desk::new("record(\"note\");", []);
    let caller = desk.calls();
    desk.seconds(5);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 answered
        00:00.400 call 1 recording `note` started
        00:05.000 call 1 recording `note` saved, 4.6s, ended by hangup
        00:05.000 call 1 ended served by the caller: normal
    "#]]);
}

const ASKS: &str = "let who = lookup(\"customers\", \"1\", #{ meanwhile: \"connecting\" });\nlog(`${who}`);\nhangup();";

#[test]
fn a_slow_directory_lets_the_caller_hear_something() {
    let mut desk = Desk::new(ASKS, []);
    let slow = [("customers".to_owned(), Duration::from_millis(500))].into();
    desk.directories(FakeDirectories { slow, ..FakeDirectories::default() });
    desk.calls();
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.300 call 1 hears `connecting` in en (main.rhai:1)
        00:00.300 call 1 answered
        00:00.500 call 1 lookup customers 1: nothing in 500ms (main.rhai:1)
        00:00.500 call 1 log:  (main.rhai:2)
        00:00.500 call 1 leg 1 released: normal
        00:00.500 call 1 ended served by the flow: normal
    "#]]);
}

#[test]
fn a_dead_directory_counts_as_empty() {
    let mut desk = Desk::new(ASKS, []);
    desk.directories(FakeDirectories { down: vec!["customers".to_owned()], ..FakeDirectories::default() });
    desk.calls();
    desk.finish();
    let trace = desk.trace();
    assert!(trace.contains("lookup customers 1: nothing in 800ms"), "{trace}");
}

#[test]
fn a_failed_flow_says_sorry_and_rings_the_fallback() {
    let mut desk = Desk::new("play(\"goodbye\");\nthrow \"out of luck\";", [("ben", answers_after(2))]);
    desk.calls();
    desk.seconds(10);
    desk.world.hang_up(desk.leg_of("ben"));
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 answered
        00:00.000 call 1 hears `goodbye` in en (main.rhai:1)
        00:02.000 call 1 flow failed: out of luck (main.rhai:2:1)
        00:02.000 call 1 hears `technical-problem` in en
        00:04.000 call 1 fallback to ben
        00:04.000 call 1 leg 2 dialed ben by sip:ben@phone1
        00:04.000 call 1 leg 2 is ringing
        00:06.000 call 1 leg 2 answered: ben
        00:06.000 call 1 connected to ben on leg 2
        00:10.000 call 1 disconnected from leg 2 after 4s: normal
        00:10.000 call 1 leg 1 released: normal
        00:10.000 call 1 ended answered by the other party: normal
    "#]]);
}

#[test]
fn a_loop_of_instant_verbs_hurts_only_its_own_call() {
    for flow in ["loop { log(\"x\"); }", "loop { try { log(\"x\"); } catch { } }"] {
        let mut desk = Desk::new(flow, []);
        let caller = desk.calls();
        desk.seconds(5);
        desk.world.hang_up(caller);
        desk.finish();
        let trace = desk.trace();
        assert_eq!(trace.matches("log: x").count(), 1000);
        assert!(trace.contains("flow failed") && trace.contains("fallback to ben"), "{flow}");
    }
}

#[test]
fn a_loop_of_verbs_that_take_no_time_ends_like_any_endless_loop() {
    for verb in ["let name = \"no-\" + \"prompt\"; play(name);", "lookup(\"customers\", \"1\");", "bridge(\"nobody\");"]
    {
        let mut desk = Desk::new(&format!("answer();\nloop {{ {verb} for i in 0..20000 {{ }} }}"), []);
        let caller = desk.calls();
        desk.seconds(5);
        desk.world.hang_up(caller);
        desk.finish();
        let trace = desk.trace();
        assert!(trace.contains("flow failed") && trace.contains("fallback to ben"), "{verb}: {trace}");
    }
}

#[test]
fn a_caller_from_outside_may_not_send_us_dialling() {
    let mut desk = Desk::new(TALK, [("anna", answers_after(1)), ("ben", answers_after(2))]);
    let caller = desk.calls();
    desk.seconds(3);
    desk.does(caller, LegEvent::TransferRequested { to: "202".into(), replaces: None });
    desk.seconds(5);
    assert!(!desk.trace().contains("asked for blind transfer"), "{}", desk.trace());
    assert!(desk.world.is_live(desk.leg_of("anna")), "the conversation goes on");
    desk.world.hang_up(caller);
    desk.finish();
}

#[test]
fn after_call_knows_the_outcome_and_cannot_reach_the_caller() {
    let flow = "tag(\"a\", \"b\");\nwait(1.seconds);\nfn after_call(outcome) { log(`${outcome}`); log(caller.tags.a); play(\"goodbye\"); }";
    let mut desk = Desk::new(flow, []);
    desk.calls();
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 tag a = b
        00:01.000 call 1 flow ended
        00:01.000 call 1 ended served by the flow: normal
        00:01.000 call 1 log: #{"cause": "normal", "ended_by": "the flow", "outcome": "served"} (main.rhai:3)
        00:01.000 call 1 log: b (main.rhai:3)
        00:01.000 call 1 flow failed: `play` cannot be used in `after_call`: the caller is gone (main.rhai:3:65)
    "#]]);
}

#[test]
fn after_call_without_end_is_ended() {
    let mut desk = Desk::new("fn after_call(outcome) { loop { lookup(\"customers\", \"1\"); } }", []);
    let slow = [("customers".to_owned(), Duration::from_millis(700))].into();
    desk.directories(FakeDirectories { slow, ..FakeDirectories::default() });
    desk.calls();
    desk.finish();
    let looked_up = desk.trace().matches("lookup").count();
    assert_eq!(looked_up, 85, "a lookup every 700 ms for one minute");
}

#[test]
fn a_flow_that_transfers_is_over_and_the_two_go_on() {
    let flow = "log(transfer(\"anna\"));\ntry { play(\"goodbye\"); } catch (e) { log(\"no\"); }\nhangup();";
    let mut desk = Desk::new(flow, [("anna", answers_after(2))]);
    let caller = desk.calls();
    desk.seconds(20);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:02.000 call 1 leg 2 answered: anna
        00:02.000 call 1 connected to anna on leg 2
        00:02.000 call 1 transferred to anna on leg 2
        00:02.000 call 1 log: done (main.rhai:1)
        00:02.000 call 1 log: no (main.rhai:2)
        00:02.000 call 1 answered
        00:20.000 call 1 disconnected from leg 1 after 18s: normal
        00:20.000 call 1 leg 2 released: normal
        00:20.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn a_transfer_that_fails_gives_the_caller_back_to_the_flow() {
    let mut desk = Desk::new("log(transfer(\"cleo\"));\nhangup();", []);
    desk.calls();
    desk.finish();
    assert!(desk.trace().contains("log: failed"));
}

const TALK: &str = "log(bridge(\"anna\"));\nhangup();";

#[test]
fn hold_and_resume() {
    let mut desk = Desk::new(TALK, [("anna", answers_after(1))]);
    let caller = desk.calls();
    desk.seconds(3);
    let anna = desk.leg_of("anna");
    desk.does(anna, LegEvent::Held);
    desk.seconds(40);
    desk.does(anna, LegEvent::Resumed);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:01.000 call 1 leg 2 answered: anna
        00:01.000 call 1 connected to anna on leg 2
        00:01.000 call 1 answered
        00:03.000 call 1 held by leg 2
        00:43.000 call 1 resumed by leg 2
        00:43.000 call 1 disconnected from leg 1 after 42s: normal
        00:43.000 call 1 leg 2 released: normal
        00:43.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn a_phone_sends_its_caller_to_a_colleague() {
    let mut desk = Desk::new(TALK, [("anna", answers_after(1)), ("ben", answers_after(2))]);
    desk.calls();
    desk.seconds(3);
    let anna = desk.leg_of("anna");
    desk.does(anna, LegEvent::Held);
    desk.does(anna, LegEvent::TransferRequested { to: "202".into(), replaces: None });
    desk.seconds(5);
    assert!(!desk.world.is_live(anna));
    desk.world.hang_up(desk.leg_of("202"));
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:01.000 call 1 leg 2 answered: anna
        00:01.000 call 1 connected to anna on leg 2
        00:01.000 call 1 answered
        00:03.000 call 1 held by leg 2
        00:03.000 call 1 leg 2 asked for blind transfer to 202
        00:03.000 call 1 leg 3 dialed 202 by sip:ben@phone1
        00:03.000 call 1 leg 3 is ringing
        00:05.000 call 1 leg 3 answered: 202
        00:05.000 call 1 transferred to 202 on leg 3
        00:05.000 call 1 leg 2 released: transferred
        00:08.000 call 1 disconnected from leg 3 after 7s: normal
        00:08.000 call 1 bridge gave answered (main.rhai:1)
        00:08.000 call 1 log: answered (main.rhai:1)
        00:08.000 call 1 leg 1 released: normal
        00:08.000 call 1 ended answered by the flow: normal
    "#]]);
}

#[test]
fn a_transfer_nobody_answers_brings_the_caller_back() {
    let mut desk = Desk::new(TALK, [("anna", answers_after(1))]);
    let caller = desk.calls();
    desk.seconds(3);
    let anna = desk.leg_of("anna");
    desk.does(anna, LegEvent::TransferRequested { to: "202".into(), replaces: None });
    desk.seconds(40);
    assert!(desk.world.is_live(anna) && desk.world.is_live(caller));
    assert!(desk.trace().contains("transfer to 202 failed: no_answer"));
    desk.world.hang_up(caller);
    desk.finish();
}

#[test]
fn whoever_consults_first_joins_the_two() {
    let mut desk = Desk::new(TALK, [("anna", answers_after(1)), ("ben", answers_after(1))]);
    let caller = desk.calls();
    desk.seconds(3);
    let anna = desk.leg_of("anna");
    desk.does(anna, LegEvent::Held);
    let consult = desk.agent_dials("anna", "202");
    desk.seconds(3);
    desk.does(anna, LegEvent::TransferRequested { to: "202".into(), replaces: Some(consult) });
    assert!(!desk.world.is_live(anna) && !desk.world.is_live(consult));
    desk.seconds(5);
    desk.world.hang_up(caller);
    desk.finish();
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:01.000 call 1 leg 2 answered: anna
        00:01.000 call 1 connected to anna on leg 2
        00:01.000 call 1 answered
        00:03.000 call 1 held by leg 2
        00:03.000 call 2 arrived from 201 to 202 by agent anna
        00:03.000 call 2 ringing
        00:03.000 call 2 leg 4 dialed 202 by sip:ben@phone1
        00:03.000 call 2 leg 4 is ringing
        00:04.000 call 2 leg 4 answered: 202
        00:04.000 call 2 connected to 202 on leg 4
        00:04.000 call 2 answered
        00:06.000 call 1 leg 2 asked for attended transfer to 202
        00:06.000 call 2 disconnected from leg 4 after 2s: transferred
        00:06.000 call 2 leg 3 released: transferred
        00:06.000 call 2 ended answered by the other party: transferred
        00:06.000 call 1 transferred to 202 on leg 4
        00:06.000 call 1 leg 2 released: transferred
        00:11.000 call 1 disconnected from leg 1 after 10s: normal
        00:11.000 call 1 leg 4 released: normal
        00:11.000 call 1 ended answered by the caller: normal
    "#]]);
}

#[test]
fn a_drain_refuses_new_calls_and_ends_old_ones_at_its_deadline() {
    let mut desk = Desk::new(TALK, [("anna", answers_after(1))]);
    let old = desk.calls();
    desk.seconds(3);
    desk.world.drain(Duration::from_secs(30));
    let new = desk.calls();
    assert!(desk.world.is_live(old) && !desk.world.is_live(new));
    desk.finish();
    assert!(desk.world.board().is_drained());
    desk.expect(expect![[r#"
        00:00.000 call 1 arrived from +4930111 to 100 by local
        00:00.000 call 1 flow main.rhai started, version VERSION
        00:00.000 call 1 ringing
        00:00.000 call 1 leg 2 dialed anna by sip:anna@phone1
        00:00.000 call 1 leg 2 is ringing
        00:01.000 call 1 leg 2 answered: anna
        00:01.000 call 1 connected to anna on leg 2
        00:01.000 call 1 answered
        00:33.000 call 1 disconnected from leg 2 after 32s: shutdown
        00:33.000 call 1 leg 2 released: shutdown
        00:33.000 call 1 leg 1 released: shutdown
        00:33.000 call 1 ended answered by the engine: shutdown
        00:33.000 drained
    "#]]);
}

#[test]
fn a_call_keeps_the_version_it_began_with() {
    let mut desk = Desk::new("wait(5.seconds);\nlog(\"old\");", []);
    desk.calls();
    desk.seconds(1);
    let old = desk.project.version.clone();
    let new = project("log(\"new\");");
    desk.world.publish(new.clone());
    assert_eq!(desk.world.board().versions(), [(old, 1), (new.version.clone(), 0)].into());
    desk.calls();
    desk.finish();
    let trace = desk.trace();
    assert!(trace.find("log: new").unwrap() < trace.find("log: old").unwrap());
    assert_eq!(desk.world.board().versions(), [(new.version.clone(), 0)].into());
}
