//! A trunk and the provider behind it.

use std::time::Duration;

use model::{Timestamp, TrunkId};

use super::*;
use crate::digest::Credentials;

const START: Timestamp = Timestamp::from_micros(0);

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn config(addresses: &[&str], register: RegisterPolicy, ping_seconds: u64) -> TrunkConfig {
    TrunkConfig {
        id: TrunkId::parse("provider").unwrap(),
        addresses: addresses.iter().map(|address| (*address).into()).collect(),
        credentials: Some(Credentials { realm: None, username: "4711".into(), password: "secret".into() }),
        register,
        allow_from: vec![Network { address: "198.51.100.0".parse().unwrap(), prefix: 24 }],
        max_calls: Some(2),
        ping_every: Duration::from_secs(ping_seconds),
    }
}

fn registering(addresses: &[&str]) -> Trunk {
    Trunk::new(START, config(addresses, RegisterPolicy::Keep { expires: 600 }, 0), 1)
}

fn pinging(addresses: &[&str]) -> Trunk {
    Trunk::new(START, config(addresses, RegisterPolicy::Never, 15), 1)
}

/// What the trunk did, one word or two each, and the last request.
fn drain(trunk: &mut Trunk) -> (Vec<String>, Option<RequestId>) {
    let (mut done, mut last) = (Vec::new(), None);
    while let Some(action) = trunk.poll_action() {
        done.push(match action {
            TrunkAction::SendRegister { request, address, expires, authorization, .. } => {
                last = Some(request);
                let with = if authorization == TrunkAuthorization::None { "" } else { " with password" };
                format!("register {address} {expires}{with}")
            }
            TrunkAction::SendOptions { request, address, .. } => {
                last = Some(request);
                format!("options {address}")
            }
            TrunkAction::Up { address } => format!("up {address}"),
            TrunkAction::Down { reason } => format!("down {reason:?}"),
        });
    }
    (done, last)
}

fn respond(
    trunk: &mut Trunk,
    now: Timestamp,
    request: Option<RequestId>,
    status: u16,
) -> (Vec<String>, Option<RequestId>) {
    respond_with(trunk, now, request, status, &RegisterInfo::default())
}

fn respond_with(
    trunk: &mut Trunk,
    now: Timestamp,
    request: Option<RequestId>,
    status: u16,
    info: &RegisterInfo,
) -> (Vec<String>, Option<RequestId>) {
    trunk.handle_response(now, request.expect("a request was sent"), status, info);
    drain(trunk)
}

fn timeout(trunk: &mut Trunk) -> (Timestamp, Vec<String>, Option<RequestId>) {
    let now = trunk.poll_timeout().expect("something to wait for");
    trunk.handle_timeout(now);
    let (done, last) = drain(trunk);
    (now, done, last)
}

fn challenge(nonce: &str) -> RegisterInfo {
    RegisterInfo { challenges: vec![format!("Digest realm=\"p\", {nonce}, qop=\"auth\"")], ..RegisterInfo::default() }
}

#[test]
fn a_registration_is_kept() {
    let mut trunk = registering(&["sip.example.net"]);
    let (done, request) = drain(&mut trunk);
    assert_eq!(done, ["register sip.example.net 600"]);
    assert!(!trunk.is_up());
    let (done, request) = respond_with(&mut trunk, START, request, 401, &challenge("nonce=\"a\""));
    assert_eq!(done, ["register sip.example.net 600 with password"]);
    let granted = RegisterInfo { expires: Some(100), ..RegisterInfo::default() };
    let (done, _) = respond_with(&mut trunk, START, request, 200, &granted);
    assert_eq!(done, ["up sip.example.net"]);
    assert_eq!(trunk.targets(), ["sip.example.net"]);
    let (now, done, _) = timeout(&mut trunk);
    assert_eq!((now, done), (at(80), vec!["register sip.example.net 600".to_owned()]));
    assert!(trunk.is_up(), "while it is refreshed");
}

#[test]
fn a_wrong_password_is_tried_once() {
    let mut trunk = registering(&["a"]);
    let (_, request) = drain(&mut trunk);
    let (_, request) = respond_with(&mut trunk, START, request, 407, &challenge("nonce=\"a\""));
    let (done, _) = respond_with(&mut trunk, START, request, 407, &challenge("nonce=\"b\""));
    assert_eq!(done, ["down WrongCredentials"]);
}

