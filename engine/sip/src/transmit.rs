//! What leaves an endpoint: bytes and where they shall go.

use std::fmt;
use std::net::SocketAddr;

use crate::config::Transport;

/// One stream, numbered by the runtime when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// A datagram from the socket bound at `from`.
    Udp {
        /// Which of our sockets.
        from: SocketAddr,
        /// Whom.
        to: SocketAddr,
    },
    /// Bytes on an open stream.
    Stream(ConnectionId),
    /// Bytes on a stream to `to`: open it, report [`crate::Endpoint::stream_opened`], then write.
    Connect {
        /// Whom.
        to: SocketAddr,
    },
    /// A name that the runtime resolves first (A, AAAA, SRV); failure is reported by [`crate::Endpoint::unreachable`].
    Host {
        /// How to reach it.
        transport: Transport,
        /// The name.
        host: String,
        /// The port; none lets SRV decide, then 5060.
        port: Option<u16>,
    },
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Udp { to, .. } => write!(f, "udp {to}"),
            Destination::Stream(id) => write!(f, "stream {}", id.0),
            Destination::Connect { to } => write!(f, "tcp {to}"),
            Destination::Host { host, port: Some(port), .. } => write!(f, "{host}:{port}"),
            Destination::Host { host, .. } => f.write_str(host),
        }
    }
}

/// One message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where.
    pub destination: Destination,
    /// What.
    pub bytes: Vec<u8>,
}

/// The stream is broken beyond repair: close it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("close the stream: {reason}")]
pub struct CloseConnection {
    /// Why, for the log.
    pub reason: String,
}
