//! `kill -9` at random moments under load, on both databases: nothing that was confirmed is lost or doubled.
//!
//! `CALLWRIGHT_KILLS` says how often; a few times in the usual run, 200 before a release, then with `CALLWRIGHT_ALONE`
//! and nothing else on the machine, so that the time until the next answer is held, too.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use callwright_tests::postgres::Postgres;
use callwright_tests::{Call, Dial, Phone, Project, Server, clock, likeness, wav};

use crate::books::Books;
use crate::vocabulary::seconds;

/// A new server must answer this soon.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// Calls of each kind in every round.
const EACH: usize = 3;

/// What callers were told before the process died.
#[derive(Default)]
struct Confirmed {
    callbacks: Vec<String>,
    notes: usize,
    messages: usize,
}

/// How long the new processes took until they answered.
#[derive(Default)]
struct Starts {
    took: Vec<Duration>,
    /// Of the process that needed most.
    cpu_seconds: f64,
}

impl Starts {
    fn in_words(&mut self) -> String {
        self.took.sort();
        let [half, most] = [50, 95].map(|percent| self.took[(self.took.len() - 1) * percent / 100]);
        let (fastest, slowest) = (self.took[0], self.took[self.took.len() - 1]);
        let cpu = self.cpu_seconds;
        format!(
            "answered after {fastest:.1?} at best, {half:.1?} half of the time, {most:.1?} p95, {slowest:.1?} at worst; \
             {cpu:.2} s of a processor at most"
        )
    }
}

struct Round {
    speakers: Vec<Call>,
    bookers: Vec<(String, Call)>,
    recorders: Vec<Call>,
    plain: Vec<Call>,
}

impl Round {
    /// Everybody calls; who books presses 1, who records ends after a random while.
    fn begin(phone: &Phone, number: usize) -> Self {
        let dial = |to: &str, from: &str| phone.dials(Dial::to(to).showing(from));
        let from = |index: usize| format!("+4915{:05}", number * EACH + index);
        let bookers = (0..EACH).map(|index| (from(index), dial("802", &from(index)))).collect();
        let speakers = (0..EACH).map(|index| dial("801", &from(index))).collect();
        let recorders = (0..EACH).map(|_| dial("803", "+4915111")).collect();
        let plain = (0..EACH).map(|_| dial("804", "+4915222")).collect();
        Self { speakers, bookers, recorders, plain }
    }

    fn goes_on(&self) {
        let voice = wav::melody(77, seconds(4));
        for (_, call) in &self.bookers {
            call.is_answered().presses("1");
        }
        for call in self.recorders.iter().chain(&self.speakers) {
            call.is_answered().audio().say(&voice);
        }
        for call in &self.plain {
            call.is_answered();
        }
    }

    /// Whoever heard the beginning of a confirmation was promised something.
    fn confirmed(&self, into: &mut Confirmed) {
        let heard =
            |call: &Call, prompt: &str| likeness(&call.audio().heard(), &Project::prompt(prompt)[..2_000]).score > 0.8;
        let booked = self.bookers.iter().filter(|(_, call)| heard(call, "goodbye"));
        into.callbacks.extend(booked.map(|(from, _)| from.clone()));
        into.notes += self.recorders.iter().filter(|call| heard(call, "saved")).count();
        into.messages += self.speakers.iter().filter(|call| heard(call, "vm-msgsaved")).count();
    }

    fn calls(&self) -> usize {
        self.bookers.len() + self.recorders.len() + self.plain.len() + self.speakers.len()
    }
}

