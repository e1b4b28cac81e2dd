//! Campaigns and rows that a version takes away, and that come back.

use super::*;

#[test]
fn a_campaign_that_a_reload_removes_keeps_the_result_of_the_call_in_progress() {
    let mut desk = running(&["+491", "+492"]);
    store_keeps(&mut desk);
    desk.leg(LegId(1), LegEvent::Answered);
    desk.publish(&tree("", &[]));
    assert_eq!(campaign(&desk)["state"], "removed");
    desk.audio(LegId(1), AudioEvent::Digit('1'));
    assert_eq!(told(&desk, "+491"), "done promised key");
    assert_eq!(campaign(&desk)["results"]["promised"], 1);
    desk.passes(600);
    store_keeps(&mut desk);
    assert!(!desk.said.contains("placed to +492"), "nobody is called for a campaign that is gone: {}", desk.said);
    let refusal = desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Start).unwrap_err();
    assert!(refusal.contains("not in the project any more"), "{refusal}");
}

#[test]
fn a_campaign_that_returns_calls_nobody_anew_and_waits_to_be_started() {
    let mut desk = running(&["+491", "+492"]);
    store_keeps(&mut desk);
    desk.leg(LegId(1), LegEvent::Answered);
    desk.publish(&tree("", &[]));
    desk.audio(LegId(1), AudioEvent::Digit('1'));
    desk.publish(&tree(DEBTS, &["+491", "+492"]));
    store_keeps(&mut desk);
    assert_eq!(campaign(&desk)["state"], "ready");
    desk.said.clear();
    desk.passes(60);
    assert!(!desk.said.contains("placed"), "{}", desk.said);
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Start).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    assert!(desk.said.contains("placed to +492 for campaign debts, attempt 1"), "{}", desk.said);
    assert!(!desk.said.contains("placed to +491"), "{}", desk.said);
}

#[test]
fn a_restart_without_the_campaign_shows_it_as_removed_with_its_results() {
    let mut desk = running(&["+491", "+492"]);
    store_keeps(&mut desk);
    let work = [kept(&desk, "+491").unwrap(), kept(&desk, "+492").unwrap()].map(Work::Contact);
    let book = desk.kept.iter().rev().find(|unit| matches!(unit, Work::Campaign(_))).cloned();
    let mut second = Desk::of(&tree("", &[]));
    let work = work.into_iter().chain(book).collect();
    second.board.restore_work(second.now, work, (MessageId(1), CallbackId(1)));
    second.drain();
    assert_eq!(campaign(&second)["state"], "removed");
    assert_eq!(told(&second, "+491"), "waiting interrupted nobody", "the store no longer says that he is called");
    assert_eq!(kept(&second, "+491").unwrap().attempts, 1, "the attempt counts");
    let kept_state = second.kept.iter().rev().find_map(|unit| match unit {
        Work::Campaign(book) => Some(book.state.as_str()),
        _ => None,
    });
    assert_eq!(kept_state, Some("removed"));
}

#[test]
fn an_attempt_that_is_kept_after_the_campaign_is_gone_rings_nobody() {
    let mut desk = running(&["+491"]);
    desk.publish(&tree("", &[]));
    store_keeps(&mut desk);
    assert!(!desk.said.contains("dialed"), "{}", desk.said);
    assert_eq!(kept(&desk, "+491").unwrap().attempts, 0);
}

#[test]
fn a_campaign_that_was_paused_is_paused_still_when_it_returns() {
    let mut desk = running(&["+491"]);
    desk.board.ask_campaign(desk.now, "debts", &CampaignRequest::Pause).unwrap();
    let automatic = DEBTS.replace("hours: always", "hours: always, start: automatically");
    desk.publish(&tree("", &[]));
    desk.publish(&tree(&automatic, &["+491"]));
    assert_eq!(campaign(&desk)["state"], "paused");
}

#[test]
fn whose_row_is_taken_out_is_not_called_and_is_when_it_is_put_back() {
    let mut desk = running(&["+491", "+492", "+493"]);
    store_keeps(&mut desk);
    desk.publish(&tree(DEBTS, &["+491", "+493"]));
    assert_eq!(told(&desk, "+492"), "withdrawn  nobody");
    assert_eq!(campaign(&desk)["withdrawn"], 1);
    assert!(desk.said.contains("campaign debts: 1 withdrawn"), "{}", desk.said);
    desk.leg(LegId(1), LegEvent::Failed(LegFailure::NotFound));
    store_keeps(&mut desk);
    assert!(desk.said.contains("placed to +493"), "{}", desk.said);
    desk.leg(LegId(2), LegEvent::Failed(LegFailure::NotFound));
    store_keeps(&mut desk);
    desk.passes(60);
    assert!(!desk.said.contains("placed to +492"), "{}", desk.said);
    desk.publish(&tree(DEBTS, &["+491", "+492", "+493"]));
    assert_eq!(told(&desk, "+492"), "dialing  nobody", "a finished campaign goes on when somebody new waits");
    store_keeps(&mut desk);
    assert!(desk.said.contains("placed to +492 for campaign debts, attempt 1"), "{}", desk.said);
}

#[test]
fn who_is_being_called_when_his_row_goes_is_not_called_again() {
    let mut desk = running(&["+491", "+492"]);
    store_keeps(&mut desk);
    desk.publish(&tree(DEBTS, &["+492"]));
    desk.leg(LegId(1), LegEvent::Failed(LegFailure::Busy));
    assert_eq!(told(&desk, "+491"), "withdrawn busy nobody");
    assert_eq!(kept(&desk, "+491").unwrap().attempts, 1, "his attempts are not forgotten");
}

#[test]
fn whoever_was_added_by_hand_needs_no_row() {
    let mut desk = running(&["+491"]);
    store_keeps(&mut desk);
    let row = |number: &str| script::ContactRow { number: number.into(), tags: Default::default() };
    let added = CampaignRequest::Add { rows: vec![row("+495")], through: callwright_switchboard::Through::CalledAgain };
    desk.board.ask_campaign(desk.now, "debts", &added).unwrap();
    desk.drain();
    store_keeps(&mut desk);
    desk.publish(&tree(DEBTS, &[]));
    assert_eq!(told(&desk, "+495"), "waiting  nobody");
    desk.leg(LegId(1), LegEvent::Failed(LegFailure::NotFound));
    store_keeps(&mut desk);
    assert!(desk.said.contains("placed to +495"), "{}", desk.said);
}

#[test]
fn a_row_that_was_taken_out_while_the_server_was_down_is_withdrawn_at_the_start() {
    let mut desk = running(&["+491", "+492"]);
    store_keeps(&mut desk);
    let work = vec![Work::Contact(kept(&desk, "+492").unwrap())];
    let mut second = Desk::of(&tree(DEBTS, &["+491"]));
    second.board.restore_work(second.now, work, (MessageId(1), CallbackId(1)));
    second.drain();
    assert_eq!(told(&second, "+492"), "withdrawn  nobody");
}
