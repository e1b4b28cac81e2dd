//! The sockets of an audio thread, found by session key.

use std::io;
use std::net::SocketAddr;

use media::{SessionKey, Sink};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};

use crate::ports::PortPair;

/// Bits of a session key that number its place.
const PLACE_BITS: u32 = 16;

/// Socket pairs by the place of their session.
#[derive(Default)]
pub(super) struct Sockets {
    pairs: Vec<Option<Pair>>,
}

/// The sockets of a session.
pub(super) struct Pair {
    key: SessionKey,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

/// Which socket of which session is readable.
#[derive(Clone, Copy)]
pub(super) enum Readable {
    Rtp(SessionKey),
    Rtcp(SessionKey),
}

fn place(key: SessionKey) -> usize {
    (key.0 & ((1 << PLACE_BITS) - 1)) as usize
}

impl Sockets {
    pub(super) fn insert(&mut self, registry: &Registry, key: SessionKey, ports: PortPair) -> io::Result<()> {
        let (rtp, rtcp) = (UdpSocket::from_std(ports.rtp), UdpSocket::from_std(ports.rtcp));
        self.watch(registry, Pair { key, rtp, rtcp })
    }

    /// Goes on with the sockets of another thread; packets that came in between are not lost.
    pub(super) fn adopt(&mut self, registry: &Registry, key: SessionKey, pair: Pair) -> io::Result<()> {
        self.watch(registry, Pair { key, ..pair })
    }

    fn watch(&mut self, registry: &Registry, mut pair: Pair) -> io::Result<()> {
        let place = place(pair.key);
        registry.register(&mut pair.rtp, Token(place * 2), Interest::READABLE)?;
        registry.register(&mut pair.rtcp, Token(place * 2 + 1), Interest::READABLE)?;
        if self.pairs.len() <= place {
            self.pairs.resize_with(place + 1, || None);
        }
        self.pairs[place] = Some(pair);
        Ok(())
    }

    /// Takes a session's sockets out of the poll, open as they are.
    pub(super) fn release(&mut self, registry: &Registry, key: SessionKey) -> Option<Pair> {
        let mut pair = self.pairs.get_mut(place(key))?.take()?;
        let released = registry.deregister(&mut pair.rtp).and_then(|()| registry.deregister(&mut pair.rtcp));
        if let Err(error) = released {
            tracing::error!(%error, "a leg's sockets cannot leave their thread");
            return None;
        }
        Some(pair)
    }

    /// Closes a session's sockets; dropping them takes them out of the poll.
    pub(super) fn remove(&mut self, key: SessionKey) {
        if let Some(slot) = self.pairs.get_mut(place(key)) {
            *slot = None;
        }
    }

    pub(super) fn readable(&self, token: Token) -> Option<Readable> {
        let pair = self.pairs.get(token.0 / 2)?.as_ref()?;
        Some(if token.0.is_multiple_of(2) { Readable::Rtp(pair.key) } else { Readable::Rtcp(pair.key) })
    }

    pub(super) fn receive(&self, from: Readable, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        let (Readable::Rtp(key) | Readable::Rtcp(key)) = from;
        let pair = self.pairs.get(place(key))?.as_ref()?;
        let socket = if matches!(from, Readable::Rtp(_)) { &pair.rtp } else { &pair.rtcp };
        loop {
            match socket.recv_from(buffer) {
                Ok(received) => return Some(received),
                // An ICMP error of an earlier packet; the next one may be good.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(_) => return None,
            }
        }
    }
}

impl Sink for Sockets {
    fn send(&mut self, key: SessionKey, to: SocketAddr, packet: &[u8]) {
        if let Some(Some(pair)) = self.pairs.get(place(key)) {
            // A packet that the kernel refuses is lost like any other.
            let _ = pair.rtp.send_to(packet, to);
        }
    }

    fn send_rtcp(&mut self, key: SessionKey, to: SocketAddr, packet: &[u8]) {
        if let Some(Some(pair)) = self.pairs.get(place(key)) {
            let _ = pair.rtcp.send_to(packet, to);
        }
    }
}
