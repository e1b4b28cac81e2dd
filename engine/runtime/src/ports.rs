//! Pairs of UDP ports for audio: even for RTP, the next one for RTCP, both bound before anybody learns of them.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

use rand::Rng;

/// Two bound sockets.
#[derive(Debug)]
pub(crate) struct PortPair {
    /// Even port: RTP.
    pub(crate) rtp: UdpSocket,
    /// Odd port: RTCP.
    pub(crate) rtcp: UdpSocket,
    /// Where RTP is received.
    pub(crate) address: SocketAddr,
}

/// Gives out pairs from a range, at random so that a stranger cannot guess the next one.
#[derive(Debug)]
pub(crate) struct Ports {
    ip: IpAddr,
    first: u16,
    pairs: u16,
}

/// Random tries before the range is searched from a random start.
const GUESSES: usize = 16;

impl Ports {
    /// Ports of `range` on the address `ip`.
    pub(crate) fn new(ip: IpAddr, range: &RangeInclusive<u16>) -> Self {
        let first = range.start().saturating_add(range.start() % 2);
        let pairs = range.end().saturating_sub(first).saturating_add(1) / 2;
        Self { ip, first, pairs: pairs.max(1) }
    }

    /// Binds a free pair.
    ///
    /// # Errors
    /// When every pair of the range is taken.
    pub(crate) fn open(&self) -> io::Result<PortPair> {
        let mut rng = rand::rng();
        for _ in 0..GUESSES {
            if let Ok(pair) = self.bind(rng.random_range(0..self.pairs)) {
                return Ok(pair);
            }
        }
        let start = rng.random_range(0..self.pairs);
        let mut last = io::Error::other("the range is empty");
        for step in 0..self.pairs {
            match self.bind((start + step) % self.pairs) {
                Ok(pair) => return Ok(pair),
                Err(error) => last = error,
            }
        }
        Err(io::Error::new(last.kind(), format!("no free pair of RTP ports in `rtp.ports`: {last}")))
    }

    fn bind(&self, pair: u16) -> io::Result<PortPair> {
        let address = SocketAddr::new(self.ip, self.first + pair * 2);
        let rtp = UdpSocket::bind(address)?;
        let rtcp = UdpSocket::bind(SocketAddr::new(self.ip, address.port() + 1))?;
        rtp.set_nonblocking(true)?;
        rtcp.set_nonblocking(true)?;
        Ok(PortPair { rtp, rtcp, address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_range_is_an_error_and_a_freed_pair_is_found_again() {
        let ports = Ports::new(IpAddr::from([127, 0, 0, 77]), &(40_000..=40_005));
        let mut pairs: Vec<PortPair> = (0..3).map(|_| ports.open().unwrap()).collect();
        assert!(pairs.iter().all(|pair| pair.address.port() % 2 == 0));
        assert!(ports.open().unwrap_err().to_string().contains("rtp.ports"));
        let freed = pairs.remove(1).address;
        assert_eq!(ports.open().unwrap().address, freed);
    }
}
