//! SIP by the book, sans-IO: transactions, dialogs, offer and answer, registrar, digest, trunks, admission.
//!
//! An [`Endpoint`] is told the time, datagrams, stream bytes and commands; it answers with messages to send
//! and events. It must never read a clock, open a socket, or know of queues and flows; peer input never
//! panics, and nothing that a peer sends makes it grow without bound.
//!
//! One input, then drain: `poll_transmit`, `poll_event`, and `poll_timeout` for the next call of
//! `handle_timeout`.

mod command;
mod config;
mod dialog;
mod endpoint;
mod event;
mod leg;
mod timer;
mod transmit;
mod wire;

pub mod admission;
pub mod digest;
pub mod registrar;
pub mod sdp;
pub mod trunk;

pub use command::{Admittance, Callee, CallerId, DialRequest, Live};
pub use config::{AgentAccount, EndpointConfig, Limits, Listener, Redirects, SessionTimers, Transport, TrunkAccount};
pub use endpoint::{Endpoint, Stored};
pub use event::{Incoming, Offer, PhoneContact, SipEvent};
pub use sdp::LocalMedia;
pub use transmit::{CloseConnection, ConnectionId, Destination, Transmit};
