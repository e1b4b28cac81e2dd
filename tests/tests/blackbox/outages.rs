//! A database that stands still drops no call: facts are spooled and replayed once, and nothing false is promised.
//!
//! `CALLWRIGHT_AWAY` says for how many seconds it is away, `CALLWRIGHT_CALLS` how many calls are up meanwhile and
//! `CALLWRIGHT_RATE` how many come each second: 8, 5 and 1 in the usual run, 60, 50 and 2 before a release.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use callwright_tests::postgres::Postgres;
use callwright_tests::{Call, Dial, Phone, Project, Server, clock, tools};

use crate::books::Books;
use crate::vocabulary::{hears, seconds};

/// One in so many of those who come wants to be called back.
const BOOKERS: usize = 10;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// How long the database is away.
fn away() -> Duration {
    seconds(setting("CALLWRIGHT_AWAY", 8))
}

fn dials(phone: &Phone, to: &str) -> Call {
    phone.dials(Dial::to(to).showing("+4915333"))
}

/// Who came while it was away, and how long the worst waited for the words of a refusal.
#[derive(Default)]
struct Meanwhile {
    calls: usize,
    refused: usize,
    slowest: Duration,
}

/// Somebody calls, hears the welcome and goes.
fn is_served(phone: &Phone) {
    let call = dials(phone, "804");
    hears(&call, "welcome");
    call.hangs_up();
}

/// Somebody wants to be called back and is refused in words; how long that took.
fn is_refused(phone: &Phone) -> Duration {
    let booker = dials(phone, "802");
    booker.is_answered().presses("1");
    let pressed = clock::now();
    hears(&booker, "wrong");
    clock::now() - pressed
}

/// While it is away, calls come at their rate, are served and end; calls back are refused.
fn calls_go_on(phone: &Phone, before: &[Call]) -> Meanwhile {
    let (started, each) = (clock::now(), seconds(1) / setting("CALLWRIGHT_RATE", 1) as u32);
    let mut meanwhile = Meanwhile::default();
    std::thread::scope(|scope| {
        let mut bookers = Vec::new();
        while clock::now() - started < away() {
            if meanwhile.calls % BOOKERS == BOOKERS / 2 {
                bookers.push(scope.spawn(|| is_refused(phone)));
            } else {
                scope.spawn(|| is_served(phone));
            }
            meanwhile.calls += 1;
            let next: Instant = started + each * meanwhile.calls as u32;
            std::thread::sleep(next.saturating_duration_since(clock::now()));
        }
        // Many at the same moment wait no longer than one.
        bookers.extend((0..setting("CALLWRIGHT_CALLS", 5)).map(|_| scope.spawn(|| is_refused(phone))));
        meanwhile.refused = bookers.len();
        meanwhile.calls += setting("CALLWRIGHT_CALLS", 5) as usize;
        let took = bookers.into_iter().map(|booker| booker.join().unwrap());
        meanwhile.slowest = took.max().unwrap_or_default();
    });
    for call in before {
        assert!(call.is_up(), "a live call was dropped\n{}", call.log());
    }
    meanwhile
}

/// When it is back, every call has one record, and no fact stands twice.
fn everything_is_there(books: &Books, project: &Project, calls: usize) {
    let ended = "select count(*) from calls where ended_at is not null";
    let there = clock::wait_for(seconds(30), || (books.count(project, ended) >= calls).then_some(()));
    assert!(there.is_some(), "{} records of {calls} calls", books.count(project, ended));
    assert_eq!(books.count(project, "select count(*) from calls"), calls);
    for kind in ["call_arrived", "call_ended"] {
        let facts = books.count(project, &format!("select count(*) from journal where kind = '{kind}'"));
        assert_eq!(facts, calls, "each fact once: {kind}");
    }
    assert_eq!(books.count(project, "select count(*) from work where kind = 'callback'"), 0, "nothing was promised");
}

/// Back again, it takes promises without a restart; the journal is taken in already.
fn is_booked(phone: &Phone) {
    let booker = dials(phone, "802");
    booker.is_answered().presses("1");
    hears(&booker, "goodbye");
}

fn stands_still(books: &Books, stop: impl FnOnce(&Project) -> Child, go_on: impl FnOnce(Child)) {
    let server = Server::start(books.project());
    let phone = Phone::udp("caller", server.address());
    let before: Vec<Call> = (0..setting("CALLWRIGHT_CALLS", 5)).map(|_| dials(&phone, "804")).collect();
    before.iter().for_each(|call| hears(call, "welcome"));
    let stopped = stop(&server.project);
    let meanwhile = calls_go_on(&phone, &before);
    go_on(stopped);
    let back = clock::now();
    for call in &before {
        assert!(call.is_up(), "a live call was dropped\n{}", call.log());
        call.hangs_up();
    }
    everything_is_there(books, &server.project, before.len() + meanwhile.calls);
    let replayed = clock::now() - back;
    is_booked(&phone);
    let Meanwhile { calls, refused, slowest } = meanwhile;
    tell(&format!(
        "away for {:?}: {} calls stayed, {calls} came; {refused} calls back refused, the slowest heard it after \
         {slowest:?}; everything was in the journal once {replayed:?} after it came back",
        away(),
        before.len()
    ));
}

#[expect(clippy::print_stdout, reason = "the figures of a long run are wanted")]
fn tell(text: &str) {
    println!("{text}");
}

#[test]
fn a_locked_sqlite_database_drops_no_call() {
    tools::require("sqlite3", "sqlite3");
    let lock = |project: &Project| {
        let locked = project.dir().join("locked");
        // The lock outlives those who came last.
        let hold = format!(".shell touch {}; sleep {}", locked.display(), away().as_secs() + 8);
        let mut command = Command::new("sqlite3");
        command.arg(project.dir().join("callwright.db")).args([".timeout 10000", "BEGIN EXCLUSIVE", &hold, "COMMIT"]);
        let (child, printed) = tools::start(&mut command);
        let held = clock::wait_for(seconds(20), || locked.exists().then_some(()));
        assert!(held.is_some(), "sqlite3 did not lock: {}", printed.lock().unwrap());
        child
    };
    stands_still(&Books::Sqlite, lock, |mut child| drop(child.wait()));
}

#[test]
fn a_postgresql_that_is_stopped_drops_no_call() {
    let books = Books::Postgres(Postgres::start());
    let Books::Postgres(server) = &books else { return };
    let stop = |_: &Project| {
        server.stops();
        tools::start(&mut Command::new("true")).0
    };
    stands_still(&books, stop, |mut child| {
        let _ = child.wait();
        server.start_again();
    });
}
