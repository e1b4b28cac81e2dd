//! What is known about a trunk before anything is sent.

use std::net::IpAddr;
use std::time::Duration;

use model::TrunkId;

use crate::digest::Credentials;

/// An address block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// First address.
    pub address: IpAddr,
    /// Bits that count.
    pub prefix: u8,
}

impl Network {
    /// Is `ip` in it? IPv4-mapped IPv6 addresses count as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address.to_canonical(), ip.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let shift = 32_u32.saturating_sub(self.prefix.into());
                (network.to_bits() ^ ip.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let shift = 128_u32.saturating_sub(self.prefix.into());
                (network.to_bits() ^ ip.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Do we register?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterPolicy {
    /// No: the trunk knows our address.
    Never,
    /// Yes, and the trunk is up only while registered.
    Keep {
        /// Seconds that we ask for.
        expires: u32,
    },
}

/// A trunk as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkConfig {
    /// Its name.
    pub id: TrunkId,
    /// `host[:port]`, tried in order; empty for a trunk that only receives.
    pub addresses: Vec<String>,
    /// Our account there.
    pub credentials: Option<Credentials>,
    /// Do we register?
    pub register: RegisterPolicy,
    /// Networks its requests come from, beside the addresses.
    pub allow_from: Vec<Network>,
    /// Most calls at once in each direction.
    pub max_calls: Option<u32>,
    /// OPTIONS every so often; zero for never.
    pub ping_every: Duration,
}
