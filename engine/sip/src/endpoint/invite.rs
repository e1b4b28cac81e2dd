//! An INVITE that begins a call: who is it, may he, and which leg becomes of it.

use std::collections::BTreeMap;

use model::{LegId, Source, Timestamp};
use rand::Rng;
use sipx_sip::rel::Numbering;
use sipx_sip::{HeaderName, Request};

use super::Endpoint;
use super::gate::Refusal;
use super::receive::Arrival;
use super::send::Server;
use crate::admission::Decision;
use crate::command::Admittance;
use crate::dialog::Dialog;
use crate::event::{Incoming as IncomingCall, Offer, SipEvent};
use crate::leg::{Early, Incoming, Interest, Key, Leg, Media, Referral, RefreshBy, Side, State};
use crate::trunk::CallDirection;
use crate::wire;

/// Octets of one header field that flows may read.
const HEADER_MAX: usize = 512;
/// Header fields that flows may read.
const HEADERS_MAX: usize = 64;

impl Endpoint {
    pub(super) fn handle_invite(&mut self, now: Timestamp, key: &Key, arrival: &Arrival) {
        let call = (
            wire::text(&arrival.request.headers, &HeaderName::CallId).unwrap_or_default(),
            wire::tag(&arrival.request.headers, &HeaderName::From),
            wire::cseq(&arrival.request.headers),
        );
        let admitted = self.admit_call(now, arrival).and_then(|source| {
            if self.ongoing.contains_key(&call) {
                return Err(Refusal::new(482)); // RFC 3261 §8.2.2.2: the same call came by two ways.
            }
            self.session_gate(&arrival.request)?;
            let replaces = self.replaced_leg(&arrival.request)?;
            self.count_trunk_call_in(&source)?;
            Ok((source, replaces))
        });
        let (source, replaces) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.refuse(arrival, refusal);
                return;
            }
        };
        let id = LegId(self.next_leg);
        self.next_leg += 1;
        let server = Server { reply: arrival.reply.clone(), leg: Some(id), call: Some(call.clone()) };
        self.accept_transaction(now, key, arrival, server);
        self.ongoing.insert(call, key.clone());
        self.create_incoming_leg(id, key, arrival, &source);
        self.ladder(id, format!("-> INVITE {} from {}", wire::cseq(&arrival.request.headers), arrival.from));
        let incoming = describe(&arrival.request, source, replaces);
        self.emit(id, SipEvent::Incoming { leg: id, incoming: Box::new(incoming) });
    }

    /// Overload and drain first, then who it is, then whether there is room.
    fn admit_call(&mut self, now: Timestamp, arrival: &Arrival) -> Result<Source, Refusal> {
        if self.admittance != Admittance::Open || self.legs.len() >= self.config.limits.max_legs {
            return Err(self.busy());
        }
        let source = self.identify(now, arrival)?;
        let calls = u32::try_from(self.legs.len()).unwrap_or(u32::MAX);
        match self.admission.new_call(now, calls) {
            Decision::Refuse { status, retry_after } => {
                Err(Refusal::new(status).with(HeaderName::RetryAfter, retry_after.to_string()))
            }
            Decision::Admit | Decision::Drop => Ok(source),
        }
    }

    fn count_trunk_call_in(&mut self, source: &Source) -> Result<(), Refusal> {
        let Source::Trunk(id) = source else {
            return Ok(());
        };
        let started = self.trunks.get_mut(id).map(|t| t.call_started(CallDirection::In));
        if matches!(started, Some(Err(_))) {
            return Err(self.busy());
        }
        Ok(())
    }

    pub(super) fn count_trunk_call_out(&mut self, leg: &Leg) {
        let direction = match leg.side {
            Side::Called => CallDirection::In,
            Side::Calling => CallDirection::Out,
        };
        if let Some(trunk) = leg.trunk.as_ref().and_then(|id| self.trunks.get_mut(id)) {
            trunk.call_ended(direction);
        }
    }

    fn create_incoming_leg(&mut self, id: LegId, key: &Key, arrival: &Arrival, source: &Source) {
        let request = &arrival.request;
        let tag = self.token();
        let contact =
            self.contact(&wire::user(&request.uri).replace(|c: char| !c.is_ascii_alphanumeric(), ""), &arrival.flow);
        let dialog = Dialog::incoming(request, &tag, arrival.flow.clone(), arrival.from, contact);
        let incoming = Incoming {
            key: key.clone(),
            request: request.clone(),
            reliable: None,
            numbering: Numbering::starting_at(self.rng.random_range(1..1_000_000)),
            deferred: None,
            early: Early::Nothing,
        };
        let updates = wire::lists(&request.headers, &HeaderName::Allow, "UPDATE");
        let leg = Leg {
            dialog,
            state: State::Incoming(Box::new(incoming)),
            trunk: match source {
                Source::Trunk(id) => Some(id.clone()),
                _ => None,
            },
            side: Side::Called,
            interest: Interest::Live,
            media: Media::default(),
            unacked: Vec::new(),
            pending: None,
            ack: None,
            session: None,
            refresh_by: if updates { RefreshBy::Update } else { RefreshBy::Reinvite },
            referral: Referral::None,
            challenges: 0,
        };
        self.tags.insert(tag, id);
        self.legs.insert(id, leg);
    }

    /// The leg that Replaces names (RFC 3891 §3).
    fn replaced_leg(&self, request: &Request) -> Result<Option<LegId>, Refusal> {
        let Some(value) = wire::text(&request.headers, &HeaderName::Replaces) else {
            return Ok(None);
        };
        if request.headers.count(&HeaderName::Replaces) > 1 {
            return Err(Refusal::new(400));
        }
        let replaces = Replaces::parse(&value).ok_or_else(|| Refusal::new(400))?;
        let found = self.find_replaced(&replaces).ok_or_else(|| Refusal::new(481))?;
        match self.legs.get(&found).map(|l| &l.state) {
            Some(State::Confirmed) if replaces.early_only => Err(Refusal::new(486)),
            Some(State::Confirmed | State::Calling(_)) => Ok(Some(found)),
            _ => Err(Refusal::new(481)), // Only dialogs that we began may be taken over while they ring.
        }
    }

    pub(super) fn find_replaced(&self, replaces: &Replaces) -> Option<LegId> {
        let id = *self.tags.get(&replaces.to_tag)?;
        let leg = self.legs.get(&id)?;
        let early = matches!(&leg.state, State::Calling(c) if c.forks.contains_key(&replaces.from_tag));
        let fits = leg.dialog.call_id == replaces.call_id && (leg.dialog.remote_tag == replaces.from_tag || early);
        fits.then_some(id)
    }
}

