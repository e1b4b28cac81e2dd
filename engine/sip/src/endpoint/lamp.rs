//! How many messages wait, on the lamps of agents' phones: NOTIFY, asked for or not (RFC 3842).

use model::{AgentId, Lamp, Timestamp};
use sipx_sip::{HeaderName, Method, Request, Uri};

use super::Endpoint;
use super::send::Purpose;
use crate::wire;

/// The event package.
pub(super) const EVENT: &str = "message-summary";

impl Endpoint {
    /// Shows on an agent's phones how many messages wait: inside their subscriptions, and unasked on the others.
    pub fn show_lamp(&mut self, now: Timestamp, agent: &AgentId, lamp: Lamp) {
        self.lamps.insert(agent.clone(), lamp);
        let reached = self.notify_subscribers(now, agent);
        let users: Vec<String> =
            self.config.agents.iter().filter(|(_, a)| a.agent == *agent).map(|(user, _)| user.clone()).collect();
        for user in users {
            for contact in self.registrar.contacts(now, &user) {
                let Some(target) = self.phone_target(now, agent, &contact.uri) else { continue };
                if reached.contains(&target.destination) {
                    continue;
                }
                if let Some(notify) = self.unasked_notify(&user, &target.uri, lamp) {
                    self.send_request(now, notify, &target.destination, Purpose::Fire);
                }
            }
        }
    }

    fn unasked_notify(&mut self, user: &str, contact: &str, lamp: Lamp) -> Option<Request> {
        let uri = Uri::parse(contact.as_bytes().to_vec().into()).ok()?;
        let (tag, call_id) = (self.token(), self.token());
        let account = self.account(user);
        let mut notify = Request::new(Method::Notify, uri);
        let headers = &mut notify.headers;
        wire::push(headers, HeaderName::MaxForwards, "70");
        wire::push(headers, HeaderName::From, format!("<{account}>;tag={tag}"));
        wire::push(headers, HeaderName::To, format!("<{account}>"));
        wire::push(headers, HeaderName::CallId, call_id);
        wire::push(headers, HeaderName::CSeq, "1 NOTIFY");
        wire::push(headers, HeaderName::Contact, format!("<{account}>"));
        self.fill_notify(&mut notify, user, lamp, "active");
        Some(notify)
    }

    /// Event, state and the summary itself.
    pub(super) fn fill_notify(&self, notify: &mut Request, user: &str, lamp: Lamp, state: &str) {
        wire::push(&mut notify.headers, HeaderName::Event, EVENT);
        wire::push(&mut notify.headers, HeaderName::SubscriptionState, state);
        let text = summary(&self.account(user), lamp);
        let body = wire::set_body(&mut notify.headers, Some(("application/simple-message-summary", &text)));
        notify.set_body(body.into());
    }

    /// The address whose messages are counted.
    fn account(&self, user: &str) -> String {
        let public = self.config.listeners.first().map_or_else(|| "localhost".to_owned(), |l| l.public.to_string());
        format!("sip:{user}@{public}")
    }
}

/// RFC 3842 §5.2: new and old, and in brackets the urgent ones of each.
fn summary(account: &str, lamp: Lamp) -> String {
    let waiting = if lamp.new > 0 { "yes" } else { "no" };
    let Lamp { new, old, urgent } = lamp;
    format!("Messages-Waiting: {waiting}\r\nMessage-Account: {account}\r\nVoice-Message: {new}/{old} ({urgent}/0)\r\n")
}
