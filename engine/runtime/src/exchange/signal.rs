//! Between the endpoint and the switchboard: leg events, leg commands, messages on the wire.

use std::net::SocketAddr;

use model::{LegId, Timestamp};
use script::Project;
use sip::{CallerId, ConnectionId, Destination, DialRequest, SipEvent, Transmit};
use switchboard::{Callee, Contact, Dial, LegCommand, LegEvent, Offered};

use super::Exchange;
use crate::inbox::Inbox;
use crate::media::AudioJob;
use crate::net::StreamWriter;

/// Messages that wait while a stream opens.
const WAITING_FOR_STREAM_MAX: usize = 64;

impl Exchange {
    pub(super) fn sip_event(&mut self, event: SipEvent) {
        let now = self.parts.clock.now();
        match event {
            SipEvent::Incoming { leg, incoming } => {
                let offered = Offered {
                    source: incoming.source,
                    from: incoming.from,
                    name: incoming.name,
                    to: incoming.to,
                    headers: incoming.headers,
                    replaces: incoming.replaces,
                };
                self.tell(now, leg, LegEvent::Offered(Box::new(offered)));
            }
            SipEvent::Ringing { leg, early_media } => self.tell(now, leg, LegEvent::Ringing { early_media }),
            SipEvent::Answered { leg } => self.tell(now, leg, LegEvent::Answered),
            SipEvent::MediaAgreed { leg, spec } => self.describe(leg, *spec),
            SipEvent::Failed { leg, reason, status } => {
                tracing::debug!(%leg, status, "an outbound call failed");
                self.tell(now, leg, LegEvent::Failed(reason));
            }
            SipEvent::HungUp { leg, cause } => self.tell(now, leg, LegEvent::HungUp(cause)),
            SipEvent::Held { leg } => self.tell(now, leg, LegEvent::Held),
            SipEvent::Resumed { leg } => self.tell(now, leg, LegEvent::Resumed),
            SipEvent::Digit { leg, digit } => self.audio_job(leg, AudioJob::InfoDigit { leg, digit }),
            SipEvent::TransferRequested { leg, to, replaces } => {
                self.tell(now, leg, LegEvent::TransferRequested { to, replaces });
            }
            SipEvent::StoreBindings { ticket, agent, change } => {
                self.parts.keeper.phones(ticket, agent, change);
            }
            SipEvent::ContactsChanged { agent, contacts } => {
                let contacts = contacts.into_iter().map(|contact| Contact { uri: contact.uri }).collect();
                self.board.handle_phones(now, agent, contacts);
            }
            SipEvent::TrunkUp { trunk } => self.board.handle_trunk(now, trunk, None),
            SipEvent::TrunkDown { trunk, reason } => self.board.handle_trunk(now, trunk, Some(reason)),
            SipEvent::LegGone { leg } => self.close_audio(leg),
            SipEvent::Ladder { leg, line } => tracing::debug!(target: "callwright::sip", %leg, line),
        }
    }

    fn tell(&mut self, now: Timestamp, leg: LegId, event: LegEvent) {
        self.board.handle_leg(now, leg, event);
    }

    pub(super) fn leg_command(&mut self, now: Timestamp, leg: LegId, command: LegCommand) {
        match command {
            LegCommand::Dial(dial) => self.dial(now, leg, *dial),
            LegCommand::Ring { early_media } => {
                let early = if early_media { self.local_media(leg) } else { None };
                self.parts.endpoint.ring(now, leg, early);
            }
            LegCommand::Answer => match self.local_media(leg) {
                Some(local) => self.parts.endpoint.answer(now, leg, local),
                None => {
                    self.parts.endpoint.reject(now, leg, 503, Some(5));
                    self.tell(now, leg, LegEvent::HungUp(model::HangupCause::Error));
                }
            },
            LegCommand::Reject { status, retry_after } => self.parts.endpoint.reject(now, leg, status, retry_after),
            LegCommand::Hangup(cause) => self.parts.endpoint.hangup(now, leg, cause),
            LegCommand::TransferDone { status } => self.parts.endpoint.transfer_done(now, leg, status),
        }
    }

