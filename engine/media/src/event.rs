//! What a worker tells, and where its packets go.

use std::net::SocketAddr;
use std::time::Duration;

use model::{LegId, PlaybackEnd, PlaybackId, Ticket};

/// A session of a worker. Never reused while an old copy could be mistaken for a new session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u32);

/// Where packets go: the runtime's sockets.
pub trait Sink {
    /// Sends an RTP packet of a session.
    fn send(&mut self, key: SessionKey, to: SocketAddr, packet: &[u8]);
    /// Sends an RTCP packet of a session.
    fn send_rtcp(&mut self, key: SessionKey, to: SocketAddr, packet: &[u8]);
}

/// Something happened on a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaEvent {
    /// Where.
    pub leg: LegId,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// One key, `0-9*#A-D`, told once however it was sent.
    Digit(char),
    /// Everything was played. A playback that was stopped or replaced tells nothing.
    PlaybackEnded {
        /// Which.
        playback: PlaybackId,
        /// How.
        how: PlaybackEnd,
    },
    /// A recording took its last sample; the sink was told to finish.
    RecordingEnded {
        /// Which.
        ticket: Ticket,
        /// How much was recorded.
        length: Duration,
        /// Why it ended.
        ended_by: RecordingEnd,
    },
    /// No RTP for as long as asked.
    Vanished,
}

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingEnd {
    /// The party fell silent.
    Silence,
    /// The longest length was reached.
    Max,
    /// A command or the end of the session.
    Stopped,
    /// The sink could not take more.
    Failed,
}

impl RecordingEnd {
    /// The word in journals.
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordingEnd::Silence => "silence",
            RecordingEnd::Max => "max",
            RecordingEnd::Stopped => "stopped",
            RecordingEnd::Failed => "failed",
        }
    }
}
