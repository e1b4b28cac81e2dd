//! Black-box tests that drive the real binary with an independent caller.
//!
//! Nothing here may use a Callwright crate: SIP is read and built with `rsip`, G.711, RTP, SDP and digest
//! are written again, so that one mistake cannot hide on both sides of the wire. Plain threads and blocking
//! sockets on loopback only; every wait has an end; only processes started here are ended, by their id.
//!
//! [`Server`] runs the binary on a copy of a project, [`Phone`] is a telephone, [`Call`] is one of its calls,
//! [`Audio`] is what is said and heard in it.

mod answering;
mod audio;
pub mod baresip;
mod call;
pub mod clock;
mod digest;
pub mod disk;
pub mod g711;
mod line;
mod listening;
mod message;
mod phone;
#[cfg(test)]
mod phone_tests;
pub mod postgres;
mod project;
pub mod rtp;
mod sdp;
mod server;
pub mod sink;
pub mod sipp;
mod speaking;
pub mod strace;
mod ticking;
pub mod tools;
pub mod wav;
mod wire;

pub use answering::{Answering, Then};
pub use audio::{Audio, DigitLoss, Spacing};
pub use call::{Call, Dial};
pub use digest::{Algorithm, Challenge};
pub use listening::{Likeness, likeness};
pub use message::Message;
pub use phone::Phone;
pub use project::Project;
pub use rsip::Method;
pub use sdp::{Direction, Sdp};
pub use server::{Server, binary};
pub use wire::Transport;
