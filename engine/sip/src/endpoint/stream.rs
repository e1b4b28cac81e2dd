//! Streams: framing, keep-alives, half messages.

use std::net::SocketAddr;
use std::time::Duration;

use model::Timestamp;
use sipx_sip::{Limits as ParserLimits, StreamParser};

use super::Endpoint;
use crate::registrar::FlowId;
use crate::timer::Timer;
use crate::transmit::{CloseConnection, ConnectionId, Destination};

/// How long a message may arrive in pieces.
const PARTIAL_MESSAGE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Stream {
    parser: StreamParser,
    pub(super) peer: SocketAddr,
    health: StreamHealth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StreamHealth {
    Good,
    /// A message began and never ended.
    Stalled,
}

impl Endpoint {
    /// A stream is open, theirs or one that [`Destination::Connect`] asked for.
    pub fn stream_opened(&mut self, _now: Timestamp, connection: ConnectionId, peer: SocketAddr) {
        let limits = ParserLimits {
            max_message_bytes: self.config.limits.max_message,
            max_body_bytes: self.config.limits.max_message,
            max_headers: 160,
            ..ParserLimits::stream()
        };
        let stream = Stream { parser: StreamParser::new(limits), peer, health: StreamHealth::Good };
        self.streams.insert(connection, stream);
        self.stream_by_peer.insert(peer, connection);
    }

    /// Bytes came in. An error means that the framing is lost: close the stream and report `stream_closed`.
    pub fn handle_stream(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        bytes: &[u8],
    ) -> Result<(), CloseConnection> {
        let close = |reason: &str| CloseConnection { reason: reason.to_owned() };
        let stream = self.streams.get_mut(&connection).ok_or_else(|| close("it was never opened"))?;
        if stream.health == StreamHealth::Stalled {
            return Err(close("a message did not end in time"));
        }
        let peer = stream.peer;
        let parsed = stream.parser.push(bytes);
        let pings = stream.parser.take_keepalives() / 2;
        let half = stream.parser.pending() > 0;
        let messages = match parsed {
            Ok(messages) => messages,
            Err(error) => {
                let flow = Destination::Stream(connection);
                self.refuse_unreadable(bytes, &flow, peer, &error);
                return Err(close(&error.to_string()));
            }
        };
        if pings > 0 {
            self.transmit(Destination::Stream(connection), b"\r\n".to_vec()); // RFC 5626 §4.4.1
        }
        if half {
            self.timers.set(now + PARTIAL_MESSAGE, Timer::PartialMessage(connection));
        } else {
            self.timers.clear(&Timer::PartialMessage(connection));
        }
        for message in messages {
            self.handle_message(now, message, &Destination::Stream(connection), peer, bytes.len());
        }
        Ok(())
    }

    /// A stream is gone. Requests that waited for a response on it fail.
    pub fn stream_closed(&mut self, now: Timestamp, connection: ConnectionId) {
        let Some(stream) = self.streams.remove(&connection) else {
            return;
        };
        if self.stream_by_peer.get(&stream.peer) == Some(&connection) {
            self.stream_by_peer.remove(&stream.peer);
        }
        self.timers.clear(&Timer::PartialMessage(connection));
        self.registrar.flow_closed(FlowId(connection.0));
        self.unreachable(now, &Destination::Stream(connection));
    }

    /// A stream that the runtime should close because a message began and never ended.
    pub fn poll_close(&mut self) -> Option<ConnectionId> {
        self.closes.pop_front()
    }

    pub(super) fn stream_stalled(&mut self, connection: ConnectionId) {
        if let Some(stream) = self.streams.get_mut(&connection) {
            stream.health = StreamHealth::Stalled;
            self.closes.push_back(connection);
        }
    }
}
