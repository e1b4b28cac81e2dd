//! The trunk as a whole: addresses, registration and health together.

use std::net::IpAddr;

use model::{Timestamp, TrunkId};

use super::{Network, TrunkConfig};
use crate::digest::Authorization;

/// Names a request that the trunk asked to send, so that its response finds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Credentials for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkAuthorization {
    /// None yet.
    None,
    /// Value of Authorization.
    Authorization(String),
    /// Value of Proxy-Authorization.
    ProxyAuthorization(String),
}

/// Why a trunk cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownReason {
    /// No address answers OPTIONS.
    NoAnswer,
    /// Registration is refused with this status.
    Refused(u16),
    /// Registration is not answered.
    RegisterTimeout,
    /// Wrong account or password.
    WrongCredentials,
}

/// What the trunk wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkAction {
    /// Send a REGISTER. All REGISTERs of a trunk share a Call-ID, with rising CSeq.
    SendRegister {
        /// Give it back with the response.
        request: RequestId,
        /// `host[:port]` to send to.
        address: String,
        /// Request-URI.
        uri: String,
        /// Seconds; 0 unregisters.
        expires: u32,
        /// Header to add.
        authorization: TrunkAuthorization,
    },
    /// Send an OPTIONS.
    SendOptions {
        /// Give it back with the response.
        request: RequestId,
        /// `host[:port]` to send to.
        address: String,
        /// Request-URI.
        uri: String,
    },
    /// Calls may use the trunk.
    Up {
        /// `host[:port]` they go to.
        address: String,
    },
    /// Calls must not use the trunk.
    Down {
        /// Why.
        reason: DownReason,
    },
}

/// What a response to REGISTER or OPTIONS carries besides its status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisterInfo {
    /// Values of all WWW-Authenticate (401) or Proxy-Authenticate (407) headers.
    pub challenges: Vec<String>,
    /// Seconds granted to our contact: its `expires` parameter, else the Expires header.
    pub expires: Option<u32>,
    /// Min-Expires of a 423, seconds.
    pub min_expires: Option<u32>,
    /// Retry-After, seconds.
    pub retry_after: Option<u32>,
}

/// Seen from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallDirection {
    /// The trunk calls us.
    In,
    /// We call through the trunk.
    Out,
}

/// Why the trunk takes no more calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("trunk `{trunk}` has {max} calls already")]
pub struct TrunkBusy {
    /// Which.
    pub trunk: TrunkId,
    /// Its limit per direction.
    pub max: u32,
}

/// One trunk. One input, then drain [`Trunk::poll_action`].
#[derive(Debug)]
pub struct Trunk {}

impl Trunk {
    /// Starts at once: the first REGISTER or OPTIONS is ready to be polled.
    pub fn new(now: Timestamp, config: TrunkConfig, seed: u64) -> Self {
        let _ = config.allow_from.first().map(|network: &Network| network.prefix);
        todo!("{now} {config:?} {seed}")
    }

    /// The response to a request of ours; provisional and unknown ones are ignored.
    pub fn handle_response(&mut self, now: Timestamp, request: RequestId, status: u16, info: &RegisterInfo) {
        todo!("{now} {request:?} {status} {info:?}")
    }

    /// The request ended without a final response, or could not be sent.
    pub fn handle_no_response(&mut self, now: Timestamp, request: RequestId) {
        todo!("{now} {request:?}")
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        todo!("{now}")
    }

    /// When [`Trunk::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        todo!()
    }

    /// What to do next.
    pub fn poll_action(&mut self) -> Option<TrunkAction> {
        todo!()
    }

    /// An address of the trunk means these IPs now; replaces what it meant before.
    pub fn resolved(&mut self, address: &str, ips: Vec<IpAddr>) {
        todo!("{address} {ips:?}")
    }

    /// Does a request from `ip` come from this trunk?
    pub fn matches_source(&self, ip: IpAddr) -> bool {
        todo!("{ip}")
    }

    /// May calls use it?
    pub fn is_up(&self) -> bool {
        todo!()
    }

    /// Addresses for a new call: those that answer, the registered one first; the caller tries them in order.
    pub fn targets(&self) -> Vec<&str> {
        todo!()
    }

    /// Counts a call in, unless the trunk is full.
    pub fn call_started(&mut self, direction: CallDirection) -> Result<(), TrunkBusy> {
        todo!("{direction:?}")
    }

    /// Counts a call out.
    pub fn call_ended(&mut self, direction: CallDirection) {
        todo!("{direction:?}")
    }

    /// Answers a challenge to a request that **we sent to this trunk**; to nobody else's.
    /// At most 2 per request is the caller's duty. None when the trunk has no account for that realm.
    pub fn authorize(&mut self, challenges: &[&str], method: &str, uri: &str) -> Option<Authorization> {
        todo!("{challenges:?} {method} {uri}")
    }

    /// Unregisters and stops pinging: the last SendRegister has expires 0.
    pub fn shut_down(&mut self, now: Timestamp) {
        todo!("{now}")
    }
}
