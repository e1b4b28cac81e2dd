//! Answering a call: 180, 183, 200 with SDP, and the ACK that completes it.

use std::net::IpAddr;

use model::{HangupCause, LegId, MediaSpec, Timestamp};
use sipx_sip::{HeaderName, Message, Request, Response};

use super::Endpoint;
use crate::event::SipEvent;
use crate::leg::{Early, Hold, InviteKind, Key, Leg, State, Unacked};
use crate::sdp::{self, LocalMedia};
use crate::timer::{GIVE_UP, T1, Timer};
use crate::wire;

/// What a response to INVITE says about audio.
pub(super) struct Description {
    pub(super) sdp: Option<String>,
    /// Agreed with this response.
    pub(super) spec: Option<MediaSpec>,
    /// It is our offer: the answer is still to come.
    pub(super) offered: Option<LocalMedia>,
}

impl Endpoint {
    /// Answers a call that came in. An offer that cannot be met is refused with 488 and reported as
    /// [`SipEvent::HungUp`].
    pub fn answer(&mut self, now: Timestamp, leg: LegId, media: LocalMedia) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        let peer = l.peer_ip();
        let State::Incoming(incoming) = &mut l.state else {
            return;
        };
        if incoming.reliable.is_some() && incoming.early != Early::Nothing {
            incoming.deferred = Some(media); // RFC 3262 §5: not before the PRACK, or the answers may overtake each other.
            return;
        }
        let (key, request, early) = (incoming.key.clone(), incoming.request.clone(), incoming.early);
        let description = match early {
            Early::Nothing => describe(&request, &media, peer),
            Early::Answered => Ok(Description { sdp: Some(l.media.sent.clone()), spec: None, offered: None }),
            Early::Offered | Early::Agreed => Ok(Description { sdp: None, spec: None, offered: None }),
        };
        let description = match description {
            Ok(description) => description,
            Err(status) => {
                self.refuse_offer(now, leg, &key, &request, status);
                return;
            }
        };
        if early == Early::Nothing {
            l.media.local = Some(media);
        }
        l.state = State::Confirmed;
        self.timers.clear(&Timer::RepeatProvisional(leg));
        self.send_answer(now, leg, &key, &request, description, InviteKind::First);
    }

    /// 180 Ringing, or 183 with audio when `early` is given and SDP may be sent already.
    pub fn ring(&mut self, now: Timestamp, leg: LegId, early: Option<LocalMedia>) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        let peer = l.peer_ip();
        let State::Incoming(incoming) = &mut l.state else {
            return;
        };
        if incoming.reliable.is_some() {
            return; // One unacknowledged reliable response at a time (RFC 3262 §3).
        }
        let offers = wire::sdp(&incoming.request.headers, incoming.request.body()).is_some();
        let may_be_reliable = sipx_sip::rel::Offered::in_request(&incoming.request).supported
            || sipx_sip::rel::Offered::in_request(&incoming.request).required;
        let early = early.filter(|_| incoming.early == Early::Nothing && (offers || may_be_reliable));
        let Some(media) = early else {
            self.send_provisional(now, leg, 180, None);
            return;
        };
        let (key, request) = (incoming.key.clone(), incoming.request.clone());
        match describe(&request, &media, peer) {
            Err(status) => self.refuse_offer(now, leg, &key, &request, status),
            Ok(description) => {
                incoming.early = if offers { Early::Answered } else { Early::Offered };
                l.media.local = Some(media);
                l.media.sent = description.sdp.clone().unwrap_or_default();
                self.send_provisional(now, leg, 183, description.sdp.as_deref());
                if let Some(spec) = description.spec {
                    self.agreed(leg, spec);
                }
            }
        }
    }

    fn refuse_offer(&mut self, now: Timestamp, leg: LegId, key: &Key, request: &Request, status: u16) {
        let tag = self.legs.get(&leg).map(|l| l.dialog.local_tag.clone()).unwrap_or_default();
        self.reply_status(now, key, request, status, &tag);
        self.emit(leg, SipEvent::HungUp { leg, cause: HangupCause::Error });
        self.remove_leg(leg);
    }

    /// 200 to an INVITE, first or again: repeated until the ACK comes.
    pub(super) fn send_answer(
        &mut self,
        now: Timestamp,
        leg: LegId,
        key: &Key,
        request: &Request,
        description: Description,
        invite: InviteKind,
    ) {
        let session = self.accept_session(now, leg, request);
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        let Some(mut response) = dialog_response(l, request, 200) else {
            return;
        };
        for (name, value) in session {
            wire::push(&mut response.headers, name, value);
        }
        if let Some(sdp) = &description.sdp {
            l.media.sent.clone_from(sdp);
        }
        wire::close(&mut response, description.sdp.as_deref().map(|s| ("application/sdp", s)));
        wire::name_server(&mut response, &self.config.user_agent); // Repetitions equal the first, octet by octet.
        let cseq = wire::cseq(&request.headers);
        let Some(server) = self.servers.get(key) else {
            return;
        };
        l.unacked.push(Unacked {
            cseq,
            bytes: Message::Response(response.clone()).to_bytes().to_vec(),
            destination: server.reply.clone(),
            interval: T1,
            until: now + GIVE_UP,
            offered: description.offered,
            invite,
        });
        self.timers.set(now + T1, Timer::RepeatAnswer(leg, cseq));
        self.reply(now, key, response);
        if let Some(spec) = description.spec {
            self.agreed(leg, spec);
        }
    }

    /// The ACK to a 2xx: with the answer, when the offer was ours. Strays are ignored.
    pub(super) fn handle_ack(&mut self, now: Timestamp, ack: &Request) {
        let Some(id) = self.leg_of(ack) else { return };
        let cseq = wire::cseq(&ack.headers);
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let peer = leg.peer_ip();
        let Some(at) = leg.unacked.iter().position(|u| u.cseq == cseq) else {
            return;
        };
        let unacked = leg.unacked.remove(at);
        self.timers.clear(&Timer::RepeatAnswer(id, cseq));
        let bye_waits = matches!(leg.state, State::ByeAfterAck);
        self.ladder(id, format!("-> ACK {cseq}"));
        if bye_waits {
            self.send_bye(now, id, HangupCause::Normal);
            return;
        }
        if let Some(local) = unacked.offered {
            let answer =
                wire::sdp(&ack.headers, ack.body()).and_then(|answer| sdp::accept_answer(answer, &local, peer).ok());
            match answer {
                Some(spec) => self.agreed(id, spec),
                None if unacked.invite == InviteKind::First => {
                    self.emit(id, SipEvent::HungUp { leg: id, cause: HangupCause::Error });
                    self.send_bye(now, id, HangupCause::Error);
                    return;
                }
                None => {}
            }
        }
        if unacked.invite == InviteKind::First {
            self.emit(id, SipEvent::Answered { leg: id });
        }
        self.send_pending_offer(now, id);
    }

    /// Offer and answer are complete.
    pub(super) fn agreed(&mut self, id: LegId, spec: MediaSpec) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if leg.media.spec.as_ref() == Some(&spec) {
            return; // A refresh that changes nothing.
        }
        let changed = leg.media.agree(&spec);
        self.emit(id, SipEvent::MediaAgreed { leg: id, spec: Box::new(spec) });
        match changed {
            Some(Hold::Held) => self.emit(id, SipEvent::Held { leg: id }),
            Some(Hold::Talking) => self.emit(id, SipEvent::Resumed { leg: id }),
            None => {}
        }
    }
}

/// Answers the request's offer, or makes ours when it has none.
fn describe(request: &Request, media: &LocalMedia, peer: IpAddr) -> Result<Description, u16> {
    match wire::sdp(&request.headers, request.body()) {
        Some(offer) => {
            let answered = sdp::answer(offer, media, peer).map_err(|e| e.status())?;
            Ok(Description { sdp: Some(answered.sdp), spec: Some(answered.spec), offered: None })
        }
        None => Ok(Description { sdp: Some(sdp::offer(media)), spec: None, offered: Some(media.clone()) }),
    }
}

/// A response that makes or keeps a dialog: our tag, Contact, their recorded route.
pub(super) fn dialog_response(leg: &Leg, request: &Request, status: u16) -> Option<Response> {
    let mut response = wire::response(request, status, &leg.dialog.local_tag)?;
    for route in request.headers.get_all(&HeaderName::RecordRoute) {
        response.headers.push(route.clone());
    }
    wire::push(&mut response.headers, HeaderName::Contact, leg.dialog.contact.clone());
    wire::push(&mut response.headers, HeaderName::Allow, wire::ALLOW);
    wire::push(&mut response.headers, HeaderName::Supported, wire::SUPPORTED);
    Some(response)
}
