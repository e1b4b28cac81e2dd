//! Stories of one campaign: who is called when, and what becomes of him.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{
    CallId, CampaignState, Contact, ContactState, LegFailure, Outcome, Reached, Timestamp, WallTime, Work,
    WrittenNumber,
};
use script::ContactRow;
use script::config::Config;
use serde_json::Value;

use super::drive::{Drive, Moment, Next, Stage};
use super::testing::config;
use crate::owed::ErrandEnd;

/// Monday 2026-11-23 12:00 UTC.
const NOON: i64 = 1_795_435_200_000_000;

struct Desk {
    config: Config,
    drive: Drive,
    passed: Duration,
    free_agents: Option<usize>,
    do_not_call: BTreeSet<String>,
    full: bool,
}

impl Desk {
    fn new(more: &str, numbers: &[&str]) -> Self {
        let config = config(&format!(", hours: always{more}"));
        let mut drive = Drive::new("debts");
        let row = |number: &&str| ContactRow { number: (*number).to_owned(), tags: BTreeMap::new() };
        let kept = drive.load(&config.outgoing["debts"], &numbers.iter().map(row).collect::<Vec<_>>());
        assert_eq!(kept.len(), numbers.len(), "new contacts are kept");
        Self { config, drive, passed: Duration::ZERO, free_agents: None, do_not_call: BTreeSet::new(), full: false }
    }

    fn wall(&self) -> WallTime {
        WallTime(NOON) + self.passed
    }

    fn next(&mut self) -> Next {
        let wall = self.wall();
        let (forbidden, full) = (self.do_not_call.clone(), self.full);
        let mut moment = Moment {
            now: Timestamp::ZERO + self.passed,
            wall,
            config: &self.config,
            campaign: &self.config.outgoing["debts"],
            free_agents: self.free_agents,
            forbidden: &|number| forbidden.contains(number),
            busy: &|_| false,
            has_room: &mut |_| !full,
        };
        self.drive.next(&mut moment, &mut Vec::new())
    }

    /// Numbers that are dialled now, and what comes then.
    fn dials(&mut self) -> (Vec<String>, Next) {
        let mut dialled = Vec::new();
        loop {
            match self.next() {
                Next::Dial(contact) => {
                    assert_eq!(contact.state, ContactState::Dialing);
                    dialled.push(contact.number);
                }
                other => return (dialled, other),
            }
        }
    }

    fn over(&mut self, number: &str, end: &ErrandEnd) -> Contact {
        let wall = self.wall();
        self.drive.over(number, end, wall).expect("he was called")
    }

    fn forget(&mut self, number: &str) {
        self.drive.forget(&WrittenNumber::parse(number, &model::Numbering::default()).expect("a number"));
    }

    fn fails(&mut self, number: &str, failure: LegFailure) -> Contact {
        self.over(number, &ErrandEnd::NotReached(failure))
    }

    fn minutes(&mut self, minutes: u64) {
        self.passed += Duration::from_secs(minutes * 60);
    }
}

fn reached(tags: &[(&str, &str)], outcome: Outcome) -> ErrandEnd {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
    ErrandEnd::Over { reached: Reached::Answered, outcome, tags, call: CallId(7) }
}

#[test]
fn the_list_is_called_in_its_order_as_many_at_once_as_allowed() {
    let mut desk = Desk::new(", at_once: 2", &["+72", "+71", "+73"]);
    assert_eq!(desk.dials(), (vec!["+72".to_owned(), "+71".to_owned()], Next::Waits));
    desk.over("+72", &reached(&[], Outcome::Served));
    assert_eq!(desk.dials().0, ["+73"]);
    desk.over("+71", &reached(&[], Outcome::Served));
    desk.over("+73", &reached(&[], Outcome::Served));
    assert_eq!(desk.dials(), (vec![], Next::Nobody));
}

#[test]
fn per_minute_counts_over_a_sliding_minute() {
    let mut desk = Desk::new(", at_once: 9, per_minute: 2", &["+71", "+72", "+73"]);
    assert_eq!(desk.dials(), (vec!["+71".to_owned(), "+72".to_owned()], Next::In(Duration::from_secs(60))));
    desk.passed += Duration::from_secs(59);
    assert_eq!(desk.dials(), (vec![], Next::In(Duration::from_secs(1))));
    desk.passed += Duration::from_secs(1);
    assert_eq!(desk.dials().0, ["+73"]);
}

