//! Whoever asks to be forgotten is nowhere any more, although a running server had him in its memory; and a copy of
//! the store can be made at any time.

use std::path::PathBuf;
use std::process::Command;

use callwright_tests::sink::{WebSink, free_address};
use callwright_tests::{Answering, Call, Dial, Phone, Project, Server, binary, clock, tools, wav};
use serde_json::Value;

use crate::books::Books;
use crate::vocabulary::{hears, lamp_shows, seconds};

const FORGOTTEN: &str = "+4930999123";
const REMEMBERED: &str = "+4930999124";

/// `callwright` with these words.
fn command(project: &Project, words: &[&str]) -> String {
    let mut command = Command::new(binary());
    command.args(words).current_dir(project.dir()).env("NO_COLOR", "1").envs(project.environment());
    let done = tools::run(&mut command, seconds(60));
    assert_eq!(done.code, Some(0), "{words:?}: {}", done.text);
    done.text
}

/// Somebody leaves a message and is told that it is kept.
fn leaves_a_message(server: &Server, number: &str) {
    let call = server.phone("caller").dials(Dial::to("801").showing(number));
    hears(&call, "welcome");
    speaks(server, &call, 1);
    call.presses("#");
    hears(&call, "right");
    call.ends_with("bye");
}

/// He speaks when his `take` is recorded.
fn speaks(server: &Server, call: &Call, take: usize) {
    let name = format!("-{take}-");
    let is_taken = || recordings(&server.project).iter().any(|file| file.contains(&name)).then_some(());
    assert!(clock::wait_for(seconds(20), is_taken).is_some(), "nothing is recorded\n{}", call.log());
    call.says(&wav::melody(4_720, seconds(3)));
}

/// Files of the project that hold a text.
fn holding(project: &Project, text: &str) -> Vec<PathBuf> {
    let holds = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    ["db", "db-wal", "db-shm", "spool", "wav", "damaged"]
        .iter()
        .flat_map(|extension| project.files(extension))
        .filter(holds)
        .collect()
}

/// The names of the recordings that are there.
fn recordings(project: &Project) -> Vec<String> {
    let names = project.files("wav").into_iter().map(|file| file.to_string_lossy().into_owned());
    names.filter(|file| file.contains("/recordings/")).collect()
}

/// Waits until so many are there.
fn recordings_left(project: &Project, count: usize) -> bool {
    clock::wait_for(seconds(30), || (recordings(project).len() == count).then_some(())).is_some()
}

#[test]
fn an_erased_number_is_nowhere_and_nothing_writes_it_again() {
    let gateway = Phone::udp("gateway", ([127, 0, 0, 1], 9).into());
    gateway.when_called(Answering::ring_forever());
    let crm = free_address(); // Nobody listens there yet: what is to be delivered waits.
    let project = Project::named("forgotten").with("CRM", crm).with("GATEWAY", gateway.address());
    let mut server = Server::start(project);
    let anna = server.agent("anna", "201");
    leaves_a_message(&server, FORGOTTEN);
    for number in [FORGOTTEN, REMEMBERED] {
        command(&server.project, &["campaign", "debts", "add", number]);
    }
    lamp_shows(&anna, "1/0");
    let digits = &FORGOTTEN[1..];
    assert_ne!(holding(&server.project, digits), Vec::<PathBuf>::new());
    let over = "select count(*) from calls where ended_at is not null";
    let is_over = || (Books::Sqlite.count(&server.project, over) == 1).then_some(());
    assert!(clock::wait_for(seconds(20), is_over).is_some(), "his call goes on");

    let told = command(&server.project, &["erase", "0049 30 999123", "--asked-by", "privacy", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["erased"]["calls"], &told["erased"]["work"]), (&1.into(), &3.into()), "{told}");
    assert_eq!((&told["files"], &told["going_on"]), (&1.into(), &0.into()), "{told}");
    lamp_shows(&anna, "0/0");
    assert_eq!(recordings(&server.project), Vec::<String>::new());
    assert_eq!(holding(&server.project, digits), Vec::<PathBuf>::new(), "at once");

    // Whatever wrote him again would do so now: his message heard, his telephone called, his webhook sent.
    let sink = WebSink::answers(crm, "{}", seconds(0));
    command(&server.project, &["campaign", "debts", "start"]);
    leaves_a_message(&server, REMEMBERED);
    let delivered = || sink.heard().iter().any(|heard| heard.contains(REMEMBERED)).then_some(());
    assert!(clock::wait_for(seconds(30), delivered).is_some(), "{:?}", sink.heard());
    let rung = gateway.rings_within(seconds(30)).expect("the other contact is called");
    assert!(rung.invite().uri().unwrap_or_default().contains(REMEMBERED));
    let listener = server.phone("listener").dials("802");
    hears(&listener, "goodbye");
    assert!(command(&server.project, &["campaign", "debts", "status", "--follow"]).contains("finished"));
    assert!(gateway.rings_within(seconds(0)).is_none(), "nobody else is called");
    assert!(sink.heard().iter().all(|heard| !heard.contains(digits)), "{:?}", sink.heard());
    assert_eq!(holding(&server.project, digits), Vec::<PathBuf>::new(), "while it runs");
    server.crashes_and_restarts();
    assert_eq!(holding(&server.project, digits), Vec::<PathBuf>::new(), "after a crash");
    assert_eq!(Books::Sqlite.asks(&server.project, "select asked_by from erasures"), ["privacy"]);
    assert_eq!(Books::Sqlite.count(&server.project, "select count(*) from calls"), 4, "every call still counts");
}

