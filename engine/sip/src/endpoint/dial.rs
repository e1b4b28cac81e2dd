//! Calling out: the INVITE, whom it names and where it goes.

use model::{AgentId, LegFailure, LegId, Timestamp, TrunkId};
use sipx_sip::{HeaderName, Method, Request, Uri};

use super::Endpoint;
use super::send::Purpose;
use crate::command::{Callee, CallerId, DialRequest};
use crate::config::Transport;
use crate::dialog::{self, Dialog};
use crate::event::SipEvent;
use crate::leg::{Calling, Cancel, Heard, Interest, Leg, Media, Referral, RefreshBy, Side, State};
use crate::sdp;
use crate::timer::Timer;
use crate::transmit::{ConnectionId, Destination};
use crate::trunk::CallDirection;
use crate::wire;

/// Where a call goes, once it is known.
pub(super) struct Target {
    pub(super) uri: String,
    pub(super) destination: Destination,
    trunk: Option<TrunkId>,
    /// Domain of From, and of P-Asserted-Identity.
    domain: Option<String>,
}

impl Endpoint {
    /// Places a call. `leg` is a number of the caller's choice that no other leg has. A call that cannot
    /// even be sent is reported as [`SipEvent::Failed`] at once.
    pub fn dial(&mut self, now: Timestamp, leg: LegId, request: DialRequest) {
        let refused = |endpoint: &mut Self, reason, status| {
            endpoint.events.push_back(SipEvent::Failed { leg, reason, status });
            endpoint.events.push_back(SipEvent::LegGone { leg });
        };
        if self.legs.contains_key(&leg) || self.legs.len() >= self.config.limits.max_legs {
            refused(self, LegFailure::NotAllowed, 503);
            return;
        }
        let target = match self.target(now, &request.callee) {
            Ok(target) => target,
            Err((reason, status)) => {
                refused(self, reason, status);
                return;
            }
        };
        let Some((dialog, mut invite)) = self.first_invite(&target, &request) else {
            refused(self, LegFailure::NotFound, 484);
            return;
        };
        if let Some(trunk) = &target.trunk
            && let Some(Err(_)) = self.trunks.get_mut(trunk).map(|t| t.call_started(CallDirection::Out))
        {
            refused(self, LegFailure::NoLine, 503);
            return;
        }
        let offer = sdp::offer(&request.media);
        let body = wire::set_body(&mut invite.headers, Some(("application/sdp", &offer)));
        invite.set_body(body.into());
        let media = Media { local: Some(request.media), sent: offer, ..Media::default() };
        self.tags.insert(dialog.local_tag.clone(), leg);
        self.legs.insert(leg, outgoing_leg(dialog, invite.clone(), target, media));
        self.timers.set(now + request.no_response, Timer::NoResponse(leg));
        self.send_invite(now, leg, invite);
    }

    /// Sends the first or a further try of our INVITE.
    pub(super) fn send_invite(&mut self, now: Timestamp, leg: LegId, invite: Request) {
        let Some(State::Calling(calling)) = self.legs.get(&leg).map(|l| &l.state) else {
            return;
        };
        let destination = calling.destination.clone();
        let Some(key) = self.send_request(now, invite, &destination, Purpose::Invite(leg)) else {
            self.fail_call(leg, LegFailure::Failed, 500);
            return;
        };
        let sent = self.layer.client_request(&key).cloned();
        let used = self.clients.get(&key).map(|c| c.destination.clone());
        if let Some(State::Calling(calling)) = self.legs.get_mut(&leg).map(|l| &mut l.state) {
            calling.key = key;
            calling.destination = used.unwrap_or(destination);
            if let Some(sent) = sent {
                calling.request = sent;
            }
        }
    }

    fn target(&self, now: Timestamp, callee: &Callee) -> Result<Target, (LegFailure, u16)> {
        let not_found = (LegFailure::NotFound, 404);
        match callee {
            Callee::Trunk { trunk, number } => self.trunk_target(trunk, number),
            Callee::Phone { agent, contact } => self.phone_target(now, agent, contact).ok_or(not_found),
            Callee::Uri(uri) => {
                let destination = dialog::destination(uri, self.udp_from()).ok_or(not_found)?;
                Ok(Target { uri: uri.clone(), destination, trunk: None, domain: None })
            }
        }
    }

    fn trunk_target(&self, id: &TrunkId, number: &str) -> Result<Target, (LegFailure, u16)> {
        let down = (LegFailure::Unreachable, 503);
        let dialable =
            !number.is_empty() && number.len() <= 32 && number.chars().all(|c| c.is_ascii_digit() || "*#+".contains(c));
        if !dialable {
            return Err((LegFailure::NotAllowed, 484));
        }
        let account = self.config.trunks.iter().find(|t| t.config.id == *id).ok_or((LegFailure::NotAllowed, 404))?;
        let trunk = self.trunks.get(id).ok_or(down)?;
        let address = trunk.targets().first().map(|a| (*a).to_owned()).ok_or(down)?;
        let transport = if account.transport == Transport::Tcp { ";transport=tcp" } else { "" };
        let uri = format!("sip:{}@{address}{transport}", number.replace('#', "%23"));
        let destination = dialog::destination(&uri, self.udp_from()).ok_or(down)?;
        Ok(Target { uri, destination, trunk: Some(id.clone()), domain: Some(address) })
    }

