//! Responses to our requests.

use model::{HangupCause, LegFailure, LegId, Timestamp};
use sipx_sip::rel::Sequence;
use sipx_sip::{HeaderName, Method, Request, Response};

use super::Endpoint;
use super::early::Fresh;
use super::hangup::failure;
use super::send::Purpose;
use crate::config::Redirects;
use crate::dialog::{self, Dialog};
use crate::event::SipEvent;
use crate::leg::{Cancel, Fork, Heard, Interest, Key, RefreshBy, State};
use crate::sdp;
use crate::timer::Timer;
use crate::transmit::Destination;
use crate::wire;

/// Early dialogs of one INVITE that are told apart.
const FORKS_MAX: usize = 16;
/// Challenges of one request that are answered.
pub(super) const CHALLENGES_MAX: u8 = 2;

impl Endpoint {
    pub(super) fn handle_response(&mut self, now: Timestamp, key: &Key, response: &Response) {
        let Some(purpose) = self.clients.get(key).map(|c| c.purpose.clone()) else {
            return;
        };
        let status = response.status.code();
        if let Purpose::Invite(leg)
        | Purpose::Reinvite(leg)
        | Purpose::Update(leg)
        | Purpose::Bye(leg)
        | Purpose::Notify(leg) = &purpose
        {
            let method = wire::cseq_method(&response.headers).map(|m| m.to_string()).unwrap_or_default();
            self.ladder(*leg, format!("-> {status} {method}"));
        }
        match purpose {
            Purpose::Invite(leg) => self.invite_response(now, leg, key, response),
            Purpose::Reinvite(leg) => self.reinvite_response(now, leg, key, response),
            Purpose::Update(leg) => self.update_response(now, leg, key, response),
            Purpose::Bye(_) if status < 200 => {}
            Purpose::Bye(leg) => {
                if !self.retry_authorized(now, leg, key, response, Purpose::Bye(leg)) {
                    self.remove_leg(leg);
                }
            }
            // RFC 6665 §4.2.2: whoever refuses a NOTIFY does not subscribe any more.
            Purpose::Lamp(tag) if status >= 300 => self.forget_subscription(&tag),
            Purpose::Notify(_) | Purpose::Lamp(_) | Purpose::Fire => {}
            Purpose::Trunk(trunk) => self.trunk_response(now, &trunk, key, response),
        }
    }

    /// A transaction ended without a final response. Server transactions need nothing.
    pub(super) fn no_response(&mut self, now: Timestamp, key: &Key) {
        let Some(purpose) = self.clients.get(key).map(|c| c.purpose.clone()) else {
            return;
        };
        match purpose {
            Purpose::Invite(leg) if self.legs.get(&leg).is_some_and(|l| matches!(l.state, State::Calling(_))) => {
                self.fail_call(leg, LegFailure::Unreachable, 408);
            }
            Purpose::Reinvite(leg) | Purpose::Update(leg) => self.vanish(now, leg),
            Purpose::Bye(leg) => self.remove_leg(leg),
            Purpose::Trunk(trunk) => self.trunk_silent(now, &trunk, key),
            Purpose::Lamp(tag) => self.forget_subscription(&tag),
            Purpose::Invite(_) | Purpose::Notify(_) | Purpose::Fire => {}
        }
    }

    fn invite_response(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response) {
        let status = response.status.code();
        let calling = self.legs.get(&id).is_some_and(|l| matches!(l.state, State::Calling(_)));
        match (calling, status) {
            (true, 100..=199) => self.provisional(now, id, response),
            (true, 200..=299) => self.accepted(now, id, key, response),
            (true, _) => self.refused(now, id, key, response),
            (false, 200..=299) => self.further_accept(now, id, key, response),
            (false, _) => {}
        }
    }

