//! Many calls from one thread and one socket, with text templates instead of a parser: the loader must cost little.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use callwright_tests::clock;

const T1: Duration = Duration::from_millis(500);
const GIVE_UP: Duration = Duration::from_secs(8);

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Calling,
    Talking,
    Ending,
    Done,
    Failed,
}

/// A call of the loader.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) phase: Phase,
    /// The server's RTP port.
    pub(crate) rtp: u16,
    pub(crate) connected_at: Option<Instant>,
    id: String,
    request: String,
    to: String,
    target: String,
    sent_at: Instant,
    again_at: Instant,
}

/// The telephone of all calls, outgoing and incoming.
pub(crate) struct Loader {
    pub(crate) address: SocketAddr,
    pub(crate) calls: Vec<Line>,
    /// Incoming calls that were answered: the server's RTP port and when our 200 went out.
    pub(crate) answered: Vec<(u16, Instant)>,
    pub(crate) retransmissions: usize,
    socket: UdpSocket,
    server: SocketAddr,
    rtp: SocketAddr,
    by_id: BTreeMap<String, usize>,
    waiting: usize,
    buffer: Vec<u8>,
}

impl Loader {
    /// Receives audio at `rtp`.
    pub(crate) fn new(rtp: SocketAddr) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(1))).expect("a read timeout");
        let address = socket.local_addr().expect("a bound socket");
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        Self {
            address,
            calls: Vec::new(),
            answered: Vec::new(),
            retransmissions: 0,
            socket,
            server,
            rtp,
            by_id: BTreeMap::new(),
            waiting: 0,
            buffer: vec![0; 65_536],
        }
    }

    /// Which server is loaded.
    pub(crate) fn loads(&mut self, server: SocketAddr) {
        self.server = server;
    }

    /// Starts a call; gives its place in `calls`.
    pub(crate) fn dial(&mut self, number: &str) -> usize {
        let (place, now) = (self.calls.len(), clock::now());
        let id = format!("bench-{}-{place}", self.address.port());
        let (server, sdp) = (self.server, self.sdp());
        let request = format!(
            "INVITE sip:{number}@{server} SIP/2.0\r\n{}CSeq: 1 INVITE\r\nContact: <sip:bench@{}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            self.head(place, &id, &format!("<sip:{number}@{server}>"), 1),
            self.address,
            sdp.len()
        );
        self.send(&request, server);
        let line = Line {
            phase: Phase::Calling,
            rtp: 0,
            connected_at: None,
            id: id.clone(),
            request,
            to: String::new(),
            target: String::new(),
            sent_at: now,
            again_at: now + T1,
        };
        self.calls.push(line);
        self.by_id.insert(id, place);
        self.waiting += 1;
        place
    }

    /// BYE.
    pub(crate) fn hang_up(&mut self, place: usize) {
        let line = &self.calls[place];
        let request = format!(
            "BYE {} SIP/2.0\r\n{}CSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
            line.target,
            self.head(place, &line.id, &line.to, 2)
        );
        self.send(&request, self.server);
        let now = clock::now();
        let line = &mut self.calls[place];
        (line.phase, line.request, line.sent_at, line.again_at) = (Phase::Ending, request, now, now + T1);
        self.waiting += 1;
    }

    /// Handles everything that comes within `time`.
    pub(crate) fn pump(&mut self, time: Duration) {
        let end = clock::now() + time;
        loop {
            let mut buffer = std::mem::take(&mut self.buffer);
            if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                self.handle(&text, from);
            }
            self.buffer = buffer;
            let now = clock::now();
            self.repeat(now);
            if now >= end {
                return;
            }
        }
    }

    /// Pumps until `done` or `patience` is over.
    pub(crate) fn pump_until(&mut self, patience: Duration, done: impl Fn(&Self) -> bool) {
        let end = clock::now() + patience;
        while !done(self) && clock::now() < end {
            self.pump(Duration::from_millis(5));
        }
    }

    /// Calls in a phase.
    pub(crate) fn count(&self, phase: Phase) -> usize {
        self.calls.iter().filter(|c| c.phase == phase).count()
    }

    /// Starts `count` calls at `rate` a second; `then` runs for each that is answered.
    pub(crate) fn dial_many(&mut self, number: &str, count: usize, rate: f64, mut then: impl FnMut(&mut Self, usize)) {
        let (start, first) = (clock::now(), self.calls.len());
        let (mut dialed, mut seen) = (0, vec![false; count]);
        let mut oldest = 0;
        let end = start + Duration::from_secs_f64(count as f64 / rate) + GIVE_UP;
        while oldest < count && clock::now() < end {
            let due = ((start.elapsed().as_secs_f64() * rate) as usize + 1).min(count);
            while dialed < due {
                self.dial(number);
                dialed += 1;
            }
            self.pump(Duration::ZERO);
            for (place, seen) in seen.iter_mut().enumerate().take(dialed).skip(oldest) {
                if !*seen && self.calls[first + place].phase == Phase::Talking {
                    *seen = true;
                    then(self, first + place);
                }
            }
            while oldest < dialed && (seen[oldest] || self.calls[first + oldest].phase == Phase::Failed) {
                oldest += 1;
            }
        }
    }

    fn handle(&mut self, text: &str, from: SocketAddr) {
        let id = field(text, "Call-ID:");
        let place = self.by_id.get(id).copied();
        let Some(rest) = text.strip_prefix("SIP/2.0 ") else {
            self.handle_request(text, from, place);
            return;
        };
        let code: u16 = rest.get(..3).and_then(|c| c.parse().ok()).unwrap_or(0);
        let (Some(place), is_invite) = (place, field(text, "CSeq:").ends_with("INVITE")) else {
            return;
        };
        let phase = self.calls[place].phase;
        match (phase, code) {
            (Phase::Calling, 100..=199) => self.calls[place].again_at = clock::now() + GIVE_UP,
            (Phase::Calling, 200..=299) if is_invite => self.connect(place, text),
            (Phase::Calling, 300..) => {
                self.acknowledge(place, text);
                self.finish(place, Phase::Failed);
            }
            (Phase::Ending, 200..) if !is_invite => self.finish(place, Phase::Done),
            (_, 200..=299) if is_invite => {
                self.retransmissions += 1;
                self.acknowledge(place, text);
            }
            _ => {}
        }
    }

    fn connect(&mut self, place: usize, text: &str) {
        let port = text.split("m=audio ").nth(1).and_then(|m| m.split(' ').next()).and_then(|p| p.parse().ok());
        let target = field(text, "Contact:").split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let line = &mut self.calls[place];
        (line.rtp, line.target, line.to) = (port.unwrap_or(0), target, field(text, "To:").to_owned());
        (line.phase, line.connected_at) = (Phase::Talking, Some(clock::now()));
        self.waiting -= 1;
        self.acknowledge(place, text);
    }

    fn acknowledge(&self, place: usize, text: &str) {
        let line = &self.calls[place];
        let refused = line.target.is_empty();
        let target = if refused { line.request.split(' ').nth(1).unwrap_or_default() } else { line.target.as_str() };
        let head = self.head(place, &line.id, field(text, "To:"), if refused { 1 } else { 3 });
        self.send(&format!("ACK {target} SIP/2.0\r\n{head}CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"), self.server);
    }

    fn handle_request(&mut self, text: &str, from: SocketAddr, place: Option<usize>) {
        let reply = |to_tag: &str, extra: &str, body: &str| {
            let copied: String = text
                .lines()
                .filter(|l| ["Via:", "From:", "Call-ID:", "CSeq:", "Record-Route:"].iter().any(|h| l.starts_with(h)))
                .map(|l| format!("{l}\r\n"))
                .collect();
            format!(
                "SIP/2.0 200 OK\r\n{copied}To: {}{to_tag}\r\n{extra}Content-Length: {}\r\n\r\n{body}",
                field(text, "To:"),
                body.len()
            )
        };
        if text.starts_with("INVITE ") {
            let sdp = self.sdp();
            let extra = format!("Contact: <sip:desk@{}>\r\nContent-Type: application/sdp\r\n", self.address);
            self.send(&reply(";tag=desk", &extra, &sdp), from);
            let port = text.split("m=audio ").nth(1).and_then(|m| m.split(' ').next()).and_then(|p| p.parse().ok());
            self.answered.push((port.unwrap_or(0), clock::now()));
        } else if !text.starts_with("ACK ") {
            self.send(&reply("", "", ""), from);
            if let Some(place) = place.filter(|_| text.starts_with("BYE ")) {
                self.finish(place, Phase::Done);
            }
        }
    }

    fn finish(&mut self, place: usize, phase: Phase) {
        if matches!(self.calls[place].phase, Phase::Calling | Phase::Ending) {
            self.waiting -= 1;
        }
        self.calls[place].phase = phase;
        self.calls[place].request = String::new();
    }

    fn repeat(&mut self, now: Instant) {
        if self.waiting == 0 {
            return;
        }
        for place in self.calls.len().saturating_sub(8_000)..self.calls.len() {
            let line = &mut self.calls[place];
            if !matches!(line.phase, Phase::Calling | Phase::Ending) || line.again_at > now {
                continue;
            }
            if now - line.sent_at >= GIVE_UP {
                self.finish(place, Phase::Failed);
                continue;
            }
            line.again_at = now + (now - line.sent_at).min(Duration::from_secs(4));
            self.retransmissions += 1;
            self.send(&self.calls[place].request, self.server);
        }
    }

    fn send(&self, text: &str, to: SocketAddr) {
        let _ = self.socket.send_to(text.as_bytes(), to);
    }

    fn head(&self, place: usize, id: &str, to: &str, step: u8) -> String {
        format!(
            "Via: SIP/2.0/UDP {};branch=z9hG4bK{id}-{step};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:bench@127.0.0.1>;tag=b{place}\r\nTo: {to}\r\nCall-ID: {id}\r\n",
            self.address
        )
    }

    fn sdp(&self) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0 101\r\n\
             a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n",
            self.rtp.port()
        )
    }
}

/// Value of the first line that begins with `name`.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find_map(|l| l.strip_prefix(name)).map(str::trim).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use callwright_tests::tools;

    #[test]
    fn five_hundred_calls_to_sipp_are_all_made_and_ended() {
        tools::require("sipp", "sip-tester");
        let mut loader = Loader::new(([127, 0, 0, 1], 4_000).into());
        let free = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).unwrap();
        let mut command = std::process::Command::new("sipp");
        command.args(["-sn", "uas", "-i", "127.0.0.1", "-p", &free.port().to_string(), "-timeout", "30s", "-nostdin"]);
        let (mut child, _) = tools::start(command.env("TERM", "dumb"));
        std::thread::sleep(Duration::from_millis(500));
        loader.loads(free);
        loader.dial_many("service", 500, 250.0, Loader::hang_up);
        loader.pump_until(Duration::from_secs(5), |l| l.count(Phase::Done) == 500);
        let _ = child.kill();
        let _ = child.wait();
        assert_eq!((loader.count(Phase::Done), loader.count(Phase::Failed)), (500, 0));
        assert!(loader.calls.iter().all(|c| c.rtp > 0));
    }
}
