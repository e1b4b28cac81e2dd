//! Campaigns at the switchboard: what becomes of calls and contacts when the project changes under them.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/mod.rs"]
mod common;

mod reloading;

use callwright_switchboard::{AudioEvent, CampaignRequest, LegEvent};
use common::Desk;
use expect_test::expect;
use model::{CallbackId, HangupCause, LegFailure, LegId, MessageId, Work};
use script::SourceTree;
use serde_json::Value;

const CONFIG: &str = r#"
trunks: { near: { address: sip.near.example } }
dial: [ { to: "+49*", through: [near], show: "+49100" } ]
"#;

const DEBTS: &str =
    "outgoing: { debts: { flow: debts.rhai, list: list.csv, hours: always, at_once: 1, retry: [30m] } }\n";

const FLOW: &str = "if collect(#{ max: 1, first: 5.seconds }) == \"1\" { tag(\"result\", \"promised\"); } hangup();";

/// A project with one campaign, and numbers on its list.
fn tree(outgoing: &str, numbers: &[&str]) -> SourceTree {
    let list: String = std::iter::once(&"phone").chain(numbers).map(|row| format!("{row}\n")).collect();
    let config = format!("{CONFIG}{outgoing}");
    common::tree(&config, "play(\"welcome\");").with("debts.rhai", FLOW).with("list.csv", &list)
}

/// A campaign that was started, and whose rows are on the disk.
fn running(numbers: &[&str]) -> Desk {
    let mut desk = Desk::of(&tree(DEBTS, numbers));
    desk.board.restore_work(desk.now, Vec::new(), (MessageId(1), CallbackId(1)));
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Start).unwrap();
    desk.drain();
    desk
}

/// What the store was asked to keep about a contact last.
fn kept(desk: &Desk, number: &str) -> Option<model::Contact> {
    let of_number = |unit: &&Work| matches!(unit, Work::Contact(contact) if contact.number == number);
    desk.kept.iter().rev().find(of_number).map(|unit| match unit {
        Work::Contact(contact) => contact.clone(),
        _ => unreachable!("it is a contact"),
    })
}

/// State, result and who answered, as the store has them.
fn told(desk: &Desk, number: &str) -> String {
    let contact = kept(desk, number).unwrap();
    format!("{} {} {}", contact.state.as_str(), contact.result, contact.reached.as_str())
}

fn campaign(desk: &Desk) -> Value {
    desk.board.campaigns_json(desk.now)["campaigns"][0].clone()
}

/// The store takes everything that it was asked for.
fn store_keeps(desk: &mut Desk) {
    for ticket in std::mem::take(&mut desk.asked) {
        desk.stored(ticket, true);
    }
}

#[test]
fn a_key_tells_a_person_from_what_may_be_a_machine() {
    let mut desk = running(&["+491", "+492"]);
    store_keeps(&mut desk);
    desk.leg(LegId(1), LegEvent::Answered);
    desk.passes(6);
    desk.leg(LegId(1), LegEvent::HungUp(HangupCause::Normal));
    assert_eq!(told(&desk, "+491"), "done served answered");
    store_keeps(&mut desk);
    desk.leg(LegId(2), LegEvent::Answered);
    desk.audio(LegId(2), AudioEvent::Digit('7'));
    assert_eq!(told(&desk, "+492"), "done served key");
    assert_eq!(campaign(&desk)["pressed_or_talked"], 1);
    assert_eq!(campaign(&desk)["reached"], 2);
}