#[test]
fn who_does_not_answer_is_called_again_after_longer_and_longer_times_and_then_no_more() {
    let mut desk = Desk::new(", attempts: 3, retry: { busy: [1m, 5m], no_answer: [30m, 2h] }", &["+71"]);
    assert_eq!(desk.dials().0, ["+71"]);
    let contact = desk.fails("+71", LegFailure::Busy);
    assert_eq!((contact.attempts, contact.result.as_str()), (1, "busy"));
    assert_eq!(desk.dials(), (vec![], Next::At(desk.wall() + Duration::from_secs(60))));
    desk.minutes(1);
    assert_eq!(desk.dials().0, ["+71"]);
    desk.fails("+71", LegFailure::NoAnswer);
    assert_eq!(desk.dials(), (vec![], Next::At(desk.wall() + Duration::from_secs(7200))), "the second wait");
    desk.minutes(120);
    assert_eq!(desk.dials().0, ["+71"]);
    let contact = desk.fails("+71", LegFailure::NoAnswer);
    assert_eq!((contact.state, contact.attempts, contact.result.as_str()), (ContactState::GaveUp, 3, "no_answer"));
    assert_eq!(desk.dials().1, Next::Nobody);
}

#[test]
fn numbers_that_do_not_exist_are_given_up_at_once() {
    let mut desk = Desk::new("", &["+71"]);
    desk.dials();
    assert_eq!(desk.fails("+71", LegFailure::NotFound).state, ContactState::GaveUp);
}

#[test]
fn a_number_that_no_rule_lets_out_is_given_up_and_a_full_trunk_costs_no_attempt() {
    let mut desk = Desk::new("", &["+71"]);
    desk.dials();
    assert_eq!(desk.fails("+71", LegFailure::NotAllowed).state, ContactState::GaveUp, "`dial:` has no such rule");
    let mut desk = Desk::new("", &["+71"]);
    desk.config.dial[0].to = "+7*".into();
    desk.full = true;
    assert_eq!(desk.dials(), (vec![], Next::In(Duration::from_secs(5))));
    desk.full = false;
    desk.dials();
    let contact = desk.fails("+71", LegFailure::NoLine);
    assert_eq!((contact.state, contact.attempts), (ContactState::Waiting, 0), "a cap was reached meanwhile");
}

#[test]
fn the_flow_says_what_came_of_a_call() {
    let mut desk = Desk::new("", &["+71", "+72", "+73", "+74"]);
    desk.dials();
    let contact = desk.over("+71", &reached(&[("result", "promised")], Outcome::Served));
    assert_eq!((contact.state, contact.result.as_str()), (ContactState::Done, "promised"));
    assert_eq!(contact.call, Some(CallId(7)));
    assert_eq!(desk.over("+72", &reached(&[], Outcome::Answered)).result, "answered");
    let contact = desk.over("+73", &reached(&[("result", "do_not_call")], Outcome::Served));
    assert_eq!(contact.state, ContactState::Excluded, "he wants no calls");
    assert!(desk.drive.excludes("+73"), "of no campaign");
    let contact = desk.over("+74", &reached(&[], Outcome::Failed));
    assert_eq!(contact.state, ContactState::Waiting, "our flow failed: he has not heard what he should");
}

#[test]
fn nobody_on_the_list_of_those_who_must_not_be_called_is_called() {
    let mut desk = Desk::new("", &["+71", "+72"]);
    desk.do_not_call.insert("+71".into());
    assert_eq!(desk.dials().0, ["+72"]);
    assert_eq!(desk.drive.contacts["+71"].contact.state, ContactState::Excluded);
}

#[test]
fn an_attempt_that_was_not_kept_does_not_count() {
    let mut desk = Desk::new("", &["+71"]);
    desk.dials();
    let contact = desk.over("+71", &ErrandEnd::NotKept);
    assert_eq!((contact.state, contact.attempts), (ContactState::Waiting, 0));
    assert_eq!(desk.dials().1, Next::At(desk.wall() + Duration::from_secs(30)));
}

#[test]
fn an_attempt_that_a_crash_interrupted_counts_and_waits_for_its_turn() {
    let mut desk = Desk::new(", attempts: 2, retry: [30m]", &["+71", "+72"]);
    let Next::Dial(first) = desk.next() else { panic!("somebody is due") };
    let mut again = Desk::new(", attempts: 2, retry: [30m]", &[]);
    again.drive.restore(Contact { attempts: 2, ..first.clone() });
    again.drive.restore(Contact { number: "+72".into(), ..first });
    let rows = ["+71", "+72"].map(|number| ContactRow { number: number.into(), tags: BTreeMap::new() });
    let kept = again.drive.load(&again.config.outgoing["debts"].clone(), &rows);
    assert_eq!(kept.len(), 1, "both attempts are used up");
    assert_eq!(kept[0].state, ContactState::GaveUp);
    assert_eq!(again.dials(), (vec![], Next::At(again.wall() + Duration::from_secs(1800))));
    again.minutes(30);
    assert_eq!(again.dials().0, ["+72"]);
}

