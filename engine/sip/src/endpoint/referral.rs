//! REFER and NOTIFY (RFC 3515): a phone asks us to transfer.

use model::{LegId, Timestamp};
use sipx_sip::{HeaderName, Method, Request};

use super::Endpoint;
use super::invite::Replaces;
use super::send::Purpose;
use crate::event::SipEvent;
use crate::leg::{Key, Referral, State};
use crate::wire;

impl Endpoint {
    /// 202 and a first NOTIFY; the outcome follows by [`Endpoint::transfer_done`].
    pub(super) fn handle_refer(&mut self, now: Timestamp, id: LegId, key: &Key, request: &Request) {
        let target = wire::address(&request.headers, &HeaderName::ReferTo);
        let single = request.headers.count(&HeaderName::ReferTo) == 1;
        let Some(target) = target.filter(|_| single) else {
            self.reply_status(now, key, request, 400, "");
            return;
        };
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let confirmed = matches!(leg.state, State::Confirmed);
        if !confirmed || leg.referral == Referral::Pending {
            self.reply_status(now, key, request, 491, "");
            return;
        }
        let wanted = target.uri.headers().and_then(|h| h.value("Replaces")).map(unescape);
        let replaces = wanted.as_deref().and_then(Replaces::parse);
        let found = replaces.as_ref().and_then(|r| self.find_replaced(r));
        if wanted.is_some() && found.is_none() {
            self.reply_status(now, key, request, 481, ""); // The call to be taken over is not one of ours.
            return;
        }
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.referral = Referral::Pending;
        let contact = leg.dialog.contact.clone();
        if let Some(mut response) = wire::response(request, 202, "") {
            wire::push(&mut response.headers, HeaderName::Contact, contact);
            wire::close(&mut response, None);
            self.reply(now, key, response);
        }
        self.send_notify(now, id, 100);
        let user = wire::user(&target.uri);
        let number = !user.is_empty() && user.chars().all(|c| c.is_ascii_digit() || "*#+".contains(c));
        let to = if number { user } else { plain_uri(&target.uri) };
        self.emit(id, SipEvent::TransferRequested { leg: id, to, replaces: found });
    }

    /// Tells the phone what became of its REFER: the last NOTIFY.
    pub fn transfer_done(&mut self, now: Timestamp, leg: LegId, status: u16) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        if std::mem::replace(&mut l.referral, Referral::None) == Referral::Pending {
            self.send_notify(now, leg, status.clamp(200, 699));
        }
    }

    fn send_notify(&mut self, now: Timestamp, id: LegId, status: u16) {
        let udp_from = self.udp_from();
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if !matches!(leg.state, State::Confirmed) {
            return;
        }
        let cseq = leg.dialog.next_cseq();
        let Some(mut notify) = leg.dialog.request(Method::Notify, cseq) else {
            return;
        };
        let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
        wire::push(&mut notify.headers, HeaderName::Event, "refer");
        wire::push(&mut notify.headers, HeaderName::SubscriptionState, state);
        wire::push(&mut notify.headers, HeaderName::Contact, leg.dialog.contact.clone());
        let fragment = format!("SIP/2.0 {status} {}\r\n", wire::reason_phrase(status));
        let body = wire::set_body(&mut notify.headers, Some(("message/sipfrag;version=2.0", &fragment)));
        notify.set_body(body.into());
        let destination = leg.dialog.next_hop(udp_from);
        self.send_request(now, notify, &destination, Purpose::Notify(id));
    }

    pub(super) fn handle_notify(&mut self, now: Timestamp, key: &Key, request: &Request) {
        let event = wire::text(&request.headers, &HeaderName::Event).unwrap_or_default();
        let known = event.split(';').next().is_some_and(|e| e.trim().eq_ignore_ascii_case("refer"));
        self.reply_status(now, key, request, if known { 200 } else { 489 }, "");
    }
}

/// A URI without the header fields that `?` appends: they must not steer our call.
fn plain_uri(uri: &sipx_sip::Uri) -> String {
    wire::one_line(uri.to_string().split('?').next().unwrap_or_default())
}

fn unescape(value: &[u8]) -> String {
    let (mut out, mut at) = (Vec::with_capacity(value.len()), 0);
    while let Some(byte) = value.get(at) {
        let hex = value.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match (byte, hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
