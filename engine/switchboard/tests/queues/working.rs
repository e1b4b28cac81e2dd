//! Agents and supervisors: where they work, transfers, faults that are not theirs.

use callwright_switchboard::{AudioEvent, LegEvent};
use expect_test::expect;
use model::{HangupCause, LegFailure, LegId, Source};
use script::AgentRequest;

use crate::common::Desk;
use crate::{CONFIG, SALES, agent, caller_waits, desk};

#[test]
fn an_agent_who_works_on_a_mobile_takes_calls_with_a_key() {
    let mut desk = desk(SALES);
    let at = Some("+4915155".to_owned());
    assert!(desk.board.handle_agent(desk.now, &agent("anna"), &AgentRequest::Ready { at }));
    desk.drain();
    caller_waits(&mut desk);
    desk.said.clear();
    desk.seconds(15);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.seconds(8);
    desk.audio(LegId(2), AudioEvent::Digit('5'));
    desk.audio(LegId(2), AudioEvent::Digit('1'));
    desk.expect(expect![[r#"
        audio 2: play 2: agent-accept-press-1 (missing) Silence(2s) again and again
        audio 1: Join { with: LegId(2) }
        audio 2: Watch(Some(30s))
        store 1: open recordings/1-1-conversation.wav
    "#]]);
}

#[test]
fn a_mobile_that_confirms_nothing_lets_the_call_go_on() {
    let mut desk = desk(SALES);
    let at = Some("+4915155".to_owned());
    assert!(desk.board.handle_agent(desk.now, &agent("anna"), &AgentRequest::Ready { at }));
    caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.said.clear();
    desk.seconds(20);
    desk.expect_journal(expect![[r#"
        call 1 leg 2 released: no_answer
        call 1 offer to anna ended: no answer
    "#]]);
}

#[test]
fn an_agent_who_vanishes_gives_the_caller_the_old_place() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.seconds(30);
    desk.said.clear();
    desk.audio(LegId(2), AudioEvent::Vanished);
    desk.ready("ben");
    desk.expect_journal(expect![[r#"
        call 1 disconnected from leg 2 after 30s: vanished
        call 1 anna of sales talked for 30s
        agent anna not_ready: vanished
        call 1 queued in sales, position 1, old place kept (main.rhai:1)
        agent ben ready
        call 1 offered to ben: longest idle, 1 free: ben (idle 0ms); 1 not ready
        call 1 leg 3 dialed ben by sip:ben@phone
    "#]]);
}

#[test]
fn an_agent_sends_a_caller_to_another_queue_with_the_wait_so_far() {
    let mut desk = desk(SALES);
    caller_waits(&mut desk);
    desk.seconds(30);
    desk.ready("anna");
    desk.leg(LegId(2), LegEvent::Answered);
    desk.said.clear();
    desk.leg(LegId(2), LegEvent::TransferRequested { to: "600".into(), replaces: None });
    desk.seconds(10);
    desk.ready("ben");
    desk.leg(LegId(3), LegEvent::Answered);
    desk.expect_journal(expect![[r#"
        call 1 leg 2 asked for blind transfer to 600
        call 1 disconnected from leg 2 after 0ms: transferred
        call 1 anna of sales talked for 0ms
        call 1 transferred to help on leg 2
        call 1 leg 2 released: transferred
        agent anna wrap_up
        call 1 queued in help, position 1, old place kept (main.rhai:1)
        agent anna ready
        call 1 offered to anna: longest idle, 1 free: anna (idle 0ms); 1 signed out
        call 1 leg 3 dialed anna by sip:anna@phone
        agent ben ready
        call 1 leg 3 answered: anna
        call 1 anna answered in help after 10s
    "#]]);
}

#[test]
fn a_transfer_that_nobody_takes_returns_to_the_sender() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.leg(LegId(2), LegEvent::TransferRequested { to: "202".into(), replaces: None });
    desk.leg(LegId(2), LegEvent::HungUp(HangupCause::Normal));
    desk.said.clear();
    desk.seconds(30);
    desk.leg(LegId(4), LegEvent::Answered);
    desk.leg(LegId(4), LegEvent::HungUp(HangupCause::Normal));
    desk.expect_journal(expect![[r#"
        agent anna ready
        call 1 leg 3 released: no_answer
        call 1 transfer to 202 failed: no_answer
        call 1 disconnected from leg 2 after 30s: transferred
        call 1 leg 4 dialed anna by sip:anna@phone
        agent anna talking: outside
        call 1 leg 4 answered: anna
        call 1 connected to anna on leg 4
        call 1 disconnected from leg 4 after 0ms: normal
        call 1 log: answered (main.rhai:1)
        call 1 leg 1 released: normal
        call 1 ended answered by the flow: normal
        agent anna ready
    "#]]);
}

#[test]
fn what_is_known_about_a_call_travels_to_phones_and_between_sites() {
    let flow = r#"
        tag("account", "4711");
        tag("overdue", true);
        tag("secret words", "stay");
        if caller.tags.account == "4711" { bridge("+4915100"); }
        queue("sales");
    "#;
    let mut desk = desk(flow);
    desk.ready("anna");
    let caller = desk.call();
    let to_site = desk.cards.pop().unwrap();
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::Busy));
    desk.leg(caller, LegEvent::Answered);
    let to_phone = desk.cards.pop().unwrap();
    expect![[r#"
        X-Callwright-Tag-account: "4711"
        X-Callwright-Tag-overdue: true
        ---
        X-Callwright-Queue: sales
        X-Callwright-Tag-account: 4711
        X-Callwright-Tag-overdue: true
    "#]]
    .assert_eq(&format!("{to_site}---\n{to_phone}"));
}

#[test]
fn another_site_is_believed_and_a_stranger_is_not() {
    let flow = "log(`${caller.tags?.account}`); queue(\"sales\");";
    let card = [("x-callwright-tag-account", "\"4711\""), ("x-callwright-waited", "90")];
    let arrives = |desk: &mut Desk, source: Source| {
        let leg = desk.offered_with(source, "100", &card);
        desk.leg(leg, LegEvent::Answered);
    };
    let mut desk = desk(flow);
    desk.seconds(100);
    caller_waits(&mut desk);
    desk.said.clear();
    arrives(&mut desk, Source::Trunk(model::TrunkId::parse("near").unwrap()));
    assert!(desk.said.contains("log: 4711") && desk.said.contains("position 1, old place kept"), "{}", desk.said);
    desk.said.clear();
    arrives(&mut desk, Source::Local);
    assert!(desk.said.contains("log:  (") && desk.said.contains("position 3 ("), "{}", desk.said);
}

#[test]
fn a_call_outside_the_queues_makes_an_agent_busy() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    let own = desk.offered(Source::Agent(agent("anna")), "202", None);
    caller_waits(&mut desk);
    desk.said.clear();
    desk.leg(own, LegEvent::HungUp(HangupCause::Normal));
    desk.expect_journal(expect![[r#"
        call 1 leg 2 released: normal
        call 1 ended abandoned by the caller: normal
        agent anna ready
        call 2 offered to anna: longest idle, 1 free: anna (idle 0ms); 1 signed out
        call 2 leg 4 dialed anna by sip:anna@phone
    "#]]);
}

#[test]
fn a_supervisor_listens_whispers_joins_and_leaves_with_the_agent() {
    let flow = "if caller.agent == \"ben\" { log(supervise(\"anna\", \"listen\")); hangup(); } queue(\"sales\");";
    let mut desk = desk(flow);
    desk.ready("anna");
    let caller = caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    let ben = desk.offered(Source::Agent(agent("ben")), "100", None);
    desk.leg(ben, LegEvent::Answered);
    desk.said.clear();
    desk.audio(ben, AudioEvent::Digit('2'));
    desk.audio(ben, AudioEvent::Digit('3'));
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    desk.expect(expect![[r#"
        audio 3: Supervise { of: LegId(2), how: Whisper }
        audio 3: Supervise { of: LegId(2), how: Join }
        store 2: close recordings/1-1-conversation.wav, hangup
        leg 2: Hangup(Normal)
        audio 3: Part
        leg 3: Hangup(Normal)
    "#]]);
}

#[test]
fn flows_sign_agents_in_with_a_pin_and_ask_for_states() {
    let flow = r#"
        log(`${check_pin("anna", "0000")} ${check_pin("anna", "4711")} ${check_pin("ben", "")}`);
        log(set_agent("anna", "ready", #{ at: "+4915155" }));
        log(set_agent("ben", "ready", #{ at: "112" }));
        let a = agent("201");
        log(`${a?.id} ${a?.state} ${agent("999")}`);
        log(`${queue_state("sales").agents_free}`);
    "#;
    let mut desk = desk(flow);
    desk.call();
    desk.expect_journal(expect![[r#"
        call 1 arrived from +4930111 to 100 by local
        call 1 flow main.rhai started
        call 1 log: PIN of anna is wrong
        call 1 log: PIN of anna is right
        call 1 log: PIN of ben is wrong
        call 1 log: false true false (main.rhai:2)
        agent anna ready, at +4915155
        call 1 log: done (main.rhai:3)
        call 1 log: ben cannot work at 112: no rule of `dial:` allows `112`
        call 1 log: refused (main.rhai:4)
        call 1 log: anna ready  (main.rhai:6)
        call 1 log: 1 (main.rhai:7)
        call 1 flow ended
        call 1 ended served by the flow: normal
        agent anna ready, at +4915155
    "#]]);
}

#[test]
fn a_caller_whose_line_dies_is_no_fault_of_the_agents() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    let caller = caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.said.clear();
    desk.audio(caller, AudioEvent::Vanished);
    assert!(desk.said.contains("agent anna wrap_up") && !desk.said.contains("not_ready"), "{}", desk.said);
}

#[test]
fn a_phone_that_registers_again_signs_nobody_in() {
    let config = CONFIG.replace("queues: [sales, help] }\n  ben", "queues: [sales, help], sign_in: phone }\n  ben");
    let mut desk = Desk::new(&config, SALES);
    let contact = || vec![callwright_switchboard::Contact { uri: "sip:anna@phone".into() }];
    desk.board.handle_agent(desk.now, &agent("anna"), &AgentRequest::SignOut);
    desk.drain();
    desk.said.clear();
    desk.board.handle_phones(desk.now, agent("anna"), contact());
    desk.drain();
    assert!(!desk.said.contains("ready"), "a refresh: {}", desk.said);
    desk.board.handle_phones(desk.now, agent("anna"), Vec::new());
    desk.board.handle_phones(desk.now, agent("anna"), contact());
    desk.drain();
    assert!(desk.said.contains("agent anna ready"), "{}", desk.said);
}

#[test]
fn a_supervisor_reaches_an_agent_who_works_on_a_mobile_and_is_relieved_by_the_next() {
    let flow = "if caller.agent == \"ben\" { log(supervise(\"anna\", \"listen\")); hangup(); } queue(\"sales\");";
    let mut desk = desk(flow);
    let at = Some("+4915155".to_owned());
    assert!(desk.board.handle_agent(desk.now, &agent("anna"), &AgentRequest::Ready { at }));
    caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.audio(LegId(2), AudioEvent::Digit('1'));
    for _ in 0..2 {
        let ben = desk.offered(Source::Agent(agent("ben")), "100", None);
        desk.leg(ben, LegEvent::Answered);
    }
    assert_eq!(desk.said.matches("ben began to listen").count() + desk.said.matches("202 began to listen").count(), 2);
    assert_eq!(desk.said.matches("log: done").count(), 1, "{}", desk.said);
}

#[test]
fn a_mobile_whose_voicemail_answers_rings_no_longer_than_ten_seconds_more() {
    let mut desk = Desk::new(&CONFIG.replace("ring_for: 20s", "ring_for: 60s"), SALES);
    let at = Some("+4915155".to_owned());
    assert!(desk.board.handle_agent(desk.now, &agent("anna"), &AgentRequest::Ready { at }));
    caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.seconds(10);
    assert!(desk.said.contains("offer to anna ended: no answer"), "{}", desk.said);
}

#[test]
fn lines_that_are_all_taken_are_no_fault_of_the_agents() {
    let config = CONFIG.replace("through: [near] }", "through: [near], at_once: 1 }");
    let flow = "if caller.dialed == \"100\" { queue(\"sales\", #{ max_wait: 10.minutes }); }";
    let mut desk = Desk::new(&config, flow);
    for name in ["anna", "ben"] {
        let at = Some(format!("+49151{}", name.len()));
        assert!(desk.board.handle_agent(desk.now, &agent(name), &AgentRequest::Ready { at }));
    }
    caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.audio(LegId(2), AudioEvent::Digit('1'));
    caller_waits(&mut desk);
    for _ in 0..30 {
        desk.seconds(5);
    }
    assert!(desk.said.contains("no line free") && !desk.said.contains("not_ready"), "{}", desk.said);
}

#[test]
fn books_that_do_not_agree_with_telephones_are_mended() {
    let mut desk = desk(SALES);
    desk.ready("anna");
    let caller = caller_waits(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.seconds(1);
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    desk.seconds(10);
    assert!(!desk.said.contains("repaired"), "{}", desk.said);
    assert_eq!(desk.board.queues().audit(desk.now), Vec::<String>::new());
}
