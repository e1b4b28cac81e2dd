//! Messages written by hand.

use super::field;

/// A request outside of any dialog.
pub fn request(method: &str, branch: &str, extra: &str) -> String {
    format!(
        "{method} sip:200@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{branch};rport\nMax-Forwards: 70\n\
         From: <sip:100@192.0.2.2>;tag=f1\nTo: <sip:200@192.0.2.1>\nCall-ID: call-1\nCSeq: 1 {method}\n\
         Contact: <sip:100@192.0.2.2:5060>\n{extra}Content-Length: 0\n\n"
    )
}

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

pub fn with_sdp(message: &str) -> String {
    let head = message.replace("\r\n", "\n").replace("Content-Length: 0\n\n", "");
    format!("{head}Content-Type: application/sdp\nContent-Length: {}\n\n{SDP}", SDP.len())
}

/// A request inside the dialog that `answer` (a response of the endpoint's) made.
pub fn inside(answer: &str, method: &str, cseq: u32, extra: &str) -> String {
    format!(
        "{method} {} SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKin{method}{cseq};rport\nMax-Forwards: 70\n\
         From: <sip:100@192.0.2.2>;tag=f1\nTo: {}\nCall-ID: call-1\nCSeq: {cseq} {method}\n\
         Contact: <sip:100@192.0.2.2:5060>\n{extra}Content-Length: 0\n\n",
        field(answer, "Contact")
            .map_or_else(|| "sip:200@192.0.2.1".to_owned(), |c| c.trim_matches(['<', '>']).to_owned()),
        field(answer, "To").unwrap()
    )
}

/// Answers the SHA-256 challenge of `reply` the way a phone does.
pub fn authorize(reply: &str, method: &str, uri: &str, user: &str, secret: &str) -> String {
    use callwright_sip::digest::{ClientNonces, Credentials, respond};
    let challenges: Vec<&str> = reply.lines().filter_map(|l| l.strip_prefix("WWW-Authenticate: ")).collect();
    let account = Credentials { realm: None, username: user.to_owned(), password: secret.to_owned() };
    let answer = respond(&challenges, method, uri, &account, &mut ClientNonces::new(1)).expect("a challenge for us");
    format!("Authorization: {}\n", answer.value)
}