    fn dial(&mut self, now: Timestamp, leg: LegId, dial: Dial) {
        self.leg_calls.insert(leg, dial.call);
        let Some(media) = self.open_media(leg) else {
            self.leg_calls.remove(&leg);
            return self.tell(now, leg, LegEvent::Failed(model::LegFailure::Failed));
        };
        let callee = match dial.callee {
            Callee::Phone { agent, contact } => sip::Callee::Phone { agent, contact },
            Callee::Trunk { trunk, number } => sip::Callee::Trunk { trunk, number },
            Callee::Uri(uri) => sip::Callee::Uri(uri),
        };
        let caller = match dial.show {
            Some(number) => CallerId::Shown { number, name: dial.show_name },
            None => CallerId::Hidden { number: String::new() },
        };
        let mut headers = vec![("X-Callwright-Call".to_owned(), dial.call.to_string())];
        headers.extend(dial.card);
        let request = DialRequest { callee, caller, headers, media, no_response: std::time::Duration::from_secs(4) };
        self.parts.endpoint.dial(now, leg, request);
        self.note_call_id(dial.call, leg);
    }

    /// Says whose messages those of a leg are.
    pub(super) fn note_call_id(&mut self, call: model::CallId, leg: LegId) {
        if let Some(id) = self.parts.endpoint.call_id(leg) {
            self.capture.belongs(call, id);
        }
    }

    /// Our address and the peer's on a stream; only the peer's is known there.
    fn on_stream(&self, connection: ConnectionId) -> Option<(SocketAddr, SocketAddr)> {
        let peer = *self.peers.iter().find(|(_, other)| **other == connection)?.0;
        Some((*self.parts.udp.keys().find(|local| local.is_ipv4() == peer.is_ipv4())?, peer))
    }

    pub(super) fn stream_opened(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        peer: SocketAddr,
        writer: StreamWriter,
    ) {
        let opening = self.connecting.remove(&peer).unwrap_or_default();
        for bytes in opening.waiting {
            writer.write(bytes);
        }
        self.peers.insert(peer, connection);
        self.streams.insert(connection, writer);
        self.parts.endpoint.stream_opened(now, connection, peer);
    }

    pub(super) fn stream_closed(&mut self, now: Timestamp, connection: ConnectionId) {
        self.streams.remove(&connection);
        self.peers.retain(|_, other| *other != connection);
        self.parts.endpoint.stream_closed(now, connection);
    }

    /// A stream that could not be opened fails everything that waited for it, by the name it was asked for.
    pub(super) fn unreachable(&mut self, now: Timestamp, destination: &Destination) {
        if let Destination::Connect { to } = destination {
            let opening = self.connecting.remove(to).unwrap_or_default();
            for wanted in opening.wanted.iter().filter(|wanted| *wanted != destination) {
                self.parts.endpoint.unreachable(now, wanted);
            }
        }
        self.parts.endpoint.unreachable(now, destination);
    }

    pub(super) fn stream_bytes(&mut self, now: Timestamp, connection: ConnectionId, bytes: &[u8]) {
        if !self.streams.contains_key(&connection) {
            return;
        }
        if let Some((own, peer)) = self.on_stream(connection) {
            self.capture.note(self.parts.clock.wall(), (peer, own), bytes);
        }
        if let Err(fault) = self.parts.endpoint.handle_stream(now, connection, bytes) {
            tracing::info!(%fault, connection = connection.0, "a SIP stream is closed");
            self.carry_out();
            self.streams.remove(&connection);
        }
    }

