//! The incoming side of a line, and what it does by itself as time passes.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use rsip::Method;

use crate::answering::{Answering, Ringing, Then};
use crate::audio::Audio;
use crate::clock;
use crate::line::{Acks, Leg, Line, Phase, Repeated, State, T1, T2, connect_audio, due};
use crate::message::{Message, address};
use crate::sdp::{Direction, Sdp};

const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY";

impl Line {
    pub(crate) fn handle_request(&self, state: &mut State, message: &Message, method: Method, from: SocketAddr) {
        let id = message.call_id();
        if method == Method::Invite && !state.calls.contains_key(&id) {
            self.handle_new_call(state, message, from);
            return;
        }
        let Some(leg) = state.calls.get_mut(&id) else {
            if method != Method::Ack {
                let code = if matches!(method, Method::Options | Method::Notify | Method::Message) { 200 } else { 481 };
                let reply = message.reply(code, &clock::unique(), &[("Allow", ALLOW.into())], "");
                self.wire().send(&reply.bytes(), from);
            }
            state.strays.push(message.clone());
            return;
        };
        let repeated = leg.requests.iter().any(|r| r.branch() == message.branch() && r.method() == Some(method));
        leg.requests.push(message.clone());
        leg.peer = from;
        match method {
            Method::Ack => {
                leg.unconfirmed = None;
                leg.last_reply = None;
                if leg.phase == Phase::Ringing && leg.answer_at.is_none() && leg.answering.then == Then::Answer {
                    leg.phase = Phase::Talking;
                    leg.connected_at.get_or_insert_with(clock::now);
                }
                if let Some(sdp) = Sdp::parse(&message.body()) {
                    connect_audio(leg, sdp);
                }
            }
            Method::Invite if repeated => {
                if let Some(bytes) = &leg.last_reply {
                    self.wire().send(bytes, from);
                }
            }
            Method::Invite => self.answer_invite(leg, message, from),
            Method::Cancel => self.handle_cancel(leg, message, from),
            Method::Bye => {
                leg.phase = Phase::Ended("bye".into());
                leg.unconfirmed = None;
                self.reply(leg, message, 200, &[], "", from);
            }
            Method::Update if !message.body().is_empty() => {
                let answer = self.sdp_answer(leg, message);
                self.reply(leg, message, 200, &sdp_headers(&self.contact()), &answer, from);
            }
            _ => self.reply(leg, message, 200, &[("Contact", self.contact())], "", from),
        }
    }

    fn handle_cancel(&self, leg: &mut Leg, message: &Message, from: SocketAddr) {
        self.reply(leg, message, 200, &[], "", from);
        if leg.phase == Phase::Ringing {
            leg.answer_at = None;
            leg.phase = Phase::Ended("cancelled".into());
            let invite = leg.invite.clone();
            self.reply(leg, &invite, 487, &[], "", from);
        }
    }

    fn handle_new_call(&self, state: &mut State, message: &Message, from: SocketAddr) {
        if message.tag("To").is_some() {
            self.wire().send(&message.reply(481, "", &[], "").bytes(), from);
            state.strays.push(message.clone());
            return;
        }
        let answering = state.answering.clone();
        let tag = clock::unique();
        let mut routes = message.headers("Record-Route");
        routes.retain(|r| !r.is_empty());
        let mut leg = Leg {
            id: message.call_id(),
            phase: Phase::Ringing,
            local: format!("{};tag={tag}", message.header("To").unwrap_or_default()),
            tag,
            remote: message.header("From").unwrap_or_default(),
            target: message.header("Contact").map(|c| address(&c)).unwrap_or_default(),
            routes,
            cseq: 100,
            invite: message.clone(),
            peer: from,
            requests: vec![message.clone()],
            responses: Vec::new(),
            log: vec![format!("<- {}", message.title())],
            audio: Arc::new(Audio::open(self.ip)),
            direction: Direction::SendRecv,
            sdp_version: 0,
            remote_sdp: None,
            codecs: vec![0, 8],
            acks: Acks::Sent,
            answer_at: due(&answering),
            answering,
            last_reply: None,
            unconfirmed: None,
            connected_at: None,
        };
        self.ring(&mut leg, from);
        state.arrived.push_back(leg.id.clone());
        state.calls.insert(leg.id.clone(), leg);
    }

