//! SUBSCRIBE of phones that ask for their lamp (RFC 6665, RFC 3842): 200, a first NOTIFY, refresh, end.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{AgentId, Timestamp};
use sipx_sip::{HeaderName, Method, Request};

use super::Endpoint;
use super::gate::Refusal;
use super::receive::Arrival;
use super::send::{Purpose, Server};
use crate::dialog::Dialog;
use crate::leg::Key;
use crate::timer::Timer;
use crate::transmit::Destination;
use crate::wire;

/// RFC 3842 §3.4 leaves it to us; phones refresh before.
const EXPIRES_DEFAULT: u32 = 3600;
const EXPIRES_MAX: u32 = 3600;
/// Less would be more signalling than lamp.
const EXPIRES_MIN: u32 = 60;
/// Phones of one user; a phone that forgets its old ones must not fill the memory.
const PER_USER_MAX: usize = 8;

/// A phone that wants to know about messages; found by our tag.
#[derive(Debug)]
pub(super) struct Subscription {
    user: String,
    agent: AgentId,
    dialog: Dialog,
    until: Timestamp,
}

impl Endpoint {
    /// A first SUBSCRIBE: who asks proves it with his password, as with REGISTER.
    pub(super) fn handle_subscribe(&mut self, now: Timestamp, key: &Key, arrival: &Arrival) {
        let user = match self.authenticate(now, arrival) {
            Ok(user) => user,
            Err(refusal) => return self.refuse(arrival, refusal),
        };
        let Some(agent) = self.config.agents.get(&user).map(|account| account.agent.clone()) else {
            return self.refuse(arrival, Refusal::new(403));
        };
        if wire::contact_uri(&arrival.request.headers).is_none() {
            return self.refuse(arrival, Refusal::new(400));
        }
        let tag = self.token();
        let contact = self.contact(&user, &arrival.flow);
        let dialog = Dialog::incoming(&arrival.request, &tag, arrival.flow.clone(), arrival.from, contact);
        self.make_room(now, &user, &dialog);
        let subscription = Subscription { user, agent, dialog, until: now };
        self.subscriptions.insert(tag.clone(), subscription);
        self.subscribe(now, key, arrival, &tag);
    }

    /// A refresh, or the end when it lasts no longer.
    pub(super) fn handle_resubscribe(&mut self, now: Timestamp, key: &Key, arrival: &Arrival) {
        let request = &arrival.request;
        let tag = wire::tag(&request.headers, &HeaderName::To);
        let theirs = wire::tag(&request.headers, &HeaderName::From);
        let call_id = wire::text(&request.headers, &HeaderName::CallId).unwrap_or_default();
        let known = self.subscriptions.get(&tag);
        let known = known.filter(|one| one.dialog.remote_tag == theirs && one.dialog.call_id == call_id);
        let Some((user, last)) = known.map(|one| (one.user.clone(), one.dialog.remote_cseq)) else {
            return self.refuse(arrival, Refusal::new(481));
        };
        match self.authenticate(now, arrival) {
            Ok(proved) if proved == user => {}
            Ok(_) => return self.refuse(arrival, Refusal::new(403)),
            Err(refusal) => return self.refuse(arrival, refusal),
        }
        let cseq = wire::cseq(&request.headers);
        if cseq <= last {
            return self.refuse(arrival, Refusal::new(500)); // RFC 3261 §12.2.2
        }
        if let Some(one) = self.subscriptions.get_mut(&tag) {
            one.dialog.remote_cseq = cseq;
            one.dialog.flow = arrival.flow.clone();
            one.dialog.flow_address = Some(arrival.from);
            one.dialog.refresh_target(&request.headers);
        }
        self.subscribe(now, key, arrival, &tag);
    }

