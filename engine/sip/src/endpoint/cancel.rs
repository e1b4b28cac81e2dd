//! CANCEL, theirs and ours (RFC 3261 §9).

use std::sync::Arc;

use model::{HangupCause, LegId, Timestamp};
use sipx_sip::{HeaderName, Method, Request, TransactionKey};

use super::Endpoint;
use super::gate::Refusal;
use super::receive::Arrival;
use super::send::{Purpose, Server};
use crate::event::SipEvent;
use crate::leg::{Cancel, Heard, Key, State};
use crate::timer::{GIVE_UP, Timer};
use crate::wire;

impl Endpoint {
    pub(super) fn handle_cancel(&mut self, now: Timestamp, key: &Key, arrival: &Arrival) {
        let invite = TransactionKey::for_cancelled_invite(&arrival.request);
        let found = invite.and_then(|invite| self.servers.get_key_value(&invite).map(|(k, s)| (Arc::clone(k), s.leg)));
        let Some((invite, leg)) = found else {
            self.refuse(arrival, Refusal::new(481));
            return;
        };
        let server = Server { reply: arrival.reply.clone(), leg, call: None };
        self.accept_transaction(now, key, arrival, server);
        let tag = leg.and_then(|id| self.legs.get(&id)).map(|l| l.dialog.local_tag.clone()).unwrap_or_default();
        self.reply_status(now, key, &arrival.request, 200, &tag);
        let Some(id) = leg else { return };
        let first = match self.legs.get(&id).map(|l| &l.state) {
            Some(State::Incoming(incoming)) if incoming.key == invite => incoming.request.clone(),
            _ => return, // Too late: the final response is out, and stands.
        };
        self.ladder(id, "-> CANCEL".to_owned());
        self.reply_status(now, &invite, &first, 487, &tag);
        self.emit(id, SipEvent::HungUp { leg: id, cause: HangupCause::Cancelled });
        self.remove_leg(id);
    }

    /// Withdraws our INVITE: at once, or as soon as the other side has shown that it has it.
    pub(super) fn cancel_call(&mut self, now: Timestamp, id: LegId, reason: Option<&'static str>) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.release();
        let State::Calling(calling) = &mut leg.state else {
            return;
        };
        match (calling.heard, &calling.cancel) {
            (_, Cancel::Sent) => {}
            (Heard::Nothing, _) => calling.cancel = Cancel::Wanted(reason),
            (Heard::Provisional, _) => {
                calling.cancel = Cancel::Sent;
                let (cancel, destination) = (cancel_request(&calling.request, reason), calling.destination.clone());
                self.timers.set(now + GIVE_UP, Timer::Cancelled(id)); // RFC 3261 §9.1: wait 64·T1 for the 487.
                if let Some(cancel) = cancel {
                    self.ladder(id, "<- CANCEL".to_owned());
                    self.send_with_via(now, cancel, destination, Purpose::Fire);
                }
            }
        }
    }

    /// Called when a provisional response came to an INVITE that is not wanted any more.
    pub(super) fn cancel_if_wanted(&mut self, now: Timestamp, id: LegId) {
        let wanted = match self.legs.get(&id).map(|l| &l.state) {
            Some(State::Calling(calling)) => calling.cancel.clone(),
            _ => return,
        };
        if let Cancel::Wanted(reason) = wanted {
            self.cancel_call(now, id, reason);
        }
    }
}

fn cancel_request(invite: &Request, reason: Option<&'static str>) -> Option<Request> {
    let mut cancel = Request::new(Method::Cancel, invite.uri.clone());
    for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::Route] {
        for header in invite.headers.get_all(&name) {
            cancel.headers.push(header.clone());
        }
    }
    wire::push(&mut cancel.headers, HeaderName::MaxForwards, "70");
    wire::push(&mut cancel.headers, HeaderName::CSeq, format!("{} CANCEL", wire::cseq(&invite.headers)));
    if let Some(reason) = reason {
        wire::push(&mut cancel.headers, HeaderName::Reason, reason);
    }
    wire::set_body(&mut cancel.headers, None);
    Some(cancel)
}
