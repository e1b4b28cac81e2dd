//! One endpoint, messages written by hand: what it answers to whom.
#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "tests")]

mod wire;

use std::time::Duration;

use callwright_sip::{Admittance, ConnectionId, SipEvent};
use model::{HangupCause, LegId};
use wire::text::{inside, request, with_sdp};
use wire::{ANNA, BEN, Bench, audio, config, field, socket};

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A call from a trunk that was answered and acknowledged: (bench, the 200).
fn connected() -> (Bench, String) {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "")));
    let now = bench.now;
    bench.endpoint.answer(now, LegId(1), audio(ANNA, 4000));
    let ok = bench.replies().pop().unwrap();
    bench.send(&inside(&ok, "ACK", 1, ""));
    bench.story();
    (bench, ok)
}

#[test]
fn strangers_get_one_answer_and_leave_no_trace() {
    let mut bench = Bench::unknown();
    let replies = bench.send(&with_sdp(&request("INVITE", "i", "")));
    assert_eq!(Bench::statuses(&replies), [401]);
    assert!(field(&replies[0], "WWW-Authenticate").unwrap().contains("SHA-256"));
    assert_eq!(bench.endpoint.live().transactions, 0);
    assert!(bench.advance(s(40)).is_empty(), "a stateless answer is never repeated");
    assert!(bench.story().is_empty());
}

#[test]
fn without_agents_strangers_are_forbidden() {
    let mut config = config(ANNA, &[]);
    config.agents.clear();
    let mut bench = Bench::new(config);
    assert_eq!(Bench::statuses(&bench.send(&request("INVITE", "i", ""))), [403]);
    assert_eq!(Bench::statuses(&bench.send(&request("REGISTER", "r", ""))), [405]);
}

#[test]
fn answers_go_to_the_source_and_never_to_a_third_address() {
    let mut bench = Bench::trusted();
    let forged = request("OPTIONS", "o", "")
        .replace("192.0.2.2:5060;branch", "203.0.113.9:5099;maddr=203.0.113.7;received=203.0.113.8;branch");
    let bytes = forged.replace('\n', "\r\n");
    let (now, from) = (bench.now, bench.from);
    bench.endpoint.handle_datagram(now, socket(ANNA), from, bytes.as_bytes());
    let sent = bench.endpoint.poll_transmit().unwrap();
    assert_eq!(sent.destination.to_string(), format!("udp {BEN}"));
    let text = String::from_utf8(sent.bytes).unwrap();
    assert!(field(&text, "Via").unwrap().contains("received=192.0.2.2;rport=5060"), "{text}");
}

#[test]
fn each_fault_has_its_status() {
    let cases: &[(&str, u16, String)] = &[
        ("unknown method", 501, request("FETCH", "1", "")),
        ("method not served", 405, request("MESSAGE", "2", "")),
        ("event not served", 489, request("SUBSCRIBE", "3", "Event: presence\n")),
        ("version", 505, request("INVITE", "4", "").replace("SIP/2.0\nVia", "SIP/7.0\nVia")),
        ("scheme", 416, request("INVITE", "5", "").replace("sip:200@192.0.2.1 SIP", "soap.beep://x SIP")),
        ("extension", 420, request("INVITE", "6", "Require: teleport\n")),
        ("body type", 415, with_sdp(&request("INVITE", "7", "")).replace("application/sdp", "text/plain")),
        ("accept", 406, request("INVITE", "8", "Accept: text/plain\n")),
        ("no contact", 400, request("INVITE", "9", "").replace("Contact: <sip:100@192.0.2.2:5060>\n", "")),
        ("cseq mismatch", 400, request("OPTIONS", "10", "").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE")),
        ("no call-id", 400, request("OPTIONS", "11", "").replace("Call-ID: call-1\n", "")),
        (
            "long uri",
            414,
            request("OPTIONS", "12", "").replace("sip:200@192.0.2.1 SIP", &format!("sip:{}@h SIP", "2".repeat(1100))),
        ),
        (
            "no dialog",
            481,
            request("BYE", "13", "").replace("To: <sip:200@192.0.2.1>", "To: <sip:200@192.0.2.1>;tag=x"),
        ),
        ("no transaction", 481, request("CANCEL", "14", "")),
        ("refer from outside", 403, request("REFER", "15", "Refer-To: <sip:900@example.org>\n")),
        ("session too short", 422, request("INVITE", "16", "Supported: timer\nSession-Expires: 30\n")),
        ("replaces unknown", 481, request("INVITE", "17", "Replaces: a;to-tag=b;from-tag=c\n")),
    ];
    for (name, status, message) in cases {
        let mut bench = Bench::trusted();
        assert_eq!(Bench::statuses(&bench.send(message)), [*status], "{name}");
        assert_eq!(bench.endpoint.live().dialogs, 0, "{name}");
    }
}

#[test]
fn zero_max_forwards_reaches_us_all_the_same() {
    let mut bench = Bench::trusted();
    let replies = bench.send(&request("OPTIONS", "o", "").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    assert_eq!(Bench::statuses(&replies), [200]);
}

#[test]
fn a_repeated_invite_is_one_call_even_after_its_ack() {
    let (mut bench, _) = connected();
    let replies = bench.send(&with_sdp(&request("INVITE", "i", "")));
    assert!(replies.is_empty(), "{replies:?}");
    assert!(bench.story().is_empty());
    assert_eq!(bench.endpoint.live().dialogs, 1);
}

#[test]
fn the_same_call_by_another_way_is_merged() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "one", "")));
    assert_eq!(Bench::statuses(&bench.send(&with_sdp(&request("INVITE", "two", "")))), [482]);
}

