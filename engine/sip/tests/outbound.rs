//! Our own requests, answered by hand: forks, challenges, redirects, routes, registrations of trunks.
#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "tests")]

mod wire;

use std::time::Duration;

use callwright_sip::digest::Credentials;
use callwright_sip::trunk::RegisterPolicy;
use callwright_sip::{Callee, CallerId, Redirects};
use model::{HangupCause, LegId, TrunkId};
use wire::{ANNA, BEN, Bench, audio, call_to, config, field, first_line, word};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n";

fn s(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A response to a request of the endpoint's.
fn answer(request: &str, status: &str, tag: &str, extra: &str, body: &str) -> String {
    let to = field(request, "To").unwrap();
    let to = if tag.is_empty() || to.contains("tag=") { to } else { format!("{to};tag={tag}") };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {}\n{extra}{kind}Content-Length: {}\n\n{body}",
        field(request, "Via").unwrap(),
        field(request, "From").unwrap(),
        field(request, "Call-ID").unwrap(),
        field(request, "CSeq").unwrap(),
        body.len()
    )
}

fn contact(port: u16) -> String {
    format!("Contact: <sip:ben@192.0.2.2:{port}>\n")
}

fn dialled(mut bench: Bench) -> (Bench, String) {
    let now = bench.now;
    bench.endpoint.dial(now, LegId(1), call_to("200", 4000));
    let invite = bench.replies().pop().unwrap();
    (bench, invite)
}

fn lines(messages: &[String]) -> Vec<String> {
    messages.iter().map(|m| first_line(m.as_bytes())).collect()
}

fn with_account() -> callwright_sip::EndpointConfig {
    let mut config = config(ANNA, &[BEN]);
    config.trunks[0].config.credentials =
        Some(Credentials { realm: Some("provider".to_owned()), username: "u".to_owned(), password: "p".to_owned() });
    config
}

#[test]
fn a_second_fork_that_answers_gets_ack_and_bye() {
    let (mut bench, invite) = dialled(Bench::trusted());
    bench.send(&answer(&invite, "180 Ringing", "a", &contact(5060), ""));
    bench.send(&answer(&invite, "180 Ringing", "b", &contact(5062), ""));
    let first = bench.send(&answer(&invite, "200 OK", "a", &contact(5060), SDP));
    assert_eq!(lines(&first), ["ACK"]);
    let second = bench.send(&answer(&invite, "200 OK", "b", &contact(5062), SDP));
    assert_eq!(lines(&second), ["ACK", "BYE"]);
    assert!(second[1].starts_with("BYE sip:ben@192.0.2.2:5062 "));
    let again = bench.send(&answer(&invite, "200 OK", "a", &contact(5060), SDP));
    assert_eq!(again, first, "a repeated answer gets the same ACK");
    assert_eq!(bench.story(), ["leg 1 rings", "leg 1 rings", "leg 1 audio PCMA to 192.0.2.2:5000", "leg 1 answered"]);
}

#[test]
fn a_trunk_that_challenges_is_answered_with_its_own_account_and_no_other() {
    let challenge = |realm: &str| {
        format!("Proxy-Authenticate: Digest realm=\"{realm}\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n")
    };
    let (mut bench, invite) = dialled(Bench::new(with_account()));
    let sent = bench.send(&answer(&invite, "407 Who", "x", &challenge("provider"), ""));
    assert_eq!(lines(&sent), ["ACK", "INVITE"]);
    assert!(field(&sent[1], "Proxy-Authorization").unwrap().contains("username=\"u\""));
    assert_eq!(field(&sent[1], "CSeq").unwrap(), "2 INVITE");
    assert_eq!(field(&sent[1], "Call-ID"), field(&invite, "Call-ID"));

    let (mut bench, invite) = dialled(Bench::new(with_account()));
    let sent = bench.send(&answer(&invite, "407 Who", "x", &challenge("somebody-else"), ""));
    assert_eq!(lines(&sent), ["ACK"], "no password for a foreign realm");
    assert_eq!(bench.story(), ["leg 1 failed failed 407", "leg 1 gone"]);
}

#[test]
fn a_challenge_loop_ends_after_two_tries() {
    let challenge = |n: u8| {
        format!(
            "WWW-Authenticate: Digest realm=\"provider\", nonce=\"n{n}\", stale=true, algorithm=MD5, qop=\"auth\"\n"
        )
    };
    let (mut bench, mut invite) = dialled(Bench::new(with_account()));
    let mut tries = 0;
    for n in 0..10 {
        let sent = bench.send(&answer(&invite, "401 Who", "x", &challenge(n), ""));
        let Some(next) = sent.into_iter().find(|m| m.starts_with("INVITE")) else { break };
        tries += 1;
        invite = next;
    }
    assert_eq!(tries, 2);
    assert_eq!(bench.story().last().unwrap(), "leg 1 gone");
}

