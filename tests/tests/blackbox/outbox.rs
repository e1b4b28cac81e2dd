//! What leaves the house arrives, also when the process dies in between; what is asked answers in time.

use std::collections::BTreeSet;
use std::process::Command;

use callwright_tests::sink::{MailSink, WebSink, free_address};
use callwright_tests::{Project, Server, binary, clock, tools, wav};

use crate::vocabulary::{hears, never_heard, seconds};

fn served(crm: std::net::SocketAddr, mail: std::net::SocketAddr) -> Server {
    Server::start(Project::named("outside").with("CRM", crm).with("MAIL", mail))
}

/// `callwright outbox --json` on the server's project.
fn outbox(server: &Server) -> serde_json::Value {
    let mut command = Command::new(binary());
    command.arg("outbox").arg(server.project.dir()).arg("--json").envs(server.project.environment());
    let done = tools::run(&mut command, seconds(10));
    assert_eq!(done.code, Some(0), "{}", done.text);
    serde_json::from_str(&done.text).unwrap_or_else(|error| panic!("{error} in {}", done.text))
}

fn keys(heard: &[String]) -> BTreeSet<String> {
    let key = |text: &String| text.lines().find_map(|line| line.strip_prefix("idempotency-key: ").map(str::to_owned));
    heard.iter().filter_map(key).collect()
}

#[test]
fn what_was_queued_before_a_crash_is_delivered_once_after_it() {
    let crm = free_address(); // Nobody listens there yet.
    let mut server = served(crm, free_address());
    let call = server.phone("caller").dials("100");
    hears(&call, "welcome");
    hears(&call, "saved");
    server.crashes_and_restarts();
    assert_eq!(outbox(&server).as_array().map(Vec::len), Some(2), "both are still owed");
    let sink = WebSink::answers(crm, "{}", seconds(0));
    let delivered = clock::wait_for(seconds(20), || outbox(&server).as_array()?.is_empty().then_some(()));
    assert!(delivered.is_some(), "{}", outbox(&server));
    let heard = sink.heard();
    assert_eq!((heard.len(), keys(&heard).len()), (2, 2), "{heard:?}");
    let webhook = heard.iter().find(|text| text.starts_with("POST /calls ")).unwrap();
    assert!(webhook.contains("x-callwright-signature: sha256=") && webhook.contains("\"order\":17"), "{webhook}");
    let sms = heard.iter().find(|text| text.starts_with("POST /sms ")).unwrap();
    assert!(sms.contains(r#"{"to":"+4930222","text":"Your order is \"on its way\"""#), "{sms}");
    std::thread::sleep(seconds(2));
    assert_eq!(sink.heard().len(), 2, "and not again");
}

#[test]
fn a_message_is_mailed_with_its_recording() {
    let mail = MailSink::start();
    let server = served(free_address(), mail.address);
    let call = server.phone("caller").dials("101");
    hears(&call, "welcome");
    call.says(&wav::melody(8_001, seconds(2)));
    hears(&call, "saved");
    let found = clock::wait_for(seconds(10), || mail.mails().first().cloned()).expect("a mail");
    assert!(found.contains("Subject: A message") && found.contains("audio/wav"), "{}", &found[..500]);
    assert!(found.contains("UklGR"), "the file itself, in base64");
}

#[test]
fn a_slow_crm_gives_nothing_in_time_and_the_caller_hears_something() {
    let sink = WebSink::answers(free_address(), r#"{"name":"Ada"}"#, seconds(30));
    let server = served(sink.address, free_address());
    let call = server.phone("caller").dials("102");
    hears(&call, "one-moment-please");
    hears(&call, "wrong");
    never_heard(&call, "right");
    assert_eq!(sink.heard().len(), 1);
}

#[test]
fn a_flow_asks_another_system() {
    let sink = WebSink::answers(free_address(), r#"{"state":"sent"}"#, seconds(0));
    let server = served(sink.address, free_address());
    let call = server.phone("caller").dials("103");
    hears(&call, "right");
    assert!(sink.heard()[0].starts_with("GET /orders/17 "));
}
