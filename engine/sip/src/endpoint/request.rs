//! Requests that passed the gate: which dialog, which method.

use model::{HangupCause, LegId, Timestamp};
use sipx_sip::{HeaderName, Method, Request};

use super::Endpoint;
use super::gate::Refusal;
use super::receive::Arrival;
use super::send::Server;
use crate::command::Admittance;
use crate::event::SipEvent;
use crate::leg::{Key, State};
use crate::wire;

impl Endpoint {
    pub(super) fn dispatch(&mut self, now: Timestamp, key: &Key, arrival: &Arrival, in_dialog: bool) {
        match arrival.request.method {
            Method::Cancel => self.handle_cancel(now, key, arrival),
            Method::Subscribe if in_dialog => self.handle_resubscribe(now, key, arrival),
            _ if in_dialog => self.handle_in_dialog(now, key, arrival),
            Method::Invite => self.handle_invite(now, key, arrival),
            Method::Register => self.handle_register(now, key, arrival),
            Method::Subscribe => self.handle_subscribe(now, key, arrival),
            Method::Options => self.handle_options(arrival),
            // Dialogs begin with INVITE alone: a REFER from outside could make us call anybody.
            Method::Refer => self.refuse(arrival, Refusal::new(403)),
            _ => self.refuse(arrival, Refusal::new(481)),
        }
    }

    /// Load balancers ask by OPTIONS whether we take calls.
    fn handle_options(&mut self, arrival: &Arrival) {
        if self.admittance != Admittance::Open {
            let busy = self.busy();
            self.refuse(arrival, busy);
            return;
        }
        let answer = Refusal::new(200).with(HeaderName::Allow, wire::ALLOW).with(HeaderName::Accept, "application/sdp");
        self.refuse(arrival, answer.with(HeaderName::Supported, wire::SUPPORTED));
    }

    /// The leg that a request belongs to: our tag, their tag and the Call-ID must all fit.
    pub(super) fn leg_of(&self, request: &Request) -> Option<LegId> {
        let id = *self.tags.get(&wire::tag(&request.headers, &HeaderName::To))?;
        let leg = self.legs.get(&id)?;
        let theirs = wire::tag(&request.headers, &HeaderName::From);
        let known = leg.dialog.remote_tag == theirs
            || matches!(&leg.state, State::Calling(calling) if calling.forks.contains_key(&theirs));
        let call_id = request.headers.value(&HeaderName::CallId)?;
        (known && *call_id == *leg.dialog.call_id.as_bytes()).then_some(id)
    }

    fn handle_in_dialog(&mut self, now: Timestamp, key: &Key, arrival: &Arrival) {
        let Some(id) = self.leg_of(&arrival.request) else {
            self.refuse(arrival, Refusal::new(481));
            return;
        };
        let cseq = wire::cseq(&arrival.request.headers);
        let server = Server { reply: arrival.reply.clone(), leg: Some(id), call: None };
        self.accept_transaction(now, key, arrival, server);
        self.ladder(id, format!("-> {} {cseq} from {}", arrival.request.method, arrival.from));
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if cseq <= leg.dialog.remote_cseq {
            self.reply_status(now, key, &arrival.request, 500, ""); // RFC 3261 §12.2.2; gaps upwards are normal.
            return;
        }
        leg.dialog.remote_cseq = cseq;
        leg.dialog.flow = arrival.flow.clone();
        leg.dialog.flow_address = Some(arrival.from);
        let request = &arrival.request;
        match request.method {
            Method::Invite => self.handle_reinvite(now, id, key, request),
            Method::Update => self.handle_update(now, id, key, request),
            Method::Bye => self.handle_bye(now, id, key, request),
            Method::Info => self.handle_info(now, id, key, request),
            Method::Prack => self.handle_prack(now, id, key, request),
            Method::Refer => self.handle_refer(now, id, key, request),
            Method::Notify => self.handle_notify(now, key, request),
            _ => self.reply_status(now, key, request, 200, ""),
        }
    }

    /// Always 200: whatever is left of the call is over (RFC 3261 §15.1.2).
    fn handle_bye(&mut self, now: Timestamp, id: LegId, key: &Key, request: &Request) {
        self.reply_status(now, key, request, 200, "");
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        match &leg.state {
            State::Incoming(incoming) => {
                let (invite, first, tag) =
                    (incoming.key.clone(), incoming.request.clone(), leg.dialog.local_tag.clone());
                self.reply_status(now, &invite, &first, 487, &tag);
                self.emit(id, SipEvent::HungUp { leg: id, cause: HangupCause::Cancelled });
                self.remove_leg(id);
            }
            // Of one fork: the INVITE itself still gets its final response.
            State::Calling(_) => {}
            State::Confirmed | State::ByeAfterAck | State::Ending => {
                self.emit(id, SipEvent::HungUp { leg: id, cause: HangupCause::Normal });
                self.remove_leg(id);
            }
        }
    }

    /// Digits, the way that some gateways send them.
    fn handle_info(&mut self, now: Timestamp, id: LegId, key: &Key, request: &Request) {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let relay = wire::content_is(&request.headers, "application/dtmf-relay");
        let plain = wire::content_is(&request.headers, "application/dtmf");
        if !body.is_empty() && !relay && !plain {
            self.reply_status(now, key, request, 415, "");
            return;
        }
        self.reply_status(now, key, request, 200, "");
        let signal = if relay {
            body.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                name.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_owned())
            })
        } else {
            Some(body.trim().to_owned())
        };
        if let Some(digit) = signal.as_deref().and_then(digit) {
            self.emit(id, SipEvent::Digit { leg: id, digit });
        }
    }
}

/// `10` and `11` are the keys `*` and `#` of RFC 2833 event numbers.
fn digit(signal: &str) -> Option<char> {
    match signal {
        "10" => Some('*'),
        "11" => Some('#'),
        _ => {
            let mut chars = signal.chars();
            let digit = chars.next()?.to_ascii_uppercase();
            (chars.next().is_none() && matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D')).then_some(digit)
        }
    }
}