#[test]
fn a_phone_that_is_dialled_directly_gets_no_password() {
    let mut bench = Bench::new(with_account());
    let now = bench.now;
    let mut call = call_to("200", 4000);
    call.callee = Callee::Uri("sip:ben@192.0.2.2".to_owned());
    bench.endpoint.dial(now, LegId(1), call);
    let invite = bench.replies().pop().unwrap();
    let challenge = "WWW-Authenticate: Digest realm=\"provider\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\n";
    assert_eq!(lines(&bench.send(&answer(&invite, "401 Who", "x", challenge, ""))), ["ACK"]);
}

#[test]
fn redirects_are_refused_unless_allowed() {
    let (mut bench, invite) = dialled(Bench::trusted());
    let moved = answer(&invite, "302 Moved", "x", "Contact: <sip:900@198.51.100.1>\n", "");
    assert_eq!(lines(&bench.send(&moved)), ["ACK"]);
    assert_eq!(bench.story(), ["leg 1 failed failed 302", "leg 1 gone"]);

    let mut config = config(ANNA, &[BEN]);
    config.redirects = Redirects::Follow;
    let (mut bench, invite) = dialled(Bench::new(config));
    let sent = bench.send(&answer(&invite, "302 Moved", "x", "Contact: <sip:900@198.51.100.1>\n", ""));
    assert!(sent[1].starts_with("INVITE sip:900@198.51.100.1 "), "{sent:?}");
    let sent = bench.send(&answer(&sent[1], "302 Moved", "x", "Contact: <sip:901@198.51.100.1>\n", ""));
    assert_eq!(lines(&sent), ["ACK"], "only once");
}

#[test]
fn the_recorded_route_is_walked_backwards() {
    let (mut bench, invite) = dialled(Bench::trusted());
    let routes = format!("Record-Route: <sip:near.example;lr>, <sip:far.example;lr>\n{}", contact(5060));
    // The first value is the one nearest to the called side.
    bench.send(&answer(&invite, "200 OK", "a", &routes, SDP));
    let now = bench.now;
    bench.endpoint.hangup(now, LegId(1), HangupCause::Normal);
    let bye = bench.replies().pop().unwrap();
    let route: Vec<&str> = bye.lines().filter_map(|l| l.strip_prefix("Route: ")).collect();
    assert_eq!(route, ["<sip:far.example;lr>", "<sip:near.example;lr>"]);
    assert!(bye.starts_with("BYE sip:ben@192.0.2.2:5060 "));
}

#[test]
fn a_strict_router_is_tolerated() {
    let (mut bench, invite) = dialled(Bench::trusted());
    let routes = format!("Record-Route: <sip:old.example>\n{}", contact(5060));
    bench.send(&answer(&invite, "200 OK", "a", &routes, SDP));
    let now = bench.now;
    bench.endpoint.hangup(now, LegId(1), HangupCause::Normal);
    let bye = bench.replies().pop().unwrap();
    assert!(bye.starts_with("BYE sip:old.example "), "{bye}");
    assert_eq!(field(&bye, "Route").unwrap(), "<sip:ben@192.0.2.2:5060>");
}

#[test]
fn a_reliable_response_is_acknowledged_once() {
    let (mut bench, invite) = dialled(Bench::trusted());
    let reliable = |rseq: u32| {
        answer(&invite, "183 Progress", "a", &format!("Require: 100rel\nRSeq: {rseq}\n{}", contact(5060)), SDP)
    };
    let sent = bench.send(&reliable(77));
    assert_eq!(lines(&sent), ["PRACK"]);
    assert_eq!(field(&sent[0], "RAck").unwrap(), "77 1 INVITE");
    assert!(bench.send(&reliable(77)).is_empty(), "a repetition");
    assert!(bench.send(&reliable(80)).is_empty(), "out of order");
    assert_eq!(bench.story(), ["leg 1 audio PCMA to 192.0.2.2:5000", "leg 1 rings with audio"]);
}

#[test]
fn a_longer_session_is_granted_once() {
    let (mut bench, invite) = dialled(Bench::trusted());
    let sent = bench.send(&answer(&invite, "422 Short", "a", "Min-SE: 7200\n", ""));
    assert_eq!(field(&sent[1], "Session-Expires").unwrap(), "7200");
    assert_eq!(field(&sent[1], "Min-SE").unwrap(), "7200");
    assert_eq!(lines(&bench.send(&answer(&sent[1], "422 Short", "a", "Min-SE: 9000\n", ""))), ["ACK"]);
}