#[test]
fn a_pause_while_the_attempt_is_kept_rings_no_telephone_and_costs_no_attempt() {
    let mut desk = running(&["+491"]);
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Pause).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    assert!(!desk.said.contains("dialed"), "{}", desk.said);
    let contact = kept(&desk, "+491").unwrap();
    assert_eq!((contact.state.as_str(), contact.attempts), ("waiting", 0));
    desk.passes(60);
    assert!(!desk.said.contains("dialed"), "{}", desk.said);
    desk.said.clear();
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Resume).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    desk.expect_journal(expect![[r#"
        campaign debts running
        contact +491 of debts dialing, attempt 1: 
        call 1 placed to +491 for campaign debts, attempt 1
        call 1 leg 1 dialed +491 by trunk near
    "#]]);
}

#[test]
fn a_trunk_that_is_gone_costs_an_attempt_once_and_is_tried_later() {
    let mut desk = running(&["+491"]);
    store_keeps(&mut desk);
    desk.leg(LegId(1), LegEvent::Failed(LegFailure::Unreachable));
    assert_eq!(told(&desk, "+491"), "waiting unreachable nobody");
    store_keeps(&mut desk);
    desk.said.clear();
    desk.passes(1799);
    assert!(!desk.said.contains("placed"), "{}", desk.said);
    desk.passes(2);
    store_keeps(&mut desk);
    assert!(desk.said.contains("placed to +491 for campaign debts, attempt 2"), "{}", desk.said);
}

#[test]
fn while_all_trunks_are_down_nobody_loses_an_attempt() {
    let near = || model::TrunkId::parse("near").unwrap();
    let mut desk = Desk::of(&tree(DEBTS, &["+491"]));
    desk.board.handle_trunk(desk.now, near(), Some("no answer".into()));
    desk.board.restore_work(desk.now, Vec::new(), (MessageId(1), CallbackId(1)));
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Start).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    desk.passes(60);
    assert!(!desk.said.contains("dialing"), "{}", desk.said);
    desk.board.handle_trunk(desk.now, near(), None);
    desk.passes(6);
    assert!(desk.said.contains("contact +491 of debts dialing, attempt 1"), "{}", desk.said);
}

#[test]
fn the_hours_end_between_two_calls() {
    let evening = DEBTS.replace("hours: always", "hours: \"daily 09:00-20:00\"");
    let mut desk = Desk::of(&tree(&evening, &["+491", "+492"]));
    // 19:59:30 in Berlin.
    desk.board.set_wall_clock(desk.now, model::WallTime(1_700_074_770_000_000));
    desk.board.restore_work(desk.now, Vec::new(), (MessageId(1), CallbackId(1)));
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Start).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    assert!(desk.said.contains("placed to +491"), "{}", desk.said);
    desk.leg(LegId(1), LegEvent::Answered);
    desk.passes(40);
    store_keeps(&mut desk);
    desk.passes(3600);
    assert!(!desk.said.contains("placed to +492"), "the store was slow and evening came: {}", desk.said);
    assert_eq!(kept(&desk, "+492").unwrap().attempts, 0);
    desk.passes(12 * 3600 - 10);
    assert!(desk.said.contains("+492 of debts dialing"), "the next morning: {}", desk.said);
}

#[test]
fn who_is_being_called_back_is_not_called_by_a_campaign_as_well() {
    let queues =
        "queues: { sales: {} }\nagents: { anna: { extension: \"201\", password: example-anna, queues: [sales] } }\n";
    let mut desk = Desk::of(&tree(&format!("{queues}{DEBTS}"), &["+491"]));
    desk.board.set_wall_clock(desk.now, model::WallTime(1_700_000_000_000_000));
    let promise = model::CallbackTask {
        id: CallbackId(7),
        number: "+491".into(),
        name: String::new(),
        language: "en".into(),
        queue: model::QueueId::parse("sales").unwrap(),
        priority: 0,
        skills: Default::default(),
        joined: model::WallTime(0),
        order: model::CallbackOrder::AgentFirst,
        tags: Default::default(),
        booked_by: model::CallId(1),
        booked_at: model::WallTime(0),
        attempts: 0,
        next_at: model::WallTime(0),
        state: model::CallbackState::Waiting,
        result: String::new(),
    };
    desk.board.restore_work(desk.now, vec![Work::Callback(promise)], (MessageId(1), CallbackId(8)));
    desk.ready("anna");
    desk.passes(1);
    assert!(desk.said.contains("placed to +491 for callback 7"), "{}", desk.said);
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Start).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    desk.passes(15);
    assert!(!desk.said.contains("for campaign debts"), "{}", desk.said);
}
