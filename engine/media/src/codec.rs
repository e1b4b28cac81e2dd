//! The three codecs behind one pair of enums. All of them carry eight bytes per millisecond, which
//! is also eight RTP timestamp units: one byte of payload is one unit of time (RFC 3551 §4.5).

use std::sync::OnceLock;

use audio_codec::g722::{G722Decoder, G722Encoder};
use audio_codec::pcma::{PcmaDecoder, PcmaEncoder};
use audio_codec::pcmu::{PcmuDecoder, PcmuEncoder};
use audio_codec::{Decoder as _, Encoder as _};
use model::Codec;

/// Bytes of payload, and RTP timestamp units, in 20 ms of any codec.
pub(crate) const FRAME_BYTES: usize = 160;
/// Bytes of payload, and RTP timestamp units, per millisecond.
pub(crate) const BYTES_PER_MS: usize = 8;
/// Samples in 20 ms of the widest codec.
pub(crate) const FRAME_SAMPLES_MAX: usize = 320;
/// Samples in 20 ms at 8 kHz.
pub(crate) const NARROW_FRAME: usize = 160;

/// Samples in 20 ms of a codec.
pub(crate) const fn frame_samples(codec: Codec) -> usize {
    codec.sample_rate_hz() as usize / 50
}

/// Turns samples at the codec's own rate into payload.
pub struct Encoder {
    codec: Codec,
    wide: Option<Box<G722Encoder>>,
}

impl Encoder {
    /// An encoder that starts from silence.
    pub fn new(codec: Codec) -> Self {
        let wide = (codec == Codec::G722).then(|| Box::new(G722Encoder::new()));
        Self { codec, wide }
    }

    /// What it encodes to.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Encodes `samples` and returns how many bytes of `out` were written; `out` must be large enough.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let written = match (&mut self.wide, self.codec) {
            (Some(wide), _) => wide.encode_into(samples, out),
            (None, Codec::Pcma) => PcmaEncoder::new().encode_into(samples, out),
            (None, _) => PcmuEncoder::new().encode_into(samples, out),
        };
        written.unwrap_or(0)
    }
}

/// Turns payload into samples at the codec's own rate.
pub struct Decoder {
    codec: Codec,
    wide: Option<Box<G722Decoder>>,
}

impl Decoder {
    /// A decoder that starts from silence.
    pub fn new(codec: Codec) -> Self {
        let wide = (codec == Codec::G722).then(|| Box::new(G722Decoder::new()));
        Self { codec, wide }
    }

    /// What it decodes.
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Decodes `payload` and returns how many samples of `out` were written.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> usize {
        let decoded = match (&mut self.wide, self.codec) {
            (Some(wide), _) => wide.decode_into(payload, out),
            (None, Codec::Pcma) => PcmaDecoder::new().decode_into(payload, out),
            (None, _) => PcmuDecoder::new().decode_into(payload, out),
        };
        decoded.unwrap_or(0)
    }
}

/// 20 ms of encoded silence.
pub(crate) fn silence(codec: Codec) -> &'static [u8; FRAME_BYTES] {
    static WIDE: OnceLock<[u8; FRAME_BYTES]> = OnceLock::new();
    match codec {
        Codec::Pcmu => &[0xFF; FRAME_BYTES],
        Codec::Pcma => &[0xD5; FRAME_BYTES],
        Codec::G722 => WIDE.get_or_init(|| {
            let mut encoder = Encoder::new(Codec::G722);
            let mut frame = [0; FRAME_BYTES];
            // The encoder adapts: its tenth frame of silence is what a steady line carries.
            for _ in 0..10 {
                encoder.encode(&[0; FRAME_SAMPLES_MAX], &mut frame);
            }
            frame
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_carries_160_bytes_in_20_ms() {
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
            let mut bytes = [0; FRAME_BYTES];
            let samples = vec![100; frame_samples(codec)];
            assert_eq!(Encoder::new(codec).encode(&samples, &mut bytes), FRAME_BYTES);
            let mut back = [0; FRAME_SAMPLES_MAX];
            assert_eq!(Decoder::new(codec).decode(&bytes, &mut back), frame_samples(codec));
        }
    }

    #[test]
    fn silence_decodes_to_almost_nothing() {
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::G722] {
            let mut back = [0; FRAME_SAMPLES_MAX];
            let decoded = Decoder::new(codec).decode(silence(codec), &mut back);
            assert!(back[..decoded].iter().all(|sample| sample.abs() < 40), "{codec}: {back:?}");
        }
    }
}