#[test]
fn a_hidden_caller_is_known_to_the_trunk_alone() {
    let mut bench = Bench::trusted();
    let now = bench.now;
    let mut call = call_to("200", 4000);
    call.caller = CallerId::Hidden { number: "+4930123".to_owned() };
    call.headers.push(("X-Evil".to_owned(), "a\r\nInjected: yes".to_owned()));
    bench.endpoint.dial(now, LegId(1), call);
    let invite = bench.replies().pop().unwrap();
    assert!(field(&invite, "From").unwrap().starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>"));
    assert_eq!(field(&invite, "Privacy").unwrap(), "id");
    assert!(field(&invite, "P-Asserted-Identity").unwrap().contains("+4930123"));
    assert!(field(&invite, "Injected").is_none());
}

#[test]
fn a_trunk_registers_answers_its_challenge_and_is_up() {
    let mut config = with_account();
    config.trunks[0].config.register = RegisterPolicy::Keep { expires: 600 };
    let mut endpoint = callwright_sip::Endpoint::new(config, [3; 32]);
    let now = model::Timestamp::from_micros(1_000_000);
    endpoint.handle_timeout(now);
    let first = String::from_utf8(endpoint.poll_transmit().expect("a REGISTER").bytes).unwrap();
    assert!(first.starts_with("REGISTER "), "{first}");
    let challenge = "WWW-Authenticate: Digest realm=\"provider\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\n";
    let reply =
        |request: &str, status: &str, extra: &str| answer(request, status, "t", extra, "").replace('\n', "\r\n");
    endpoint.handle_datagram(
        now,
        wire::socket(ANNA),
        wire::socket(BEN),
        reply(&first, "401 Who", challenge).as_bytes(),
    );
    let second = String::from_utf8(endpoint.poll_transmit().expect("another REGISTER").bytes).unwrap();
    assert!(field(&second, "Authorization").unwrap().contains("username=\"u\""));
    assert_eq!(field(&first, "Call-ID"), field(&second, "Call-ID"));
    endpoint.handle_datagram(
        now,
        wire::socket(ANNA),
        wire::socket(BEN),
        reply(&second, "200 OK", "Expires: 600\n").as_bytes(),
    );
    let events: Vec<_> = std::iter::from_fn(|| endpoint.poll_event()).map(|e| format!("{e:?}")).collect();
    assert!(events.iter().any(|e| e.contains("TrunkUp")), "{events:?}");
    assert!(endpoint.trunk_is_up(&TrunkId::parse("trunk1").unwrap()));
    assert!(endpoint.poll_timeout().is_some(), "it will be refreshed");
}

#[test]
fn an_answer_without_sdp_is_no_call() {
    let (mut bench, invite) = dialled(Bench::trusted());
    let sent = bench.send(&answer(&invite, "200 OK", "a", &contact(5060), ""));
    assert_eq!(lines(&sent), ["ACK", "BYE"]);
    assert_eq!(bench.story(), ["leg 1 failed failed 488"]);
    bench.advance(s(60));
    assert_eq!(bench.story(), ["leg 1 gone"]);
}

#[test]
fn a_refresh_that_finds_no_dialog_ends_the_call() {
    let (mut bench, invite) = dialled(Bench::trusted());
    bench.send(&answer(&invite, "200 OK", "a", &format!("Session-Expires: 120;refresher=uac\n{}", contact(5060)), SDP));
    bench.story();
    let sent = bench.advance(s(61));
    let refresh = sent.iter().find(|m| m.starts_with("INVITE")).expect("a refresh");
    let sent = bench.send(&answer(refresh, "481 Gone", "a", "", ""));
    assert!(sent.iter().any(|m| m.starts_with("BYE")));
    assert!(bench.heard.iter().filter_map(word).any(|w| w == "leg 1 hung up vanished"));
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let (mut bench, invite) = dialled(Bench::trusted());
    bench.send(&answer(&invite, "200 OK", "a", &contact(5060), SDP));
    bench.story();
    let now = bench.now;
    bench.endpoint.update_media(now, LegId(1), audio(ANNA, 4400));
    let reinvite = bench.replies().pop().unwrap();
    assert_eq!(lines(&bench.send(&answer(&reinvite, "488 No", "a", "", ""))), ["ACK"]);
    assert!(bench.story().is_empty());
    assert_eq!(bench.endpoint.live().dialogs, 1);
}
