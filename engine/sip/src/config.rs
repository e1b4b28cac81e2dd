//! What an endpoint is told before it takes calls: plain values, nothing of it from the network.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use model::AgentId;

use crate::admission::AdmissionLimits;
use crate::registrar::RegistrarLimits;
use crate::trunk::TrunkConfig;

/// How SIP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

/// A socket that the runtime has bound for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// Transport.
    pub transport: Transport,
    /// Where it is bound; the `local` of [`crate::Endpoint::handle_datagram`].
    pub bind: SocketAddr,
    /// What others see: it stands in Via and Contact.
    pub public: SocketAddr,
}

/// An agent's account: his phone registers and calls with it.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentAccount {
    /// Whose phone it is.
    pub agent: AgentId,
    /// The phone's password.
    pub secret: String,
}

impl fmt::Debug for AgentAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentAccount({}, …)", self.agent)
    }
}

/// A provider, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkAccount {
    /// Addresses, account, registration, health checks.
    pub config: TrunkConfig,
    /// How its addresses are reached.
    pub transport: Transport,
}

/// What to do with 3xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirects {
    /// The leg fails: a phone must not choose whom we call.
    #[default]
    Refuse,
    /// The first contact is tried, once.
    Follow,
}

/// How much an endpoint takes on before it answers 503, beside [`AdmissionLimits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Legs at once, both directions.
    pub max_legs: usize,
    /// Transactions at once, both directions.
    pub max_transactions: usize,
    /// Octets of one message on a stream.
    pub max_message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_legs: 4000, max_transactions: 20_000, max_message: 256 * 1024 }
    }
}

/// RFC 4028 values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimers {
    /// Interval that we ask for in our own INVITE.
    pub interval: Duration,
    /// Shortest interval that we accept.
    pub min: Duration,
}

impl Default for SessionTimers {
    fn default() -> Self {
        Self { interval: Duration::from_secs(1800), min: Duration::from_secs(90) }
    }
}

/// Everything an endpoint is told.
#[derive(Debug, Clone, Default)]
pub struct EndpointConfig {
    /// Our sockets; the first of a transport is the one that outbound calls use.
    pub listeners: Vec<Listener>,
    /// `User-Agent` and `Server`.
    pub user_agent: String,
    /// Digest realm and domain of our own addresses of record.
    pub realm: String,
    /// User part → account.
    pub agents: BTreeMap<String, AgentAccount>,
    /// Providers.
    pub trunks: Vec<TrunkAccount>,
    /// Caps.
    pub limits: Limits,
    /// Who is listened to.
    pub admission: AdmissionLimits,
    /// Bounds of registrations.
    pub registrar: RegistrarLimits,
    /// What to do with 3xx.
    pub redirects: Redirects,
    /// Session timers.
    pub session_timers: SessionTimers,
}

impl EndpointConfig {
    pub(crate) fn listener(&self, transport: Transport) -> Option<&Listener> {
        self.listeners.iter().find(|l| l.transport == transport)
    }

    pub(crate) fn listener_at(&self, transport: Transport, bind: SocketAddr) -> Option<&Listener> {
        self.listeners.iter().find(|l| l.transport == transport && l.bind == bind).or_else(|| self.listener(transport))
    }
}
