//! What two parties agreed to send each other: the result of an SDP offer and answer (RFC 3264).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// A speech codec that an audio path can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law, 8 kHz, static payload type 0.
    Pcmu,
    /// G.711 A-law, 8 kHz, static payload type 8.
    Pcma,
    /// G.722, 16 kHz audio, RTP clock 8 kHz by an old mistake (RFC 3551 §4.5.2), static payload type 9.
    G722,
}

impl Codec {
    /// Samples of audio per second.
    pub const fn sample_rate_hz(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma => 8000,
            Codec::G722 => 16000,
        }
    }

    /// RTP timestamp units per second; 8000 for G.722 too (RFC 3551 §4.5.2).
    pub const fn clock_rate_hz(self) -> u32 {
        8000
    }

    /// The payload type that RFC 3551 gives it.
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
        }
    }

    /// Its name in `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who may send, seen from us (RFC 3264 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Both.
    #[default]
    SendReceive,
    /// Only we: the other side put us on hold and listens.
    SendOnly,
    /// Only they.
    ReceiveOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// May we send?
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    /// Do we listen?
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }
}

/// One agreed audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSpec {
    /// Where the other side said it receives RTP.
    pub remote: SocketAddr,
    /// The host its signalling came from: behind NAT its RTP comes from there too. None when nobody knows.
    pub signalling: Option<IpAddr>,
    /// What we send.
    pub codec: Codec,
    /// The payload type we send it with: the other side's number.
    pub payload_type: u8,
    /// What the other side may send us, by the payload type we offered or answered.
    pub receive: Vec<(u8, Codec)>,
    /// RFC 4733 events: the payload type for sending, the other side's number, when both know them.
    pub telephone_event: Option<u8>,
    /// RFC 4733 events: our own number, under which some send them although they answered with another.
    pub receive_event: Option<u8>,
    /// Milliseconds of audio per packet we send; 20 unless the other side asked otherwise.
    pub packet_ms: u8,
    /// Who may send, seen from us.
    pub direction: Direction,
}
