//! Trunks: their registrations and health checks on the wire.

use std::net::IpAddr;

use model::{Timestamp, TrunkId};
use rand::Rng;
use sipx_sip::{HeaderName, Method, Request, Response, Uri};

use super::Endpoint;
use super::send::Purpose;
use crate::config::{Transport, TrunkAccount};
use crate::dialog;
use crate::event::SipEvent;
use crate::leg::Key;
use crate::timer::Timer;
use crate::trunk::{DownReason, RegisterInfo, RequestId, Trunk, TrunkAction, TrunkAuthorization};
use crate::wire;

/// All REGISTERs of a trunk share them (RFC 3261 §10.2.4).
#[derive(Debug)]
pub(super) struct RegistrationIds {
    call_id: String,
    tag: String,
    cseq: u32,
}

impl Endpoint {
    /// New and changed trunks start anew, others go on.
    pub(super) fn configure_trunks(&mut self, now: Timestamp, old: &[TrunkAccount]) {
        let accounts = self.config.trunks.clone();
        self.trunks.retain(|id, _| accounts.iter().any(|a| a.config.id == *id));
        self.trunk_dialogs.retain(|id, _| accounts.iter().any(|a| a.config.id == *id));
        for account in accounts {
            let id = account.config.id.clone();
            if self.trunks.contains_key(&id) && old.contains(&account) {
                continue;
            }
            let seed = self.rng.random();
            let ids = RegistrationIds { call_id: self.token(), tag: self.token(), cseq: 0 };
            self.trunks.insert(id.clone(), Trunk::new(now, account.config, seed));
            self.trunk_dialogs.insert(id.clone(), ids);
            self.timers.set(now, Timer::Trunk(id));
        }
    }

    /// Unregisters everywhere: the last thing before the process ends.
    pub fn shut_down_trunks(&mut self, now: Timestamp) {
        let ids: Vec<TrunkId> = self.trunks.keys().cloned().collect();
        for id in ids {
            if let Some(trunk) = self.trunks.get_mut(&id) {
                trunk.shut_down(now);
            }
            self.drain_trunk(now, &id);
        }
    }

    /// The trunk that requests from `ip` belong to.
    pub(super) fn trunk_of(&self, ip: IpAddr) -> Option<TrunkId> {
        self.trunks.iter().find(|(_, trunk)| trunk.matches_source(ip)).map(|(id, _)| id.clone())
    }

    pub(super) fn trunk_due(&mut self, now: Timestamp, id: &TrunkId) {
        if let Some(trunk) = self.trunks.get_mut(id) {
            trunk.handle_timeout(now);
        }
        self.drain_trunk(now, id);
    }

    fn drain_trunk(&mut self, now: Timestamp, id: &TrunkId) {
        while let Some(action) = self.trunks.get_mut(id).and_then(Trunk::poll_action) {
            match action {
                TrunkAction::SendRegister { request, address, uri, expires, authorization } => {
                    let message = self.trunk_register(id, &uri, expires, authorization);
                    self.send_for_trunk(now, id, request, &address, message);
                }
                TrunkAction::SendOptions { request, address, uri } => {
                    let message = self.trunk_options(&uri);
                    self.send_for_trunk(now, id, request, &address, message);
                }
                TrunkAction::Up { .. } => self.events.push_back(SipEvent::TrunkUp { trunk: id.clone() }),
                TrunkAction::Down { reason } => {
                    self.events.push_back(SipEvent::TrunkDown { trunk: id.clone(), reason: why(reason) });
                }
            }
        }
        if let Some(at) = self.trunks.get(id).and_then(Trunk::poll_timeout) {
            self.timers.set(at, Timer::Trunk(id.clone()));
        } else {
            self.timers.clear(&Timer::Trunk(id.clone()));
        }
    }

    fn send_for_trunk(
        &mut self,
        now: Timestamp,
        id: &TrunkId,
        request: RequestId,
        address: &str,
        message: Option<Request>,
    ) {
        let tcp = self.config.trunks.iter().any(|t| t.config.id == *id && t.transport == Transport::Tcp);
        let parameter = if tcp { ";transport=tcp" } else { "" };
        let destination = dialog::destination(&format!("sip:{address}{parameter}"), self.udp_from());
        let (Some(message), Some(destination)) = (message, destination) else {
            if let Some(trunk) = self.trunks.get_mut(id) {
                trunk.handle_no_response(now, request);
            }
            return;
        };
        if let Some(key) = self.send_request(now, message, &destination, Purpose::Trunk(id.clone())) {
            self.trunk_requests.insert(key, (id.clone(), request));
        }
    }

