//! RTP, digits, prompts, recording and bridging.
//!
//! A [`Worker`] owns the audio of many legs. It is pure: packets and time come in, packets and
//! events go out. It must never open a socket, start a thread, read a clock, know SIP or calls,
//! or allocate per packet.

mod circle;
mod codec;
mod conceal;
mod dtmf;
mod event;
mod halfband;
mod hearing;
mod incoming;
mod jitter;
mod latch;
mod link;
mod listen;
mod outgoing;
mod places;
mod playlist;
mod prompt;
mod record;
mod rtcp;
mod session;
mod speak;
mod worker;

pub use circle::Supervision;
pub use codec::{Decoder, Encoder};
pub use event::{Happened, MediaEvent, RecordingEnd, SessionKey, Sink};
pub use incoming::SessionStats;
pub use playlist::{PlayItem, Repeat};
pub use prompt::{PROMPT_LENGTH_MAX, Prompt, PromptError, Tone, load_prompt, prompt_duration, read_prompt, tone};
pub use record::{
    Hush, Layout, RECORDING_RATE_HZ, Recording, RecordingInlet, RecordingOutlet, RecordingPiece, RecordingSink,
    SinkFull, WavError, WavWriter, recording_pipe, repair_wav, wav_file,
};
pub use worker::{Detached, SLOT, Worker};
