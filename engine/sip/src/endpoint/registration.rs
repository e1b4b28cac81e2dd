//! Who a request comes from, and REGISTER.

use model::{Source, Timestamp};
use sipx_sip::headers::ContactValue;
use sipx_sip::{HeaderName, Request, TypedHeader};

use super::Endpoint;
use super::gate::Refusal;
use super::receive::Arrival;
use super::send::Server;
use crate::digest::{Credential, Verdict};
use crate::event::{PhoneContact, SipEvent};
use crate::leg::Key;
use crate::registrar::{
    Binding, Contacts, FailureStanding, FlowId, Prepared, RegisterError, RegisterTicket, RegisteredContact,
    Registration,
};
use crate::transmit::Destination;
use crate::wire;

/// A REGISTER whose 200 waits for the store.
#[derive(Debug)]
pub(super) struct Waiting {
    key: Key,
    request: Request,
    user: String,
}

impl Endpoint {
    /// A trunk by its address, an agent by his password, or a refusal.
    pub(super) fn identify(&mut self, now: Timestamp, arrival: &Arrival) -> Result<Source, Refusal> {
        if let Some(trunk) = self.trunk_of(arrival.from.ip())
            && !self.is_phone_beside_trunk(now, arrival)
        {
            return Ok(Source::Trunk(trunk));
        }
        if self.config.agents.is_empty() {
            return Err(Refusal::new(403));
        }
        let user = self.authenticate(now, arrival)?;
        let account = self.config.agents.get(&user).ok_or_else(|| Refusal::new(403))?;
        Ok(Source::Agent(account.agent.clone()))
    }

    /// Is it from a telephone that registered from the trunk's address? It has a password and rights that the trunk
    /// has not.
    fn is_phone_beside_trunk(&self, now: Timestamp, arrival: &Arrival) -> bool {
        let from = wire::address(&arrival.request.headers, &HeaderName::From);
        let user = from.map(|from| wire::user(&from.uri)).filter(|user| self.config.agents.contains_key(user));
        let ip = arrival.from.ip();
        let here = |phone: &Binding| match phone.received {
            Some(received) => received.ip() == ip,
            None => phone.uri.contains(&ip.to_string()),
        };
        user.is_some_and(|user| self.registrar.contacts(now, &user).iter().any(here))
    }

    /// The user whose password the request proves; otherwise a challenge, the same for everybody.
    pub(super) fn authenticate(&mut self, now: Timestamp, arrival: &Arrival) -> Result<String, Refusal> {
        let source = arrival.from.ip();
        let request = &arrival.request;
        let method = request.method.to_string();
        let uri = request.uri.to_string();
        let call_id = wire::text(&request.headers, &HeaderName::CallId).unwrap_or_default();
        let (mut stale, mut tried) = (false, None);
        for value in wire::values(&request.headers, &HeaderName::Authorization) {
            if !value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest ")) {
                continue; // RFC 4475 §3.3.7: an unknown scheme is as good as none.
            }
            tried = Some(value.to_ascii_uppercase().contains("SHA-256"));
            let agents = &self.config.agents;
            let verdict = self.challenger.verify(now, &method, &uri, &value, |user| {
                agents.get(user).map(|account| Credential::Password(account.secret.clone()))
            });
            match verdict {
                Verdict::Ok { user } => {
                    if self.failures.standing(now, source, &user) == FailureStanding::Blocked {
                        continue; // Who tries passwords must not learn that one was right.
                    }
                    self.failures.succeeded(source, &user);
                    self.admission.authenticated(source);
                    self.unanswered.answered(&call_id);
                    return Ok(user);
                }
                Verdict::Stale => stale = true,
                Verdict::Malformed => return Err(Refusal::new(400)),
                Verdict::Wrong { user } => {
                    self.failures.failed(now, source, &user);
                }
            }
        }
        let knows_sha = tried.unwrap_or_else(|| !self.unanswered.asks_again(&call_id, wire::cseq(&request.headers)));
        let mut challenges = self.challenger.challenge(now, stale);
        if !knows_sha && challenges.len() > 1 {
            challenges.remove(0); // A phone that stumbles over SHA-256 gets nothing but MD5.
        }
        Err(challenges.into_iter().fold(Refusal::new(401), |refusal, c| refusal.with(HeaderName::WwwAuthenticate, c)))
    }

    pub(super) fn handle_register(&mut self, now: Timestamp, key: &Key, arrival: &Arrival) {
        if self.config.agents.is_empty() {
            self.refuse(arrival, Refusal::new(405).with(HeaderName::Allow, wire::ALLOW));
            return;
        }
        let user = match self.authenticate(now, arrival) {
            Ok(user) => user,
            Err(refusal) => {
                self.refuse(arrival, refusal);
                return;
            }
        };
        let Some(registration) = read_registration(arrival, &user) else {
            self.refuse(arrival, Refusal::new(400));
            return;
        };
        match self.registrar.prepare(now, &registration) {
            Err(error) => {
                let mut refusal = Refusal::new(error.status());
                if let RegisterError::IntervalTooBrief { min, .. } = error {
                    refusal = refusal.with(HeaderName::MinExpires, min.to_string());
                }
                self.refuse(arrival, refusal);
            }
            Ok(Prepared::Unchanged { contacts }) => {
                self.answer_known(arrival, &registered(now, &contacts));
            }
            Ok(Prepared::Store { ticket, change }) => {
                let server = Server { reply: arrival.reply.clone(), leg: None, call: None };
                self.accept_transaction(now, key, arrival, server);
                let waiting = Waiting { key: key.clone(), request: arrival.request.clone(), user: registration.user };
                self.storing.insert(ticket, waiting);
                if let Some(account) = self.config.agents.get(&user) {
                    let agent = account.agent.clone();
                    self.events.push_back(SipEvent::StoreBindings { ticket, agent, change });
                }
            }
        }
    }

    /// The store has kept the change of [`SipEvent::StoreBindings`], or could not.
    pub fn confirm_binding(&mut self, now: Timestamp, ticket: RegisterTicket, stored: Stored) {
        let Some(waiting) = self.storing.remove(&ticket) else {
            return;
        };
        if stored == Stored::No {
            self.registrar.abort(ticket);
            let tag = self.token();
            self.reply_status(now, &waiting.key, &waiting.request, 503, &tag);
            return;
        }
        let contacts = self.registrar.commit(now, ticket).unwrap_or_default();
        let tag = self.token();
        if let Some(mut response) = wire::response(&waiting.request, 200, &tag) {
            for (name, value) in registered(now, &contacts).headers {
                wire::push(&mut response.headers, name, value);
            }
            wire::close(&mut response, None);
            self.reply(now, &waiting.key, response);
        }
        self.report_contacts(now, &waiting.user);
        self.arm_housekeeping();
    }

    pub(super) fn report_contacts(&mut self, now: Timestamp, user: &str) {
        let Some(agent) = self.config.agents.get(user).map(|a| a.agent.clone()) else {
            return;
        };
        let users = self.config.agents.iter().filter(|(_, account)| account.agent == agent);
        let contacts = users
            .flat_map(|(user, _)| self.registrar.contacts(now, user))
            .map(|binding| PhoneContact { uri: binding.uri })
            .collect();
        self.events.push_back(SipEvent::ContactsChanged { agent, contacts });
    }

    pub(super) fn report_all_contacts(&mut self, now: Timestamp) {
        let users: Vec<String> = self.config.agents.keys().cloned().collect();
        for user in users {
            if !self.registrar.contacts(now, &user).is_empty() {
                self.report_contacts(now, &user);
            }
        }
    }
}

