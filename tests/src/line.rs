//! What a telephone knows: its calls and open requests, and what it does when a message comes.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use rsip::Method;

use crate::answering::{Answering, Then};
use crate::audio::Audio;
use crate::clock;
use crate::digest::{Algorithm, Challenge};
use crate::g711::Codec;
use crate::message::{Message, address};
use crate::sdp::{Direction, Sdp};
use crate::wire::Wire;

/// RFC 3261 T1: the first retransmission comes after this.
pub(crate) const T1: Duration = Duration::from_millis(500);
/// RFC 3261 T2: retransmissions are never further apart.
pub(crate) const T2: Duration = Duration::from_secs(4);

/// A request of ours and what came back.
pub(crate) struct Sent {
    pub(crate) message: Message,
    pub(crate) to: SocketAddr,
    pub(crate) next: Option<Instant>,
    pub(crate) interval: Duration,
    pub(crate) responses: Vec<Message>,
    /// The same request with credentials, sent after a challenge.
    pub(crate) successor: Option<String>,
}

/// Bytes that are repeated until somebody answers.
pub(crate) struct Repeated {
    pub(crate) bytes: Vec<u8>,
    pub(crate) next: Instant,
    pub(crate) interval: Duration,
}

/// Where a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    Calling,
    Ringing,
    Talking,
    Ended(String),
}

/// Whether 2xx are confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acks {
    Sent,
    Withheld,
}

/// One call as the telephone keeps it.
pub(crate) struct Leg {
    pub(crate) id: String,
    pub(crate) phase: Phase,
    pub(crate) tag: String,
    pub(crate) local: String,
    pub(crate) remote: String,
    pub(crate) target: String,
    pub(crate) routes: Vec<String>,
    pub(crate) cseq: u32,
    pub(crate) invite: Message,
    pub(crate) peer: SocketAddr,
    pub(crate) requests: Vec<Message>,
    pub(crate) responses: Vec<Message>,
    pub(crate) log: Vec<String>,
    pub(crate) audio: Arc<Audio>,
    pub(crate) direction: Direction,
    pub(crate) sdp_version: u32,
    pub(crate) remote_sdp: Option<Sdp>,
    pub(crate) codecs: Vec<u8>,
    pub(crate) acks: Acks,
    pub(crate) answering: Answering,
    pub(crate) answer_at: Option<Instant>,
    pub(crate) last_reply: Option<Vec<u8>>,
    pub(crate) unconfirmed: Option<Repeated>,
    pub(crate) connected_at: Option<Instant>,
}

/// Everything behind the one lock.
pub(crate) struct State {
    pub(crate) calls: BTreeMap<String, Leg>,
    pub(crate) sent: BTreeMap<String, Sent>,
    pub(crate) arrived: VecDeque<String>,
    pub(crate) answering: Answering,
    pub(crate) strays: Vec<Message>,
    pub(crate) unreadable: Vec<String>,
}

/// One telephone line.
pub(crate) struct Line {
    pub(crate) user: String,
    pub(crate) password: Option<String>,
    pub(crate) only: Option<Algorithm>,
    pub(crate) server: SocketAddr,
    pub(crate) ip: IpAddr,
    pub(crate) wire: OnceLock<Arc<Wire>>,
    pub(crate) state: Mutex<State>,
    pub(crate) changed: Condvar,
}

/// A line lives as long as its telephone or one of its calls.
impl Drop for Line {
    fn drop(&mut self) {
        self.wire().close();
    }
}

