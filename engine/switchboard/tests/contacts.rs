//! What somebody at the terminal asks of campaigns: single rows are left out with the reason, the others are called.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;

use callwright_switchboard::{CampaignRequest, Through};
use common::Desk;
use model::{
    CallId, CallbackId, Campaign, CampaignState, Contact, ContactSource, ContactState, MessageId, Reached, WallTime,
    Work,
};
use script::ContactRow;

const CONFIG: &str = r#"
trunks: { near: { address: sip.near.example } }
dial: [ { to: "+49*", through: [near], show: "+49100" } ]
outgoing: { debts: { flow: main.rhai, hours: always, show: "+49100" } }
"#;

/// The campaign as an earlier life left it.
fn desk(state: CampaignState, contacts: &[(&str, ContactState)]) -> Desk {
    let mut desk = Desk::new(CONFIG, "hangup();\n");
    desk.board.set_wall_clock(desk.now, WallTime(1_700_000_000_000_000));
    let contact = |(number, state): &(&str, ContactState)| {
        Work::Contact(Contact {
            campaign: "debts".into(),
            number: (*number).into(),
            tags: BTreeMap::new(),
            attempts: 1,
            next_at: WallTime(0),
            state: *state,
            result: "promised".into(),
            source: ContactSource::Added,
            reached: Reached::Key,
            call: Some(CallId(1)),
        })
    };
    let book = Work::Campaign(Campaign { name: "debts".into(), state, days: Vec::new() });
    let work = contacts.iter().map(contact).chain([book]).collect();
    desk.board.restore_work(desk.now, work, (MessageId(1), CallbackId(1)));
    desk.drain();
    desk
}

fn add(desk: &mut Desk, numbers: &[&str], through: Through) -> (bool, Vec<String>) {
    let rows = numbers.iter().map(|number| ContactRow { number: (*number).into(), tags: BTreeMap::new() });
    let request = CampaignRequest::Add { rows: rows.collect(), through };
    let asked = desk.board.ask_campaign(desk.now, "debts", &request).unwrap();
    if let Some(ticket) = asked.ticket {
        desk.board.handle_stored(desk.now, ticket, true);
    }
    desk.drain();
    (asked.ticket.is_some(), asked.left_out.into_iter().map(|(number, why)| format!("{number}: {why}")).collect())
}

fn campaign(desk: &Desk) -> serde_json::Value {
    desk.board.campaigns_json(desk.now)["campaigns"][0].clone()
}

#[test]
fn rows_that_cannot_be_added_are_told_and_the_others_are_added() {
    let known =
        [("+49301", ContactState::Excluded), ("+4930211", ContactState::Done), ("+49303", ContactState::GaveUp)];
    let mut desk = desk(CampaignState::Paused, &known);
    let rows = ["+49301", "004930211", "+49303", "+1555", "+49304"];
    let (added, left_out) = add(&mut desk, &rows, Through::Stays);
    assert!(added);
    assert_eq!(
        left_out,
        [
            "+49301: must not be called",
            "004930211: was called to the end: promised",
            "+49303: was called to the end: promised",
            "+1555: no row of `dial` lets it be dialled",
        ]
    );
}

#[test]
fn who_was_called_to_the_end_is_called_anew_on_purpose_only() {
    let mut desk = desk(CampaignState::Paused, &[("+49302111", ContactState::Done)]);
    assert!(!add(&mut desk, &["0049302111"], Through::Stays).0);
    assert_eq!((campaign(&desk)["done"].as_u64(), campaign(&desk)["waiting"].as_u64()), (Some(1), Some(0)));
    assert_eq!(add(&mut desk, &["0049302111"], Through::CalledAgain), (true, vec![]));
    assert_eq!(campaign(&desk)["contacts"], 1, "it is the same person");
    assert_eq!(campaign(&desk)["waiting"], 1);
}

#[test]
fn a_campaign_that_has_finished_goes_on_when_somebody_is_added() {
    let mut desk = desk(CampaignState::Finished, &[("+49302", ContactState::Done)]);
    add(&mut desk, &["+49304"], Through::Stays);
    assert_eq!((campaign(&desk)["state"].as_str(), campaign(&desk)["in_flight"].as_u64()), (Some("running"), Some(1)));
    let (_, left_out) = add(&mut desk, &["+49304", "+49305"], Through::Stays);
    assert_eq!(left_out, ["+49304: is being called just now"]);
    assert_eq!(campaign(&desk)["contacts"], 3, "the other one is added");
}
