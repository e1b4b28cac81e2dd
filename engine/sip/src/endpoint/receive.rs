//! Bytes that come in: datagrams, parsed messages, and the order in which they are looked at.

use std::net::SocketAddr;
use std::sync::Arc;

use model::Timestamp;
use sipx_sip::{
    HeaderName, Limits as ParserLimits, Message, Method, Request, Response, TransactionKey, Via, parse_datagram,
    transaction::Dispatch,
};

use super::Endpoint;
use super::gate::Refusal;
use super::send::{Server, reliability};
use crate::admission::{Decision, Standing};
use crate::command::Admittance;
use crate::leg::Key;
use crate::transmit::Destination;
use crate::wire;

/// A request on its way through the endpoint.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) request: Request,
    /// Where answers go: the address it came from, never another one.
    pub(super) reply: Destination,
    /// Where later requests to the sender go.
    pub(super) flow: Destination,
    pub(super) from: SocketAddr,
    /// Octets of the datagram; of no meaning on a stream.
    pub(super) size: usize,
}

impl Endpoint {
    /// A datagram came in on the socket bound at `local`.
    pub fn handle_datagram(&mut self, now: Timestamp, local: SocketAddr, from: SocketAddr, bytes: &[u8]) {
        if bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0 | b' ')) {
            return; // Keep-alives of phones behind NAT.
        }
        let limits = ParserLimits { max_headers: 160, ..ParserLimits::datagram() };
        let flow = Destination::Udp { from: local, to: from };
        match parse_datagram(bytes.to_vec().into(), &limits) {
            Ok(message) => self.handle_message(now, message, &flow, from, bytes.len()),
            Err(error) => {
                if self.admits(now, from) {
                    self.refuse_unreadable(bytes, &flow, from, &error);
                }
            }
        }
    }

    pub(super) fn handle_message(
        &mut self,
        now: Timestamp,
        message: Message,
        flow: &Destination,
        from: SocketAddr,
        size: usize,
    ) {
        match message {
            Message::Request(request) => self.handle_request(now, request, flow, from, size),
            Message::Response(response) => self.receive_response(now, response),
        }
    }

    fn receive_response(&mut self, now: Timestamp, response: Response) {
        if !sipx_sip::validate_response(&response).is_empty() {
            return;
        }
        let Some(key) = TransactionKey::from_response(&response) else {
            return;
        };
        // Strays are dropped: nothing of ours waits for them.
        let Some((key, _)) = self.clients.get_key_value(&key) else {
            return;
        };
        let key = Arc::clone(key);
        let reliability = reliability(&self.clients[&key].destination);
        if let Dispatch::Matched { outputs, .. } = self.layer.receive(Message::Response(response), reliability) {
            self.process(now, &key, outputs);
        }
    }

    fn handle_request(
        &mut self,
        now: Timestamp,
        mut request: Request,
        flow: &Destination,
        from: SocketAddr,
        size: usize,
    ) {
        let via = wire::stamp_via(&mut request, from);
        let reply = reply_path(via.as_ref(), flow, from);
        let arrival = Arrival { request, reply, flow: flow.clone(), from, size };
        let key = TransactionKey::from_request(&arrival.request);
        if let Some(key) = &key
            && let Some((known, _)) = self.servers.get_key_value(key)
        {
            let (known, reliability) = (Arc::clone(known), reliability(flow));
            if let Dispatch::Matched { outputs, .. } =
                self.layer.receive(Message::Request(arrival.request), reliability)
            {
                self.process(now, &known, outputs);
            }
            return;
        }
        if arrival.request.method == Method::Ack {
            self.handle_ack(now, &arrival.request); // Nothing is ever answered to ACK.
            return;
        }
        let in_dialog = !wire::tag(&arrival.request.headers, &HeaderName::To).is_empty();
        if self.admittance == Admittance::Overloaded && !in_dialog && arrival.request.method == Method::Invite {
            let busy = self.busy();
            self.refuse(&arrival, busy);
            return;
        }
        // A To tag costs a stranger nothing: only those of our dialogs open the door.
        let of_a_leg = in_dialog && self.leg_of(&arrival.request).is_some();
        if !of_a_leg && !self.admits(now, from) {
            return;
        }
        match (key, self.check(&arrival.request)) {
            (_, Err(refusal)) => self.refuse(&arrival, refusal),
            (None, Ok(())) => self.refuse(&arrival, Refusal::new(400)),
            (Some(_), Ok(())) if self.is_full() => {
                let busy = self.busy();
                self.refuse(&arrival, busy);
            }
            (Some(key), Ok(())) => self.dispatch(now, &Arc::new(key), &arrival, in_dialog),
        }
    }

    /// Does anybody listen to this source? Trunks are always heard.
    fn admits(&mut self, now: Timestamp, from: SocketAddr) -> bool {
        let standing = if self.trunk_of(from.ip()).is_some() { Standing::Trunk } else { Standing::Unknown };
        self.admission.request(now, from.ip(), standing) == Decision::Admit
    }

    fn is_full(&self) -> bool {
        let (clients, servers) = self.layer.len();
        clients + servers >= self.config.limits.max_transactions
    }

    /// Makes the request a server transaction of ours: from now on it gets exactly one final response.
    pub(super) fn accept_transaction(&mut self, now: Timestamp, key: &Key, arrival: &Arrival, server: Server) {
        let reliability = reliability(&arrival.flow);
        self.servers.insert(Arc::clone(key), server);
        if let Dispatch::Created { outputs, .. } =
            self.layer.receive(Message::Request(arrival.request.clone()), reliability)
        {
            self.process(now, key, outputs);
        }
    }
}

/// RFC 3261 §18.2.2 and RFC 3581, except that nobody but the sender's own address is ever answered:
/// `maddr` and `received` of a forger would make us his weapon.
fn reply_path(via: Option<&Via>, flow: &Destination, from: SocketAddr) -> Destination {
    match (flow, via) {
        (Destination::Udp { from: local, .. }, Some(via)) if via.rport().is_none() => {
            Destination::Udp { from: *local, to: SocketAddr::new(from.ip(), via.port.unwrap_or(5060)) }
        }
        _ => flow.clone(),
    }
}