/// The value of Replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replaces {
    pub(super) call_id: String,
    pub(super) to_tag: String,
    pub(super) from_tag: String,
    pub(super) early_only: bool,
}

impl Replaces {
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(';');
        let call_id = parts.next()?.trim().to_owned();
        let mut replaces = Self { call_id, to_tag: String::new(), from_tag: String::new(), early_only: false };
        for part in parts {
            let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
            match name.to_ascii_lowercase().as_str() {
                "to-tag" => replaces.to_tag = value.to_owned(),
                "from-tag" => replaces.from_tag = value.to_owned(),
                "early-only" => replaces.early_only = true,
                _ => {}
            }
        }
        (!replaces.to_tag.is_empty()).then_some(replaces)
    }
}

fn describe(request: &Request, source: Source, replaces: Option<LegId>) -> IncomingCall {
    let from = wire::address(&request.headers, &HeaderName::From);
    let mut number = from.as_ref().map(|f| wire::user(&f.uri)).unwrap_or_default();
    let mut name =
        from.and_then(|f| f.display_name).map(|n| wire::one_line(&String::from_utf8_lossy(&n))).unwrap_or_default();
    let private = wire::text(&request.headers, &HeaderName::Privacy)
        .is_some_and(|p| p.to_ascii_lowercase().split(';').any(|v| matches!(v.trim(), "id" | "user" | "header")));
    if number.eq_ignore_ascii_case("anonymous") || private {
        number = String::new();
        name = String::new();
    }
    IncomingCall {
        source,
        from: number,
        name,
        to: wire::user(&request.uri),
        headers: readable_headers(request),
        replaces,
        offer: if wire::sdp(&request.headers, request.body()).is_some() { Offer::Theirs } else { Offer::Ours },
    }
}

/// Header fields as flows may see them: no secrets, no line breaks, no flood.
fn readable_headers(request: &Request) -> BTreeMap<String, String> {
    let mut readable: BTreeMap<String, String> = BTreeMap::new();
    for header in request.headers.iter() {
        let name = String::from_utf8_lossy(header.name().canonical()).to_ascii_lowercase();
        let hidden = matches!(
            name.as_str(),
            "authorization"
                | "proxy-authorization"
                | "via"
                | "route"
                | "record-route"
                | "cseq"
                | "content-length"
                | "max-forwards"
        );
        if hidden || (readable.len() >= HEADERS_MAX && !readable.contains_key(&name)) {
            continue;
        }
        let value: String =
            wire::one_line(&String::from_utf8_lossy(&header.value())).chars().take(HEADER_MAX).collect();
        readable
            .entry(name)
            .and_modify(|old| {
                if old.len() < HEADER_MAX {
                    old.push_str(", ");
                    old.push_str(&value);
                }
            })
            .or_insert(value);
    }
    readable
}