    pub(super) fn transmit(&mut self, transmit: Transmit) {
        let Transmit { destination, bytes } = transmit;
        let way = match &destination {
            Destination::Udp { from, to } => Some((*from, *to)),
            Destination::Stream(connection) => self.on_stream(*connection),
            Destination::Connect { to } => {
                self.parts.udp.keys().find(|local| local.is_ipv4() == to.is_ipv4()).map(|own| (*own, *to))
            }
            // Its address is not known yet.
            Destination::Host { .. } => None,
        };
        if let Some(way) = way {
            self.capture.note(self.parts.clock.wall(), way, &bytes);
        }
        match &destination {
            Destination::Udp { from, to } => self.send_datagram(*from, *to, &bytes),
            Destination::Stream(connection) => {
                let written = self.streams.get(connection).is_some_and(|writer| writer.write(bytes));
                if !written {
                    self.streams.remove(connection);
                }
            }
            Destination::Connect { to } => self.connect(*to, &destination, bytes),
            Destination::Host { host, port, .. } => {
                let (host, port) = (host.clone(), port.unwrap_or(5060));
                self.resolve(host, port, destination, bytes);
            }
        }
    }

    fn send_datagram(&self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let socket = self.parts.udp.get(&from).or_else(|| self.parts.udp.values().next());
        if let Some(Err(error)) = socket.map(|socket| socket.send_to(bytes, to)) {
            tracing::debug!(%error, %to, "a SIP datagram was not sent");
        }
    }

    /// Sends on the stream to `to`; opens one when there is none. `wanted` is who to name when that fails.
    fn connect(&mut self, to: SocketAddr, wanted: &Destination, bytes: Vec<u8>) {
        let open = self.peers.get(&to).and_then(|connection| self.streams.get(connection));
        if let Some(writer) = open {
            writer.write(bytes);
            return;
        }
        let is_opening = self.connecting.contains_key(&to);
        let opening = self.connecting.entry(to).or_default();
        if opening.waiting.len() < WAITING_FOR_STREAM_MAX {
            opening.waiting.push(bytes);
            opening.wanted.insert(wanted.clone());
        }
        if !is_opening {
            self.parts.tokio.spawn(crate::net::connect(to, self.parts.post.clone()));
        }
    }

    fn resolve(&self, host: String, port: u16, destination: Destination, bytes: Vec<u8>) {
        let post = self.parts.post.clone();
        self.parts.tokio.spawn(async move {
            let found = crate::net::resolve(&host, port).await;
            match found.ok().and_then(|addresses| addresses.first().copied()) {
                Some(to) => post.send(Inbox::Resolved { destination, bytes, to }),
                None => post.send(Inbox::Unreachable(destination)),
            }
        });
    }

    pub(super) fn send_resolved(&mut self, destination: &Destination, bytes: Vec<u8>, to: SocketAddr) {
        match destination {
            Destination::Host { transport: sip::Transport::Tcp, .. } => self.connect(to, destination, bytes),
            _ => {
                let from = self.parts.udp.keys().find(|local| local.is_ipv4() == to.is_ipv4()).copied();
                if let Some(from) = from {
                    self.capture.note(self.parts.clock.wall(), (from, to), &bytes);
                    self.send_datagram(from, to, &bytes);
                }
            }
        }
    }

    /// Names of trunks become addresses, so that their requests are known.
    pub(super) fn resolve_trunks(&self, project: &Project) {
        for (trunk, config) in &project.config.trunks {
            for address in &config.addresses {
                let (trunk, address, post) = (trunk.clone(), address.clone(), self.parts.post.clone());
                let (host, port) = match address.rsplit_once(':') {
                    Some((host, port)) if port.parse::<u16>().is_ok() => {
                        (host.to_owned(), port.parse().unwrap_or(5060))
                    }
                    _ => (address.clone(), 5060),
                };
                self.parts.tokio.spawn(async move {
                    match crate::net::resolve(host.trim_matches(['[', ']']), port).await {
                        Ok(found) => {
                            let ips = found.into_iter().map(|address| address.ip()).collect();
                            post.send(Inbox::TrunkResolved { trunk, address, ips });
                        }
                        Err(error) => tracing::warn!(%trunk, address, %error, "a trunk's name is not known"),
                    }
                });
            }
        }
    }
}
