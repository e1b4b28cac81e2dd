//! The caller's one SIP socket: datagrams or a stream, as the address wants.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::{TcpStream, UdpSocket};
use mio::{Interest, Registry, Token};
use sip::{ConnectionId, Transport};

use super::address::Target;

/// How long a stream may take to open.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);
/// The longest datagram there is.
const DATAGRAM_MAX: usize = 65_535;
/// The only stream of a caller.
pub(super) const STREAM: ConnectionId = ConnectionId(1);

/// What came in.
pub(super) enum Received {
    Datagram { from: SocketAddr, bytes: Vec<u8> },
    Stream(Vec<u8>),
    Closed,
    Nothing,
}

/// An open SIP socket.
pub(super) struct SipSocket {
    /// Ours, as the other side sees it.
    pub(super) local: SocketAddr,
    /// Theirs.
    pub(super) peer: SocketAddr,
    kind: Kind,
}

enum Kind {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, unsent: Vec<u8> },
}

impl SipSocket {
    pub(super) fn open(target: &Target, registry: &Registry, token: Token) -> io::Result<Self> {
        let peer = target.address;
        let (local, kind) = match target.transport {
            Transport::Udp => {
                let socket = std::net::UdpSocket::bind((target.our_address()?, 0))?;
                socket.set_nonblocking(true)?;
                let mut socket = UdpSocket::from_std(socket);
                registry.register(&mut socket, token, Interest::READABLE)?;
                (socket.local_addr()?, Kind::Udp(socket))
            }
            Transport::Tcp => {
                let stream = std::net::TcpStream::connect_timeout(&peer, CONNECT_WITHIN)?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                let mut stream = TcpStream::from_std(stream);
                registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                (stream.local_addr()?, Kind::Tcp { stream, unsent: Vec::new() })
            }
        };
        Ok(Self { local, peer, kind })
    }

    /// Sends a message; what is lost on the way is repeated by the transaction above.
    pub(super) fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        match &mut self.kind {
            Kind::Udp(socket) => {
                if let Err(error) = socket.send_to(bytes, to) {
                    tracing::debug!(%error, %to, "a SIP datagram was not sent");
                }
            }
            Kind::Tcp { unsent, .. } => {
                unsent.extend_from_slice(bytes);
                self.flush();
            }
        }
    }

    /// Writes what the stream did not take before.
    pub(super) fn flush(&mut self) {
        let Kind::Tcp { stream, unsent } = &mut self.kind else {
            return;
        };
        while !unsent.is_empty() {
            match stream.write(unsent) {
                Ok(0) => return,
                Ok(written) => drop(unsent.drain(..written)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return, // Full, or gone: reading tells which.
            }
        }
    }

    pub(super) fn receive(&mut self) -> Received {
        let mut buffer = vec![0; DATAGRAM_MAX];
        loop {
            let read = match &mut self.kind {
                Kind::Udp(socket) => socket.recv_from(&mut buffer).map(|(length, from)| (length, Some(from))),
                Kind::Tcp { stream, .. } => stream.read(&mut buffer).map(|length| (length, None)),
            };
            return match read {
                Ok((length, Some(from))) => Received::Datagram { from, bytes: buffer[..length].to_vec() },
                Ok((0, None)) => Received::Closed,
                Ok((length, None)) => Received::Stream(buffer[..length].to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => Received::Nothing,
                Err(_) if matches!(self.kind, Kind::Udp(_)) => Received::Nothing,
                Err(_) => Received::Closed,
            };
        }
    }
}
