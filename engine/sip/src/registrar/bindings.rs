//! What a REGISTER says and what comes of it.

use std::net::SocketAddr;
use std::time::Duration;

use model::Timestamp;

/// A connection that the runtime keeps: requests to a TCP contact go back through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// Names a prepared change until it is committed or aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterTicket(pub u64);

/// The bounds of registrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrarLimits {
    /// Shorter wishes are answered with 423. Default 60 s.
    pub expires_min: Duration,
    /// When nothing is wished. Default 300 s.
    pub expires_default: Duration,
    /// Longer wishes are cut to this. Default 3600 s.
    pub expires_max: Duration,
    /// Contacts per user. Default 10.
    pub contacts_max: usize,
}

impl Default for RegistrarLimits {
    fn default() -> Self {
        Self {
            expires_min: Duration::from_secs(60),
            expires_default: Duration::from_secs(300),
            expires_max: Duration::from_secs(3600),
            contacts_max: 10,
        }
    }
}

/// One Contact of a REGISTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredContact {
    /// The URI between the angle brackets, with its parameters.
    pub uri: String,
    /// The `expires` parameter, seconds.
    pub expires: Option<u32>,
    /// The `q` parameter in thousandths, 0–1000.
    pub q: Option<u16>,
}

/// The Contact headers of a REGISTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contacts {
    /// None: the phone asks what is registered.
    Query,
    /// `Contact: *`
    All,
    /// At least one.
    Listed(Vec<RegisteredContact>),
    /// `*` beside others: 400.
    AllAndListed,
}

/// A REGISTER after authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// User part of the To URI, unescaped: whose contacts change.
    pub user: String,
    /// Who proved to be whom.
    pub authenticated_user: String,
    /// Call-ID.
    pub call_id: String,
    /// CSeq number.
    pub cseq: u32,
    /// Expires header, seconds.
    pub expires: Option<u32>,
    /// What shall be registered.
    pub contacts: Contacts,
    /// Where the request came from.
    pub source: SocketAddr,
    /// The connection it came on, unless it was a datagram.
    pub flow: Option<FlowId>,
}

/// One place where a user can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Contact URI as registered: goes into the Request-URI and into the 200.
    pub uri: String,
    /// Send here instead of the URI's host, which is not where the phone is (NAT).
    pub received: Option<SocketAddr>,
    /// Send through this connection while it lasts.
    pub flow: Option<FlowId>,
    /// Preference in thousandths.
    pub q: u16,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Call-ID of the REGISTER that made it.
    pub call_id: String,
    /// CSeq number of the REGISTER that made it.
    pub cseq: u32,
}

impl Binding {
    /// Whole seconds left, rounded up: the `expires` of the 200.
    pub fn expires_in(&self, now: Timestamp) -> u64 {
        self.expires_at.since(now).as_micros().div_ceil(1_000_000).try_into().unwrap_or(u64::MAX)
    }
}

/// A binding as it is kept on disk; times are relative because our clock starts with the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBinding {
    /// Whose.
    pub user: String,
    /// Contact URI, the key together with `user`.
    pub uri: String,
    /// See [`Binding::received`].
    pub received: Option<SocketAddr>,
    /// Preference in thousandths.
    pub q: u16,
    /// Time left.
    pub expires_in: Duration,
    /// Call-ID.
    pub call_id: String,
    /// CSeq number.
    pub cseq: u32,
}

/// What to store, in one transaction, before the 200 is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose contacts.
    pub user: String,
    /// Insert or replace, by `(user, uri)`.
    pub saved: Vec<StoredBinding>,
    /// Delete: contact URIs as they were stored.
    pub removed: Vec<String>,
}

/// A binding that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Whose.
    pub user: String,
    /// Contact URI as it was stored.
    pub uri: String,
}

/// What has to happen before the 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// Nothing changes: send the 200 with these.
    Unchanged {
        /// All contacts of the user.
        contacts: Vec<Binding>,
    },
    /// Store `change`, then [`Registrar::commit`] or [`Registrar::abort`].
    Store {
        /// Names the change.
        ticket: RegisterTicket,
        /// What to store.
        change: Change,
    },
}

/// Why a REGISTER is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Somebody else's address.
    #[error("`{authenticated_user}` may not register contacts of `{user}`")]
    NotYours {
        /// The To user.
        user: String,
        /// Who asked.
        authenticated_user: String,
    },
    /// A wish below the minimum.
    #[error("expires {asked} s is too brief, at least {min} s")]
    IntervalTooBrief {
        /// Seconds wished.
        asked: u32,
        /// For Min-Expires, seconds.
        min: u32,
    },
    /// The user's table is full.
    #[error("`{user}` has {max} contacts already")]
    TooManyContacts {
        /// Whose.
        user: String,
        /// The limit.
        max: usize,
    },
    /// `*` without `Expires: 0`, `*` beside others, an unreadable URI.
    #[error("contact cannot be registered: {0}")]
    BadContact(&'static str),
    /// An older request than the one we know, with the same Call-ID (RFC 3261 §10.3 step 7).
    #[error("CSeq {got} is not above {known} of the same Call-ID")]
    OutOfOrder {
        /// Of this request.
        got: u32,
        /// Of the binding.
        known: u32,
    },
    /// Too many changes wait for the store.
    #[error("too many registrations wait for the store")]
    Busy,
}

impl RegisterError {
    /// The status of the response; a 423 also carries Min-Expires.
    pub const fn status(&self) -> u16 {
        match self {
            RegisterError::NotYours { .. } | RegisterError::TooManyContacts { .. } => 403,
            RegisterError::IntervalTooBrief { .. } => 423,
            RegisterError::BadContact(_) => 400,
            RegisterError::OutOfOrder { .. } => 500,
            RegisterError::Busy => 503,
        }
    }
}