#[test]
fn a_list_that_is_loaded_again_adds_contacts_and_calls_nobody_twice() {
    let mut desk = Desk::new("", &["+71"]);
    desk.dials();
    desk.over("+71", &reached(&[], Outcome::Served));
    let rows = ["+72", "+71"].map(|number| ContactRow { number: number.into(), tags: BTreeMap::new() });
    let kept = desk.drive.load(&desk.config.outgoing["debts"].clone(), &rows);
    assert_eq!(kept.iter().map(|contact| contact.number.as_str()).collect::<Vec<_>>(), ["+72"]);
    assert_eq!(desk.dials().0, ["+72"]);
}

#[test]
fn with_a_queue_a_free_agent_is_spoken_for_until_he_talks() {
    let mut desk = Desk::new(", at_once: 9, queue: collections", &["+71", "+72", "+73"]);
    desk.free_agents = Some(1);
    assert_eq!(desk.dials().0, ["+71"]);
    for stage in [Stage::Reaching, Stage::Answered, Stage::Waits] {
        desk.drive.reaches("+71", stage, desk.wall());
        assert_eq!(desk.dials().0.len(), 0, "{stage:?}");
    }
    desk.drive.reaches("+71", Stage::Served, desk.wall());
    desk.free_agents = Some(0);
    assert_eq!(desk.dials().0.len(), 0, "he talks");
    desk.free_agents = Some(2);
    assert_eq!(desk.dials().0, ["+72", "+73"]);
}

#[test]
fn a_wait_of_more_than_two_seconds_is_a_drop_once_per_call() {
    let mut desk = Desk::new(", queue: collections", &["+71", "+72"]);
    desk.free_agents = Some(2);
    desk.dials();
    for number in ["+71", "+72"] {
        desk.drive.reaches(number, Stage::Answered, desk.wall());
    }
    desk.drive.waited("+71", Duration::from_secs(2), desk.wall());
    desk.drive.waited("+72", Duration::from_secs(3), desk.wall());
    desk.drive.waited("+72", Duration::from_secs(9), desk.wall());
    assert_eq!(super::book::drops(&desk.drive.book, desk.wall()), (2, 1));
}

#[test]
fn a_campaign_knows_its_state_and_drops_after_a_restart() {
    let mut campaigns = super::Campaigns::default();
    let days = vec![model::CampaignDay { day: 20_000, answered: 100, dropped: 2 }];
    let book = model::Campaign { name: "debts".into(), state: CampaignState::Paused, days };
    campaigns.restore(Work::Campaign(book.clone()));
    assert_eq!(campaigns.drive("debts").book, book);
}

#[test]
fn whoever_stands_in_another_form_on_a_list_is_known() {
    let mut desk = Desk::new("", &["004940004"]);
    desk.dials();
    desk.over("004940004", &reached(&[("result", "do_not_call")], Outcome::Served));
    let rows = [ContactRow { number: "+4940004".into(), tags: BTreeMap::new() }];
    assert_eq!(desk.drive.load(&desk.config.outgoing["debts"].clone(), &rows), []);
    assert_eq!(desk.dials().1, Next::Nobody);
    assert!(desk.drive.excludes("+49 40 004"), "of no campaign");
}

#[test]
fn who_is_on_the_list_in_another_form_is_not_called() {
    let lists = script::CampaignLists { do_not_call: ["+4940004".to_owned()].into(), ..Default::default() };
    let forbidden = |number| {
        let (numbering, lists) = (model::Numbering::default(), Some(std::sync::Arc::new(lists.clone())));
        super::driving::is_forbidden(&numbering, number, lists.as_ref(), &super::Campaigns::default())
    };
    assert!(forbidden("004940004") && forbidden("+4940004"));
    assert!(!forbidden("+4940005"));
}

#[test]
fn whoever_is_forgotten_is_not_called_and_nothing_is_kept_of_his_call() {
    let mut desk = Desk::new("", &["+4930111", "+4930222", "+4930333"]);
    desk.forget("004930333");
    assert_eq!(desk.dials().0, ["+4930111", "+4930222"]);
    desk.forget("+4930111");
    let wall = desk.wall();
    let over = |desk: &mut Desk, number| {
        let end = reached(&[], Outcome::Served);
        desk.drive.over(number, &end, wall).map(|contact| contact.number)
    };
    assert_eq!(over(&mut desk, "+4930111"), None);
    assert_eq!(over(&mut desk, "+4930222"), Some("+4930222".to_owned()));
    assert_eq!(desk.next(), Next::Nobody, "neither a contact nor a call is left");
}
