//! One call of a telephone, in the words of somebody who holds the receiver.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rsip::Method;

use crate::answering::{Answering, Then};
use crate::audio::Audio;
use crate::clock;
use crate::line::{Acks, Leg, Line, Phase, socket_of};
use crate::message::Message;
use crate::phone::final_response;
use crate::sdp::{Direction, Sdp};

const PATIENCE: Duration = Duration::from_secs(20); // A machine that builds beside the test stalls for seconds.

/// How a call is placed.
#[derive(Debug, Clone)]
pub struct Dial {
    to: String,
    caller: Option<String>,
    headers: Vec<(String, String)>,
    late_offer: bool,
    body: Option<String>,
    codecs: Vec<u8>,
    events: Option<u8>,
    acks: Acks,
}

impl From<&str> for Dial {
    fn from(to: &str) -> Self {
        Self::to(to)
    }
}

impl Dial {
    /// A number of the server, or a whole `sip:` address.
    pub fn to(to: &str) -> Self {
        Self {
            to: to.to_owned(),
            caller: None,
            headers: Vec::new(),
            late_offer: false,
            body: None,
            codecs: vec![0, 8],
            events: Some(101),
            acks: Acks::Sent,
        }
    }

    /// From this number instead of the telephone's name.
    pub fn showing(mut self, number: &str) -> Self {
        self.caller = Some(number.to_owned());
        self
    }

    /// With one more header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The INVITE carries no SDP; the answer goes into the ACK.
    pub fn late_offer(mut self) -> Self {
        self.late_offer = true;
        self
    }

    /// With this SDP instead of our own.
    pub fn body(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    /// With these payload types, 0 or 8.
    pub fn codecs(mut self, codecs: &[u8]) -> Self {
        self.codecs = codecs.to_vec();
        self
    }

    /// Without telephone-event: keys are heard in the voice.
    pub fn without_events(mut self) -> Self {
        self.events = None;
        self
    }

    /// 2xx are never confirmed.
    pub fn without_ack(mut self) -> Self {
        self.acks = Acks::Withheld;
        self
    }
}

/// A call; all methods panic with the call's messages when the server does not do what it should.
#[derive(Clone)]
pub struct Call {
    line: Arc<Line>,
    id: String,
}

impl Call {
    pub(crate) fn of(line: &Arc<Line>, id: String) -> Self {
        Self { line: line.clone(), id }
    }

    pub(crate) fn dial(line: &Arc<Line>, dial: Dial) -> Self {
        let (id, tag) = (clock::unique(), clock::unique());
        let uri =
            if dial.to.starts_with("sip:") { dial.to.clone() } else { format!("sip:{}@{}", dial.to, line.server) };
        let audio = Arc::new(Audio::open(line.ip));
        let body = match (&dial.body, dial.late_offer) {
            (Some(body), _) => body.clone(),
            (None, true) => String::new(),
            (None, false) => Sdp::write(audio.local, 1, &dial.codecs, dial.events, Direction::SendRecv),
        };
        let caller = dial.caller.as_deref().unwrap_or(&line.user);
        let local = format!("<sip:{caller}@{}>;tag={tag}", line.server.ip());
        let remote = format!("<{uri}>");
        let headers = invite_headers(line, &dial, [&local, &remote, &id], &body);
        let invite = Message::request(Method::Invite, &uri, &headers, &body);
        let leg = Leg {
            id: id.clone(),
            phase: Phase::Calling,
            tag,
            local,
            remote,
            target: uri,
            routes: Vec::new(),
            cseq: 1,
            invite: invite.clone(),
            peer: line.server,
            requests: Vec::new(),
            responses: Vec::new(),
            log: Vec::new(),
            audio,
            direction: Direction::SendRecv,
            sdp_version: 1,
            remote_sdp: None,
            codecs: dial.codecs,
            acks: dial.acks,
            answering: Answering::ring_forever(),
            answer_at: None,
            last_reply: None,
            unconfirmed: None,
            connected_at: None,
        };
        let mut state = line.lock();
        state.calls.insert(id.clone(), leg);
        line.send_request(&mut state, invite, line.server);
        drop(state);
        Self::of(line, id)
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Leg) -> T) -> T {
        act(self.line.lock().calls.get_mut(&self.id).expect("calls are kept for ever"))
    }

    fn wait<T>(&self, patience: Duration, mut probe: impl FnMut(&mut Leg) -> Option<T>) -> Option<T> {
        self.line.wait(patience, |state| probe(state.calls.get_mut(&self.id).expect("calls are kept for ever")))
    }