#[test]
fn a_stale_nonce_is_answered_once_more_and_not_for_ever() {
    let mut trunk = registering(&["a"]);
    let (_, mut request) = drain(&mut trunk);
    for nonce in ["nonce=\"a\"", "nonce=\"b\", stale=true"] {
        let (done, next) = respond_with(&mut trunk, START, request, 401, &challenge(nonce));
        assert_eq!(done, ["register a 600 with password"]);
        request = next;
    }
    let (done, _) = respond_with(&mut trunk, START, request, 401, &challenge("nonce=\"c\", stale=true"));
    assert_eq!(done, ["down WrongCredentials"]);
}

#[test]
fn a_too_brief_interval_is_raised_once() {
    let mut trunk = registering(&["a"]);
    let (_, request) = drain(&mut trunk);
    let longer = |seconds| RegisterInfo { min_expires: Some(seconds), ..RegisterInfo::default() };
    let (done, request) = respond_with(&mut trunk, START, request, 423, &longer(1800));
    assert_eq!(done, ["register a 1800"]);
    let (done, _) = respond_with(&mut trunk, START, request, 423, &longer(3600));
    assert_eq!(done, ["down Refused(423)"]);
}

#[test]
fn failures_rest_longer_and_longer() {
    let mut trunk = registering(&["a"]);
    let (mut done, mut request) = drain(&mut trunk);
    let mut now = START;
    for doubling in 0..12_u32 {
        assert_eq!(done, ["register a 600"], "attempt {doubling}");
        respond(&mut trunk, now, request, 403);
        let expected = Duration::from_secs(2 << doubling).min(Duration::from_secs(600));
        let before = now;
        (now, done, request) = timeout(&mut trunk);
        let rest = now.since(before);
        assert!(
            rest >= expected * 3 / 4 && rest <= (expected * 5 / 4).min(Duration::from_secs(600)),
            "{rest:?} for {expected:?}"
        );
    }
}

#[test]
fn retry_after_is_honoured() {
    let mut trunk = registering(&["a"]);
    let (_, request) = drain(&mut trunk);
    let info = RegisterInfo { retry_after: Some(90), ..RegisterInfo::default() };
    respond_with(&mut trunk, START, request, 503, &info);
    assert_eq!(trunk.poll_timeout(), Some(at(90)));
}

#[test]
fn another_address_is_tried_at_once() {
    let mut trunk = registering(&["a", "b"]);
    let (_, request) = drain(&mut trunk);
    let (done, request) = respond(&mut trunk, START, request, 503);
    assert_eq!(done, ["register b 600", "down Refused(503)"]);
    let (done, _) = respond(&mut trunk, START, request, 200);
    assert_eq!(done, ["up b"]);
    assert_eq!(trunk.targets(), ["b", "a"]);
}

#[test]
fn silence_at_the_refresh_leaves_the_registration_until_it_ends() {
    let mut trunk = registering(&["a"]);
    let (_, request) = drain(&mut trunk);
    respond(&mut trunk, START, request, 200);
    let (now, _, request) = timeout(&mut trunk);
    trunk.handle_no_response(now, request.unwrap());
    assert!(trunk.is_up());
    trunk.handle_timeout(at(600));
    let (done, _) = drain(&mut trunk);
    assert!(done.contains(&"down RegisterTimeout".to_owned()) && !trunk.is_up(), "{done:?}");
}

#[test]
fn two_misses_take_an_address_down_and_two_answers_bring_it_back() {
    let mut trunk = pinging(&["a"]);
    let (done, request) = drain(&mut trunk);
    assert_eq!(done, ["options a", "up a"]);
    respond(&mut trunk, START, request, 405);
    let (now, done, _) = timeout(&mut trunk);
    assert_eq!((now, done.len()), (at(15), 1));
    let (now, done, _) = timeout(&mut trunk);
    assert_eq!((now, done.len(), trunk.is_up()), (at(19), 0, true), "one miss");
    let (now, done, _) = timeout(&mut trunk);
    assert_eq!((now, done.len()), (at(21), 1));
    let (now, done, _) = timeout(&mut trunk);
    assert_eq!((now, done), (at(25), vec!["down NoAnswer".to_owned()]));
    assert!(trunk.targets().is_empty());
    let (now, _, request) = timeout(&mut trunk);
    assert!(respond(&mut trunk, now, request, 200).0.is_empty(), "one answer");
    let (now, _, request) = timeout(&mut trunk);
    assert_eq!(respond(&mut trunk, now, request, 200).0, ["up a"]);
}

#[test]
fn not_now_is_a_miss_and_any_other_answer_is_life() {
    for (status, up) in [(200, true), (404, true), (500, true), (408, false), (503, false)] {
        let mut trunk = pinging(&["a"]);
        let (_, request) = drain(&mut trunk);
        respond(&mut trunk, START, request, status);
        let (now, _, request) = timeout(&mut trunk);
        respond(&mut trunk, now, request, status);
        assert_eq!(trunk.is_up(), up, "{status}");
    }
}

