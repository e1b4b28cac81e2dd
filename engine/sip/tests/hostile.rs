//! Broken, random and far too many messages: nothing panics, nothing grows, everything ends.
#![allow(clippy::unwrap_used, reason = "tests")]

mod wire;

use std::fs;
use std::path::Path;
use std::time::Duration;

use callwright_sip::{ConnectionId, Live};
use model::LegId;
use wire::{ANNA, BEN, Bench, audio, config, socket};

/// The same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "sip"));
    files.sort();
    files.iter().map(|f| fs::read(f).unwrap()).collect()
}

const WORDS: &[&str] = &[
    ";",
    ",",
    "\"",
    "<",
    ">",
    "\r\n",
    "\r\n\r\n",
    "%00",
    "tag=",
    "Via: ",
    "Contact: *\r\n",
    "Require: 100rel\r\n",
    "Replaces: a;to-tag=b\r\n",
    "Session-Expires: 90\r\n",
    "Content-Length: 99999999999\r\n",
    "\0",
    "\u{fffd}",
    "RAck: 1 1 INVITE\r\n",
    "Record-Route: <sip:x>\r\n",
    "sip:",
    "tel:+1",
    "4294967296",
    "-1",
];

fn mutate(message: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut message = message.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(message.len().max(1));
        match chance.below(5) {
            0 => message[at] = u8::try_from(chance.below(256)).unwrap(),
            1 => drop(message.drain(at..(at + 1 + chance.below(40)).min(message.len()))),
            2 => drop(message.splice(at..at, WORDS[chance.below(WORDS.len())].bytes())),
            3 => message.truncate(at.max(1)),
            _ => {
                let end = (at + chance.below(200)).min(message.len());
                let copy = message[at..end].to_vec();
                drop(message.splice(at..at, copy));
            }
        }
        if message.is_empty() {
            message.push(b'x');
        }
    }
    message
}

#[test]
fn mutated_messages_neither_panic_nor_stay() {
    let corpus = corpus();
    let mut chance = Chance(0x5EED);
    for round in 0..40 {
        let mut bench = if round % 2 == 0 { Bench::trusted() } else { Bench::unknown() };
        for n in 0..400 {
            let message = mutate(&corpus[chance.below(corpus.len())], &mut chance);
            if chance.below(4) == 0 {
                let id = ConnectionId(n);
                let now = bench.now;
                bench.endpoint.stream_opened(now, id, socket("192.0.2.2:40000"));
                let _ = bench.endpoint.handle_stream(now, id, &message);
                bench.endpoint.stream_closed(now, id);
            } else {
                bench.send_bytes(&message);
            }
            answer_everything(&mut bench, &mut chance);
        }
        bench.advance(Duration::from_secs(300));
        for leg in 1..500 {
            let now = bench.now;
            bench.endpoint.hangup(now, LegId(leg), model::HangupCause::Normal);
        }
        bench.advance(Duration::from_secs(300));
        assert_eq!(bench.endpoint.live(), Live::default(), "round {round}");
    }
}

/// What an engine might do with the calls that come in, in any order.
fn answer_everything(bench: &mut Bench, chance: &mut Chance) {
    let legs: Vec<LegId> = bench
        .heard
        .drain(..)
        .filter_map(|e| match e {
            callwright_sip::SipEvent::Incoming { leg, .. } => Some(leg),
            _ => None,
        })
        .collect();
    for leg in legs {
        let now = bench.now;
        match chance.below(5) {
            0 => bench.endpoint.answer(now, leg, audio(ANNA, 4000)),
            1 => bench.endpoint.ring(now, leg, Some(audio(ANNA, 4000))),
            2 => bench.endpoint.ring(now, leg, None),
            3 => bench.endpoint.reject(now, leg, 486, Some(5)),
            _ => bench.endpoint.hangup(now, leg, model::HangupCause::Normal),
        }
        bench.replies();
    }
}

#[test]
fn strangers_are_dropped_after_thirty_requests_and_trunks_never() {
    let options = |n: usize| {
        format!(
            "OPTIONS sip:a@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK{n}\nFrom: <sip:p@t>;tag=p\n\
             To: <sip:a@192.0.2.1>\nCall-ID: n{n}\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n"
        )
    };
    let mut stranger = Bench::unknown();
    let answered = (0..100).filter(|n| !stranger.send(&options(*n)).is_empty()).count();
    assert_eq!(answered, 30);
    let mut trunk = Bench::trusted();
    let answered = (0..100).filter(|n| !trunk.send(&options(*n)).is_empty()).count();
    assert_eq!(answered, 100);
}

#[test]
fn transactions_are_capped_and_the_surplus_is_told_so() {
    let mut config = config(ANNA, &[BEN]);
    config.limits.max_transactions = 10;
    config.admission.new_calls_per_second = 1000;
    let mut bench = Bench::new(config);
    for n in 0..20 {
        let invite = format!(
            "INVITE sip:200@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK{n}\nFrom: <sip:p@t>;tag=p\n\
             To: <sip:200@192.0.2.1>\nCall-ID: n{n}\nCSeq: 1 INVITE\nContact: <sip:p@192.0.2.2>\nContent-Length: 0\n\n"
        );
        let want: &[u16] = if n < 10 { &[] } else { &[503] };
        assert_eq!(Bench::statuses(&bench.send(&invite)), want, "call {n}");
    }
}

#[test]
fn an_unproven_source_gets_one_answer_that_is_hardly_longer_than_its_request() {
    let mut answered = 0;
    for method in ["INVITE", "REGISTER", "OPTIONS", "MESSAGE", "BYE", "FETCH"] {
        for padding in [0, 50, 100, 200, 400, 800] {
            let request = format!(
                "{method} sip:200@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n\
                 From: <sip:p@t>;tag=p\r\nTo: <sip:200@192.0.2.1>\r\nCall-ID: n\r\nCSeq: 1 {method}\r\n\
                 Contact: <sip:p@192.0.2.2>\r\nUser-Agent: {}\r\nContent-Length: 0\r\n\r\n",
                "x".repeat(padding)
            );
            let mut bench = Bench::unknown();
            let replies = bench.send_bytes(request.as_bytes());
            answered += replies.len();
            assert!(replies.len() <= 1);
            // One challenge takes 150 octets: only requests shorter than any phone's are amplified by it.
            if padding < 50 && replies.iter().any(|r| r.starts_with("SIP/2.0 401")) {
                continue;
            }
            let out: usize = replies.iter().map(String::len).sum();
            assert!(out * 2 <= request.len() * 3, "{method}: {out} octets for {}", request.len());
            assert!(bench.advance(Duration::from_secs(60)).is_empty());
        }
    }
    assert!(answered >= 30, "ordinary requests are answered: {answered}");
}