    pub(crate) fn fail(&self, what: &str) -> ! {
        let log = self.with(|leg| format!("{:?}\n{}", leg.phase, leg.log.join("\n")));
        let unreadable = self.line.lock().unreadable.clone();
        panic!("{what}; the call so far: {log}\nunreadable: {unreadable:?}")
    }

    /// Waits for 180 or 183.
    pub fn is_ringing(&self) -> &Self {
        if self.wait(PATIENCE, |leg| (leg.phase != Phase::Calling).then_some(())).is_none() {
            self.fail("no 180 or 183 came");
        }
        self
    }

    /// Waits for 200, or for the ACK of ours.
    pub fn is_answered(&self) -> &Self {
        self.is_answered_within(PATIENCE)
    }

    /// Waits so long for the answer.
    pub fn is_answered_within(&self, patience: Duration) -> &Self {
        let talking = self.wait(patience, |leg| match leg.phase {
            Phase::Talking => Some(true),
            Phase::Ended(_) => Some(false),
            _ => None,
        });
        if talking != Some(true) {
            self.fail("the call was not answered");
        }
        self
    }

    /// Waits for the end and gives its reason: `bye`, `cancelled`, `486`, …; empty when it did not end.
    pub fn ends_within(&self, patience: Duration) -> String {
        let ended = |leg: &mut Leg| match &leg.phase {
            Phase::Ended(why) => Some(why.clone()),
            _ => None,
        };
        self.wait(patience, ended).unwrap_or_default()
    }

    /// Waits for this end.
    pub fn ends_with(&self, why: &str) -> &Self {
        let ended = self.ends_within(PATIENCE);
        if ended != why {
            self.fail(&format!("the call should end with `{why}`, not `{ended}`"));
        }
        self
    }

    /// Is it still up?
    pub fn is_up(&self) -> bool {
        self.with(|leg| leg.phase == Phase::Talking)
    }

    /// When the 200 or our ACK came.
    pub fn connected_at(&self) -> Option<Instant> {
        self.with(|leg| leg.connected_at)
    }

    /// Its voice.
    pub fn audio(&self) -> Arc<Audio> {
        self.with(|leg| leg.audio.clone())
    }

    /// The last description of the other side.
    pub fn remote_sdp(&self) -> Option<Sdp> {
        self.with(|leg| leg.remote_sdp.clone())
    }

    /// The INVITE that began it.
    pub fn invite(&self) -> Message {
        self.with(|leg| leg.invite.clone())
    }

    /// All requests of the other side so far.
    pub fn requests(&self) -> Vec<Message> {
        self.with(|leg| leg.requests.clone())
    }

    /// All responses so far.
    pub fn responses(&self) -> Vec<Message> {
        self.with(|leg| leg.responses.clone())
    }

    /// Waits for a request of the other side.
    pub fn is_asked(&self, method: Method) -> Message {
        let found = self.wait(PATIENCE, |leg| leg.requests.iter().rev().find(|r| r.method() == Some(method)).cloned());
        found.unwrap_or_else(|| self.fail(&format!("no {method} came")))
    }

    /// Sends a request inside of the call; the final response, none when nothing came in twenty seconds.
    pub fn asks(&self, method: Method, extra: &[(&str, String)], body: &str) -> Option<Message> {
        let mut state = self.line.lock();
        let leg = state.calls.get_mut(&self.id).expect("calls are kept for ever");
        let (message, to) = self.line.dialog_request(leg, method, extra, body);
        let mut branch = self.line.send_request(&mut state, message, to);
        drop(state);
        self.line.wait(PATIENCE, |state| final_response(state, &mut branch))
    }

    pub(crate) fn asks_code(&self, method: Method, extra: &[(&str, String)], body: &str) -> u16 {
        self.asks(method, extra, body).and_then(|r| r.code()).unwrap_or(0)
    }

    /// BYE.
    pub fn hangs_up(&self) -> &Self {
        self.with(|leg| leg.phase = Phase::Ended("we hung up".into()));
        if self.asks_code(Method::Bye, &[], "") != 200 {
            self.fail("BYE was not answered with 200");
        }
        self
    }

    /// CANCEL, RFC 3261 §9.1: the same Via and CSeq number as the INVITE.
    pub fn cancels(&self) -> &Self {
        let mut state = self.line.lock();
        let leg = state.calls.get_mut(&self.id).expect("calls are kept for ever");
        let (invite, peer) = (leg.invite.clone(), leg.peer);
        let same = |name| (name, invite.header(name).unwrap_or_default());
        let headers = [
            same("Via"),
            same("Max-Forwards"),
            same("From"),
            same("To"),
            same("Call-ID"),
            ("CSeq", format!("{} CANCEL", invite.cseq().0)),
        ];
        let cancel = Message::request(Method::Cancel, &invite.uri().unwrap_or_default(), &headers, "");
        leg.log.push("-> CANCEL".into());
        self.line.wire().send(&cancel.bytes(), peer);
        drop(state);
        self
    }