    /// A phone is reached the way it registered: by its stream, or where its REGISTER came from.
    pub(super) fn phone_target(&self, now: Timestamp, agent: &AgentId, contact: &str) -> Option<Target> {
        let users = self.config.agents.iter().filter(|(_, account)| account.agent == *agent);
        let binding = users.flat_map(|(user, _)| self.registrar.contacts(now, user)).find(|b| b.uri == contact)?;
        let open = binding.flow.map(|f| ConnectionId(f.0)).filter(|c| self.streams.contains_key(c));
        let destination = match (open, binding.received) {
            (Some(connection), _) => Destination::Stream(connection),
            (None, Some(to)) => Destination::Udp { from: self.udp_from()?, to },
            (None, None) => dialog::destination(contact, self.udp_from())?,
        };
        Some(Target { uri: contact.to_owned(), destination, trunk: None, domain: None })
    }

    fn first_invite(&mut self, target: &Target, request: &DialRequest) -> Option<(Dialog, Request)> {
        let uri = Uri::parse(target.uri.clone().into_bytes().into()).ok()?;
        let (call_id, tag) = (self.token(), self.token());
        let domain = target.domain.clone().unwrap_or_else(|| self.config.realm.clone());
        let host = domain.as_str();
        let caller = match &request.caller {
            CallerId::Shown { number, name } if name.is_empty() => {
                format!("<sip:{}@{host}>", escape(number))
            }
            CallerId::Shown { number, name } => {
                format!("\"{}\" <sip:{}@{host}>", quote(name), escape(number))
            }
            CallerId::Hidden { .. } => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
        };
        let dialog = Dialog {
            call_id,
            local: format!("{caller};tag={tag}"),
            local_tag: tag,
            remote_tag: String::new(),
            remote: format!("<{}>", target.uri),
            target: target.uri.clone(),
            routes: Vec::new(),
            local_cseq: 1,
            remote_cseq: 0,
            flow: target.destination.clone(),
            flow_address: self.address_of(&target.destination),
            contact: self.contact("callwright", &target.destination),
        };
        let mut invite = dialog.request(Method::Invite, 1)?;
        invite.set_uri(uri).ok()?;
        let headers = &mut invite.headers;
        wire::push(headers, HeaderName::Contact, dialog.contact.clone());
        wire::push(headers, HeaderName::Allow, wire::ALLOW);
        wire::push(headers, HeaderName::Supported, wire::SUPPORTED);
        for (name, value) in self.session_request(None) {
            wire::push(headers, name, value);
        }
        if !self.config.user_agent.is_empty() {
            wire::push(headers, HeaderName::UserAgent, self.config.user_agent.clone());
        }
        if let CallerId::Hidden { number } = &request.caller {
            wire::push(headers, HeaderName::Privacy, "id");
            if target.trunk.is_some() && !number.is_empty() {
                wire::push(headers, HeaderName::PAssertedIdentity, format!("<sip:{}@{host}>", escape(number)));
            }
        }
        for (name, value) in &request.headers {
            wire::push(headers, wire::named(name), wire::one_line(value));
        }
        Some((dialog, invite))
    }

    fn address_of(&self, destination: &Destination) -> Option<std::net::SocketAddr> {
        match destination {
            Destination::Udp { to, .. } | Destination::Connect { to } => Some(*to),
            Destination::Stream(connection) => self.streams.get(connection).map(|stream| stream.peer),
            Destination::Host { .. } => None,
        }
    }
}

fn outgoing_leg(dialog: Dialog, invite: Request, target: Target, media: Media) -> Leg {
    let calling = Calling {
        key: std::sync::Arc::new(placeholder_key(&dialog)),
        request: invite,
        destination: target.destination,
        heard: Heard::Nothing,
        cancel: Cancel::No,
        forks: std::collections::BTreeMap::new(),
        redirected: 0,
        session_asks: 0,
    };
    Leg {
        dialog,
        state: State::Calling(Box::new(calling)),
        trunk: target.trunk,
        side: Side::Calling,
        interest: Interest::Live,
        media,
        unacked: Vec::new(),
        pending: None,
        ack: None,
        session: None,
        refresh_by: RefreshBy::Reinvite,
        referral: Referral::None,
        challenges: 0,
    }
}

/// Stands in until the INVITE is sent a few lines later.
fn placeholder_key(dialog: &Dialog) -> sipx_sip::TransactionKey {
    sipx_sip::TransactionKey::Rfc3261 {
        branch: dialog.local_tag.clone().into_bytes(),
        sent_by: Vec::new(),
        method: Vec::new(),
    }
}

/// A display name inside quotes.
fn quote(name: &str) -> String {
    wire::one_line(name).replace('\\', "\\\\").replace('"', "\\\"")
}

/// The user part of a SIP URI (RFC 3261 §25.1).
fn escape(user: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,".contains(&b);
    user.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
