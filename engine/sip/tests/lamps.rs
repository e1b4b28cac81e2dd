//! Message lamps: NOTIFY unasked to registered phones, and inside the subscriptions of those that ask.
#![allow(clippy::unwrap_used, reason = "tests")]

mod wire;

use std::time::Duration;

use callwright_sip::{SipEvent, Stored};
use model::{AgentId, Lamp};
use wire::text::{authorize, request};
use wire::{Bench, field};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

fn anna() -> AgentId {
    AgentId::parse("anna").unwrap()
}

fn show(bench: &mut Bench, new: u32, old: u32, urgent: u32) -> Vec<String> {
    let now = bench.now;
    bench.endpoint.show_lamp(now, &anna(), Lamp { new, old, urgent });
    bench.replies()
}

fn body(message: &str) -> String {
    message.split_once("\r\n\r\n").map(|(_, body)| body.replace("\r\n", "\n")).unwrap_or_default()
}

fn ask(method: &str, call: &str, cseq: u32, to_tag: &str, extra: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:100@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{call}{cseq};rport\n\
         Max-Forwards: 70\nFrom: <sip:100@192.0.2.1>;tag=f{call}\nTo: <sip:100@192.0.2.1>{tag}\nCall-ID: {call}\n\
         CSeq: {cseq} {method}\nContact: <sip:100@192.0.2.2:5060>\n{extra}Content-Length: 0\n\n"
    )
}

/// Asks twice, the second time with the password; gives 200 and whatever follows.
fn subscribe(bench: &mut Bench, call: &str, cseq: u32, to_tag: &str, expires: u32) -> Vec<String> {
    let extra = format!("Event: message-summary\nExpires: {expires}\n");
    let challenged = bench.send(&ask("SUBSCRIBE", call, cseq, to_tag, &extra));
    assert_eq!(Bench::statuses(&challenged), [401]);
    let answer = authorize(&challenged[0], "SUBSCRIBE", "sip:100@192.0.2.1", "100", "secret-100");
    bench.send(&ask("SUBSCRIBE", call, cseq + 1, to_tag, &format!("{extra}{answer}")))
}

fn answer(bench: &mut Bench, notify: &str, status: &str) {
    let copied = |name: &str| format!("{name}: {}\n", field(notify, name).unwrap());
    let fields = ["Via", "From", "To", "Call-ID", "CSeq"].map(copied).concat();
    bench.send(&format!("SIP/2.0 {status}\n{fields}Content-Length: 0\n\n"));
}

fn our_tag(ok: &str) -> String {
    field(ok, "To").unwrap().split(";tag=").nth(1).unwrap().to_owned()
}

fn register(bench: &mut Bench) {
    let challenged = bench.send(&ask("REGISTER", "reg", 1, "", "Expires: 300\n"));
    let answer = authorize(&challenged[0], "REGISTER", "sip:100@192.0.2.1", "100", "secret-100");
    bench.send(&ask("REGISTER", "reg", 2, "", &format!("Expires: 300\n{answer}")));
    let ticket = bench.heard.iter().find_map(|event| match event {
        SipEvent::StoreBindings { ticket, .. } => Some(*ticket),
        _ => None,
    });
    let now = bench.now;
    bench.endpoint.confirm_binding(now, ticket.unwrap(), Stored::Yes);
    bench.replies();
}

#[test]
fn a_registered_phone_is_shown_its_lamp_unasked() {
    let mut bench = Bench::unknown();
    assert!(show(&mut bench, 1, 0, 0).is_empty(), "no phone, no NOTIFY");
    register(&mut bench);
    let sent = show(&mut bench, 2, 5, 1);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("NOTIFY sip:100@192.0.2.2:5060 SIP/2.0\r\n"), "{}", sent[0]);
    assert_eq!(field(&sent[0], "Event").as_deref(), Some("message-summary"));
    assert_eq!(field(&sent[0], "Content-Type").as_deref(), Some("application/simple-message-summary"));
    assert_eq!(
        body(&sent[0]),
        "Messages-Waiting: yes\nMessage-Account: sip:100@192.0.2.1:5060\nVoice-Message: 2/5 (1/0)\n"
    );
}

