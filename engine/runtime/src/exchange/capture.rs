//! The newest SIP messages in memory, so that somebody can look at one call on the wire.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use model::{CallId, WallTime};
use serde_json::{Value, json};

const BYTES_MAX: usize = 16 * 1024 * 1024; // About 2,000 calls with two legs.
const CALLS_MAX: usize = 10_000; // A few hundred bytes each.

/// Messages of calls, oldest first; what is too old makes room.
#[derive(Debug, Default)]
pub(super) struct Capture {
    messages: VecDeque<Message>,
    bytes: usize,
    calls: BTreeMap<CallId, BTreeSet<String>>,
}

#[derive(Debug)]
struct Message {
    at: WallTime,
    from: SocketAddr,
    to: SocketAddr,
    call_id: String,
    bytes: Vec<u8>,
}

impl Capture {
    /// Keeps a message that came or goes, if it belongs to some call.
    pub(super) fn note(&mut self, at: WallTime, (from, to): (SocketAddr, SocketAddr), bytes: &[u8]) {
        let Some(call_id) = call_id(bytes) else { return };
        self.bytes += bytes.len();
        self.messages.push_back(Message { at, from, to, call_id: call_id.to_owned(), bytes: bytes.to_vec() });
        while self.bytes > BYTES_MAX {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
        }
    }

    /// A leg of this call has this Call-ID.
    pub(super) fn belongs(&mut self, call: CallId, call_id: &str) {
        self.calls.entry(call).or_default().insert(call_id.to_owned());
        while self.calls.len() > CALLS_MAX {
            self.calls.pop_first();
        }
    }

    /// The messages of one call, each byte of them as the character with its number; else why there are none.
    pub(super) fn of(&self, call: CallId) -> Value {
        let Some(ids) = self.calls.get(&call) else {
            return json!({ "error": format!(
                "call {call} had no leg on the wire since the server started, or it is too old: \
                the messages of the last {CALLS_MAX} calls are kept, {} MiB at most", BYTES_MAX >> 20
            ) });
        };
        let own = self.messages.iter().filter(|message| ids.contains(&message.call_id));
        let messages: Vec<Value> = own
            .map(|message| {
                let text: String = message.bytes.iter().copied().map(char::from).collect();
                json!({ "wall_us": message.at.0, "from": message.from.to_string(), "to": message.to.to_string(), "bytes": text })
            })
            .collect();
        if messages.is_empty() {
            let error = format!("call {call} is too old: the newest {} MiB of messages are kept", BYTES_MAX >> 20);
            return json!({ "error": error });
        }
        json!({ "messages": messages })
    }
}

/// The Call-ID of a message that can belong to a call: no registration, no OPTIONS, no keep-alive.
fn call_id(bytes: &[u8]) -> Option<&str> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes, |end| &bytes[..end]);
    let mut found = None;
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i") {
            found = std::str::from_utf8(value).ok();
        } else if name.eq_ignore_ascii_case(b"cseq") && (value.ends_with(b"REGISTER") || value.ends_with(b"OPTIONS")) {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(method: &str, call_id: &str) -> Vec<u8> {
        let head = format!("{method} sip:100@example.org SIP/2.0\r\ni : {call_id}\r\nCSeq: 1 {method}\r\n");
        format!("{head}Content-Length: 12\r\n\r\nCall-ID: no\r\n").into_bytes()
    }

    fn addresses() -> (SocketAddr, SocketAddr) {
        ("10.0.0.1:5060".parse().unwrap(), "10.0.0.2:5060".parse().unwrap())
    }

    #[test]
    fn a_call_has_the_messages_of_all_its_legs_and_no_others() {
        let mut capture = Capture::default();
        for (at, id) in (1..).zip(["a", "b", "c", "a"]) {
            capture.note(WallTime(at), addresses(), &message("INVITE", id));
        }
        capture.note(WallTime(9), addresses(), &message("OPTIONS", "a"));
        capture.note(WallTime(9), addresses(), b"\r\n\r\n");
        capture.belongs(CallId(7), "a");
        capture.belongs(CallId(7), "c");
        let found = capture.of(CallId(7));
        let times: Vec<i64> =
            found["messages"].as_array().unwrap().iter().filter_map(|message| message["wall_us"].as_i64()).collect();
        assert_eq!(times, [1, 3, 4]);
        assert!(capture.of(CallId(8))["error"].is_string());
    }

    #[test]
    fn old_messages_make_room_and_that_is_said() {
        let mut capture = Capture::default();
        capture.belongs(CallId(1), "old");
        capture.note(WallTime(1), addresses(), &message("INVITE", "old"));
        let mut large = message("INVITE", "new");
        large.resize(60_000, b'x');
        for at in 0..300 {
            capture.note(WallTime(at), addresses(), &large);
        }
        assert!(capture.bytes <= BYTES_MAX);
        assert!(capture.of(CallId(1))["error"].as_str().unwrap().contains("too old"));
    }
}
