//! Sending: transactions get a destination and a purpose, their outputs become transmits and timers.

use std::net::SocketAddr;
use std::sync::Arc;

use model::{LegId, Timestamp, TrunkId};
use sipx_sip::{
    Header, HeaderName, Message, Output, Reliability, Request, Response, Timer as TransactionTimer, TransactionKey,
    TuEvent,
};

use super::Endpoint;
use crate::config::Transport;
use crate::leg::Key;
use crate::timer::Timer;
use crate::transmit::{Destination, Transmit};
use crate::wire;

/// RFC 3261 §18.1.1: longer requests want a stream.
const DATAGRAM_COMFORT: usize = 1300;

/// Why we sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    Invite(LegId),
    Reinvite(LegId),
    Update(LegId),
    Bye(LegId),
    Notify(LegId),
    /// Inside the subscription with this tag.
    Lamp(String),
    /// CANCEL, PRACK, the BYE of a surplus fork, an unasked NOTIFY: the answer changes nothing.
    Fire,
    Trunk(TrunkId),
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) destination: Destination,
    pub(super) purpose: Purpose,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) reply: Destination,
    pub(super) leg: Option<LegId>,
    pub(super) call: Option<(String, String, u32)>,
}

impl Endpoint {
    /// Sends a request as a new client transaction. Via is added here.
    pub(super) fn send_request(
        &mut self,
        now: Timestamp,
        mut request: Request,
        destination: &Destination,
        purpose: Purpose,
    ) -> Option<Key> {
        let destination = self.route(destination, request.body().len() + 700);
        let branch = self.token();
        self.put_via(&mut request, &destination, &branch);
        self.send_with_via(now, request, destination, purpose)
    }

    /// Sends a request whose Via is right already: CANCEL bears that of its INVITE (RFC 3261 §9.1).
    pub(super) fn send_with_via(
        &mut self,
        now: Timestamp,
        request: Request,
        destination: Destination,
        purpose: Purpose,
    ) -> Option<Key> {
        let reliability = reliability(&destination);
        if let Purpose::Invite(leg)
        | Purpose::Reinvite(leg)
        | Purpose::Update(leg)
        | Purpose::Bye(leg)
        | Purpose::Notify(leg) = &purpose
        {
            let line = format!("-> {} {} to {destination}", request.method, wire::cseq(&request.headers));
            self.ladder(*leg, line);
        }
        let key = Arc::new(TransactionKey::from_sent_request(&request)?);
        self.clients.insert(Arc::clone(&key), Client { destination, purpose });
        let (_, outputs) = self.layer.send_request(request, reliability)?;
        self.process(now, &key, outputs);
        Some(key)
    }

    /// Sends a message outside any transaction: the ACK to a 2xx.
    pub(super) fn send_ack(&mut self, mut ack: Request, destination: &Destination) -> (Vec<u8>, Destination) {
        let destination = self.route(destination, ack.body().len() + 700);
        let branch = self.token();
        self.put_via(&mut ack, &destination, &branch);
        let bytes = Message::Request(ack).to_bytes().to_vec();
        self.transmit(destination.clone(), bytes.clone());
        (bytes, destination)
    }

    pub(super) fn transmit(&mut self, destination: Destination, bytes: Vec<u8>) {
        self.transmits.push_back(Transmit { destination, bytes });
    }

    /// Uses a stream that is open already, and prefers it for long requests.
    pub(super) fn route(&self, destination: &Destination, size: usize) -> Destination {
        let open = |to: &SocketAddr| self.stream_by_peer.get(to).map(|id| Destination::Stream(*id));
        match destination {
            Destination::Connect { to } => open(to).unwrap_or_else(|| destination.clone()),
            Destination::Udp { to, .. } if size > DATAGRAM_COMFORT => open(to).unwrap_or_else(|| destination.clone()),
            _ => destination.clone(),
        }
    }

    fn put_via(&self, request: &mut Request, destination: &Destination, branch: &str) {
        let (name, public) = self.sent_by(destination);
        let via = format!("SIP/2.0/{name} {public};branch=z9hG4bK{branch};rport");
        if let Ok(header) = Header::build(HeaderName::Via, via) {
            request.headers.remove_first(&HeaderName::Via);
            request.headers.push_front(header);
        }
    }

