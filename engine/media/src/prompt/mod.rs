//! Prompts: encoded once for every codec, shared by every session that plays them.
//!
//! Only payload is kept, 24 KB for a second: samples at two rates would be 48 KB more, and a worker
//! that meets another codec in the middle of a playback has nothing to encode.

mod load;
mod tone;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::Codec;

use crate::codec::{Encoder, FRAME_BYTES, FRAME_SAMPLES_MAX, frame_samples};
pub use load::{PROMPT_LENGTH_MAX, PromptError, load_prompt, prompt_duration, read_prompt};
pub use tone::{Tone, tone};

/// Something that can be played: payload of every codec.
pub struct Prompt {
    name: Arc<str>,
    duration: Duration,
    /// In the order of [`CODECS`], whole packets of 20 ms, the last one filled with silence.
    payload: [Box<[u8]>; 3],
}

const CODECS: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::G722];

impl Prompt {
    /// A prompt from its samples at 8 kHz (`narrow`) and at 16 kHz (`wide`), both of the same length in
    /// time; encodes them, so slow, not for a media worker.
    pub fn from_samples(name: &str, narrow: &[i16], wide: &[i16]) -> Self {
        let duration = Duration::from_micros(narrow.len() as u64 * 125);
        let frames = narrow.len().div_ceil(frame_samples(Codec::Pcmu));
        let payload = CODECS.map(|codec| match codec {
            Codec::Pcmu | Codec::Pcma => encode(codec, narrow, frames),
            Codec::G722 => encode(codec, wide, frames),
        });
        Self { name: name.into(), duration, payload }
    }

    /// What it was loaded from; for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long it takes to play.
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// Bytes of memory that it holds.
    pub fn size(&self) -> usize {
        self.payload.iter().map(|payload| payload.len()).sum()
    }

    /// What is sent to a codec.
    pub fn payload(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &self.payload[0],
            Codec::Pcma => &self.payload[1],
            Codec::G722 => &self.payload[2],
        }
    }

    /// Packets of 20 ms.
    pub(crate) fn frame_count(&self) -> usize {
        self.payload[0].len() / FRAME_BYTES
    }

    /// One packet.
    pub(crate) fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        self.payload(codec).get(index * FRAME_BYTES..(index + 1) * FRAME_BYTES)
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prompt({}, {:?})", self.name, self.duration())
    }
}

fn encode(codec: Codec, samples: &[i16], frames: usize) -> Box<[u8]> {
    let mut encoder = Encoder::new(codec);
    let mut bytes = vec![0; frames * FRAME_BYTES];
    let mut frame = [0_i16; FRAME_SAMPLES_MAX];
    let size = frame_samples(codec);
    for (index, out) in bytes.chunks_exact_mut(FRAME_BYTES).enumerate() {
        let rest = samples.get(index * size..).unwrap_or(&[]);
        let count = rest.len().min(size);
        frame[..count].copy_from_slice(&rest[..count]);
        frame[count..].fill(0);
        encoder.encode(&frame[..size], out);
    }
    bytes.into()
}