/// Did the store keep it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Durably.
    Yes,
    /// No: the phone is told 503 and tries again.
    No,
}

/// The fields of a 200 to REGISTER.
fn registered(now: Timestamp, contacts: &[Binding]) -> Refusal {
    contacts.iter().fold(Refusal::new(200), |answer, binding| {
        answer.with(HeaderName::Contact, format!("<{}>;expires={}", binding.uri, binding.expires_in(now)))
    })
}

fn read_registration(arrival: &Arrival, authenticated_user: &str) -> Option<Registration> {
    let request = &arrival.request;
    let to = wire::address(&request.headers, &HeaderName::To)?;
    Some(Registration {
        user: String::from_utf8_lossy(&to.uri.decoded_user()?).into_owned(),
        authenticated_user: authenticated_user.to_owned(),
        call_id: wire::text(&request.headers, &HeaderName::CallId)?,
        cseq: wire::cseq(&request.headers),
        expires: wire::number(&request.headers, &HeaderName::Expires),
        contacts: read_contacts(request)?,
        source: arrival.from,
        flow: match arrival.flow {
            Destination::Stream(connection) => Some(FlowId(connection.0)),
            _ => None,
        },
    })
}

fn read_contacts(request: &Request) -> Option<Contacts> {
    let (mut all, mut listed) = (false, Vec::new());
    for header in request.headers.get_all(&HeaderName::Contact) {
        for contact in ContactValue::decode_list(&header.value()).ok()? {
            match contact {
                ContactValue::Wildcard => all = true,
                ContactValue::Address(address) => {
                    let parameter = |name| address.param(name).map(|v| String::from_utf8_lossy(v).into_owned());
                    listed.push(RegisteredContact {
                        uri: address.uri.to_string(),
                        expires: parameter("expires").and_then(|e| e.parse().ok()),
                        q: parameter("q").and_then(|q| thousandths(&q)),
                    });
                }
            }
        }
    }
    Some(match (all, listed.is_empty()) {
        (false, true) => Contacts::Query,
        (true, true) => Contacts::All,
        (true, false) => Contacts::AllAndListed,
        (false, false) => Contacts::Listed(listed),
    })
}

/// `0.5` → 500
fn thousandths(q: &str) -> Option<u16> {
    let (whole, part) = q.trim().split_once('.').unwrap_or((q.trim(), ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let value = whole.parse::<u16>().ok()?.checked_mul(1000)?.checked_add(part.parse().ok()?)?;
    Some(value.min(1000))
}
