//! What an endpoint is told to do with legs.

use std::time::Duration;

use model::{AgentId, TrunkId};

use crate::sdp::LocalMedia;

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// A registered phone of an agent.
    Phone {
        /// Whose.
        agent: AgentId,
        /// The contact that [`crate::SipEvent::ContactsChanged`] named.
        contact: String,
    },
    /// A SIP address, directly.
    Uri(String),
    /// A number by a trunk.
    Trunk {
        /// Which.
        trunk: TrunkId,
        /// The number.
        number: String,
    },
}

/// Who is shown as the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerId {
    /// This number, with this name.
    Shown {
        /// User part of From.
        number: String,
        /// Display name, `""` for none.
        name: String,
    },
    /// Nobody: RFC 3323 anonymous; a trunk still learns the number by P-Asserted-Identity.
    Hidden {
        /// For the trunk alone; `""` for none.
        number: String,
    },
}

/// An outbound call.
#[derive(Debug, Clone)]
pub struct DialRequest {
    /// Whom.
    pub callee: Callee,
    /// Who calls.
    pub caller: CallerId,
    /// Further header fields; names and values that are not printable are left out.
    pub headers: Vec<(String, String)>,
    /// Our audio.
    pub media: LocalMedia,
    /// Without any response for so long the leg fails as unreachable. Default 4 s.
    pub no_response: Duration,
}

/// What exists right now; all zero when nothing is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Live {
    /// Legs: dialogs, early or confirmed.
    pub dialogs: usize,
    /// Transactions in both directions.
    pub transactions: usize,
    /// Timers that are set.
    pub timers: usize,
}

/// Is the endpoint taking new calls?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admittance {
    /// As configured.
    #[default]
    Open,
    /// Going down: new calls and OPTIONS get 503.
    Draining,
    /// Too busy: new calls get 503 before any other work.
    Overloaded,
}