#[test]
fn a_cancel_right_behind_its_invite_gives_one_tag() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "")));
    let replies = bench.send(&request("CANCEL", "i", ""));
    assert_eq!(Bench::statuses(&replies), [200, 487]);
    assert_eq!(field(&replies[0], "To"), field(&replies[1], "To"));
    let again = bench.advance(s(1));
    assert_eq!(Bench::statuses(&again), [487]);
    assert_eq!(field(&again[0], "To"), field(&replies[1], "To"));
    assert_eq!(bench.story(), ["leg 1 incoming 100 -> 200 by trunk trunk1", "leg 1 hung up cancelled", "leg 1 gone"]);
}

#[test]
fn a_bye_is_answered_before_the_ack_after_a_gap_and_in_an_early_dialog() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "")));
    let now = bench.now;
    bench.endpoint.answer(now, LegId(1), audio(ANNA, 4000));
    let ok = bench.replies().pop().unwrap();
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "BYE", 7, ""))), [200]);
    assert!(bench.advance(s(40)).is_empty(), "no 2xx is repeated after BYE");

    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "")));
    let now = bench.now;
    bench.endpoint.ring(now, LegId(1), None);
    let ringing = bench.replies().pop().unwrap();
    assert_eq!(Bench::statuses(&bench.send(&inside(&ringing, "BYE", 2, ""))), [200, 487]);
    bench.advance(s(120));
    assert_eq!(bench.endpoint.live(), callwright_sip::Live::default());
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let mut bench = Bench::trusted();
    bench.send(&request("INVITE", "i", ""));
    let now = bench.now;
    bench.endpoint.answer(now, LegId(1), audio(ANNA, 4000));
    let ok = bench.replies().pop().unwrap();
    assert!(ok.contains("m=audio 4000"));
    bench.send(&with_sdp(&inside(&ok, "ACK", 1, "")));
    let story = bench.story();
    assert_eq!(story[1..], ["leg 1 audio PCMA to 192.0.2.2:5000", "leg 1 answered"]);
}

#[test]
fn an_ack_without_the_answer_we_wait_for_ends_the_call() {
    let mut bench = Bench::trusted();
    bench.send(&request("INVITE", "i", ""));
    let now = bench.now;
    bench.endpoint.answer(now, LegId(1), audio(ANNA, 4000));
    let ok = bench.replies().pop().unwrap();
    let sent = bench.send(&inside(&ok, "ACK", 1, ""));
    assert!(sent[0].starts_with("BYE "));
    assert!(bench.story().contains(&"leg 1 hung up error".to_owned()));
}

#[test]
fn an_offer_that_we_cannot_meet_is_refused() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "")).replace("RTP/AVP 8 101", "RTP/AVP 3 101"));
    let now = bench.now;
    bench.endpoint.answer(now, LegId(1), audio(ANNA, 4000));
    assert_eq!(Bench::statuses(&bench.replies()), [488]);
    assert_eq!(bench.story().last().unwrap(), "leg 1 gone");
}

#[test]
fn requests_in_the_dialog_are_all_answered() {
    let (mut bench, ok) = connected();
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "OPTIONS", 2, ""))), [200]);
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "UPDATE", 3, ""))), [200]);
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "INFO", 9, ""))), [200]);
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "INFO", 4, ""))), [500], "a number that was passed already");
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "NOTIFY", 10, "Event: presence\n"))), [489]);
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "PRACK", 11, "RAck: 1 1 INVITE\n"))), [481]);
    assert_eq!(Bench::statuses(&bench.send(&with_sdp(&inside(&ok, "INVITE", 12, "")))), [200]);
    bench.send(&inside(&ok, "ACK", 12, ""));
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "BYE", 13, ""))), [200]);
    bench.advance(s(120));
    assert_eq!(bench.endpoint.live(), callwright_sip::Live::default());
}

