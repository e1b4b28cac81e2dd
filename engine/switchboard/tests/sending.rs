//! Mails, short messages, webhooks and questions to other systems, as a shell sees them.

mod common;

use callwright_switchboard::{Command, LegEvent, StoreCommand};
use common::Desk;
use model::{CallId, HangupCause, LegId, Parcel, Ticket, Work};
use serde_json::json;

const CONFIG: &str = r#"
mail: { server: "smtp://localhost", from: desk@clinic.example }
sms: { url: "https://sms.example/send", body: "to={to}&text={text}" }
webhooks: { crm: { url: "https://crm.example/calls", secret: s } }
http: { allow: [crm.example] }
"#;

fn answered(flow: &str) -> (Desk, LegId) {
    let mut desk = Desk::new(CONFIG, flow);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    (desk, caller)
}

fn log_of(flow: &str) -> String {
    answered(flow).0.said
}

#[test]
fn queued_is_said_when_the_row_is_durable_and_not_before() {
    let (mut desk, _) = answered(r#"answer(); log(sms("+4930222", "Your order is there"));"#);
    assert!(desk.said.contains("store 1: keep delivery 1-1-0"), "{}", desk.said);
    assert!(!desk.said.contains("queued"), "{}", desk.said);
    desk.stored(1, true);
    assert!(desk.said.contains("sms to +4930222 queued as 1-1-0"), "{}", desk.said);
    assert!(desk.said.contains("log: queued"), "{}", desk.said);
}

#[test]
fn what_the_store_refuses_is_refused() {
    let (mut desk, _) = answered(r#"answer(); log(webhook("crm", #{ order: 17 }));"#);
    desk.stored(1, false);
    assert!(desk.said.contains("log: refused") && desk.said.contains("given up"), "{}", desk.said);
}

#[test]
fn nothing_odd_is_ever_sent() {
    let long = format!(r#"sms("+4930", "{}")"#, "x".repeat(1531));
    for (verb, why) in [
        (r#"sms("4930;ext=1", "x")"#, "that is no number"),
        (r#"sms("+4930", "")"#, "there is no text"),
        (long.as_str(), "1531 characters"),
        (r#"email("a@b.c, d@e.f", "s", "t")"#, "that is no mail address"),
        (r#"email("a@b.c", "s\r\nBcc: x@y.z", "t")"#, "one line"),
        (r#"email("a@b.c", "s", "t", #{ attach: "callwright.yaml" })"#, "only a recording"),
        (r#"email("a@b.c", "s", "t", #{ attach: "recordings/../callwright.yaml" })"#, "only a recording"),
        (r#"webhook("cr" + "n", #{})"#, "no such webhook"),
    ] {
        let said = log_of(&format!("answer();\nlog({verb});"));
        assert!(said.contains(why) && said.contains("log: refused") && !said.contains("keep"), "{verb}: {said}");
    }
}

#[test]
fn every_delivery_has_a_key_of_its_own() {
    let mut desk = Desk::new(CONFIG, r#"answer(); for n in 0..3 { webhook("crm", #{ n: n }); }"#);
    let caller = desk.call();
    desk.leg(caller, LegEvent::Answered);
    for ticket in 1..=3 {
        desk.stored(ticket, true);
    }
    let keys: std::collections::BTreeSet<&str> =
        desk.said.lines().filter_map(|line| line.split("keep delivery ").nth(1)).collect();
    assert_eq!(keys.len(), 3, "{}", desk.said);
}

#[test]
fn a_loop_does_not_write_to_the_whole_town() {
    let flow = r#"answer(); for n in 0..60 { log(sms("+4930", "x")); }"#;
    let (mut desk, _) = answered(flow);
    for ticket in 1..=50 {
        desk.stored(ticket, true);
    }
    assert_eq!(desk.said.matches("log: queued").count(), 50);
    assert_eq!(desk.said.matches("log: refused").count(), 10, "{}", desk.said);
}

#[test]
fn after_call_may_still_tell_somebody() {
    let flow = "answer();\nwait(1.seconds);\nfn after_call(outcome) { webhook(\"crm\", #{ outcome: outcome }); }";
    let (mut desk, caller) = answered(flow);
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    desk.stored(1, true);
    assert!(desk.said.contains("webhook to crm queued"), "{}", desk.said);
    assert_eq!(desk.board.calls().count(), 0, "then it is over");
}

#[test]
fn who_hangs_up_at_once_has_sent_all_the_same() {
    let (mut desk, caller) = answered(r#"answer(); sms("+4930", "x"); play("welcome");"#);
    desk.leg(caller, LegEvent::HungUp(HangupCause::Normal));
    assert_eq!(desk.board.calls().count(), 1, "the row is on its way");
    desk.stored(1, true);
    assert!(desk.said.contains("sms to +4930 queued"), "{}", desk.said);
    assert_eq!(desk.board.calls().count(), 0);
}

#[test]
fn a_row_says_whom_it_is_about() {
    let mut desk = Desk::new(CONFIG, r#"answer(); webhook("crm", #{ order: 17 });"#);
    let leg = desk.call();
    desk.board.handle_leg(desk.now, leg, LegEvent::Answered);
    let kept = std::iter::from_fn(|| desk.board.poll_command()).find_map(|command| match command {
        Command::Store { what: StoreCommand::Keep(work), .. } => Some(work),
        _ => None,
    });
    let Some([Work::Delivery(row)]) = kept.as_deref() else { panic!("no row") };
    assert_eq!((row.call, row.about.as_str()), (Some(CallId(1)), "+4930111"));
    assert_eq!(row.what, Parcel::Webhook { name: "crm".into(), body: json!({ "order": 17 }) });
}

#[test]
fn another_system_is_asked_and_its_deadline_holds() {
    let flow = r#"answer(); let a = http("https://crm.example/o/17"); log(a?.body?.state); log(http("https://crm.example/x"));"#;
    let (mut desk, _) = answered(flow);
    assert!(desk.said.contains("ask GET https://crm.example/o/17"), "{}", desk.said);
    desk.board.handle_lookup(desk.now, Ticket(1), json!({ "status": 200, "body": { "state": "sent" } }));
    desk.drain();
    assert!(desk.said.contains("log: sent"), "{}", desk.said);
    desk.seconds(3);
    assert!(desk.said.contains("http crm.example: 200 in 0"), "{}", desk.said);
    assert!(desk.said.contains("http crm.example: 0 in 3s"), "{}", desk.said);
    assert!(desk.said.contains("flow ended"), "{}", desk.said);
}

#[test]
fn hosts_that_nobody_allowed_are_not_asked() {
    for url in [
        "https://evil.example/",
        "https://crm.example@evil.example/",
        "file:///etc/passwd",
        "https://crm.example\\\\@evil.example/",
    ] {
        let said = log_of(&format!(r#"answer(); try {{ http("" + "{url}"); }} catch (e) {{ log("no: " + e); }}"#));
        assert!(said.contains("log: no:") && !said.contains("ask "), "{url}: {said}");
    }
}
