//! Journals written by hand, counted by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use expect_test::{Expect, expect};
use model::{AgentId, CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, QueueId, Source, Timestamp, WallTime};
use serde_json::Value;

use super::{Limits, Quantity, Settings, Tally};

/// A journal and its figures; `now` goes forward only.
struct Desk {
    tally: Tally,
    now: Timestamp,
}

impl Desk {
    fn new(agents: &[(&str, &[&str])]) -> Self {
        let queue = |name: &&str| QueueId::parse(name).unwrap();
        let agents: BTreeMap<AgentId, BTreeSet<QueueId>> = agents
            .iter()
            .map(|(agent, queues)| (AgentId::parse(agent).unwrap(), queues.iter().map(queue).collect()))
            .collect();
        let queues = agents.values().flatten().map(|id| (id.clone(), Limits::default())).collect();
        Self::with(Settings { agents, queues, ..Settings::default() })
    }

    fn with(settings: Settings) -> Self {
        Self { tally: Tally::new(settings), now: Timestamp::ZERO }
    }

    fn at(&mut self, seconds: u64) -> &mut Self {
        let at = Timestamp::ZERO + Duration::from_secs(seconds);
        assert!(at >= self.now, "a journal goes forward");
        self.now = at;
        self
    }

    fn note(&mut self, call: Option<u64>, fact: Fact) -> &mut Self {
        let entry = Entry { at: self.now, wall: WallTime::default(), call: call.map(CallId), fact };
        self.tally.note(&entry);
        self
    }

    fn arrives(&mut self, call: u64) -> &mut Self {
        let (from, to) = (String::new(), String::new());
        self.note(Some(call), Fact::CallArrived { from, to, source: Source::Local, leg: LegId(call) })
    }

    fn queued(&mut self, call: u64, queue: &str) -> &mut Self {
        self.note(Some(call), Fact::CallQueued { queue: id(queue), position: 1, kept: false, place: None })
    }

    fn back(&mut self, call: u64, queue: &str) -> &mut Self {
        self.note(Some(call), Fact::CallQueued { queue: id(queue), position: 1, kept: true, place: None })
    }

    fn answered(&mut self, call: u64, queue: &str, by: &str, waited: u64) -> &mut Self {
        let waited = Duration::from_secs(waited);
        self.note(Some(call), Fact::QueueAnswered { queue: id(queue), agent: agent(by), waited });
        self.is(by, "talking")
    }

    fn talked(&mut self, call: u64, queue: &str, by: &str, talked: u64) -> &mut Self {
        let talked = Duration::from_secs(talked);
        self.note(Some(call), Fact::QueueTalkEnded { queue: id(queue), agent: agent(by), talked })
    }

    fn left(&mut self, call: u64, queue: &str, waited: u64, reason: &str) -> &mut Self {
        let waited = Duration::from_secs(waited);
        self.note(Some(call), Fact::QueueLeft { queue: id(queue), waited, reason: reason.to_owned() })
    }

    fn ended(&mut self, call: u64, outcome: Outcome) -> &mut Self {
        self.note(Some(call), Fact::CallEnded { outcome, cause: HangupCause::Normal, by: Ender::Caller })
    }

    fn is(&mut self, by: &str, state: &str) -> &mut Self {
        let (reason, at) = (String::new(), String::new());
        self.note(None, Fact::AgentStateChanged { agent: agent(by), state: state.to_owned(), reason, at })
    }

    fn expect_right(&self) {
        assert_eq!(self.tally.wrong(), Vec::<String>::new());
    }

    /// The figures that are neither zero nor missing, the whole first.
    fn expect(&self, expected: &Expect) {
        self.expect_right();
        let figures = self.tally.figures(self.now);
        let mut text = line("whole", &figures.whole);
        figures.queues.iter().for_each(|(id, figures)| text += &line(id.as_str(), figures));
        expected.assert_eq(&text);
    }

    fn json(&self) -> Value {
        serde_json::to_value(self.tally.figures(self.now)).unwrap()
    }
}