    fn provisional(&mut self, now: Timestamp, id: LegId, response: &Response) {
        self.timers.clear(&Timer::NoResponse(id));
        let tag = wire::tag(&response.headers, &HeaderName::To);
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let peer = leg.peer_ip();
        let State::Calling(calling) = &mut leg.state else {
            return;
        };
        calling.heard = Heard::Provisional;
        if !tag.is_empty() && (calling.forks.contains_key(&tag) || calling.forks.len() < FORKS_MAX) {
            let dialog = leg.dialog.clone();
            calling.forks.entry(tag.clone()).or_insert_with(|| {
                let mut dialog = dialog;
                dialog.adopt_response(response);
                Fork { dialog, sequence: Sequence::default() }
            });
        }
        self.cancel_if_wanted(now, id);
        if response.status.code() < 180 || self.acknowledge_provisional(now, id, response) == Fresh::No {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let heard = match (&leg.media.local, wire::sdp(&response.headers, response.body())) {
            (Some(local), Some(answer)) => sdp::accept_answer(answer, local, peer).ok(),
            _ => None,
        };
        let early_media = heard.is_some();
        if let Some(spec) = heard {
            self.agreed(id, spec);
        }
        self.emit(id, SipEvent::Ringing { leg: id, early_media });
    }

    /// 2xx: ACK at once; then it is a call, unless it was withdrawn meanwhile.
    fn accepted(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response) {
        self.timers.clear(&Timer::NoResponse(id));
        self.timers.clear(&Timer::Cancelled(id));
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let peer = leg.peer_ip();
        let State::Calling(calling) = &leg.state else {
            return;
        };
        let withdrawn = calling.cancel != Cancel::No;
        let request = calling.request.clone();
        leg.dialog.adopt_response(response);
        leg.state = State::Confirmed;
        leg.challenges = 0;
        if wire::lists(&response.headers, &HeaderName::Allow, "UPDATE") {
            leg.refresh_by = RefreshBy::Update;
        }
        let spec = match (&leg.media.local, wire::sdp(&response.headers, response.body())) {
            (Some(local), Some(answer)) => sdp::accept_answer(answer, local, peer).ok(),
            (_, None) => leg.media.spec.clone(),
            (None, _) => None,
        };
        self.acknowledge(id, &request);
        let _ = key;
        match spec {
            _ if withdrawn => self.send_bye(now, id, HangupCause::Cancelled),
            None => {
                self.emit(id, SipEvent::Failed { leg: id, reason: LegFailure::Failed, status: 488 });
                self.send_bye(now, id, HangupCause::Error);
            }
            Some(spec) => {
                self.adopt_session(now, id, response);
                self.agreed(id, spec);
                self.emit(id, SipEvent::Answered { leg: id });
            }
        }
    }

    /// Sends the ACK to a 2xx of `invite` and keeps it for repetitions (RFC 3261 §13.2.2.4).
    pub(super) fn acknowledge(&mut self, id: LegId, invite: &Request) {
        let udp_from = self.udp_from();
        let cseq = wire::cseq(&invite.headers);
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        let destination = leg.dialog.next_hop(udp_from);
        let Some(ack) = acknowledgement(&leg.dialog, invite) else {
            return;
        };
        let sent = self.send_ack(ack, &destination);
        self.ladder(id, format!("<- ACK {cseq}"));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.ack = Some((cseq, sent.0, sent.1));
        }
    }

    /// A 2xx when there is one already: repeated, or of another fork, which gets ACK and BYE.
    fn further_accept(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response) {
        let cseq = wire::cseq(&response.headers);
        let tag = wire::tag(&response.headers, &HeaderName::To);
        let Some(request) = self.layer.client_request(key).cloned() else {
            return;
        };
        let Some(flow) = self.clients.get(key).map(|c| c.destination.clone()) else {
            return;
        };
        if let Some(leg) = self.legs.get(&id)
            && leg.dialog.remote_tag == tag
        {
            if let Some((acked, bytes, destination)) = leg.ack.clone()
                && acked == cseq
            {
                self.transmit(destination, bytes);
            }
            return;
        }
        self.hang_up_fork(now, &request, response, flow);
    }

    fn hang_up_fork(&mut self, now: Timestamp, invite: &Request, response: &Response, flow: Destination) {
        let udp_from = self.udp_from();
        let mut dialog = Dialog {
            call_id: wire::text(&invite.headers, &HeaderName::CallId).unwrap_or_default(),
            local_tag: wire::tag(&invite.headers, &HeaderName::From),
            remote_tag: String::new(),
            local: wire::text(&invite.headers, &HeaderName::From).unwrap_or_default(),
            remote: String::new(),
            target: invite.uri.to_string(),
            routes: Vec::new(),
            local_cseq: wire::cseq(&invite.headers),
            remote_cseq: 0,
            flow,
            flow_address: None,
            contact: String::new(),
        };
        dialog.adopt_response(response);
        let destination = dialog.next_hop(udp_from);
        if let Some(ack) = acknowledgement(&dialog, invite) {
            self.send_ack(ack, &destination);
        }
        let cseq = dialog.next_cseq();
        if let Some(mut bye) = dialog.request(Method::Bye, cseq) {
            wire::set_body(&mut bye.headers, None);
            self.send_request(now, bye, &destination, Purpose::Fire);
        }
    }

    fn refused(&mut self, now: Timestamp, id: LegId, key: &Key, response: &Response) {
        self.timers.clear(&Timer::NoResponse(id));
        self.timers.clear(&Timer::Cancelled(id));
        let status = response.status.code();
        let wanted = self.legs.get(&id).is_some_and(|l| l.interest == Interest::Live);
        let tried_again = wanted
            && match status {
                401 | 407 => self.retry_authorized(now, id, key, response, Purpose::Invite(id)),
                422 => self.retry_with_longer_session(now, id, response),
                300..=399 if self.config.redirects == Redirects::Follow => self.retry_redirected(now, id, response),
                _ => false,
            };
        if !tried_again {
            self.fail_call(id, failure(response), status);
        }
    }

