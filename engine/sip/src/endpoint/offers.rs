//! Offers inside a dialog: re-INVITE and UPDATE, theirs and ours, and what happens when they meet.

use std::time::Duration;

use model::{LegId, Timestamp};
use rand::Rng;
use sipx_sip::{HeaderName, Method, Request, Response};

use super::Endpoint;
use super::answer::{Description, dialog_response};
use super::send::Purpose;
use crate::leg::{Early, InviteKind, Key, Leg, OfferProgress, OurOffer, RefreshBy, Side, State};
use crate::sdp::{self, LocalMedia};
use crate::timer::Timer;
use crate::wire;

impl Endpoint {
    /// Offers new audio to the other side by re-INVITE: another address, hold, resume. The result is
    /// [`crate::SipEvent::MediaAgreed`]; when the other side refuses, everything stays as it was.
    pub fn update_media(&mut self, now: Timestamp, leg: LegId, media: LocalMedia) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        l.pending = Some(OurOffer { media: Some(media), progress: OfferProgress::Waiting });
        self.send_pending_offer(now, leg);
    }

    pub(super) fn handle_reinvite(&mut self, now: Timestamp, id: LegId, key: &Key, request: &Request) {
        if let Err(refusal) = self.session_gate(request) {
            self.reply_refusal(now, key, request, refusal);
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if let Some(status) = busy_with_offers(leg) {
            self.reply_retry(now, key, request, status);
            return;
        }
        leg.dialog.refresh_target(&request.headers);
        let peer = leg.peer_ip();
        let Some(local) = leg.media.local.clone() else {
            self.reply_retry(now, key, request, 500);
            return;
        };
        let description = match wire::sdp(&request.headers, request.body()) {
            Some(offer) => sdp::answer(offer, &local, peer).map(|answered| Description {
                sdp: Some(sdp::versioned(&answered.sdp, &leg.media.sent)),
                spec: Some(answered.spec),
                offered: None,
            }),
            None => {
                Ok(Description { sdp: Some(sdp::reoffer(&local, &leg.media.sent)), spec: None, offered: Some(local) })
            }
        };
        match description {
            Ok(description) => self.send_answer(now, id, key, request, description, InviteKind::Again),
            Err(error) => self.reply_status(now, key, request, error.status(), ""), // The call goes on as it was.
        }
    }

    pub(super) fn handle_update(&mut self, now: Timestamp, id: LegId, key: &Key, request: &Request) {
        if let Err(refusal) = self.session_gate(request) {
            self.reply_refusal(now, key, request, refusal);
            return;
        }
        let offer = wire::sdp(&request.headers, request.body());
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let early = matches!(&leg.state, State::Incoming(i) if i.early == Early::Agreed);
        if offer.is_some()
            && !early
            && let Some(status) = busy_with_offers(leg)
        {
            self.reply_retry(now, key, request, status);
            return;
        }
        leg.dialog.refresh_target(&request.headers);
        let peer = leg.peer_ip();
        let answered = match (offer, &leg.media.local) {
            (Some(offer), Some(local)) => match sdp::answer(offer, local, peer) {
                Ok(answered) => Some((sdp::versioned(&answered.sdp, &leg.media.sent), answered.spec)),
                Err(error) => {
                    self.reply_status(now, key, request, error.status(), "");
                    return;
                }
            },
            _ => None,
        };
        let session = self.accept_session(now, id, request);
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let Some(mut response) = dialog_response(leg, request, 200) else {
            return;
        };
        for (name, value) in session {
            wire::push(&mut response.headers, name, value);
        }
        wire::close(&mut response, answered.as_ref().map(|(sdp, _)| ("application/sdp", sdp.as_str())));
        if let Some((sdp, _)) = &answered {
            leg.media.sent.clone_from(sdp);
        }
        self.reply(now, key, response);
        if let Some((_, spec)) = answered {
            self.agreed(id, spec);
        }
    }

    /// 491 or 500, the latter with the Retry-After that RFC 3261 §14.2 wants.
    fn reply_retry(&mut self, now: Timestamp, key: &Key, request: &Request, status: u16) {
        let Some(mut response) = wire::response(request, status, "") else {
            return;
        };
        if status == 500 {
            let seconds: u8 = self.rng.random_range(1..=10);
            wire::push(&mut response.headers, HeaderName::RetryAfter, seconds.to_string());
        }
        wire::close(&mut response, None);
        self.reply(now, key, response);
    }

    /// Sends our waiting offer as soon as nothing stands in its way.
    pub(super) fn send_pending_offer(&mut self, now: Timestamp, id: LegId) {
        let udp_from = self.udp_from();
        let session = match self.legs.get(&id).and_then(|l| l.session) {
            Some(session) => self.session_refresh(session),
            None => self.session_request(None),
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let free = matches!(leg.state, State::Confirmed) && leg.unacked.is_empty();
        let Some(pending) = leg.pending.as_mut().filter(|p| free && p.progress == OfferProgress::Waiting) else {
            return;
        };
        pending.progress = OfferProgress::Sent;
        let by_update = pending.media.is_none() && leg.refresh_by == RefreshBy::Update;
        let body = match (&pending.media, &leg.media.local) {
            _ if by_update => None,
            (Some(media), _) | (None, Some(media)) => Some(sdp::reoffer(media, &leg.media.sent)),
            (None, None) => None,
        };
        let method = if by_update { Method::Update } else { Method::Invite };
        let purpose = if by_update { Purpose::Update(id) } else { Purpose::Reinvite(id) };
        let cseq = leg.dialog.next_cseq();
        let Some(mut request) = leg.dialog.request(method, cseq) else {
            return;
        };
        wire::push(&mut request.headers, HeaderName::Contact, leg.dialog.contact.clone());
        wire::push(&mut request.headers, HeaderName::Allow, wire::ALLOW);
        wire::push(&mut request.headers, HeaderName::Supported, wire::SUPPORTED);
        for (name, value) in session {
            wire::push(&mut request.headers, name, value);
        }
        let octets = wire::set_body(&mut request.headers, body.as_deref().map(|s| ("application/sdp", s)));
        request.set_body(octets.into());
        if let Some(body) = body {
            leg.media.sent = body;
        }
        let destination = leg.dialog.next_hop(udp_from);
        self.send_request(now, request, &destination, purpose);
    }

    pub(super) fn reinvite_response(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response) {
        let status = response.status.code();
        let Some(request) = self.layer.client_request(key).cloned() else {
            return;
        };
        match status {
            0..=199 => {}
            200..=299 => {
                let repeated =
                    self.legs.get(&id).and_then(|l| l.ack.clone()).filter(|a| a.0 == wire::cseq(&request.headers));
                if let Some((_, bytes, destination)) = repeated {
                    self.transmit(destination, bytes);
                    return;
                }
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.dialog.refresh_target(&response.headers);
                    self.acknowledge(id, &request);
                    self.offer_answered(now, id, response);
                }
            }
            _ => self.offer_refused(now, id, key, response, &Purpose::Reinvite(id)),
        }
    }

    pub(super) fn update_response(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response) {
        match response.status.code() {
            0..=199 => {}
            200..=299 => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.dialog.refresh_target(&response.headers);
                    self.offer_answered(now, id, response);
                }
            }
            405 | 501 => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.refresh_by = RefreshBy::Reinvite; // Allow promised too much.
                    leg.pending = Some(OurOffer { media: None, progress: OfferProgress::Waiting });
                }
                self.send_pending_offer(now, id);
            }
            _ => self.offer_refused(now, id, key, response, &Purpose::Update(id)),
        }
    }

    fn offer_answered(&mut self, now: Timestamp, id: LegId, response: &Response) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.challenges = 0;
        let peer = leg.peer_ip();
        let media = leg.pending.take().and_then(|p| p.media);
        if let Some(media) = media {
            leg.media.local = Some(media);
        }
        let spec = match (&leg.media.local, wire::sdp(&response.headers, response.body())) {
            (Some(local), Some(answer)) => sdp::accept_answer(answer, local, peer).ok(),
            _ => None,
        };
        self.adopt_session(now, id, response);
        if let Some(spec) = spec {
            self.agreed(id, spec);
        }
    }

    fn offer_refused(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response, purpose: &Purpose) {
        match response.status.code() {
            401 | 407 if self.retry_authorized(now, id, key, response, purpose.clone()) => {}
            491 => self.offer_again_later(now, id),
            408 | 481 => self.vanish(now, id), // RFC 3261 §12.2.1.2: the other side has lost the call.
            _ => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.pending = None;
                }
            }
        }
    }

    /// RFC 3261 §14.1: who made the Call-ID waits longer.
    fn offer_again_later(&mut self, now: Timestamp, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let Some(pending) = &mut leg.pending else {
            return;
        };
        pending.progress = OfferProgress::Waiting;
        let tens_of_ms = match leg.side {
            Side::Calling => self.rng.random_range(210..=400),
            Side::Called => self.rng.random_range(0..=200),
        };
        self.timers.set(now + Duration::from_millis(tens_of_ms * 10), Timer::OfferAgain(id));
    }
}

/// The status for an offer that meets another one (RFC 3261 §14.2, RFC 3311 §5.2).
fn busy_with_offers(leg: &Leg) -> Option<u16> {
    match leg.state {
        State::Incoming(_) => Some(500),
        State::Calling(_) => Some(491),
        State::ByeAfterAck | State::Ending => Some(481),
        State::Confirmed => {
            let ours_is_out = leg.pending.as_ref().is_some_and(|p| p.progress == OfferProgress::Sent);
            let answer_is_due = leg.unacked.iter().any(|u| u.offered.is_some());
            (ours_is_out || answer_is_due).then_some(491)
        }
    }
}