    fn sent_by(&self, destination: &Destination) -> (&'static str, SocketAddr) {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 5060));
        let listener = match destination {
            Destination::Udp { from, .. } => self.config.listener_at(Transport::Udp, *from),
            Destination::Stream(_) | Destination::Connect { .. } => self.config.listener(Transport::Tcp),
            Destination::Host { transport, .. } => self.config.listener(*transport),
        };
        let listener = listener.or_else(|| self.config.listeners.first());
        let name = match transport_of(destination) {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        };
        (name, listener.map_or(nowhere, |l| l.public))
    }

    /// Our Contact for a dialog that runs over `destination`.
    pub(super) fn contact(&self, user: &str, destination: &Destination) -> String {
        let (name, public) = self.sent_by(destination);
        let parameter = if name == "TCP" { ";transport=tcp" } else { "" };
        if user.is_empty() { format!("<sip:{public}{parameter}>") } else { format!("<sip:{user}@{public}{parameter}>") }
    }

    /// Where our UDP requests start from.
    pub(super) fn udp_from(&self) -> Option<SocketAddr> {
        self.config.listener(Transport::Udp).map(|l| l.bind)
    }

    /// Sends a response within its server transaction.
    pub(super) fn reply(&mut self, now: Timestamp, key: &Key, mut response: Response) {
        wire::name_server(&mut response, &self.config.user_agent);
        if let Some(leg) = self.servers.get(key).and_then(|s| s.leg) {
            let method = wire::cseq_method(&response.headers).map(|m| m.to_string()).unwrap_or_default();
            self.ladder(leg, format!("<- {} {method}", response.status.code()));
        }
        let outputs = self.layer.send_response(key, response);
        self.process(now, key, outputs);
    }

    /// A final response without body.
    pub(super) fn reply_status(&mut self, now: Timestamp, key: &Key, request: &Request, status: u16, to_tag: &str) {
        if let Some(mut response) = wire::response(request, status, to_tag) {
            wire::close(&mut response, None);
            self.reply(now, key, response);
        }
    }

    /// Carries out what a transaction wants.
    pub(super) fn process(&mut self, now: Timestamp, key: &Key, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    let destination = self
                        .clients
                        .get(key)
                        .map(|c| &c.destination)
                        .or_else(|| self.servers.get(key).map(|s| &s.reply))
                        .cloned();
                    if let Some(destination) = destination {
                        self.transmit(destination, message.to_bytes().to_vec());
                    }
                }
                Output::SetTimer { timer, after } => {
                    self.timers.set(now + after, Timer::Transaction(Arc::clone(key), timer));
                }
                Output::ClearTimer(timer) => self.timers.clear(&Timer::Transaction(Arc::clone(key), timer)),
                Output::ToTu(event) => self.transaction_event(now, key, *event),
                Output::Terminated(_) => self.transaction_ended(key),
                _ => {}
            }
        }
    }

    fn transaction_event(&mut self, now: Timestamp, key: &Key, event: TuEvent) {
        match event {
            TuEvent::Response(response) => self.handle_response(now, key, &response),
            TuEvent::Ack(ack) => self.handle_ack(now, &ack),
            TuEvent::Timeout | TuEvent::TransportError => self.no_response(now, key),
            _ => {}
        }
    }

    /// Forgets a transaction: whatever ended it, nothing of it may stay.
    pub(super) fn transaction_ended(&mut self, key: &Key) {
        self.clients.remove(key);
        self.trunk_requests.remove(key);
        if let Some(call) = self.servers.remove(key).and_then(|s| s.call) {
            self.ongoing.remove(&call);
        }
        for timer in TransactionTimer::ALL {
            self.timers.clear(&Timer::Transaction(Arc::clone(key), timer));
        }
    }

    /// A peer cannot be reached: connection refused, name unknown, ICMP. Its transactions fail at once.
    pub fn unreachable(&mut self, now: Timestamp, destination: &Destination) {
        let mut keys: Vec<Key> =
            self.clients.iter().filter(|(_, c)| c.destination == *destination).map(|(k, _)| Arc::clone(k)).collect();
        keys.sort_by_cached_key(|k| format!("{k:?}")); // The order of a hash map must not show.
        for key in keys {
            let outputs = self.layer.on_transport_error(&key);
            self.process(now, &key, outputs);
        }
    }
}

pub(super) fn transport_of(destination: &Destination) -> Transport {
    match destination {
        Destination::Udp { .. } => Transport::Udp,
        Destination::Stream(_) | Destination::Connect { .. } => Transport::Tcp,
        Destination::Host { transport, .. } => *transport,
    }
}

pub(super) fn reliability(destination: &Destination) -> Reliability {
    match transport_of(destination) {
        Transport::Udp => Reliability::Unreliable,
        Transport::Tcp => Reliability::Reliable,
    }
}
