//! A campaign of fifty numbers: some are busy, some are silent, some press 1. Our own telephones answer, or those of
//! others.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use callwright_tests::baresip::Baresip;
use callwright_tests::{Answering, Call, Phone, Project, Server, binary, likeness, sipp, tools, wav};

use crate::vocabulary::seconds;

const PEOPLE: usize = 50;

struct Campaign {
    server: Server,
    gateway: Phone,
    /// Calls that rang, by number.
    rang: BTreeMap<String, usize>,
    /// Calls that are not over, so that nobody hangs up by being forgotten.
    calls: Vec<Call>,
}

impl Campaign {
    fn new() -> Self {
        let gateway = Phone::udp("gateway", ([127, 0, 0, 1], 9).into());
        gateway.when_called(Answering::ring_forever());
        let server = Server::start(Project::named("campaign").with("GATEWAY", gateway.address()));
        Self { server, gateway, rang: BTreeMap::new(), calls: Vec::new() }
    }

    fn command(&self, words: &[&str]) -> String {
        command(&self.server, words)
    }

    /// Whoever rings at this moment is left ringing: the process that called may be dead.
    fn leave_ringing(&mut self) {
        while let Some(call) = self.gateway.rings_within(seconds(0)) {
            *self.rang.entry(called_number(&call)).or_default() += 1;
            self.calls.push(call);
        }
    }

    /// The next one who is called behaves by his number: 0 busy, 1 does not answer, all others press 1.
    fn next(&mut self) -> bool {
        let Some(call) = self.gateway.rings_within(seconds(5)) else { return false };
        let number = called_number(&call);
        *self.rang.entry(number.clone()).or_default() += 1;
        match number.chars().last() {
            Some('0') => _ = call.refuses(486),
            Some('1') => {}
            _ => _ = call.picks_up().presses("1"),
        }
        self.calls.push(call);
        true
    }

    fn results(&self) -> BTreeMap<String, (String, String)> {
        results(&self.server)
    }
}

/// `callwright campaign … debts …`
fn command(server: &Server, words: &[&str]) -> String {
    let mut command = Command::new(binary());
    command.arg("campaign").arg(server.project.dir()).arg("debts").args(words).env("NO_COLOR", "1");
    let done = tools::run(&mut command, seconds(60));
    assert_eq!(done.code, Some(0), "{words:?}: {}", done.text);
    done.text
}

/// State and result of every contact.
fn results(server: &Server) -> BTreeMap<String, (String, String)> {
    let table = command(server, &["export"]);
    let rows = table.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    rows.map(|cells| (cells[1].clone(), (cells[2].clone(), cells[3].clone()))).collect()
}

fn called_number(call: &Call) -> String {
    let uri = call.invite().uri().unwrap_or_default();
    uri.chars().skip_while(|c| *c != '+').take_while(|c| *c != '@').collect()
}

#[test]
fn fifty_people_are_called_once_each_and_what_came_of_it_is_exported() {
    let mut campaign = Campaign::new();
    assert!(campaign.command(&["start"]).contains("running"));
    while campaign.rang.len() < PEOPLE && campaign.next() {}
    assert_eq!(campaign.rang.len(), PEOPLE);
    assert!(campaign.rang.values().all(|times| *times == 1), "{:?}", campaign.rang);
    let status = campaign.command(&["status", "--follow"]);
    assert!(status.contains("finished"), "{status}");
    for (number, (state, result)) in campaign.results() {
        let expected = match number.chars().last() {
            Some('0') => ("gave_up", "busy"),
            Some('1') => ("gave_up", "no_answer"),
            _ => ("done", "promised"),
        };
        assert_eq!((state.as_str(), result.as_str()), expected, "{number}");
    }
}