#[test]
fn a_call_that_goes_on_is_erased_again_when_it_is_over() {
    let project = Project::named("forgotten").with("CRM", free_address()).with("GATEWAY", free_address());
    let server = Server::start(project);
    let call = server.phone("caller").dials(Dial::to("801").showing(FORGOTTEN));
    hears(&call, "welcome");
    let told = command(&server.project, &["erase", FORGOTTEN, "--json"]);
    assert!(told.contains(r#""going_on":1"#) || told.contains(r#""going_on": 1"#), "{told}");
    speaks(&server, &call, 1);
    call.hangs_up();
    let erased = || (Books::Sqlite.count(&server.project, "select count(*) from erasures") == 2).then_some(());
    assert!(clock::wait_for(seconds(60), erased).is_some(), "it was not erased again");
    assert_eq!(holding(&server.project, &FORGOTTEN[1..]), Vec::<PathBuf>::new());
    assert_eq!(recordings(&server.project), Vec::<String>::new());
}

#[test]
fn files_of_deleted_messages_and_of_takes_that_were_said_again_are_deleted() {
    let project = Project::named("forgotten").with("CRM", free_address()).with("GATEWAY", free_address());
    wav::save(project.dir().join("sounds/en/vm-review.wav"), &Project::prompt("vm-review"));
    let server = Server::start(project);
    let call = server.phone("caller").dials("803");
    hears(&call, "welcome");
    speaks(&server, &call, 1);
    call.presses("#");
    hears(&call, "vm-review");
    call.presses("3");
    speaks(&server, &call, 2);
    assert!(recordings_left(&server.project, 1), "the first take: {:?}", recordings(&server.project));
    call.presses("#");
    hears(&call, "right"); // Whoever presses nothing in the review keeps what he said.
    let rows = || Books::Sqlite.count(&server.project, "select count(*) from recordings");
    assert!(clock::wait_for(seconds(30), || (rows() == 1).then_some(())).is_some(), "a row without a file");
    let listener = server.phone("listener").dials("802");
    hears(&listener, "goodbye");
    assert!(recordings_left(&server.project, 0), "a deleted message: {:?}", recordings(&server.project));
}

#[test]
fn a_copy_made_while_calls_run_opens_as_a_store_with_all_records() {
    let server = Server::of("owed");
    let phone = server.phone("caller");
    let calls: Vec<_> = (0..5).map(|_| phone.dials("804")).collect();
    calls.iter().for_each(|call| hears(call, "welcome"));
    let recorded = || (Books::Sqlite.count(&server.project, "select count(*) from calls") == 5).then_some(());
    assert!(clock::wait_for(seconds(20), recorded).is_some());
    let copies = Project::named("owed");
    let copy = copies.dir().join("callwright.db");
    let told = command(&server.project, &["backup", &copy.display().to_string(), "--json"]);
    assert!(told.contains("sqlite"), "{told}");
    calls.iter().for_each(|call| assert!(call.is_up(), "a call was dropped"));

    let listed: Value = serde_json::from_str(&command(&copies, &["calls", "--json"])).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(5), "{listed}");
    assert_eq!(Books::Sqlite.asks(&copies, "pragma integrity_check"), ["ok"]);
    let restored = Server::start(copies);
    let ended = || {
        (Books::Sqlite.count(&restored.project, "select count(*) from calls where cause = 'crash'") == 5).then_some(())
    };
    assert!(clock::wait_for(seconds(20), ended).is_some(), "the server of the copy knows that its calls are over");
}
