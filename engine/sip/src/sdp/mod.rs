//! Offer and answer (RFC 3264) for one audio stream: what we say, what they said, what was agreed.
//!
//! The parser underneath is tolerant, so every check of untrusted text is made in here.

mod describe;
mod negotiate;
mod read;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use model::{Codec, Direction, MediaSpec};

pub use negotiate::{accept_answer, answer, offer, reoffer, versioned};

/// Payload type under which we offer RFC 4733 events.
pub const TELEPHONE_EVENT_PAYLOAD_TYPE: u8 = 101;

/// The numbers of our `o=` line: the id stays for a dialog, the version grows with each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionId {
    /// Chosen once per dialog.
    pub id: u64,
    /// Of the first description; [`versioned`] counts on from the last one sent.
    pub version: u64,
}

/// Our side of one audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalMedia {
    /// Where we receive RTP, as the other side must see it.
    pub address: SocketAddr,
    /// What we can run, best first. Decides the order of our offers; in answers the offerer's order wins (RFC 3264 §6.1).
    pub codecs: Vec<Codec>,
    /// Do we take RFC 4733 events?
    pub telephone_event: bool,
    /// Milliseconds per packet that our offers ask for; answers repeat what the other side asked.
    pub packet_ms: u8,
    /// Who may send, seen from us; an answer never grants more than the offer allows.
    pub direction: Direction,
    /// Names our description.
    pub session: SessionId,
}

/// Our answer to an offer, and what is agreed once it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The body of the answer, `application/sdp`.
    pub sdp: String,
    /// The agreed stream.
    pub spec: MediaSpec,
}

/// Why a description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// More than we are willing to read.
    #[error("session description has {what}, at most {most} are read")]
    TooBig {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// Not SDP, or not consistent.
    #[error("session description is malformed: {0}")]
    Malformed(String),
    /// No audio stream that we could run: none at all, port 0, or secured.
    #[error("session description has no usable audio stream")]
    NoUsableMedia,
    /// Audio, but in no codec of ours.
    #[error("session description has no codec in common with us")]
    NoCommonCodec,
    /// Audio wanted where we must not send it.
    #[error("audio must not be sent to `{address}`: {reason}")]
    ForbiddenAddress {
        /// As written.
        address: String,
        /// Why.
        reason: &'static str,
    },
}

impl SdpError {
    /// The status of the response: 400 for what cannot be read, 488 for what cannot be agreed.
    pub const fn status(&self) -> u16 {
        match self {
            SdpError::TooBig { .. } | SdpError::Malformed(_) => 400,
            SdpError::NoUsableMedia | SdpError::NoCommonCodec | SdpError::ForbiddenAddress { .. } => 488,
        }
    }
}