#[test]
fn a_reinvite_before_the_ack_is_answered() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "")));
    let now = bench.now;
    bench.endpoint.answer(now, LegId(1), audio(ANNA, 4000));
    let ok = bench.replies().pop().unwrap();
    let hold = with_sdp(&inside(&ok, "INVITE", 2, "")).replace("s=-", "a=sendonly\r\ns=-");
    assert_eq!(Bench::statuses(&bench.send(&hold)).len(), 1);
    bench.send(&inside(&ok, "ACK", 2, ""));
    bench.send(&inside(&ok, "ACK", 1, ""));
    assert!(bench.advance(s(10)).is_empty());
}

#[test]
fn digits_come_by_info_in_both_spellings() {
    let (mut bench, ok) = connected();
    let body = "Signal=5\r\nDuration=160\r\n";
    let info = inside(&ok, "INFO", 2, "").replace(
        "Content-Length: 0\n\n",
        &format!("Content-Type: application/dtmf-relay\nContent-Length: {}\n\n{body}", body.len()),
    );
    bench.send(&info);
    let info = inside(&ok, "INFO", 3, "")
        .replace("Content-Length: 0\n\n", "Content-Type: application/dtmf\nContent-Length: 1\n\n#");
    bench.send(&info);
    assert_eq!(bench.story(), ["leg 1 digit 5", "leg 1 digit #"]);
}

#[test]
fn a_phone_transfers_blindly_and_learns_the_outcome() {
    let (mut bench, ok) = connected();
    let sent = bench.send(&inside(&ok, "REFER", 2, "Refer-To: <sip:300@192.0.2.1>\n"));
    assert_eq!(Bench::statuses(&sent), [202]);
    assert!(sent[1].starts_with("NOTIFY ") && sent[1].contains("SIP/2.0 100 Trying"));
    assert_eq!(bench.story(), ["leg 1 wants 300"]);
    let now = bench.now;
    bench.endpoint.transfer_done(now, LegId(1), 200);
    let sent = bench.replies();
    assert!(sent[0].contains("terminated") && sent[0].contains("SIP/2.0 200 OK"));
}

#[test]
fn a_transfer_to_a_call_that_is_not_ours_is_refused() {
    let (mut bench, ok) = connected();
    let to = "Refer-To: <sip:300@192.0.2.1?Replaces=other%3Bto-tag%3Da%3Bfrom-tag%3Db>\n";
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "REFER", 2, to))), [481]);
}

#[test]
fn an_attended_transfer_names_the_other_leg() {
    let (mut bench, ok) = connected();
    let tag = field(&ok, "To").unwrap().split("tag=").nth(1).unwrap().to_owned();
    let to = format!("Refer-To: <sip:300@192.0.2.1?Replaces=call-1%3Bto-tag%3D{tag}%3Bfrom-tag%3Df1>\n");
    assert_eq!(Bench::statuses(&bench.send(&inside(&ok, "REFER", 2, &to)))[0], 202);
    assert_eq!(bench.story(), ["leg 1 wants 300 instead of leg 1"]);
    let replacing = request("INVITE", "new", &format!("Replaces: call-1;to-tag={tag};from-tag=f1\n"))
        .replace("call-1\nCSeq", "call-2\nCSeq");
    bench.send(&with_sdp(&replacing));
    let replaced = bench
        .heard
        .iter()
        .any(|e| matches!(e, SipEvent::Incoming { incoming, .. } if incoming.replaces == Some(LegId(1))));
    assert!(replaced);
}

#[test]
fn draining_and_overload_answer_503_with_retry_after() {
    for state in [Admittance::Draining, Admittance::Overloaded] {
        let mut bench = Bench::trusted();
        bench.endpoint.set_admittance(state);
        let replies = bench.send(&with_sdp(&request("INVITE", "i", "")));
        assert_eq!(Bench::statuses(&replies), [503]);
        assert!(field(&replies[0], "Retry-After").is_some());
        assert_eq!(Bench::statuses(&bench.send(&request("OPTIONS", "o", ""))), [503]);
        assert_eq!(bench.endpoint.live().transactions, 0);
    }
}

