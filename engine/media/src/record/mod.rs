//! Recording: what a leg says, or both sides of a conversation, in 20 ms steps of the worker's own
//! time, so that a file is as long as the call whatever the network did.

mod pipe;
mod silence;
mod wav;

use std::time::Duration;

use model::{Codec, Ticket, Timestamp};

use crate::codec::{Decoder, NARROW_FRAME};
use crate::event::RecordingEnd;
pub use pipe::{RecordingInlet, RecordingOutlet, RecordingPiece, recording_pipe};
use silence::SilenceDetector;
pub use wav::{WavError, WavWriter, repair_wav, wav_file};

/// Samples per second of every recording.
pub const RECORDING_RATE_HZ: u32 = 8000;

const FRAME_US: u64 = 20_000;
/// A worker that was held up by this many frames left them out: they are filled with silence.
const BEHIND_MAX: u64 = 3;
/// What was said during a pause leaves the jitter buffers only now: 200 ms after it stay silent too.
const AFTERGLOW_FRAMES: u8 = 10;

/// Takes a recording's samples on the media thread: must not block, wait or allocate.
pub trait RecordingSink: Send {
    /// 20 ms at 8 kHz; two channels interleaved when the layout is stereo.
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkFull>;
    /// No more samples will come.
    fn finish(&mut self);
}

/// The sink could not take samples; the recording ends as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recording is written too slowly")]
pub struct SinkFull;

/// Whose voices a recording holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One channel: what the leg says.
    Mono,
    /// Two channels: left what the leg says, right what it is sent, be it a prompt, the party or a mix.
    Stereo,
}

impl Layout {
    /// Channels in the file.
    pub const fn channels(self) -> u16 {
        match self {
            Layout::Mono => 1,
            Layout::Stereo => 2,
        }
    }
}

/// A recording to be made.
pub struct Recording {
    /// Comes back in [`crate::Happened::RecordingEnded`].
    pub ticket: Ticket,
    /// Whose voices.
    pub layout: Layout,
    /// Longest length.
    pub max: Duration,
    /// Silence that ends it; zero for never.
    pub silence: Duration,
    /// Where the samples go.
    pub sink: Box<dyn RecordingSink>,
}

/// A stretch that must not be kept, such as the number of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hush {
    /// Silence is recorded from now on.
    Begin,
    /// Voices again, 200 ms from now: what was said before is still on its way.
    End,
}

pub(crate) struct Recorder {
    recording: Recording,
    began_at: Option<Timestamp>,
    frames: u64,
    detector: SilenceDetector,
    right: [i16; NARROW_FRAME],
    voices: Voices,
}

/// May voices be kept now?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voices {
    Kept,
    /// Silence takes their place, so that the file stays as long as the call.
    Hushed,
    /// The pause is over, but for this many frames.
    HushedFor(u8),
}

impl Recorder {
    pub(crate) fn new(recording: Recording) -> Self {
        let (detector, right) = (SilenceDetector::new(), [0; NARROW_FRAME]);
        Self { recording, began_at: None, frames: 0, detector, right, voices: Voices::Kept }
    }

    /// Silence from now on.
    pub(crate) fn pause(&mut self) {
        self.voices = Voices::Hushed;
    }

    /// Voices again.
    pub(crate) fn resume(&mut self) {
        if self.voices == Voices::Hushed {
            self.voices = Voices::HushedFor(AFTERGLOW_FRAMES);
        }
    }

    /// Does silence take the place of the next frame?
    fn is_hushed(&mut self) -> bool {
        match self.voices {
            Voices::Kept => false,
            Voices::Hushed => true,
            Voices::HushedFor(left) => {
                self.voices = if left > 1 { Voices::HushedFor(left - 1) } else { Voices::Kept };
                true
            }
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        self.recording.layout
    }

    pub(crate) fn ticket(&self) -> Ticket {
        self.recording.ticket
    }

    pub(crate) fn length(&self) -> Duration {
        Duration::from_micros(self.frames * FRAME_US)
    }

    /// What the leg hears of others in these 20 ms.
    pub(crate) fn hear_others(&mut self, samples: &[i16; NARROW_FRAME]) {
        self.right = *samples;
    }

    /// What the leg hears of a prompt in these 20 ms, in µ-law.
    pub(crate) fn hear_prompt(&mut self, payload: &[u8]) {
        if self.recording.layout == Layout::Stereo {
            Decoder::new(Codec::Pcmu).decode(payload, &mut self.right);
        }
    }

    /// What the leg said in these 20 ms; tells when the recording is over.
    pub(crate) fn hear(&mut self, now: Timestamp, samples: &[i16; NARROW_FRAME]) -> Option<RecordingEnd> {
        let began_at = *self.began_at.get_or_insert(now);
        let due = (now.since(began_at).as_micros() as u64 + FRAME_US / 2) / FRAME_US;
        if due > self.frames + BEHIND_MAX {
            while self.frames < due {
                if let Err(SinkFull) = self.append(&[0; NARROW_FRAME], &[0; NARROW_FRAME]) {
                    return Some(RecordingEnd::Failed);
                }
            }
        }
        let mut right = std::mem::replace(&mut self.right, [0; NARROW_FRAME]);
        let hushed = self.is_hushed();
        if hushed {
            right = [0; NARROW_FRAME];
        }
        let left = if hushed { &[0; NARROW_FRAME] } else { samples };
        if let Err(SinkFull) = self.append(left, &right) {
            return Some(RecordingEnd::Failed);
        }
        // Whoever speaks during a pause is no silence that ends the recording.
        let quiet = self.detector.hear(samples);
        let limit = self.recording.silence;
        if self.length() >= self.recording.max {
            return Some(RecordingEnd::Max);
        }
        (!limit.is_zero() && quiet >= limit).then_some(RecordingEnd::Silence)
    }

    pub(crate) fn finish(&mut self) {
        self.recording.sink.finish();
    }

    fn append(&mut self, left: &[i16; NARROW_FRAME], right: &[i16; NARROW_FRAME]) -> Result<(), SinkFull> {
        self.frames += 1;
        match self.recording.layout {
            Layout::Mono => self.recording.sink.append(left),
            Layout::Stereo => {
                let mut both = [0; 2 * NARROW_FRAME];
                for (pair, (left, right)) in both.chunks_exact_mut(2).zip(left.iter().zip(right)) {
                    pair.copy_from_slice(&[*left, *right]);
                }
                self.recording.sink.append(&both)
            }
        }
    }
}