    /// Sends the ACK that [`Dial::without_ack`] kept back, and all later ones.
    pub fn acks_again(&self) -> &Self {
        self.with(|leg| leg.acks = Acks::Sent);
        self
    }

    /// Sends the INVITE once more, as after a lost answer.
    pub fn repeats_invite(&self) -> &Self {
        let (bytes, peer) = self.with(|leg| (leg.invite.bytes(), leg.peer));
        self.line.wire().send(&bytes, peer);
        self
    }

    /// Answers an incoming call now.
    pub fn picks_up(&self) -> &Self {
        self.with(|leg| self.line.answer_now(leg, Then::Answer));
        self.is_answered()
    }

    /// Refuses an incoming call now.
    pub fn refuses(&self, code: u16) -> &Self {
        self.with(|leg| self.line.answer_now(leg, Then::Refuse(code)));
        self
    }

    /// re-INVITE with another direction: `SendOnly` is hold. Gives the answer's description.
    pub fn reinvites(&self, direction: Direction) -> Sdp {
        let body = self.with(|leg| {
            leg.direction = direction;
            self.line.local_sdp(leg)
        });
        self.offers(Method::Invite, &body)
    }

    /// UPDATE with another direction, RFC 3311.
    pub fn updates(&self, direction: Direction) -> Sdp {
        let body = self.with(|leg| {
            leg.direction = direction;
            self.line.local_sdp(leg)
        });
        self.offers(Method::Update, &body)
    }

    fn offers(&self, method: Method, body: &str) -> Sdp {
        let Some(reply) = self.asks(method, &[("Content-Type", "application/sdp".into())], body) else {
            self.fail(&format!("{method} was not answered"))
        };
        let answer = Sdp::parse(&reply.body()).filter(|_| reply.code() == Some(200));
        let answer = answer.unwrap_or_else(|| self.fail(&format!("{method} got no answer in a 200")));
        self.with(|leg| crate::line::connect_audio(leg, answer.clone()));
        answer
    }

    /// REFER; the final code. With `replacing` it is an attended transfer.
    pub fn refers(&self, to: &str, replacing: Option<&Call>) -> u16 {
        let target = match replacing {
            None => format!("<{to}>"),
            Some(other) => {
                let (id, local, remote) = other.with(|leg| {
                    let remote = crate::message::parameter(&leg.remote, "tag").unwrap_or_default();
                    (leg.id.clone(), leg.tag.clone(), remote)
                });
                format!("<{to}?Replaces={id}%3Bto-tag%3D{remote}%3Bfrom-tag%3D{local}>")
            }
        };
        self.asks_code(Method::Refer, &[("Refer-To", target), ("Referred-By", self.line.contact())], "")
    }

    /// Bodies of the NOTIFYs so far: `SIP/2.0 200 OK`.
    pub fn notices(&self) -> Vec<String> {
        let notifies = self.requests().into_iter().filter(|r| r.method() == Some(Method::Notify));
        notifies.map(|n| n.body().lines().next().unwrap_or_default().to_owned()).collect()
    }

    /// Where the other side wants requests.
    pub fn remote_target(&self) -> String {
        self.with(|leg| leg.target.clone())
    }

    /// Address of the other side's Contact.
    pub fn remote_address(&self) -> Option<std::net::SocketAddr> {
        socket_of(&self.remote_target())
    }

    /// The messages so far.
    pub fn log(&self) -> String {
        self.with(|leg| leg.log.join("\n"))
    }
}

fn invite_headers<'a>(
    line: &Line,
    dial: &'a Dial,
    [local, remote, id]: [&str; 3],
    body: &str,
) -> Vec<(&'a str, String)> {
    let mut headers = vec![
        ("Via", line.via()),
        ("Max-Forwards", "70".into()),
        ("From", local.to_owned()),
        ("To", remote.to_owned()),
        ("Call-ID", id.to_owned()),
        ("CSeq", "1 INVITE".into()),
        ("Contact", line.contact()),
        ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY".into()),
        ("Supported", "replaces, timer, 100rel".into()),
    ];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/sdp".into()));
    }
    headers.extend(dial.headers.iter().map(|(n, v)| (n.as_str(), v.clone())));
    headers
}