#[test]
fn the_cap_on_legs_is_exact() {
    let mut config = config(ANNA, &[BEN]);
    config.limits.max_legs = 2;
    let mut bench = Bench::new(config);
    for (n, want) in [(1, vec![]), (2, vec![]), (3, vec![503])] {
        let invite =
            with_sdp(&request("INVITE", &format!("b{n}"), "")).replace("Call-ID: call-1", &format!("Call-ID: c{n}"));
        assert_eq!(Bench::statuses(&bench.send(&invite)), want);
    }
}

#[test]
fn a_reliable_response_nobody_acknowledges_ends_the_call() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "Require: 100rel\n")));
    let now = bench.now;
    bench.endpoint.ring(now, LegId(1), None);
    let ringing = bench.replies().pop().unwrap();
    assert!(field(&ringing, "RSeq").is_some());
    assert_eq!(Bench::statuses(&bench.advance(s(31))).iter().filter(|c| **c == 180).count(), 5);
    assert!(Bench::statuses(&bench.advance(s(2))).contains(&504));
    assert_eq!(bench.story().last().unwrap(), "leg 1 gone");
}

#[test]
fn a_stray_ack_and_a_stray_response_are_ignored() {
    let mut bench = Bench::trusted();
    assert!(bench.send(&request("ACK", "a", "")).is_empty());
    assert!(bench.send("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKno\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: x\nCSeq: 1 INVITE\nContent-Length: 0\n\n").is_empty());
}

#[test]
fn a_header_with_control_characters_is_one_line() {
    let mut bench = Bench::trusted();
    bench.send(&with_sdp(&request("INVITE", "i", "Subject: one\n two\nX-Odd: a\u{7}b\n")));
    let SipEvent::Incoming { incoming, .. } =
        bench.heard.iter().find(|e| matches!(e, SipEvent::Incoming { .. })).unwrap()
    else {
        unreachable!()
    };
    assert_eq!(incoming.headers["subject"], "one two");
    assert_eq!(incoming.headers["x-odd"], "a b");
    assert!(incoming.headers.values().all(|v| v.chars().all(|c| !c.is_control())));
}

#[test]
fn a_stream_carries_calls_keeps_alive_and_is_closed_when_framing_is_lost() {
    let mut bench = Bench::trusted();
    let (now, id) = (bench.now, ConnectionId(5));
    bench.endpoint.stream_opened(now, id, socket("192.0.2.2:40000"));
    let message = request("OPTIONS", "o", "").replace('\n', "\r\n");
    let (first, second) = message.as_bytes().split_at(40);
    bench.endpoint.handle_stream(now, id, first).unwrap();
    assert!(bench.replies().is_empty());
    bench.endpoint.handle_stream(now, id, second).unwrap();
    assert_eq!(Bench::statuses(&bench.replies()), [200]);
    bench.endpoint.handle_stream(now, id, b"\r\n\r\n").unwrap();
    assert_eq!(bench.replies(), ["\r\n"]);
    let broken = message.replace("Content-Length: 0", "Content-Length: -1");
    assert!(bench.endpoint.handle_stream(now, id, broken.as_bytes()).is_err());
    assert_eq!(Bench::statuses(&bench.replies()), [400]);
}

#[test]
fn half_a_message_is_not_waited_for_forever() {
    let mut bench = Bench::trusted();
    let (now, id) = (bench.now, ConnectionId(5));
    bench.endpoint.stream_opened(now, id, socket("192.0.2.2:40000"));
    bench.endpoint.handle_stream(now, id, b"OPTIONS sip:a@b SIP/2.0\r\n").unwrap();
    bench.advance(s(11));
    assert_eq!(bench.endpoint.poll_close(), Some(id));
    bench.endpoint.stream_closed(bench.now, id);
    assert_eq!(bench.endpoint.live(), callwright_sip::Live::default());
}

#[test]
fn a_trunk_is_dialled_again_when_it_is_gone_for_good() {
    let mut bench = Bench::trusted();
    let now = bench.now;
    bench.endpoint.dial(now, LegId(9), wire::call_to("500&PJSIP/x", 4000));
    assert_eq!(bench.story(), ["leg 9 failed not_allowed 484", "leg 9 gone"]);
    bench.endpoint.dial(now, LegId(9), wire::call_to("500", 4000));
    let invite = bench.endpoint.poll_transmit().unwrap();
    bench.endpoint.unreachable(now, &invite.destination);
    assert_eq!(bench.story(), ["leg 9 failed unreachable 408", "leg 9 gone"]);
    bench.endpoint.hangup(now, LegId(9), HangupCause::Normal);
    bench.advance(s(60));
    assert_eq!(bench.endpoint.live(), callwright_sip::Live::default());
}
