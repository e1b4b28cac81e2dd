//! Answers without a transaction: one message, nothing remembered.

use std::net::SocketAddr;

use sipx_sip::error::{FramingError, LimitKind, ParseError};
use sipx_sip::{HeaderName, Message};

use super::Endpoint;
use super::gate::Refusal;
use super::receive::Arrival;
use crate::transmit::Destination;
use crate::wire;

/// Octets of an unreadable message that are searched for its Via.
const SEARCHED: usize = 16 * 1024;

impl Endpoint {
    /// Refuses a request; a repetition is refused again in the same way. A datagram from nobody we know may
    /// bear a forged source: its answer leaves out what is merely good to know when it would be longer than
    /// 1½ times the request.
    pub(super) fn refuse(&mut self, arrival: &Arrival, mut refusal: Refusal) {
        let budget = self.budget(arrival);
        loop {
            let Some(bytes) = stateless_response(arrival, &refusal) else {
                self.refuse_incomplete(arrival, refusal.status);
                return;
            };
            let challenges = refusal.headers.iter().filter(|(name, _)| *name == HeaderName::WwwAuthenticate).count();
            match (bytes.len() <= budget, challenges) {
                (false, 0) if !refusal.headers.is_empty() => drop(refusal.headers.pop()),
                // Phones that send very short requests still learn the way to authenticate that all know.
                (false, 2..) => drop(refusal.headers.remove(0)),
                _ => return self.transmit(arrival.reply.clone(), bytes),
            }
        }
    }

    /// Answers without a transaction somebody whom we know.
    pub(super) fn answer_known(&mut self, arrival: &Arrival, answer: &Refusal) {
        if let Some(bytes) = stateless_response(arrival, answer) {
            self.transmit(arrival.reply.clone(), bytes);
        }
    }

    fn budget(&self, arrival: &Arrival) -> usize {
        match arrival.flow {
            Destination::Udp { .. } if self.trunk_of(arrival.from.ip()).is_none() => amplified(arrival.size),
            _ => usize::MAX,
        }
    }

    /// A request without a field that every response repeats: nothing is invented for it.
    fn refuse_incomplete(&mut self, arrival: &Arrival, status: u16) {
        let mut bytes = Vec::new();
        arrival.request.write_to(&mut bytes);
        if let Some(echo) = Echo::read(&bytes) {
            self.transmit(arrival.reply.clone(), echo.response(status));
        }
    }

    /// 400 to a datagram that is a request but cannot be read, echoing only what it says itself.
    pub(super) fn refuse_unreadable(&mut self, bytes: &[u8], flow: &Destination, from: SocketAddr, error: &ParseError) {
        let Some(echo) = Echo::read(bytes) else {
            return;
        };
        let status = match error {
            ParseError::Limit { limit: LimitKind::BodyBytes, .. } => 413,
            ParseError::Limit { limit: LimitKind::MessageBytes, .. } => 513,
            ParseError::Framing(FramingError::NoHeaderTerminator) | ParseError::Incomplete if echo.lines.len() < 5 => {
                return;
            }
            _ => 400,
        };
        let to = match flow {
            Destination::Udp { from: local, .. } if !echo.asks_rport => {
                Destination::Udp { from: *local, to: SocketAddr::new(from.ip(), echo.port.unwrap_or(5060)) }
            }
            _ => flow.clone(),
        };
        let response = echo.response(status);
        if response.len() <= amplified(bytes.len()) {
            self.transmit(to, response);
        }
    }
}

/// The most that may be sent for so many octets from an unproven source.
fn amplified(received: usize) -> usize {
    received + received / 2
}

fn stateless_response(arrival: &Arrival, refusal: &Refusal) -> Option<Vec<u8>> {
    let mut response = wire::response(&arrival.request, refusal.status, &stateless_tag(arrival))?;
    for (name, value) in &refusal.headers {
        wire::push(&mut response.headers, name.clone(), value.clone());
    }
    wire::close(&mut response, None);
    Some(Message::Response(response).to_bytes().to_vec())
}

/// The same request gets the same tag, so that repetitions of the answer are repetitions (RFC 3261 §8.2.7).
fn stateless_tag(arrival: &Arrival) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for name in [HeaderName::CallId, HeaderName::From, HeaderName::Via] {
        for byte in arrival.request.headers.get(&name).map(sipx_sip::Header::raw_value).unwrap_or_default() {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("s{hash:016x}")
}

/// The lines of a broken request that a response has to repeat.
struct Echo {
    lines: Vec<String>,
    port: Option<u16>,
    asks_rport: bool,
}

impl Echo {
    fn read(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(SEARCHED)];
        let text = String::from_utf8_lossy(head);
        let head = text.split("\r\n\r\n").next()?;
        let mut lines = unfold(head);
        let first = lines.next()?;
        if first.starts_with("SIP/") || !first.trim_end().to_ascii_uppercase().contains("SIP/") {
            return None; // A response or no SIP at all: nobody waits for an answer.
        }
        let mut echo = Self { lines: Vec::new(), port: None, asks_rport: false };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            let canonical = match name.as_str() {
                "via" | "v" => "Via",
                "from" | "f" => "From",
                "to" | "t" => "To",
                "call-id" | "i" => "Call-ID",
                "cseq" => "CSeq",
                _ => continue,
            };
            if canonical == "Via" && echo.lines.iter().all(|l| !l.starts_with("Via")) {
                echo.read_via(value);
            }
            if canonical == "Via" || echo.lines.iter().all(|l| !l.starts_with(canonical)) {
                echo.lines.push(format!("{canonical}: {}", wire::one_line(value)));
            }
        }
        let has = |name: &str| echo.lines.iter().any(|l| l.starts_with(name));
        (has("Via") && has("CSeq")).then_some(echo)
    }

    fn response(&self, status: u16) -> Vec<u8> {
        let reason = wire::reason_phrase(status);
        format!("SIP/2.0 {status} {reason}\r\n{}\r\nContent-Length: 0\r\n\r\n", self.lines.join("\r\n")).into_bytes()
    }

    fn read_via(&mut self, value: &str) {
        self.asks_rport = value.split(';').any(|p| p.trim().to_ascii_lowercase().starts_with("rport"));
        let sent_by = value.split_whitespace().nth(1).unwrap_or_default().split(';').next().unwrap_or_default();
        self.port = sent_by.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    }
}

/// Header lines with their continuations.
fn unfold(head: &str) -> impl Iterator<Item = String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.into_iter()
}
