//! Whatever is confirmed is on the disk before: the order of the system calls of a serving process.

use callwright_tests::g711::Codec;
use callwright_tests::strace::{SystemCall, Trace, Watched};
use callwright_tests::{Call, Dial, Message, Phone, Project, Server, likeness, wav};

use crate::books::Books;
use crate::vocabulary::{hears, seconds};

/// What syncs, writes and sends.
const WATCHED: &str = "fdatasync,fsync,write,pwrite64,sendto";
/// SQLite's log, where a row is durable first.
const LOG: &str = "callwright.db-wal";
/// Promises of each kind.
const EACH: usize = 6;

/// Call-IDs of the registrations that the server confirmed, with the line of the answer.
fn confirmed_registrations(trace: &Trace) -> Vec<(String, usize)> {
    let answer = |call: &SystemCall| {
        let message = Message::parse(&call.data).ok()?;
        let confirms = message.code() == Some(200) && message.cseq().1 == "REGISTER";
        confirms.then(|| (message.call_id(), call.began))
    };
    trace.sent().filter_map(answer).collect()
}

#[test]
fn registrations_are_synced_before_they_are_confirmed() {
    let watched = Watched::serves(Project::named("office"), WATCHED);
    let server = &watched.server;
    let phones = [("anna", "201"), ("ben", "202"), ("carl", "203")].map(|(name, number)| server.agent(name, number));
    for _ in 0..10 {
        phones.iter().for_each(|phone| _ = phone.registers());
    }
    let trace = watched.ends();
    let confirmed = confirmed_registrations(&trace);
    assert_eq!(confirmed.len(), 33);
    for (call, answered) in confirmed {
        trace.is_durable((LOG, &call), 0..answered).unwrap();
    }
}

/// The line on which the first packet of a prompt left for this call.
fn line_of(trace: &Trace, call: &Call, prompt: &str) -> usize {
    let port = call.audio().local.port();
    let packets: Vec<&SystemCall> = trace.sent().filter(|sent| sent.port == port && sent.data.len() == 172).collect();
    let decoded = |sent: &&SystemCall| {
        let codec = Codec::of(sent.data[1] & 0x7f).expect("G.711");
        sent.data[12..].iter().map(|byte| codec.decode(*byte)).collect::<Vec<_>>()
    };
    let heard: Vec<i16> = packets.iter().flat_map(decoded).collect();
    let found = likeness(&heard, &Project::prompt(prompt));
    assert!(found.score > 0.9, "`{prompt}` in {} packets: {found:?}", packets.len());
    packets[(found.offset + 80) / 160].began
}

/// Some call a number at once, do what it takes, and hear the promise; their numbers and calls.
fn promised(phone: &Phone, to: &str, prompt: &str, act: impl Fn(&Call) + Sync) -> Vec<(String, Call)> {
    let number = |nth| format!("+4915{to}{nth:03}");
    let dialled = |nth| (number(nth), phone.dials(Dial::to(to).showing(&number(nth))));
    let calls: Vec<_> = (0..EACH).map(dialled).collect();
    std::thread::scope(|scope| {
        for (_, call) in &calls {
            let act = &act;
            scope.spawn(move || {
                act(call.is_answered());
                hears(call, prompt);
            });
        }
    });
    calls
}

/// The file of whoever called from this number.
fn recording_of(server: &Server, number: &str) -> String {
    let question = format!("select file from recordings where caller = '{number}'");
    Books::Sqlite.asks(&server.project, &question).pop().unwrap_or_else(|| panic!("{number} left no recording"))
}

#[test]
fn promises_are_synced_before_they_are_spoken() {
    let watched = Watched::serves(Books::Sqlite.project().with_prompt("vm-msgsaved"), WATCHED);
    let phone = Phone::udp("caller", watched.server.address());
    let bookers = promised(&phone, "802", "goodbye", |call| _ = call.presses("1"));
    let says = |call: &Call| _ = call.says(&wav::melody(81, seconds(6))).presses("#");
    let speakers = promised(&phone, "801", "vm-msgsaved", says);
    let recorders = promised(&phone, "803", "saved", says);
    let files =
        speakers.iter().chain(&recorders).map(|(number, _)| recording_of(&watched.server, number)).collect::<Vec<_>>();
    let trace = watched.ends();
    for (number, call) in &bookers {
        let spoken = line_of(&trace, call, "goodbye");
        trace.is_durable((LOG, &format!("open{number}")), 0..spoken).unwrap();
    }
    for ((number, call), file) in speakers.iter().zip(&files) {
        let spoken = line_of(&trace, call, "vm-msgsaved");
        let audio = trace.whole_file(file, spoken).unwrap();
        trace.is_durable((LOG, &format!("open{number}")), audio..spoken).unwrap();
    }
    for ((_, call), file) in recorders.iter().zip(&files[EACH..]) {
        let spoken = line_of(&trace, call, "saved");
        let audio = trace.whole_file(file, spoken).unwrap();
        trace.is_durable((LOG, file), audio..spoken).unwrap();
    }
}
