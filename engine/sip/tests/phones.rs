//! Agents' phones: digest, registration, calls with a password, NAT.
#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "tests")]

mod wire;

use std::time::Duration;

use callwright_sip::{SipEvent, Stored};
use model::LegId;
use wire::text::{authorize, request, with_sdp};
use wire::{ANNA, Bench, audio, field, socket};

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn register(bench: &mut Bench, cseq: u32, extra: &str) -> Vec<String> {
    let message = |cseq: u32, extra: &str| {
        request("REGISTER", &format!("r{cseq}"), extra)
            .replace("CSeq: 1", &format!("CSeq: {cseq}"))
            .replace("REGISTER sip:200@192.0.2.1 SIP", "REGISTER sip:192.0.2.1 SIP")
            .replace("To: <sip:200@", "To: <sip:100@")
    };
    let challenged = bench.send(&message(cseq, extra));
    assert_eq!(Bench::statuses(&challenged), [401]);
    let answer = authorize(&challenged[0], "REGISTER", "sip:192.0.2.1", "100", "secret-100");
    bench.send(&message(cseq + 1, &format!("{extra}{answer}")))
}

#[test]
fn a_phone_registers_and_its_200_waits_for_the_store() {
    let mut bench = Bench::unknown();
    assert!(register(&mut bench, 1, "Expires: 300\n").is_empty());
    let ticket = bench
        .heard
        .iter()
        .find_map(|e| match e {
            SipEvent::StoreBindings { ticket, .. } => Some(*ticket),
            _ => None,
        })
        .expect("a change to be stored");
    let now = bench.now;
    bench.endpoint.confirm_binding(now, ticket, Stored::Yes);
    let replies = bench.replies();
    assert_eq!(Bench::statuses(&replies), [200]);
    assert!(field(&replies[0], "Contact").unwrap().contains("expires=300"));
    assert_eq!(bench.story(), ["store 100 +1 -0", "anna has 1 contacts"]);
    bench.advance(s(301));
    assert_eq!(bench.story(), ["anna has 0 contacts"]);
}

#[test]
fn a_phone_that_registers_from_a_trunks_address_proves_who_it_is() {
    let mut bench = Bench::trusted();
    let call = |bench: &mut Bench, branch: &str| {
        let message = with_sdp(&request("INVITE", branch, "")).replace("call-1", branch);
        Bench::statuses(&bench.send(&message))
    };
    assert!(call(&mut bench, "before").is_empty());
    assert!(bench.story().concat().contains("incoming 100 -> 200 by trunk"), "any other caller of the trunk");
    register(&mut bench, 1, "Expires: 300\n");
    let ticket = bench.heard.iter().rev().find_map(|e| match e {
        SipEvent::StoreBindings { ticket, .. } => Some(*ticket),
        _ => None,
    });
    let now = bench.now;
    bench.endpoint.confirm_binding(now, ticket.unwrap(), Stored::Yes);
    bench.replies();
    assert_eq!(call(&mut bench, "after"), [401]);
}

#[test]
fn a_phone_that_stumbles_over_sha_256_is_offered_md5_alone_when_it_asks_again() {
    let mut bench = Bench::unknown();
    let ask = |bench: &mut Bench, cseq: u32| {
        let usual = format!("Expires: 300\nUser-Agent: {}\n", "phone ".repeat(50));
        let message = request("REGISTER", &format!("r{cseq}"), &usual);
        let replies = bench.send(&message.replace("CSeq: 1", &format!("CSeq: {cseq}")));
        replies[0].matches("algorithm=SHA-256").count() * 10 + replies[0].matches("algorithm=MD5").count()
    };
    assert_eq!([1, 2, 3].map(|cseq| ask(&mut bench, cseq)), [11, 1, 1]);
}

#[test]
fn a_registration_that_cannot_be_stored_is_not_confirmed() {
    let mut bench = Bench::unknown();
    register(&mut bench, 1, "Expires: 300\n");
    let ticket = bench
        .heard
        .iter()
        .find_map(|e| match e {
            SipEvent::StoreBindings { ticket, .. } => Some(*ticket),
            _ => None,
        })
        .expect("a change to be stored");
    let now = bench.now;
    bench.endpoint.confirm_binding(now, ticket, Stored::No);
    assert_eq!(Bench::statuses(&bench.replies()), [503]);
}

#[test]
fn a_phone_calls_with_its_password() {
    let mut bench = Bench::unknown();
    let challenged = bench.send(&with_sdp(&request("INVITE", "i", "")));
    let answer = authorize(&challenged[0], "INVITE", "sip:200@192.0.2.1", "100", "secret-100");
    let again = request("INVITE", "j", &answer).replace("CSeq: 1 ", "CSeq: 2 ");
    bench.send(&with_sdp(&again));
    assert_eq!(bench.story(), ["leg 1 incoming 100 -> 200 by agent anna"]);
    let wrong = authorize(&challenged[0], "INVITE", "sip:200@192.0.2.1", "100", "wrong");
    let third = request("INVITE", "k", &wrong).replace("CSeq: 1 ", "CSeq: 3 ").replace("call-1", "call-3");
    assert_eq!(Bench::statuses(&bench.send(&with_sdp(&third))), [401]);
}

#[test]
fn a_phone_behind_nat_is_rung_where_it_registered_from() {
    use callwright_sip::{Callee, CallerId, DialRequest};
    let mut bench = Bench::unknown();
    bench.from = socket("198.51.100.9:31000");
    let message = |cseq: u32, extra: &str| {
        format!(
            "REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKn{cseq};rport\nMax-Forwards: 70\n\
             From: <sip:100@192.0.2.1>;tag=n\nTo: <sip:100@192.0.2.1>\nCall-ID: nat\nCSeq: {cseq} REGISTER\n\
             Contact: <sip:100@10.0.0.5:5060>\nExpires: 300\n{extra}Content-Length: 0\n\n"
        )
    };
    let challenged = bench.send(&message(1, ""));
    bench.send(&message(2, &authorize(&challenged[0], "REGISTER", "sip:192.0.2.1", "100", "secret-100")));
    let ticket = bench
        .heard
        .iter()
        .find_map(|e| match e {
            SipEvent::StoreBindings { ticket, .. } => Some(*ticket),
            _ => None,
        })
        .unwrap();
    let now = bench.now;
    bench.endpoint.confirm_binding(now, ticket, Stored::Yes);
    bench.replies();
    let contact = bench
        .heard
        .iter()
        .find_map(|e| match e {
            SipEvent::ContactsChanged { contacts, .. } => Some(contacts[0].uri.clone()),
            _ => None,
        })
        .unwrap();
    let call = DialRequest {
        callee: Callee::Phone { agent: model::AgentId::parse("anna").unwrap(), contact },
        caller: CallerId::Shown { number: "200".to_owned(), name: String::new() },
        headers: Vec::new(),
        media: audio(ANNA, 4000),
        no_response: s(4),
    };
    bench.endpoint.dial(now, LegId(5), call);
    let sent = bench.endpoint.poll_transmit().unwrap();
    assert_eq!(sent.destination.to_string(), "udp 198.51.100.9:31000");
    assert!(sent.bytes.starts_with(b"INVITE sip:100@10.0.0.5:5060 "));
}