#[test]
fn calls_move_to_the_address_that_answers() {
    let mut trunk = pinging(&["a", "b"]);
    let mut first = Vec::new();
    while let Some(action) = trunk.poll_action() {
        if let TrunkAction::SendOptions { request, address, .. } = action {
            first.push((address, request));
        }
    }
    trunk.handle_response(START, first[1].1, 200, &RegisterInfo::default());
    trunk.handle_no_response(START, first[0].1);
    let (now, done, request) = timeout(&mut trunk);
    assert_eq!(done, ["options a"]);
    trunk.handle_no_response(now, request.unwrap());
    assert_eq!(drain(&mut trunk).0, ["up b"]);
    assert_eq!(trunk.targets(), ["b"]);
}

#[test]
fn provisional_late_and_unknown_responses_mean_nothing() {
    let mut trunk = registering(&["a"]);
    let (_, request) = drain(&mut trunk);
    assert!(respond(&mut trunk, START, request, 100).0.is_empty());
    assert!(respond(&mut trunk, START, Some(RequestId(99)), 200).0.is_empty());
    respond(&mut trunk, START, request, 200);
    assert!(respond(&mut trunk, START, request, 403).0.is_empty());
    assert!(trunk.is_up());
}

#[test]
fn a_trunk_knows_its_sources() {
    let mut trunk = pinging(&["sip.example.net:5070", "192.0.2.1:5060", "[2001:db8::1]:5060"]);
    trunk.resolved("sip.example.net:5070", vec!["203.0.113.7".parse().unwrap()]);
    trunk.resolved("unknown.example.net", vec!["203.0.113.8".parse().unwrap()]);
    for (ip, expected) in [
        ("203.0.113.7", true),
        ("192.0.2.1", true),
        ("::ffff:192.0.2.1", true),
        ("2001:db8::1", true),
        ("198.51.100.0", true),
        ("198.51.100.255", true),
        ("198.51.101.0", false),
        ("198.51.99.255", false),
        ("203.0.113.8", false),
        ("2001:db8::2", false),
    ] {
        assert_eq!(trunk.matches_source(ip.parse().unwrap()), expected, "{ip}");
    }
}

#[test]
fn networks_end_where_their_prefix_says() {
    let contains = |address: &str, prefix, ip: &str| {
        Network { address: address.parse().unwrap(), prefix }.contains(ip.parse().unwrap())
    };
    assert!(contains("0.0.0.0", 0, "203.0.113.7") && contains("::", 0, "2001:db8::1"));
    assert!(!contains("0.0.0.0", 0, "2001:db8::1") && !contains("::", 0, "203.0.113.7"));
    assert!(contains("192.0.2.1", 32, "192.0.2.1") && !contains("192.0.2.1", 32, "192.0.2.2"));
    assert!(contains("2001:db8::", 32, "2001:db8:ffff::1") && !contains("2001:db8::", 32, "2001:db9::1"));
}

#[test]
fn calls_are_capped_per_direction() {
    let mut trunk = pinging(&["a"]);
    assert!(trunk.call_started(CallDirection::Out).is_ok() && trunk.call_started(CallDirection::Out).is_ok());
    assert_eq!(trunk.call_started(CallDirection::Out).unwrap_err().max, 2);
    assert!(trunk.call_started(CallDirection::In).is_ok());
    trunk.call_ended(CallDirection::Out);
    assert!(trunk.call_started(CallDirection::Out).is_ok());
}

#[test]
fn a_trunk_that_only_receives_does_nothing() {
    let mut trunk = Trunk::new(START, config(&[], RegisterPolicy::Keep { expires: 600 }, 15), 1);
    assert!(drain(&mut trunk).0.is_empty() && trunk.poll_timeout().is_none() && !trunk.is_up());
    assert!(trunk.matches_source("198.51.100.7".parse().unwrap()));
}

#[test]
fn leaving_gives_the_registration_back() {
    let mut trunk = registering(&["a"]);
    let (_, request) = drain(&mut trunk);
    respond(&mut trunk, START, request, 200);
    trunk.shut_down(at(5));
    let (done, request) = drain(&mut trunk);
    assert_eq!(done, ["register a 0"]);
    let (done, request) = respond_with(&mut trunk, at(5), request, 401, &challenge("nonce=\"a\""));
    assert_eq!(done, ["register a 0 with password"]);
    assert!(respond(&mut trunk, at(5), request, 200).0.is_empty());
    assert_eq!((trunk.poll_timeout(), trunk.is_up()), (None, false));
}
