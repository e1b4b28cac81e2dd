//! What goes in and out of a trunk.

use model::TrunkId;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
