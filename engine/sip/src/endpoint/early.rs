//! Provisional responses, reliable ones (RFC 3262) in both directions.

use model::{HangupCause, LegId, Timestamp};
use sipx_sip::rel::{Offered, RAck, RSeq, Received, Reliability, reliability};
use sipx_sip::{HeaderName, Message, Method, Request, Response};

use super::Endpoint;
use super::answer::dialog_response;
use super::send::Purpose;
use crate::event::SipEvent;
use crate::leg::{Early, Key, Reliable, State};
use crate::sdp;
use crate::timer::{GIVE_UP, T1, Timer};
use crate::wire;

impl Endpoint {
    pub(super) fn send_provisional(&mut self, now: Timestamp, id: LegId, status: u16, sdp: Option<&str>) {
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        let State::Incoming(incoming) = &leg.state else {
            return;
        };
        let wanted = match reliability(Offered::in_request(&incoming.request), true) {
            Reliability::Required => true,
            Reliability::Permitted => sdp.is_some(),
            Reliability::Forbidden | Reliability::Refuse => false,
        };
        let Some(mut response) = dialog_response(leg, &incoming.request, status) else {
            return;
        };
        let key = incoming.key.clone();
        let rseq = match self.legs.get_mut(&id).map(|l| &mut l.state) {
            Some(State::Incoming(incoming)) if wanted => incoming.numbering.allocate(),
            _ => None,
        };
        if let Some(rseq) = rseq {
            wire::push(&mut response.headers, HeaderName::Require, "100rel");
            wire::push(&mut response.headers, HeaderName::RSeq, rseq.to_string());
        }
        wire::close(&mut response, sdp.map(|s| ("application/sdp", s)));
        wire::name_server(&mut response, &self.config.user_agent);
        if rseq.is_some()
            && let Some(State::Incoming(incoming)) = self.legs.get_mut(&id).map(|l| &mut l.state)
        {
            incoming.reliable = Some(Reliable { response: response.clone(), interval: T1, until: now + GIVE_UP });
            self.timers.set(now + T1, Timer::RepeatProvisional(id));
        }
        self.reply(now, &key, response);
    }

    /// Repeats a reliable response, doubling from T1; after 64·T1 the call is refused (RFC 3262 §3).
    pub(super) fn repeat_provisional(&mut self, now: Timestamp, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let tag = leg.dialog.local_tag.clone();
        let State::Incoming(incoming) = &mut leg.state else {
            return;
        };
        let key = incoming.key.clone();
        let Some(reliable) = &mut incoming.reliable else {
            return;
        };
        if now >= reliable.until {
            let request = incoming.request.clone();
            self.reply_status(now, &key, &request, 504, &tag);
            self.emit(id, SipEvent::HungUp { leg: id, cause: HangupCause::Vanished });
            self.remove_leg(id);
            return;
        }
        reliable.interval *= 2;
        let next = (now + reliable.interval).min(reliable.until);
        let bytes = Message::Response(reliable.response.clone()).to_bytes().to_vec();
        self.timers.set(next, Timer::RepeatProvisional(id));
        if let Some(reply) = self.servers.get(&key).map(|s| s.reply.clone()) {
            self.transmit(reply, bytes);
        }
    }

    /// PRACK to a response of ours: 200 when it fits, 481 when it does not.
    pub(super) fn handle_prack(&mut self, now: Timestamp, id: LegId, key: &Key, request: &Request) {
        let rack = request.headers.typed::<RAck>().and_then(Result::ok);
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let peer = leg.peer_ip();
        let fits = match (&mut leg.state, rack) {
            (State::Incoming(incoming), Some(rack)) => {
                let cseq = wire::cseq(&incoming.request.headers);
                incoming.numbering.acknowledge(&rack, cseq, b"INVITE")
            }
            _ => false,
        };
        if !fits {
            self.reply_status(now, key, request, 481, "");
            return;
        }
        self.timers.clear(&Timer::RepeatProvisional(id));
        let mut agreed = None;
        let mut deferred = None;
        if let State::Incoming(incoming) = &mut leg.state {
            incoming.reliable = None;
            deferred = incoming.deferred.take();
            incoming.early = match (incoming.early, &leg.media.local, wire::sdp(&request.headers, request.body())) {
                (Early::Offered, Some(local), Some(answer)) => {
                    agreed = sdp::accept_answer(answer, local, peer).ok();
                    Early::Agreed
                }
                // Our answer arrived for certain: the 200 need not repeat it.
                (Early::Answered, ..) => Early::Agreed,
                (early, ..) => early,
            };
        }
        self.reply_status(now, key, request, 200, "");
        if let Some(spec) = agreed {
            self.agreed(id, spec);
        }
        if let Some(media) = deferred {
            self.answer(now, id, media);
        }
    }

    /// Acknowledges a reliable response of theirs; repetitions and gaps are to be ignored.
    pub(super) fn acknowledge_provisional(&mut self, now: Timestamp, id: LegId, response: &Response) -> Fresh {
        let rseq = response.headers.typed::<RSeq>().and_then(Result::ok);
        let Some(rseq) = rseq.filter(|_| wire::lists(&response.headers, &HeaderName::Require, "100rel")) else {
            return Fresh::Yes;
        };
        let tag = wire::tag(&response.headers, &HeaderName::To);
        let udp_from = self.udp_from();
        let Some(leg) = self.legs.get_mut(&id) else {
            return Fresh::No;
        };
        let cseq = leg.dialog.next_cseq();
        let State::Calling(calling) = &mut leg.state else {
            return Fresh::No;
        };
        let Some(fork) = calling.forks.get_mut(&tag) else {
            return Fresh::No;
        };
        if fork.sequence.accept(rseq.0) != Received::Acknowledge {
            return Fresh::No;
        }
        let Some(mut prack) = fork.dialog.request(Method::Prack, cseq) else {
            return Fresh::Yes;
        };
        let destination = fork.dialog.next_hop(udp_from);
        let rack = format!("{} {} INVITE", rseq.0, wire::cseq(&response.headers));
        wire::push(&mut prack.headers, HeaderName::RAck, rack);
        wire::set_body(&mut prack.headers, None);
        self.send_request(now, prack, &destination, Purpose::Fire);
        Fresh::Yes
    }
}

/// Is a provisional response news?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fresh {
    Yes,
    No,
}