    /// Answers a challenge with the account of the leg's trunk and of nobody else; at most twice.
    pub(super) fn retry_authorized(
        &mut self,
        now: Timestamp,
        id: LegId,
        key: &Key,
        response: &Response,
        purpose: Purpose,
    ) -> bool {
        let (challenge, answer) = match response.status.code() {
            401 => (HeaderName::WwwAuthenticate, HeaderName::Authorization),
            407 => (HeaderName::ProxyAuthenticate, HeaderName::ProxyAuthorization),
            _ => return false,
        };
        let Some(mut request) = self.layer.client_request(key).cloned() else {
            return false;
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return false;
        };
        let Some(trunk) = leg.trunk.as_ref().and_then(|t| self.trunks.get_mut(t)) else {
            return false;
        };
        if leg.challenges >= CHALLENGES_MAX {
            return false;
        }
        let challenges = wire::values(&response.headers, &challenge);
        let challenges: Vec<&str> = challenges.iter().map(String::as_str).collect();
        let Some(authorization) = trunk.authorize(&challenges, &request.method.to_string(), &request.uri.to_string())
        else {
            return false;
        };
        leg.challenges += 1;
        let cseq = leg.dialog.next_cseq();
        request.headers.remove_all(&answer);
        wire::push(&mut request.headers, answer, authorization.value);
        set_cseq(&mut request, cseq);
        self.send_again(now, id, request, purpose);
        true
    }

    fn send_again(&mut self, now: Timestamp, id: LegId, request: Request, purpose: Purpose) {
        match purpose {
            Purpose::Invite(_) => self.send_invite(now, id, request),
            purpose => {
                let udp_from = self.udp_from();
                let Some(leg) = self.legs.get(&id) else {
                    return;
                };
                let destination = leg.dialog.next_hop(udp_from);
                self.send_request(now, request, &destination, purpose);
            }
        }
    }

    fn retry_with_longer_session(&mut self, now: Timestamp, id: LegId, response: &Response) -> bool {
        let Some(min) = wire::number(&response.headers, &HeaderName::MinSe) else {
            return false;
        };
        let headers = self.session_request(Some(min));
        let Some(leg) = self.legs.get_mut(&id) else {
            return false;
        };
        let State::Calling(calling) = &mut leg.state else {
            return false;
        };
        if calling.session_asks > 0 {
            return false;
        }
        calling.session_asks += 1;
        let mut invite = calling.request.clone();
        for (name, value) in headers {
            invite.headers.remove_all(&name);
            wire::push(&mut invite.headers, name, value);
        }
        let cseq = leg.dialog.next_cseq();
        set_cseq(&mut invite, cseq);
        self.send_invite(now, id, invite);
        true
    }

    fn retry_redirected(&mut self, now: Timestamp, id: LegId, response: &Response) -> bool {
        let udp_from = self.udp_from();
        let Some(contact) = wire::contact_uri(&response.headers) else {
            return false;
        };
        let Some(destination) = dialog::destination(&contact, udp_from) else {
            return false;
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return false;
        };
        let State::Calling(calling) = &mut leg.state else {
            return false;
        };
        let Ok(uri) = sipx_sip::Uri::parse(contact.into_bytes().into()) else {
            return false;
        };
        let mut invite = calling.request.clone();
        if calling.redirected > 0 || invite.set_uri(uri).is_err() {
            return false;
        }
        calling.redirected += 1;
        calling.destination = destination;
        calling.heard = Heard::Nothing;
        let cseq = leg.dialog.next_cseq();
        // The trunk's password is not for whoever it points to.
        leg.challenges = CHALLENGES_MAX;
        invite.headers.remove_all(&HeaderName::Authorization);
        invite.headers.remove_all(&HeaderName::ProxyAuthorization);
        set_cseq(&mut invite, cseq);
        self.send_invite(now, id, invite);
        true
    }
}

/// The ACK to a 2xx, credentials as in its INVITE (RFC 3261 §13.2.2.4).
fn acknowledgement(dialog: &Dialog, invite: &Request) -> Option<Request> {
    let mut ack = dialog.request(Method::Ack, wire::cseq(&invite.headers))?;
    for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
        for header in invite.headers.get_all(&name) {
            ack.headers.push(header.clone());
        }
    }
    wire::set_body(&mut ack.headers, None);
    Some(ack)
}

pub(super) fn set_cseq(request: &mut Request, cseq: u32) {
    let value = format!("{cseq} {}", request.method);
    request.headers.remove_all(&HeaderName::CSeq);
    wire::push(&mut request.headers, HeaderName::CSeq, value);
}