    /// 200 and a NOTIFY with everything (RFC 6665 §4.2.1.2).
    fn subscribe(&mut self, now: Timestamp, key: &Key, arrival: &Arrival, tag: &str) {
        let wanted = wire::number(&arrival.request.headers, &HeaderName::Expires).unwrap_or(EXPIRES_DEFAULT);
        let expires = if wanted == 0 { 0 } else { wanted.clamp(EXPIRES_MIN, EXPIRES_MAX) };
        let Some(one) = self.subscriptions.get_mut(tag) else { return };
        one.until = now + Duration::from_secs(u64::from(expires));
        let contact = one.dialog.contact.clone();
        let server = Server { reply: arrival.reply.clone(), leg: None, call: None };
        self.accept_transaction(now, key, arrival, server);
        if let Some(mut response) = wire::response(&arrival.request, 200, tag) {
            wire::push(&mut response.headers, HeaderName::Expires, expires.to_string());
            wire::push(&mut response.headers, HeaderName::Contact, contact);
            wire::close(&mut response, None);
            self.reply(now, key, response);
        }
        if expires == 0 {
            return self.end_subscription(now, tag);
        }
        self.timers.set(now + Duration::from_secs(u64::from(expires)), Timer::Subscription(tag.to_owned()));
        self.notify(now, tag, &format!("active;expires={expires}"));
    }

    /// The phone did not refresh, or does not want to know any more: one last NOTIFY.
    pub(super) fn end_subscription(&mut self, now: Timestamp, tag: &str) {
        self.notify(now, tag, "terminated;reason=timeout");
        self.forget_subscription(tag);
    }

    /// Nothing of it is left: the phone did not know it any more, or is gone.
    pub(super) fn forget_subscription(&mut self, tag: &str) {
        self.timers.clear(&Timer::Subscription(tag.to_owned()));
        self.subscriptions.remove(tag);
    }

    /// Tells every subscribed phone of an agent; gives where they are.
    pub(super) fn notify_subscribers(&mut self, now: Timestamp, agent: &AgentId) -> BTreeSet<Destination> {
        let of_agent = self.subscriptions.iter().filter(|(_, one)| one.agent == *agent);
        let tags: Vec<(String, u64)> =
            of_agent.map(|(tag, one)| (tag.clone(), one.until.since(now).as_secs())).collect();
        let mut reached = BTreeSet::new();
        for (tag, left) in tags {
            reached.extend(self.notify(now, &tag, &format!("active;expires={left}")));
        }
        reached
    }

    fn notify(&mut self, now: Timestamp, tag: &str, state: &str) -> Option<Destination> {
        let udp_from = self.udp_from();
        let one = self.subscriptions.get_mut(tag)?;
        let cseq = one.dialog.next_cseq();
        let mut notify: Request = one.dialog.request(Method::Notify, cseq)?;
        wire::push(&mut notify.headers, HeaderName::Contact, one.dialog.contact.clone());
        let (destination, user, agent) = (one.dialog.next_hop(udp_from), one.user.clone(), one.agent.clone());
        let lamp = self.lamps.get(&agent).copied().unwrap_or_default();
        self.fill_notify(&mut notify, &user, lamp, state);
        self.send_request(now, notify, &destination, Purpose::Lamp(tag.to_owned()));
        Some(destination)
    }

    /// A phone that subscribes anew from the same place has forgotten its old subscription.
    fn make_room(&mut self, now: Timestamp, user: &str, dialog: &Dialog) {
        let own = self.subscriptions.iter().filter(|(_, one)| one.user == user);
        let mut own: Vec<(Timestamp, String, bool)> =
            own.map(|(tag, one)| (one.until, tag.clone(), one.dialog.flow_address == dialog.flow_address)).collect();
        own.sort();
        let surplus = own.len().saturating_sub(PER_USER_MAX - 1);
        for (index, (_, tag, same_phone)) in own.into_iter().enumerate() {
            if same_phone {
                self.forget_subscription(&tag);
            } else if index < surplus {
                self.end_subscription(now, &tag);
            }
        }
    }
}
