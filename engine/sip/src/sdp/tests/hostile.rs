//! Descriptions that attack (bar T30).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::super::read::Remote;
use super::*;

fn status_at(connection: &str) -> u16 {
    match answer(&from_address(connection, "m=audio 4000 RTP/AVP 0\n"), &us(), peer()) {
        Ok(_) => 200,
        Err(error) => error.status(),
    }
}

#[test]
fn what_cannot_be_read_gets_400() {
    for offer in ["", "hello", "v=1\r\n", "v=0\r\nm=audio\r\n", "m=audio 4000 RTP/AVP 0\r\n"] {
        assert_eq!(refused_whole(offer).0, 400, "{offer}");
    }
    let media = [
        "m=audio 65536 RTP/AVP 0\n",
        "m=audio -1 RTP/AVP 0\n",
        "m=audio 4000 RTP/AVP\n",
        "m=audio 4000 RTP/AVP 128\n",
        "m=audio 4000 RTP/AVP -1\n",
        "m=audio 4000 RTP/AVP 0 0\n",
        "m=audio 4000 RTP/AVP 97\na=rtpmap:97 PCMU/0\n",
        "m=audio 4000 RTP/AVP 97\na=rtpmap:97 PCMU/8000\na=rtpmap:97 PCMA/8000\n",
        "m=audio 4000 RTP/AVP 0\nc=IN IP4 2001:db8::1\n",
        "m=audio 4000 RTP/AVP 0\nc=ATM NSAP 47.0091\n",
    ];
    for media in media {
        assert_eq!(refused(media).0, 400, "{media}");
    }
    assert_eq!(refused_whole("v=0\r\nm=audio 4000 RTP/AVP 0\r\n").0, 400, "no c= line");
    assert_eq!(spec("m=audio 4000 RTP/AVP 97\na=rtpmap:97 PCMU/8000\na=rtpmap:97 PCMU/8000\n").payload_type, 97);
    assert_eq!(spec("m=audio 65535 RTP/AVP 0\n").remote.port(), 65535);
}

#[test]
fn audio_goes_to_no_forbidden_address() {
    let forbidden = [
        "IN IP4 224.2.36.42",
        "IN IP4 224.2.36.42/127",
        "IN IP4 192.0.2.9/127",
        "IN IP4 255.255.255.255",
        "IN IP4 240.0.0.1",
        "IN IP4 0.0.0.1",
        "IN IP4 127.0.0.1",
        "IN IP6 ::1",
        "IN IP6 ::ffff:127.0.0.1",
        "IN IP6 ff02::1",
        "IN IP4 phone.example.com",
    ];
    for connection in forbidden {
        assert_eq!(status_at(connection), 488, "{connection}");
    }
    assert_eq!(status_at("IN IP4 192.0.2.9"), 200);
    assert_eq!(status_at("IN IP4 10.0.0.1"), 200, "a phone behind NAT");
}

#[test]
fn audio_does_not_run_in_a_circle() {
    let to_us =
        |port: u16| answer(&from_address("IN IP4 198.51.100.5", &format!("m=audio {port} RTP/AVP 0\n")), &us(), peer());
    assert_eq!(to_us(10000).unwrap_err().status(), 488);
    assert!(to_us(10002).is_ok(), "a phone on the same host");
    let mapped = from_address("IN IP6 ::ffff:198.51.100.5", "m=audio 10000 RTP/AVP 0\n");
    assert_eq!(answer(&mapped, &us(), peer()).unwrap_err().status(), 488);
}

#[test]
fn loopback_is_for_loopback_peers() {
    let local = LocalMedia { address: "127.0.0.1:10000".parse().unwrap(), ..us() };
    let offer = from_address("IN IP4 127.0.0.1", "m=audio 4000 RTP/AVP 0\n");
    assert!(answer(&offer, &local, "127.0.0.1".parse().unwrap()).is_ok());
    assert!(answer(&offer, &local, "::ffff:127.0.0.1".parse().unwrap()).is_ok());
    assert_eq!(answer(&offer, &local, peer()).unwrap_err().status(), 488);
}

#[test]
fn bombs_are_counted_at_the_limit() {
    let padded = |bytes: usize| {
        let offer = from_peer("m=audio 4000 RTP/AVP 0\n");
        let padding = bytes - offer.len() - "i=\r\n".len();
        format!("{offer}i={}\r\n", "x".repeat(padding))
    };
    assert_eq!(padded(16 * 1024).len(), 16 * 1024);
    assert!(answer(&padded(16 * 1024), &us(), peer()).is_ok());
    assert_eq!(refused_whole(&padded(16 * 1024 + 1)).0, 400);

    let media = |count: usize| "m=audio 4000 RTP/AVP 0\n".repeat(count);
    assert!(answer(&from_peer(&media(8)), &us(), peer()).is_ok());
    assert_eq!(refused(&media(9)), (400, "session description has too many m= lines, at most 8 are read".to_owned()));

    let formats =
        |count: usize| (0..count).fold("m=audio 4000 RTP/AVP".to_owned(), |line, at| format!("{line} {at}")) + "\n";
    assert!(answer(&from_peer(&formats(32)), &us(), peer()).is_ok());
    assert_eq!(refused(&formats(33)).0, 400);

    let attributes = |count: usize| format!("m=audio 4000 RTP/AVP 0\n{}", "a=x\n".repeat(count));
    assert!(answer(&from_peer(&attributes(64)), &us(), peer()).is_ok());
    assert_eq!(refused(&attributes(65)).0, 400);
    assert_eq!(refused(&format!("{}m=audio 4000 RTP/AVP 0\n", "a=x\n".repeat(65))).0, 400, "the session's too");
    assert_eq!(refused(&media(10_000)).0, 400);
}

#[test]
fn errors_stay_on_one_line() {
    let (_, text) = refused("m=audio 4000 RTP/AVP 0\nc=IN IP4 a\tb\u{7}\u{1b}[31m\n");
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

/// Chance that is the same every time: thousands of damaged offers, none of which may break anything.
#[test]
fn damaged_offers_are_answered_in_full_or_refused() {
    let media = "m=video 4002 RTP/AVP 96\nm=audio 4000 RTP/AVP 8 0 96\na=rtpmap:96 telephone-event/8000\na=ptime:20\na=sendrecv\n";
    let whole = from_peer(media);
    let mut rng = ChaCha12Rng::seed_from_u64(30);
    let (mut answers, mut refusals) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => bytes.insert(at, b"0189 /:=-\r\nmac"[rng.random_range(0..14)]),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(40)),
            }
        }
        let offer = String::from_utf8_lossy(&bytes);
        match answer(&offer, &us(), peer()) {
            Ok(answered) => {
                answers += 1;
                let read = Remote::read(&answered.sdp).expect("our answer can be read");
                assert_eq!(read.sections.len(), Remote::read(&offer).unwrap().sections.len(), "{offer}");
                assert_eq!(read.sections.iter().filter(|section| section.port != 0).count(), 1, "{}", answered.sdp);
                assert!(!answered.spec.receive.is_empty());
            }
            Err(error) => {
                refusals += 1;
                assert!(matches!(error.status(), 400 | 488), "{error}");
            }
        }
    }
    assert!(answers > 1000 && refusals > 1000, "{answers} answers, {refusals} refusals");
}