    fn ring(&self, leg: &mut Leg, from: SocketAddr) {
        let invite = leg.invite.clone();
        let contact = ("Contact", self.contact());
        match leg.answering.ringing {
            Ringing::Nothing => {}
            Ringing::Reliable if invite.lists("Supported", "100rel") || invite.lists("Require", "100rel") => {
                let extra = [contact, ("Require", "100rel".into()), ("RSeq", "1".into())];
                self.reply(leg, &invite, 180, &extra, "", from);
            }
            Ringing::Plain | Ringing::Reliable => self.reply(leg, &invite, 180, &[contact], "", from),
            Ringing::EarlyMedia => {
                let answer = self.sdp_answer(leg, &invite);
                self.reply(leg, &invite, 183, &sdp_headers(&self.contact()), &answer, from);
            }
        }
    }

    /// 200 with SDP, repeated until the ACK comes (RFC 3261 §13.3.1.4).
    fn answer_invite(&self, leg: &mut Leg, invite: &Message, to: SocketAddr) {
        let answer = self.sdp_answer(leg, invite);
        let mut headers = sdp_headers(&self.contact());
        headers.extend([("Allow", ALLOW.into()), ("Supported", "replaces, timer, 100rel".into())]);
        if let Some(timer) = invite.header("Session-Expires") {
            headers.push(("Session-Expires", timer));
        }
        self.reply(leg, invite, 200, &headers, &answer, to);
        let bytes = leg.last_reply.clone().unwrap_or_default();
        leg.unconfirmed = Some(Repeated { bytes, next: clock::now() + T1, interval: T1 });
    }

    fn sdp_answer(&self, leg: &mut Leg, message: &Message) -> String {
        let Some(offer) = Sdp::parse(&message.body()) else {
            return self.local_sdp(leg);
        };
        leg.direction = offer.direction.mirrored();
        let common: Vec<u8> = offer.payloads.iter().copied().filter(|p| leg.codecs.contains(p)).take(1).collect();
        leg.sdp_version += 1;
        let text = Sdp::write(leg.audio.local, leg.sdp_version, &common, offer.events, leg.direction);
        connect_audio(leg, offer);
        text
    }

    pub(crate) fn reply(
        &self,
        leg: &mut Leg,
        request: &Message,
        code: u16,
        headers: &[(&str, String)],
        body: &str,
        to: SocketAddr,
    ) {
        let reply = request.reply(code, &leg.tag, headers, body);
        leg.log.push(format!("-> {}", reply.title()));
        self.wire().send(&reply.bytes(), to);
        if request.method() == Some(Method::Invite) {
            leg.last_reply = Some(reply.bytes());
        }
    }

    /// Retransmits what is due and answers calls whose time has come.
    fn tick(&self) {
        let now = clock::now();
        let mut state = self.lock();
        for sent in state.sent.values_mut() {
            if sent.next.is_some_and(|next| next <= now) {
                self.wire().send(&sent.message.bytes(), sent.to);
                sent.interval = (sent.interval * 2).min(T2);
                sent.next = Some(now + sent.interval);
            }
        }
        for leg in state.calls.values_mut() {
            if let Some(repeated) = &mut leg.unconfirmed
                && repeated.next <= now
            {
                self.wire().send(&repeated.bytes, leg.peer);
                repeated.interval = (repeated.interval * 2).min(T2);
                repeated.next = now + repeated.interval;
            }
            if leg.answer_at.is_some_and(|at| at <= now) {
                leg.answer_at = None;
                self.decide(leg);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    fn decide(&self, leg: &mut Leg) {
        let (invite, to) = (leg.invite.clone(), leg.peer);
        match leg.answering.then.clone() {
            Then::Answer => self.answer_invite(leg, &invite, to),
            Then::Refuse(code) => {
                self.reply(leg, &invite, code, &[], "", to);
                leg.phase = Phase::Ended(code.to_string());
            }
            Then::Redirect(uri) => {
                self.reply(leg, &invite, 302, &[("Contact", format!("<{uri}>"))], "", to);
                leg.phase = Phase::Ended("302".into());
            }
            Then::Nothing => {}
        }
    }

    /// Answers now, whatever was planned.
    pub(crate) fn answer_now(&self, leg: &mut Leg, then: Then) {
        leg.answering = Answering { then, ..leg.answering.clone() };
        leg.answer_at = None;
        self.decide(leg);
    }
}

fn sdp_headers(contact: &str) -> Vec<(&'static str, String)> {
    vec![("Contact", contact.to_owned()), ("Content-Type", "application/sdp".into())]
}

/// Ticks every 10 ms while the line lives.
pub(crate) fn spawn(line: Weak<Line>) {
    std::thread::spawn(move || {
        while let Some(line) = line.upgrade() {
            line.tick();
            drop(line);
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}
