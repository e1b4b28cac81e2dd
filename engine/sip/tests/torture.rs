//! RFC 4475: messages that are strange and right, and messages that are wrong. Our own equivalents lie in
//! `tests/torture`, one per section; the RFC's set is read from the folder in `SIP_TORTURE_DIR`.
#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "tests")]

mod wire;

use std::fs;
use std::path::Path;

use callwright_sip::ConnectionId;
use wire::{Bench, field, socket};

/// What a final answer must be.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// One of these.
    Status(&'static [u16]),
    /// One of these, or no answer.
    StatusOrSilence(&'static [u16]),
    /// Any final answer but 400: the message is well-formed.
    WellFormed,
    /// Refused or taken, both are right; but never a crash.
    Free,
    /// Nothing.
    Silence,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Datagram,
    Stream,
}

use Wanted::{Free, Silence, Status, StatusOrSilence, WellFormed};
use Way::{Datagram, Stream};

/// Section, our file, the RFC's file, how it travels, what we answer to a stranger.
const TABLE: &[(&str, &str, &str, Way, Wanted)] = &[
    ("3.1.1.1", "short-tortuous-invite", "wsinv", Datagram, Status(&[481])),
    ("3.1.1.2", "wide-range-of-characters", "intmeth", Stream, Status(&[501])),
    ("3.1.1.3", "percent-escapes", "esc01", Datagram, WellFormed),
    ("3.1.1.4", "escaped-nulls", "escnull", Datagram, WellFormed),
    ("3.1.1.5", "percent-without-escape", "esc02", Stream, Status(&[501])),
    ("3.1.1.6", "no-space-before-bracket", "lwsdisp", Datagram, WellFormed),
    ("3.1.1.7", "long-values", "longreq", Stream, WellFormed),
    ("3.1.1.8", "extra-octets", "dblreq", Datagram, WellFormed),
    ("3.1.1.9", "semicolon-in-user", "semiuri", Datagram, WellFormed),
    ("3.1.1.10", "unknown-transports", "transports", Datagram, Status(&[200])),
    ("3.1.1.11", "multipart-body", "mpart01", Datagram, WellFormed),
    ("3.1.1.12", "unusual-reason", "unreason", Datagram, Silence),
    ("3.1.1.13", "empty-reason", "noreason", Datagram, Silence),
    ("3.1.2.1", "extra-separators", "badinv01", Datagram, Status(&[400])),
    ("3.1.2.2", "content-length-too-large", "clerr", Datagram, Status(&[400])),
    ("3.1.2.3", "negative-content-length", "ncl", Datagram, Status(&[400])),
    ("3.1.2.4", "overlarge-request-numbers", "scalar02", Stream, Status(&[400])),
    ("3.1.2.5", "overlarge-response-numbers", "scalarlg", Stream, Silence),
    ("3.1.2.6", "unterminated-quote", "quotbal", Datagram, Status(&[400])),
    ("3.1.2.7", "bracketed-request-uri", "ltgtruri", Datagram, Status(&[400])),
    ("3.1.2.8", "space-in-request-uri", "lwsruri", Datagram, Status(&[400])),
    ("3.1.2.9", "many-spaces-in-start-line", "lwsstart", Datagram, Free),
    ("3.1.2.10", "spaces-after-start-line", "trws", Stream, Free),
    ("3.1.2.11", "headers-in-request-uri", "escruri", Datagram, Free),
    ("3.1.2.12", "date-without-gmt", "baddate", Datagram, Free),
    ("3.1.2.13", "contact-without-brackets", "regbadct", Datagram, Free),
    ("3.1.2.14", "spaces-in-address", "badaspec", Datagram, Free),
    ("3.1.2.15", "bad-display-name", "baddn", Datagram, StatusOrSilence(&[400])),
    ("3.1.2.16", "unknown-version", "badvers", Datagram, Status(&[505])),
    ("3.1.2.17", "cseq-of-another-method", "mismatch01", Datagram, Status(&[400])),
    ("3.1.2.18", "unknown-method-and-cseq", "mismatch02", Datagram, Status(&[501, 400])),
    ("3.1.2.19", "overlarge-status", "bigcode", Datagram, Silence),
    ("3.2.1", "empty-branch", "badbranch", Datagram, Free),
    ("3.3.1", "missing-fields", "insuf", Datagram, StatusOrSilence(&[400])),
    ("3.3.2", "unknown-scheme", "unkscm", Stream, Status(&[416])),
    ("3.3.3", "scheme-of-another-kind", "novelsc", Stream, Status(&[416])),
    ("3.3.4", "unknown-schemes-in-fields", "unksm2", Datagram, Status(&[400])),
    ("3.3.5", "require-and-proxy-require", "bext01", Stream, Status(&[420])),
    ("3.3.6", "unknown-content-type", "invut", Datagram, Status(&[415])),
    ("3.3.7", "unknown-authorization", "regaut01", Stream, Status(&[401])),
    ("3.3.8", "repeated-single-fields", "multi01", Datagram, Status(&[400])),
    ("3.3.9", "two-content-lengths", "mcl01", Datagram, Status(&[400])),
    ("3.3.10", "response-to-broadcast", "bcast", Datagram, Silence),
    ("3.3.11", "zero-max-forwards", "zeromf", Datagram, Status(&[200])),
    ("3.3.12", "contact-parameter", "cparam01", Datagram, WellFormed),
    ("3.3.13", "uri-parameter", "cparam02", Datagram, WellFormed),
    ("3.3.14", "escaped-header-in-contact", "regescrt", Datagram, Free),
    ("3.3.15", "unacceptable-accept", "sdp01", Datagram, Status(&[406])),
    ("3.4.1", "rfc-2543-invite", "inv2543", Datagram, Free),
];

fn check(name: &str, bytes: &[u8], way: Way, wanted: Wanted) -> Result<(), String> {
    let mut bench = Bench::unknown();
    let replies = match way {
        Datagram => bench.send_bytes(bytes),
        Stream => {
            let (now, id) = (bench.now, ConnectionId(1));
            bench.endpoint.stream_opened(now, id, socket("192.0.2.2:40000"));
            let _ = bench.endpoint.handle_stream(now, id, bytes);
            bench.replies()
        }
    };
    let finals: Vec<u16> = Bench::statuses(&replies).into_iter().filter(|s| *s >= 200).collect();
    let fits = match (wanted, finals.as_slice()) {
        (Status(codes), [status]) => codes.contains(status),
        (StatusOrSilence(codes), [status]) => codes.contains(status),
        (WellFormed, [status]) => *status != 400,
        (StatusOrSilence(_) | Silence | Free, []) | (Free, [_]) => true,
        _ => false,
    };
    let probe = "OPTIONS sip:a@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKprobe\nFrom: <sip:p@t>;tag=p\n\
                 To: <sip:a@192.0.2.1>\nCall-ID: probe\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n";
    let alive = Bench::statuses(&bench.send(probe)) == [200];
    if fits && alive && bench.endpoint.live().dialogs == 0 {
        return Ok(());
    }
    Err(format!("{name}: got {finals:?}, wanted {wanted:?}, alive {alive}"))
}

#[test]
fn our_49_messages_come_out_as_the_rfc_wants() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let faults: Vec<String> = TABLE
        .iter()
        .filter_map(|(section, ours, _, way, wanted)| {
            let bytes = fs::read(folder.join(format!("{ours}.sip"))).unwrap_or_else(|e| panic!("{ours}: {e}"));
            check(&format!("§{section} {ours}"), &bytes, *way, *wanted).err()
        })
        .collect();
    assert_eq!(TABLE.len(), 49);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_rfcs_own_messages_come_out_as_it_wants() {
    let Some(folder) = std::env::var_os("SIP_TORTURE_DIR") else {
        #[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
        {
            eprintln!("SKIPPED: set SIP_TORTURE_DIR to the folder of RFC 4475's messages");
        }
        return;
    };
    let manifest = fs::read_to_string(Path::new(&folder).join("manifest.tsv")).expect("a manifest.tsv");
    let mut seen = 0;
    let mut faults = Vec::new();
    for row in manifest.lines().skip(1).map(|l| l.split('\t').collect::<Vec<_>>()) {
        let Some(entry) = TABLE.iter().find(|e| row[0] == format!("{}.dat", e.2)) else {
            continue;
        };
        let bytes = fs::read(Path::new(&folder).join(row[0])).expect("the manifest's file");
        seen += 1;
        faults.extend(check(row[0], &bytes, entry.3, entry.4).err());
    }
    assert_eq!(seen, 49);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_420_names_every_extension_that_we_do_not_have() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let bytes = fs::read(folder.join("require-and-proxy-require.sip")).unwrap();
    let replies = Bench::unknown().send_bytes(&bytes);
    assert_eq!(field(&replies[0], "Unsupported").unwrap(), "noSuchThing, norThat");
}
