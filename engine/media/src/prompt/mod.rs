//! Prompts: decoded once, encoded once per codec, shared by every session that plays them.

mod load;
mod tone;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use model::Codec;

use crate::codec::{Encoder, FRAME_BYTES, frame_samples};
pub use load::{PROMPT_LENGTH_MAX, PromptError, load_prompt, prompt_duration, read_prompt};
pub use tone::{Tone, tone};

/// Something that can be played: samples at 8 and 16 kHz, and payload per codec once it was asked for.
pub struct Prompt {
    name: Arc<str>,
    narrow: Box<[i16]>,
    wide: Box<[i16]>,
    encoded: [OnceLock<Arc<[u8]>>; 3],
}

impl Prompt {
    /// A prompt from its samples at 8 kHz (`narrow`) and at 16 kHz (`wide`), both of the same length in time.
    pub fn from_samples(name: &str, narrow: Vec<i16>, wide: Vec<i16>) -> Self {
        let encoded = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        Self { name: name.into(), narrow: narrow.into(), wide: wide.into(), encoded }
    }

    /// What it was loaded from; for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long it takes to play.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.narrow.len() as u64 * 125)
    }

    /// Packets of 20 ms.
    pub(crate) fn frame_count(&self) -> usize {
        self.narrow.len().div_ceil(frame_samples(Codec::Pcmu))
    }

    /// Samples at the rate of a codec.
    pub fn samples(&self, codec: Codec) -> &[i16] {
        match codec {
            Codec::Pcmu | Codec::Pcma => &self.narrow,
            Codec::G722 => &self.wide,
        }
    }

    /// Encodes for a codec unless that is done; slow, so not for a media worker.
    pub fn encode_for(&self, codec: Codec) -> &Arc<[u8]> {
        self.slot(codec).get_or_init(|| {
            let mut encoder = Encoder::new(codec);
            let mut bytes = vec![0; self.frame_count() * FRAME_BYTES];
            let mut frame = [0_i16; crate::codec::FRAME_SAMPLES_MAX];
            let size = frame_samples(codec);
            for (index, out) in bytes.chunks_exact_mut(FRAME_BYTES).enumerate() {
                copy_frame(self.samples(codec), index, &mut frame[..size]);
                encoder.encode(&frame[..size], out);
            }
            bytes.into()
        })
    }

    /// Can it be played to this codec without encoding?
    pub fn is_ready(&self, codec: Codec) -> bool {
        self.slot(codec).get().is_some()
    }

    /// One frame of payload, if the prompt was encoded for this codec.
    pub(crate) fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        self.slot(codec).get()?.get(index * FRAME_BYTES..(index + 1) * FRAME_BYTES)
    }

    /// One frame of samples, padded with silence; `out` is one frame long.
    pub(crate) fn copy_samples(&self, codec: Codec, index: usize, out: &mut [i16]) {
        copy_frame(self.samples(codec), index, out);
    }

    const fn slot(&self, codec: Codec) -> &OnceLock<Arc<[u8]>> {
        match codec {
            Codec::Pcmu => &self.encoded[0],
            Codec::Pcma => &self.encoded[1],
            Codec::G722 => &self.encoded[2],
        }
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prompt({}, {:?})", self.name, self.duration())
    }
}

fn copy_frame(samples: &[i16], index: usize, out: &mut [i16]) {
    let rest = samples.get(index * out.len()..).unwrap_or(&[]);
    let count = rest.len().min(out.len());
    out[..count].copy_from_slice(&rest[..count]);
    out[count..].fill(0);
}
