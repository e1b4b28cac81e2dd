//! A telephone in the program: one real call over SIP and RTP, to try things without a phone.

mod address;
mod audio;
mod keys;
mod line;
mod wire;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use media::{PromptError, WavError};
use model::{Codec, LegFailure};
use sip::Transport;
use sip::digest::Credentials;

pub use keys::{Press, PressError, parse_pause, parse_presses};

/// Whom to call and how to behave.
#[derive(Debug, Clone)]
pub struct CallOptions {
    /// `sip:100@127.0.0.1`, with `:port` and `;transport=tcp` where needed.
    pub to: String,
    /// The number that is shown; the account's name when there is an account and no number.
    pub from: Option<String>,
    /// Account for digest authentication.
    pub credentials: Option<Credentials>,
    /// Over what; none lets the address decide.
    pub transport: Option<Transport>,
    /// Codecs to offer, best first.
    pub codecs: Vec<Codec>,
    /// Keys and pauses, counted from the answer.
    pub presses: Vec<Press>,
    /// Sound file that is the caller's voice.
    pub play: Option<PathBuf>,
    /// WAV file for what the caller hears; one that is there is replaced.
    pub record: Option<PathBuf>,
    /// Hangs up so long after the answer; none waits for the other side.
    pub talk_for: Option<Duration>,
    /// Gives up when nobody has answered by then.
    pub ring_for: Duration,
}

/// What happens on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallProgress {
    /// The INVITE is out.
    Calling,
    /// It rings.
    Ringing,
    /// Somebody answered.
    Answered(Option<Codec>),
    /// A key was pressed.
    Pressed(char),
    /// A key could not be sent: the other side takes no RFC 4733 events.
    NotPressed(char),
    /// The voice file was played to its end.
    Spoken,
    /// One line of the SIP ladder.
    Ladder(String),
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// What the call came to.
    pub end: CallerEnd,
    /// From the INVITE to the answer, or to the end.
    pub waited: Duration,
    /// From the answer to the end.
    pub talked: Duration,
    /// What was agreed last.
    pub codec: Option<Codec>,
    /// Keys that were pressed.
    pub pressed: String,
    /// RTP packets heard.
    pub packets_heard: u64,
    /// RTP packets that the numbers say are missing.
    pub packets_lost: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Length of the recording.
    pub recorded: Option<Duration>,
}

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerEnd {
    /// Answered, and they hung up.
    TheyHungUp,
    /// Answered, and we hung up.
    WeHungUp,
    /// Not answered.
    Refused {
        /// In a word.
        reason: LegFailure,
        /// SIP status; 408 when nothing came.
        status: u16,
    },
    /// We gave up before an answer.
    GaveUp,
}

impl CallerEnd {
    /// Was there an answer?
    pub const fn was_answered(self) -> bool {
        matches!(self, CallerEnd::TheyHungUp | CallerEnd::WeHungUp)
    }

    /// The word in `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallerEnd::TheyHungUp => "they_hung_up",
            CallerEnd::WeHungUp => "we_hung_up",
            CallerEnd::Refused { .. } => "refused",
            CallerEnd::GaveUp => "gave_up",
        }
    }
}

/// Why a call cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not an address.
    #[error("cannot call `{address}`: {why}")]
    Address {
        /// As given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// With an account only numbers can be called.
    #[error("with an account only numbers can be called, `{0}` is none: leave out the account or call a number")]
    NotANumber(String),
    /// A socket.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
    /// The voice cannot be read.
    #[error(transparent)]
    Voice(#[from] PromptError),
    /// The recording cannot be written.
    #[error(transparent)]
    Recording(#[from] WavError),
}

/// Places a call and stays on the line until it is over. `stop` hangs up.
///
/// # Errors
/// When the call cannot be tried, or its recording cannot be written.
pub fn place_call(
    options: &CallOptions,
    stop: &AtomicBool,
    progress: impl FnMut(CallProgress),
) -> Result<CallReport, CallError> {
    line::Line::open(options, progress)?.run(stop)
}