impl Line {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic in the line's threads")
    }

    pub(crate) fn wire(&self) -> &Wire {
        self.wire.get().expect("the wire is opened with the phone")
    }

    /// Waits until `probe` gives something; none when `patience` is over.
    pub(crate) fn wait<T>(&self, patience: Duration, mut probe: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let end = clock::now() + patience;
        let mut state = self.lock();
        loop {
            if let Some(found) = probe(&mut state) {
                return Some(found);
            }
            let left = end.saturating_duration_since(clock::now());
            if left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).expect("no panic in the line's threads").0;
        }
    }

    /// `<sip:user@ip:port>`, where this line is reached.
    pub(crate) fn contact(&self) -> String {
        let wire = self.wire();
        let transport = wire.transport.word().to_ascii_lowercase();
        format!("<sip:{}@{};transport={transport}>", self.user, wire.local)
    }

    /// A Via value with a new branch.
    pub(crate) fn via(&self) -> String {
        let wire = self.wire();
        format!("SIP/2.0/{} {};branch=z9hG4bK{};rport", wire.transport.word(), wire.local, clock::unique())
    }

    /// Sends a request and remembers it for its responses and retransmissions.
    pub(crate) fn send_request(&self, state: &mut State, message: Message, to: SocketAddr) -> String {
        let branch = message.branch();
        if let Some(leg) = state.calls.get_mut(&message.call_id()) {
            leg.log.push(format!("-> {}", message.title()));
        }
        self.wire().send(&message.bytes(), to);
        let reliable = self.wire().transport == crate::wire::Transport::Tcp;
        let next = (!reliable && message.method() != Some(Method::Ack)).then(|| clock::now() + T1);
        let sent = Sent { message, to, next, interval: T1, responses: Vec::new(), successor: None };
        state.sent.insert(branch.clone(), sent);
        branch
    }

    /// A request inside of a call; the number of CSeq is the next one.
    pub(crate) fn dialog_request(
        &self,
        leg: &mut Leg,
        method: Method,
        extra: &[(&str, String)],
        body: &str,
    ) -> (Message, SocketAddr) {
        if !matches!(method, Method::Ack | Method::Cancel) {
            leg.cseq += 1;
        }
        let mut headers = vec![("Via", self.via()), ("Max-Forwards", "70".into())];
        headers.extend(leg.routes.iter().map(|r| ("Route", r.clone())));
        headers.extend([
            ("From", leg.local.clone()),
            ("To", leg.remote.clone()),
            ("Call-ID", leg.id.clone()),
            ("CSeq", format!("{} {method}", leg.cseq)),
            ("Contact", self.contact()),
        ]);
        headers.extend(extra.iter().cloned());
        let next_hop = leg.routes.first().map_or_else(|| leg.target.clone(), |r| address(r));
        let to = socket_of(&next_hop).unwrap_or(leg.peer);
        (Message::request(method, &leg.target, &headers, body), to)
    }

    /// One datagram or framed message.
    pub(crate) fn handle_bytes(&self, bytes: &[u8], from: SocketAddr) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let mut state = self.lock();
        match Message::parse(bytes) {
            Err(error) => state.unreadable.push(format!("{error}: {}", String::from_utf8_lossy(bytes))),
            Ok(message) => {
                if let Some(leg) = state.calls.get_mut(&message.call_id()) {
                    leg.log.push(format!("<- {}", message.title()));
                }
                match message.method() {
                    Some(method) => self.handle_request(&mut state, &message, method, from),
                    None => self.handle_response(&mut state, &message),
                }
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    fn handle_response(&self, state: &mut State, message: &Message) {
        let code = message.code().unwrap_or(0);
        if message.cseq().1 == "CANCEL" {
            // It has the branch of the INVITE, RFC 3261 §9.1.
            if let Some(leg) = state.calls.get_mut(&message.call_id()) {
                leg.responses.push(message.clone());
            }
            return;
        }
        let Some(sent) = state.sent.get_mut(&message.branch()) else {
            state.strays.push(message.clone());
            return;
        };
        sent.responses.push(message.clone());
        let (request, to) = (sent.message.clone(), sent.to);
        if code >= 200 || request.method() == Some(Method::Invite) {
            sent.next = None;
        }
        let answered = sent.successor.is_none().then(|| self.answer_challenge(&request, message)).flatten();
        if let Some(leg) = state.calls.get_mut(&message.call_id()) {
            leg.responses.push(message.clone());
        }
        if request.method() == Some(Method::Invite) {
            self.handle_invite_response(state, &request, message, to, answered.is_some());
        }
        if let Some(again) = answered {
            if let Some(leg) = state.calls.get_mut(&message.call_id()) {
                leg.cseq = again.cseq().0;
                if again.method() == Some(Method::Invite) {
                    leg.invite = again.clone();
                }
            }
            let branch = self.send_request(state, again, to);
            if let Some(sent) = state.sent.get_mut(&message.branch()) {
                sent.successor = Some(branch);
            }
        }
    }

    /// The request again with credentials, when this is the first challenge and there are any.
    fn answer_challenge(&self, request: &Message, response: &Message) -> Option<Message> {
        let (challenge, credentials) = match response.code()? {
            401 => ("WWW-Authenticate", "Authorization"),
            407 => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => return None,
        };
        let password = self.password.as_ref()?;
        let spoken = response.headers(challenge).into_iter().filter_map(|v| Challenge::parse(&v));
        let challenge = spoken.into_iter().find(|c| self.only.is_none_or(|only| only == c.algorithm))?;
        if request.header(credentials).is_some() {
            return None;
        }
        let (number, method) = request.cseq();
        let answer = challenge.answer(&self.user, password, &method, &request.uri()?);
        Some(request.replacing(&[
            ("Via", self.via()),
            ("CSeq", format!("{} {method}", number + 1)),
            (credentials, answer),
        ]))
    }

    fn handle_invite_response(
        &self,
        state: &mut State,
        request: &Message,
        message: &Message,
        to: SocketAddr,
        challenged: bool,
    ) {
        let code = message.code().unwrap_or(0);
        if code >= 300 {
            let same = |name| (name, request.header(name).unwrap_or_default());
            let headers = [
                same("Via"),
                same("Max-Forwards"),
                same("From"),
                ("To", message.header("To").unwrap_or_default()),
                same("Call-ID"),
                ("CSeq", format!("{} ACK", request.cseq().0)),
            ];
            let ack = Message::request(Method::Ack, &request.uri().unwrap_or_default(), &headers, "");
            self.wire().send(&ack.bytes(), to);
        }
        let Some(leg) = state.calls.get_mut(&message.call_id()) else {
            return;
        };
        match code {
            101..=199 => {
                self.learn_dialog(leg, message);
                if leg.phase == Phase::Calling {
                    leg.phase = Phase::Ringing;
                }
                if let Some(sequence) = message.header("RSeq") {
                    let (number, method) = message.cseq();
                    let rack = [("RAck", format!("{sequence} {number} {method}"))];
                    let (prack, to) = self.dialog_request(leg, Method::PRack, &rack, "");
                    self.send_request(state, prack, to);
                }
            }
            200..=299 => {
                self.learn_dialog(leg, message);
                let offered = request.body().is_empty();
                let answer = if offered { self.local_sdp(leg) } else { String::new() };
                if !matches!(leg.phase, Phase::Ended(_)) {
                    leg.phase = Phase::Talking;
                    leg.connected_at.get_or_insert_with(clock::now);
                }
                if leg.acks == Acks::Sent {
                    self.acknowledge(leg, request, &answer);
                }
            }
            300.. if !challenged && leg.phase != Phase::Talking => leg.phase = Phase::Ended(code.to_string()),
            _ => {}
        }
    }

    fn acknowledge(&self, leg: &mut Leg, request: &Message, answer: &str) {
        let kind: &[(&str, String)] = &[("Content-Type", "application/sdp".into())];
        let extra = if answer.is_empty() { &[] } else { kind };
        let (ack, to) = self.dialog_request(leg, Method::Ack, extra, answer);
        let ack = ack.replacing(&[("CSeq", format!("{} ACK", request.cseq().0))]);
        leg.log.push("-> ACK".into());
        self.wire().send(&ack.bytes(), to);
    }

    /// Tags, target, routes and audio from a response to INVITE.
    fn learn_dialog(&self, leg: &mut Leg, message: &Message) {
        leg.remote = message.header("To").unwrap_or_default();
        if let Some(contact) = message.header("Contact") {
            leg.target = address(&contact);
        }
        let mut routes: Vec<String> = message.headers("Record-Route");
        routes.reverse();
        leg.routes = routes;
        if let Some(sdp) = Sdp::parse(&message.body()) {
            connect_audio(leg, sdp);
        }
    }

    /// Our description; each call of it is a new version.
    pub(crate) fn local_sdp(&self, leg: &mut Leg) -> String {
        leg.sdp_version += 1;
        Sdp::write(leg.audio.local, leg.sdp_version, &leg.codecs, Some(101), leg.direction)
    }
}

/// Audio goes where the description says, in the first codec that both know.
pub(crate) fn connect_audio(leg: &mut Leg, sdp: Sdp) {
    let common = sdp.payloads.iter().find(|p| leg.codecs.contains(p));
    if let Some(codec) = common.and_then(|p| Codec::of(*p)) {
        leg.audio.connect(sdp.address, codec, sdp.events);
    }
    leg.audio.speak(sdp.direction == Direction::SendRecv && leg.direction == Direction::SendRecv);
    leg.remote_sdp = Some(sdp);
}

/// `sip:user@1.2.3.4:5060;…` as an address.
pub(crate) fn socket_of(uri: &str) -> Option<SocketAddr> {
    let host = uri.split_once(':')?.1.split(';').next()?;
    let host = host.rsplit('@').next()?;
    host.parse().ok().or_else(|| Some(SocketAddr::new(host.parse().ok()?, 5060)))
}

/// Whether a call that is treated like this wants anything later.
pub(crate) fn due(answering: &Answering) -> Option<Instant> {
    (answering.then != Then::Nothing).then(|| clock::now() + answering.after)
}