/// A day of one agent, who answers calls after these waits and talks 60 s each.
pub(crate) fn day_with(waits: &[u64]) -> super::DayFigures {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.is("anna", "ready");
    for (call, waited) in (1..).zip(waits) {
        desk.arrives(call).queued(call, "support");
        desk.at(100 * call - 100 + waited).answered(call, "support", "anna", *waited);
        desk.at(100 * call - 40 + waited).talked(call, "support", "anna", 60).is("anna", "ready");
        desk.ended(call, Outcome::Answered).at(100 * call);
    }
    desk.at(1000).expect_right();
    desk.tally.figures(desk.now)
}

fn id(queue: &str) -> QueueId {
    QueueId::parse(queue).unwrap()
}

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn line(name: &str, figures: &super::Figures) -> String {
    let shown = Quantity::ALL.into_iter().filter(|quantity| quantity.of(figures).is_some_and(|value| value != 0.0));
    let shown: Vec<String> =
        shown.map(|quantity| format!("{} {}", quantity.title(), quantity.text(quantity.of(figures)))).collect();
    format!("{name}: {}\n", shown.join(", "))
}

#[test]
fn a_small_day_is_counted_as_by_hand() {
    let mut desk = Desk::new(&[("anna", &["support"]), ("boris", &["support"])]);
    desk.is("anna", "ready").is("boris", "ready");
    desk.arrives(1).queued(1, "support").answered(1, "support", "anna", 0);
    desk.at(10).arrives(2).queued(2, "support").arrives(3).queued(3, "support").arrives(4).queued(4, "support");
    desk.at(14).left(4, "support", 4, "abandoned").ended(4, Outcome::Abandoned);
    desk.at(20).answered(2, "support", "boris", 10);
    desk.at(60).talked(1, "support", "anna", 60).is("anna", "wrap-up").ended(1, Outcome::Answered);
    desk.at(80).is("anna", "ready").answered(3, "support", "anna", 70);
    desk.at(100).arrives(5).queued(5, "support");
    desk.expect(&expect![[r#"
        whole: offered 5, answered 3, abandoned 1, still waiting 1, service level 50.0 %, speed of answer 26.7 s, abandon rate 25.0 %, average wait 21.0 s, occupancy 90.0 %, longest wait 70.0 s, handle time 80.0 s, short abandons 1, fairness 0.988
        support: offered 5, answered 3, abandoned 1, still waiting 1, service level 50.0 %, speed of answer 26.7 s, abandon rate 25.0 %, average wait 21.0 s, occupancy 90.0 %, longest wait 70.0 s, handle time 80.0 s, short abandons 1, fairness 0.988
    "#]]);
    // Anna: 60 + 20 + 20 of 100 s busy; Boris 80 of 100. One waits, a conversation takes 60 s.
    let json = desk.json();
    assert_eq!(json["agents"]["boris"]["occupancy"], 0.8);
    assert_eq!(json["waiting_talk_seconds"], 60.0);
    assert_eq!(json["service_levels"]["sl_no_short"], Value::from(0.666_667));
    assert_eq!(json["service_levels"]["sl_credit"], 0.75);
    assert_eq!(json["agents_by_state"]["talking"], 2);
    assert_eq!(
        json["calls"],
        serde_json::json!({ "arrived": 5, "live": 3, "outcomes": { "answered": 1, "abandoned": 1 } })
    );
}

#[test]
fn nothing_to_divide_by_is_no_number() {
    let json = Desk::new(&[("anna", &["support"])]).json();
    for key in ["service_level", "asa_seconds", "abandon_rate", "average_wait_seconds", "occupancy", "fairness"] {
        assert_eq!((key, &json[key]), (key, &Value::Null));
        assert_eq!((key, &json["queues"]["support"][key]), (key, &Value::Null));
    }
    assert_eq!(json["offered"], 0);
    assert!(json["service_levels"].as_object().unwrap().values().all(Value::is_null));
}

#[test]
fn a_call_that_overflows_counts_in_both_queues_and_once_in_the_whole() {
    let mut desk = Desk::new(&[("anna", &["sales"]), ("boris", &["service"])]);
    desk.arrives(1).queued(1, "sales");
    desk.at(30).left(1, "sales", 30, "timed_out").queued(1, "service");
    desk.expect(&expect![[r#"
        whole: offered 1, still waiting 1, longest wait 30.0 s
        sales: offered 1, overflowed 1, average wait 30.0 s, longest wait 30.0 s
        service: offered 1, still waiting 1
    "#]]);
    desk.at(40).answered(1, "service", "boris", 10);
    desk.expect(&expect![[r#"
        whole: offered 1, answered 1, speed of answer 40.0 s, average wait 40.0 s, longest wait 40.0 s
        sales: offered 1, overflowed 1, average wait 30.0 s, longest wait 30.0 s
        service: offered 1, answered 1, service level 100.0 %, speed of answer 10.0 s, average wait 10.0 s, longest wait 10.0 s
    "#]]);
}

#[test]
fn whoever_leaves_a_message_after_waiting_counts_as_voicemail() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.arrives(1).queued(1, "support").arrives(2).queued(2, "support");
    desk.at(60).left(1, "support", 60, "timed_out").left(2, "support", 60, "exit:0");
    desk.at(90).ended(1, Outcome::Voicemail).ended(2, Outcome::Callback);
    desk.expect(&expect![[r#"
        whole: offered 2, voicemail 1, callback 1, average wait 60.0 s, longest wait 60.0 s
        support: offered 2, voicemail 1, callback 1, average wait 60.0 s, longest wait 60.0 s
    "#]]);
}

#[test]
fn refused_on_entry_is_offered_and_overflowed() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.arrives(1).left(1, "support", 0, "full").ended(1, Outcome::Served);
    desk.expect(&expect![[r#"
        whole: offered 1, overflowed 1
        support: offered 1, overflowed 1
    "#]]);
}

#[test]
fn the_place_kept_while_listening_to_something_is_one_entry() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.arrives(1).queued(1, "support");
    desk.at(30).left(1, "support", 30, "exit:1");
    desk.at(50).back(1, "support");
    desk.at(60).left(1, "support", 10, "abandoned").ended(1, Outcome::Abandoned);
    desk.expect(&expect![[r#"
        whole: offered 1, abandoned 1, abandon rate 100.0 %, average wait 40.0 s, longest wait 40.0 s
        support: offered 1, abandoned 1, abandon rate 100.0 %, average wait 40.0 s, longest wait 40.0 s
    "#]]);
}

#[test]
fn a_caller_whose_agent_vanished_waits_again_and_stays_answered_in_the_whole() {
    let mut desk = Desk::new(&[("anna", &["support"]), ("boris", &["support"])]);
    desk.arrives(1).queued(1, "support").answered(1, "support", "anna", 0);
    desk.at(20).is("anna", "not ready").back(1, "support");
    desk.expect_right();
    desk.at(25).answered(1, "support", "boris", 5);
    desk.expect(&expect![[r#"
        whole: offered 1, answered 1, service level 100.0 %, occupancy 100.0 %, fairness 1.000
        support: offered 2, answered 2, service level 100.0 %, speed of answer 2.5 s, average wait 2.5 s, occupancy 100.0 %, longest wait 5.0 s, fairness 1.000
    "#]]);
}

#[test]
fn a_caller_who_is_lost_is_found() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.arrives(1).queued(1, "support").at(9).ended(1, Outcome::Failed);
    expect![[r#"["00:09.000 call 1 ended while waiting in support"]"#]].assert_eq(&format!("{:?}", desk.tally.wrong()));
    desk.arrives(2).answered(2, "support", "anna", 0);
    assert!(desk.tally.wrong()[1].contains("call 2 answered in support without waiting there"));
    desk.is("anna", "asleep");
    assert!(desk.tally.wrong()[2].contains("agent anna is `asleep`, which is no state"));
}

#[test]
fn agents_of_the_same_queues_are_a_group() {
    let mut desk = Desk::new(&[("anna", &["sales", "support"]), ("boris", &["support"]), ("cora", &["support"])]);
    desk.is("boris", "ready").is("cora", "ready").is("anna", "ready");
    desk.arrives(1).queued(1, "support").answered(1, "support", "boris", 0);
    desk.arrives(2).queued(2, "sales").answered(2, "sales", "anna", 0);
    desk.at(100);
    let json = desk.json();
    let group = |name: &str| {
        let group = &json["groups"][name];
        [&group["members"], &group["answered_by_members"], &group["offered"], &group["occupancy"]].map(Value::to_string)
    };
    assert_eq!(group("support"), ["2", "1", "1", "0.5"]);
    assert_eq!(group("sales+support"), ["1", "1", "2", "1.0"]);
}

#[test]
fn rings_that_nobody_took_are_the_agents_own() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    let reasons = ["no answer", "declined", "answered elsewhere", "no_answer", "unreachable"];
    desk.arrives(1).queued(1, "support");
    for reason in reasons {
        desk.note(Some(1), Fact::OfferMade { queue: id("support"), agent: agent("anna"), why: String::new() });
        desk.note(Some(1), Fact::OfferEnded { agent: agent("anna"), reason: reason.to_owned() });
    }
    let figures = desk.tally.figures(desk.now).agents.remove(&agent("anna")).unwrap();
    assert_eq!((figures.offers, figures.rings_missed, figures.rings_refused), (5, 2, 2));
}

#[test]
fn an_agent_is_reserved_while_he_is_rung() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.is("anna", "ready").arrives(1).queued(1, "support");
    desk.note(Some(1), Fact::OfferMade { queue: id("support"), agent: agent("anna"), why: String::new() });
    assert_eq!(desk.json()["agents_by_state"]["reserved"], 1);
    desk.at(20).note(Some(1), Fact::OfferEnded { agent: agent("anna"), reason: "no answer".to_owned() });
    assert_eq!(desk.json()["agents_by_state"]["ready"], 1);
    assert_eq!(desk.json()["agents"]["anna"]["on_duty_seconds"], 20.0);
}

#[test]
fn the_day_is_cut_into_slices() {
    let mut desk = Desk::new(&[("anna", &["support"])]);
    desk.is("anna", "ready").arrives(1).queued(1, "support");
    desk.at(150).answered(1, "support", "anna", 150);
    desk.at(290).arrives(2).queued(2, "support");
    desk.at(450).left(2, "support", 160, "abandoned");
    let series = desk.tally.figures(desk.now).series;
    let points: Vec<String> = series.points.iter().map(|point| serde_json::to_string(point).unwrap()).collect();
    expect![[r#"
        {"at_seconds":0.0,"offered":2,"answered":1,"answered_in_time":0,"abandoned":1,"service_level":0.0,"waiting_max":1,"waiting_mean":0.533333,"busy_mean":0.5,"on_duty_mean":1.0}
        {"at_seconds":300.0,"offered":0,"answered":0,"answered_in_time":0,"abandoned":0,"service_level":null,"waiting_max":1,"waiting_mean":1.0,"busy_mean":1.0,"on_duty_mean":1.0}"#]]
    .assert_eq(&points.join("\n"));
}

#[test]
fn the_warm_up_does_not_count() {
    let from = Timestamp::ZERO + Duration::from_secs(100);
    let mut desk = Desk::with(Settings { count_from: from, ..Settings::default() });
    desk.is("anna", "ready").arrives(1).queued(1, "support");
    desk.at(50).answered(1, "support", "anna", 50);
    desk.at(150).talked(1, "support", "anna", 100).is("anna", "ready").ended(1, Outcome::Answered);
    desk.arrives(2).queued(2, "support");
    desk.at(200);
    desk.expect(&expect![[r#"
        whole: offered 1, still waiting 1, occupancy 50.0 %, longest wait 50.0 s, fairness 1.000
        support: offered 1, still waiting 1, longest wait 50.0 s
    "#]]);
}
