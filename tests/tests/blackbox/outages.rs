//! A database that stands still drops no call: facts are spooled and replayed once, and nothing false is promised.

use std::process::{Child, Command};

use callwright_tests::postgres::Postgres;
use callwright_tests::{Call, Dial, Phone, Project, Server, clock, tools};

use crate::books::Books;
use crate::vocabulary::{hears, seconds};

/// How long the database is away.
const AWAY: u64 = 8;

fn dials(phone: &Phone, to: &str) -> Call {
    phone.dials(Dial::to(to).showing("+4915333"))
}

/// While it is away, calls come, are served and end; a call back is refused in words.
fn calls_go_on(phone: &Phone, before: &[Call]) -> usize {
    let started = clock::now();
    let mut calls = 0;
    while clock::now() - started < seconds(AWAY) {
        let call = dials(phone, "804");
        hears(&call, "welcome");
        call.hangs_up();
        calls += 1;
    }
    let booker = dials(phone, "802");
    booker.is_answered().presses("1");
    hears(&booker, "wrong");
    for call in before {
        assert!(call.is_up(), "a live call was dropped\n{}", call.log());
    }
    calls + 1
}

/// When it is back, every call has one record, and no fact stands twice.
fn everything_is_there(books: &Books, project: &Project, calls: usize) {
    let ended = "select count(*) from calls where ended_at is not null";
    let there = clock::wait_for(seconds(30), || (books.count(project, ended) >= calls).then_some(()));
    assert!(there.is_some(), "{} records of {calls} calls", books.count(project, ended));
    assert_eq!(books.count(project, "select count(*) from calls"), calls);
    let arrivals = books.count(project, "select count(*) from journal where kind = 'call_arrived'");
    assert_eq!(arrivals, calls, "each fact once");
    assert_eq!(books.count(project, "select count(*) from work where kind = 'callback'"), 0, "nothing was promised");
}

fn stands_still(books: &Books, stop: impl FnOnce(&Project) -> Child, go_on: impl FnOnce(Child)) {
    let server = Server::start(books.project());
    let phone = Phone::udp("caller", server.address());
    let before: Vec<Call> = (0..5).map(|_| dials(&phone, "804")).collect();
    before.iter().for_each(|call| hears(call, "welcome"));
    let stopped = stop(&server.project);
    let calls = calls_go_on(&phone, &before);
    go_on(stopped);
    for call in &before {
        assert!(call.is_up(), "a live call was dropped\n{}", call.log());
        call.hangs_up();
    }
    everything_is_there(books, &server.project, before.len() + calls);
}

#[test]
fn a_locked_sqlite_database_drops_no_call() {
    tools::require("sqlite3", "sqlite3");
    let lock = |project: &Project| {
        let hold = format!(".shell sleep {}", AWAY + 2);
        let mut command = Command::new("sqlite3");
        command.arg(project.dir().join("callwright.db")).args(["BEGIN EXCLUSIVE", &hold, "COMMIT"]);
        let (child, _) = tools::start(&mut command);
        std::thread::sleep(seconds(1));
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