#[test]
fn a_phone_that_subscribes_learns_everything_now_and_what_changes_later() {
    let mut bench = Bench::unknown();
    register(&mut bench);
    show(&mut bench, 1, 0, 0);
    let replies = subscribe(&mut bench, "sub", 1, "", 300);
    assert_eq!(Bench::statuses(&replies[..1]), [200]);
    assert_eq!(field(&replies[0], "Expires").as_deref(), Some("300"));
    assert!(body(&replies[1]).contains("Voice-Message: 1/0 (0/0)"));
    assert_eq!(field(&replies[1], "Subscription-State").as_deref(), Some("active;expires=300"));
    assert_eq!(field(&replies[1], "Call-ID").as_deref(), Some("sub"));
    let changed = show(&mut bench, 0, 1, 0);
    assert_eq!(changed.len(), 1, "not once more unasked");
    assert!(body(&changed[0]).starts_with("Messages-Waiting: no\n"));
    assert_eq!(field(&changed[0], "CSeq").as_deref(), Some("2 NOTIFY"));
}

#[test]
fn a_subscription_lasts_as_long_as_it_is_refreshed() {
    let mut bench = Bench::unknown();
    let ok = subscribe(&mut bench, "sub", 1, "", 300);
    answer(&mut bench, &ok[1], "200 OK");
    let tag = our_tag(&ok[0]);
    bench.advance(SECONDS(200));
    let refreshed = subscribe(&mut bench, "sub", 3, &tag, 300);
    assert_eq!(Bench::statuses(&refreshed[..1]), [200]);
    answer(&mut bench, &refreshed[1], "200 OK");
    bench.advance(SECONDS(200));
    let changed = show(&mut bench, 1, 0, 0);
    assert_eq!(field(&changed[0], "Subscription-State").as_deref(), Some("active;expires=100"));
    answer(&mut bench, &changed[0], "200 OK");
    let last = bench.advance(SECONDS(101));
    assert!(last[0].contains("terminated;reason=timeout"), "{last:?}");
    assert!(show(&mut bench, 2, 0, 0).is_empty());
}

#[test]
fn a_subscription_ends_when_the_phone_says_so_or_does_not_know_it_or_is_gone() {
    let mut bench = Bench::unknown();
    let ok = subscribe(&mut bench, "sub", 1, "", 300);
    let gone = subscribe(&mut bench, "sub", 3, &our_tag(&ok[0]), 0);
    assert!(gone.iter().any(|notify| notify.contains("terminated")), "{gone:?}");
    assert!(show(&mut bench, 1, 0, 0).is_empty());
    subscribe(&mut bench, "again", 1, "", 300);
    let notify = show(&mut bench, 2, 0, 0).remove(0);
    answer(&mut bench, &notify, "481 Subscription does not exist");
    assert!(show(&mut bench, 3, 0, 0).is_empty());
    subscribe(&mut bench, "silent", 1, "", 300);
    bench.advance(SECONDS(40));
    assert!(show(&mut bench, 4, 0, 0).is_empty());
}

#[test]
fn nobody_subscribes_to_another_event_or_without_a_password_or_to_nothing() {
    let mut bench = Bench::unknown();
    let other = bench.send(&request("SUBSCRIBE", "a", "Event: presence\n"));
    assert_eq!(Bench::statuses(&other), [489]);
    assert_eq!(field(&other[0], "Allow-Events").as_deref(), Some("message-summary"));
    let lost = bench.send(&ask("SUBSCRIBE", "lost", 1, "unknown", "Event: message-summary\n"));
    assert_eq!(Bench::statuses(&lost), [481]);
    let challenged = bench.send(&ask("SUBSCRIBE", "guess", 1, "", "Event: message-summary\n"));
    let wrong = authorize(&challenged[0], "SUBSCRIBE", "sip:100@192.0.2.1", "100", "guess");
    let again = ask("SUBSCRIBE", "guess", 2, "", &format!("Event: message-summary\n{wrong}"));
    assert_eq!(Bench::statuses(&bench.send(&again)), [401]);
}

#[test]
fn a_phone_that_restarts_subscribes_once_and_old_phones_make_room() {
    let mut bench = Bench::unknown();
    for call in ["one", "two", "three"] {
        subscribe(&mut bench, call, 1, "", 300);
    }
    assert_eq!(show(&mut bench, 1, 0, 0).len(), 1);
}