fn kills() -> usize {
    std::env::var("CALLWRIGHT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// Does the run measure, with the machine to itself?
fn is_alone() -> bool {
    std::env::var_os("CALLWRIGHT_ALONE").is_some()
}

/// Spread over the whole of a round, and the same in every run.
fn moment(round: usize) -> Duration {
    let mixed = (round as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    Duration::from_millis(mixed % 6_500)
}

fn survive(books: &Books) {
    let mut server = Server::start(books.project().with_prompt("vm-msgsaved"));
    let (mut confirmed, mut calls, mut starts) = (Confirmed::default(), 0, Starts::default());
    for number in 0..kills() {
        let phone = Phone::udp("caller", server.address());
        let round = Round::begin(&phone, number);
        round.goes_on();
        let until = clock::now() + moment(number);
        let recorders = &round.recorders;
        // Half of those who record finish before the end, some never. A message needs a greeting, a tone and two seconds.
        if number % 2 == 0 {
            std::thread::sleep(moment(number) * 3 / 4);
            recorders[0].presses("#");
            round.speakers[..2].iter().for_each(|speaker| _ = speaker.presses("#"));
        }
        std::thread::sleep(until.saturating_duration_since(clock::now()));
        round.confirmed(&mut confirmed);
        calls += round.calls();
        let killed: Instant = clock::now();
        server.crashes_and_restarts();
        let took = clock::now() - killed;
        starts.took.push(took);
        starts.cpu_seconds = starts.cpu_seconds.max(server.cpu_seconds());
        assert!(took < ANSWERS_WITHIN || !is_alone(), "round {number}: it answered after {took:?}");
        check(books, &server.project, &confirmed, calls, number);
    }
    let Confirmed { callbacks, notes, messages } = confirmed;
    tell(&format!(
        "{} kills, {calls} calls; confirmed and kept: {} calls back, {notes} recordings, {messages} messages; {}",
        kills(),
        callbacks.len(),
        starts.in_words()
    ));
}

#[expect(clippy::print_stdout, reason = "the figures of a long run are wanted")]
fn tell(text: &str) {
    println!("{text}");
}

fn check(books: &Books, project: &Project, confirmed: &Confirmed, calls: usize, round: usize) {
    let open = "select number from work where kind = 'callback' and state = 'open'";
    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    books.asks(project, open).into_iter().for_each(|number| *kept.entry(number).or_default() += 1);
    for number in &confirmed.callbacks {
        assert_eq!(kept.get(number), Some(&1), "round {round}: {number} was promised a call");
    }
    let doubled: Vec<_> = kept.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "round {round}: {doubled:?}");
    let saved = books.count(project, "select count(*) from recordings where state <> 'open' and length_us > 0");
    assert!(saved >= confirmed.notes, "round {round}: {saved} recordings of {}", confirmed.notes);
    let messages = books.count(project, "select count(*) from work where kind = 'message'");
    assert!(messages >= confirmed.messages, "round {round}: {messages} messages of {}", confirmed.messages);
    let files = "select count(*) - count(distinct body::json->>'file') from work where kind = 'message'";
    let files = if matches!(books, Books::Sqlite) { files.replace("body::json->>", "body->>") } else { files.into() };
    assert_eq!(books.count(project, &files), 0, "round {round}: a message stands twice");
    let left_open = books.count(project, "select count(*) from recordings where state = 'open'");
    assert_eq!(left_open, 0, "round {round}: recordings are mended");
    let records = books.count(project, "select count(*) from calls");
    let arrived = books.count(project, "select count(distinct call_id) from journal where kind = 'call_arrived'");
    let ended = books.count(project, "select count(*) from calls where ended_at is not null");
    assert_eq!((records, ended), (arrived, arrived), "round {round}: one record for each call, each with its end");
    assert!(records <= calls, "round {round}: {records} records of {calls} calls");
    if let Books::Sqlite = books {
        assert_eq!(books.asks(project, "pragma integrity_check"), ["ok"], "round {round}");
    }
}

#[test]
fn nothing_confirmed_is_lost_on_sqlite() {
    survive(&Books::Sqlite);
}

#[test]
fn nothing_confirmed_is_lost_on_postgresql() {
    survive(&Books::Postgres(Postgres::start()));
}