    fn trunk_register(
        &mut self,
        id: &TrunkId,
        uri: &str,
        expires: u32,
        authorization: TrunkAuthorization,
    ) -> Option<Request> {
        let account = self.config.trunks.iter().find(|t| t.config.id == *id)?;
        let user = account.config.credentials.as_ref().map_or("callwright", |c| c.username.as_str()).to_owned();
        let address = account.config.addresses.first()?.clone();
        let destination = dialog::destination(&format!("sip:{address}"), self.udp_from())?;
        let contact = self.contact(&user, &destination);
        let ids = self.trunk_dialogs.get_mut(id)?;
        ids.cseq += 1;
        let host = address.split(':').next().unwrap_or(&address).to_owned();
        let mut request = Request::new(Method::Register, Uri::parse(uri.as_bytes().to_vec().into()).ok()?);
        let headers = &mut request.headers;
        wire::push(headers, HeaderName::MaxForwards, "70");
        wire::push(headers, HeaderName::From, format!("<sip:{user}@{host}>;tag={}", ids.tag));
        wire::push(headers, HeaderName::To, format!("<sip:{user}@{host}>"));
        wire::push(headers, HeaderName::CallId, ids.call_id.clone());
        wire::push(headers, HeaderName::CSeq, format!("{} REGISTER", ids.cseq));
        wire::push(headers, HeaderName::Contact, contact);
        wire::push(headers, HeaderName::Expires, expires.to_string());
        match authorization {
            TrunkAuthorization::None => {}
            TrunkAuthorization::Authorization(value) => wire::push(headers, HeaderName::Authorization, value),
            TrunkAuthorization::ProxyAuthorization(value) => wire::push(headers, HeaderName::ProxyAuthorization, value),
        }
        wire::set_body(headers, None);
        Some(request)
    }

    fn trunk_options(&mut self, uri: &str) -> Option<Request> {
        let (call_id, tag) = (self.token(), self.token());
        let host = self.config.realm.clone();
        let mut request = Request::new(Method::Options, Uri::parse(uri.as_bytes().to_vec().into()).ok()?);
        let headers = &mut request.headers;
        wire::push(headers, HeaderName::MaxForwards, "70");
        wire::push(headers, HeaderName::From, format!("<sip:ping@{host}>;tag={tag}"));
        wire::push(headers, HeaderName::To, format!("<{uri}>"));
        wire::push(headers, HeaderName::CallId, call_id);
        wire::push(headers, HeaderName::CSeq, "1 OPTIONS");
        wire::push(headers, HeaderName::Accept, "application/sdp");
        wire::set_body(headers, None);
        Some(request)
    }

    pub(super) fn trunk_response(&mut self, now: Timestamp, id: &TrunkId, key: &Key, response: &Response) {
        let status = response.status.code();
        let Some((_, request)) = self.trunk_requests.get(key) else {
            return;
        };
        let challenge = if status == 407 { HeaderName::ProxyAuthenticate } else { HeaderName::WwwAuthenticate };
        let info = RegisterInfo {
            challenges: wire::values(&response.headers, &challenge),
            expires: granted(response),
            min_expires: wire::number(&response.headers, &HeaderName::MinExpires),
            retry_after: wire::number(&response.headers, &HeaderName::RetryAfter),
        };
        let request = *request;
        if let Some(trunk) = self.trunks.get_mut(id) {
            trunk.handle_response(now, request, status, &info);
        }
        self.drain_trunk(now, id);
    }

    pub(super) fn trunk_silent(&mut self, now: Timestamp, id: &TrunkId, key: &Key) {
        let Some((_, request)) = self.trunk_requests.get(key).cloned() else {
            return;
        };
        if let Some(trunk) = self.trunks.get_mut(id) {
            trunk.handle_no_response(now, request);
        }
        self.drain_trunk(now, id);
    }
}

fn granted(response: &Response) -> Option<u32> {
    let contact = wire::address(&response.headers, &HeaderName::Contact);
    let of_contact = contact.and_then(|c| String::from_utf8_lossy(c.param("expires")?).parse().ok());
    of_contact.or_else(|| wire::number(&response.headers, &HeaderName::Expires))
}

fn why(reason: DownReason) -> String {
    match reason {
        DownReason::NoAnswer => "no address answers".to_owned(),
        DownReason::Refused(status) => format!("registration refused with {status}"),
        DownReason::RegisterTimeout => "registration is not answered".to_owned(),
        DownReason::WrongCredentials => "wrong account or password".to_owned(),
    }
}