#[test]
fn after_a_crash_the_campaign_goes_on_and_calls_nobody_twice_for_one_attempt() {
    let mut campaign = Campaign::new();
    campaign.command(&["start"]);
    while campaign.rang.len() < PEOPLE / 2 && campaign.next() {}
    campaign.server.crashes_and_restarts();
    campaign.leave_ringing();
    while campaign.next() {}
    assert!(campaign.rang.values().all(|times| *times == 1), "{:?}", campaign.rang);
    let results = campaign.results();
    assert_eq!(results.len(), PEOPLE);
    for (number, (state, result)) in &results {
        let called = campaign.rang.contains_key(number);
        // The store had the attempt; whether the telephone rang before the process died nobody knows.
        assert!(called || result == "interrupted", "{number} was never called: {state}, {result}");
    }
    let done = results.values().filter(|(state, _)| state == "done").count();
    assert!(done > PEOPLE / 4, "{done} were reached");
}

/// Numbers that baresip answers; SIPp answers all others, and those of its last ten are busy.
const BARESIPS: std::ops::Range<usize> = 45..50;
const BUSY: std::ops::Range<usize> = 35..45;

/// The campaign's project where each number has a trunk of its own.
fn with_trunks(trunks: &BTreeMap<String, SocketAddr>) -> Project {
    let project = Project::named("campaign").with("GATEWAY", "127.0.0.1:9");
    let named = |number: &String| format!("t{}", &number[1..]);
    let trunk = |(number, address)| format!("  {}: {{ address: \"{address}\", ping_every: 0s }}\n", named(number));
    let row = |number| format!("  - {{ to: \"{number}\", through: [{}], per_minute: 1000 }}\n", named(number));
    let (lines, rows): (String, String) = (trunks.iter().map(trunk).collect(), trunks.keys().map(row).collect());
    project.edit("callwright.yaml", |text| {
        let kept = text.lines().filter(|line| !line.starts_with("dial:")).map(|line| format!("{line}\n"));
        kept.collect::<String>().replace("trunks:\n", &format!("dial:\n{rows}\ntrunks:\n{lines}"))
    });
    project
}

#[test]
fn telephones_of_others_answer_a_campaign_and_hear_its_message() {
    let number = |nth: usize| format!("+4940500{nth:02}");
    let spoken = wav::melody(91, seconds(60));
    let account = |nth| format!("<sip:{}@127.0.0.1>;regint=0;answermode=auto", number(nth));
    let baresips: Vec<Baresip> = BARESIPS.map(|nth| Baresip::start(&account(nth), &spoken, &[])).collect();
    let busy = sipp::Agent::start("busy", BUSY.len());
    let promising = sipp::Agent::start("promises", PEOPLE - BUSY.len() - BARESIPS.len());
    let address = |nth| match nth {
        _ if BARESIPS.contains(&nth) => baresips[nth - BARESIPS.start].address(),
        _ if BUSY.contains(&nth) => busy.address(),
        _ => promising.address(),
    };
    let server = Server::start(with_trunks(&(0..PEOPLE).map(|nth| (number(nth), address(nth))).collect()));
    command(&server, &["start"]);
    let status = command(&server, &["status", "--follow"]);
    assert!(status.contains("finished"), "{status}");
    promising.is_done();
    busy.is_done();
    let results = results(&server);
    assert_eq!(results.len(), PEOPLE);
    for nth in 0..PEOPLE {
        let expected = match nth {
            _ if BARESIPS.contains(&nth) => ("done", "silent"),
            _ if BUSY.contains(&nth) => ("gave_up", "busy"),
            _ => ("done", "promised"),
        };
        let (state, result) = &results[&number(nth)];
        assert_eq!((state.as_str(), result.as_str()), expected, "{}", number(nth));
    }
    for phone in baresips {
        phone.says("terminated");
        let (log, heard) = (phone.log(), phone.heard());
        assert_eq!(log.matches("Call established").count(), 1, "one call each\n{log}");
        let found = likeness(&heard, &Project::prompt("menu"));
        assert!(found.score > 0.75, "the message at baresip: {found:?} in {} samples\n{log}", heard.len());
    }
}
