//! What a leg says, as samples: through the jitter buffer, decoded, gaps filled. Only for legs that
//! are recorded, transcoded or listened to for tones.

use model::{Codec, Timestamp};

use crate::codec::{Decoder, FRAME_SAMPLES_MAX, NARROW_FRAME, frame_samples};
use crate::conceal::Concealer;
use crate::dtmf::ToneDetector;
use crate::halfband::{Doubler, Halver};
use crate::jitter::{JitterBuffer, PULL_BYTES_MAX, Pulled};

/// 20 ms of a voice at both rates.
#[derive(Clone, Copy)]
pub(crate) struct Voice {
    pub(crate) narrow: [i16; NARROW_FRAME],
    pub(crate) wide: [i16; FRAME_SAMPLES_MAX],
}

impl Voice {
    pub(crate) const SILENCE: Voice = Voice { narrow: [0; NARROW_FRAME], wide: [0; FRAME_SAMPLES_MAX] };

    /// Lets another voice be heard at the same time.
    pub(crate) fn add(&mut self, other: &Voice) {
        let both = [(&mut self.narrow[..], &other.narrow[..]), (&mut self.wide[..], &other.wide[..])];
        for (ours, theirs) in both {
            for (sample, other) in ours.iter_mut().zip(theirs) {
                *sample = sample.saturating_add(*other);
            }
        }
    }

    /// The samples at the rate of a codec.
    pub(crate) fn samples(&self, codec: Codec) -> &[i16] {
        match codec {
            Codec::Pcmu | Codec::Pcma => &self.narrow,
            Codec::G722 => &self.wide,
        }
    }
}

pub(crate) struct Hearing {
    jitter: JitterBuffer,
    decoder: Decoder,
    concealer: Concealer,
    halver: Halver,
    doubler: Doubler,
    pub(crate) tones: ToneDetector,
    pub(crate) heard_at: Option<Timestamp>,
}

impl Hearing {
    pub(crate) fn new(codec: Codec) -> Self {
        Self {
            jitter: JitterBuffer::new(),
            decoder: Decoder::new(codec),
            concealer: Concealer::new(codec.sample_rate_hz() as usize / 1000),
            halver: Halver::new(),
            doubler: Doubler::new(),
            tones: ToneDetector::new(),
            heard_at: None,
        }
    }

    /// What the packets carry.
    pub(crate) fn codec(&self) -> Codec {
        self.decoder.codec()
    }

    pub(crate) fn push(&mut self, now: Timestamp, codec: Codec, timestamp: u32, payload: &[u8]) {
        if codec != self.decoder.codec() {
            self.jitter.reset();
            self.decoder = Decoder::new(codec);
            self.concealer = Concealer::new(codec.sample_rate_hz() as usize / 1000);
        }
        self.heard_at = Some(now);
        self.jitter.push(timestamp, payload);
    }

    /// The next 20 ms, at both rates when `wide` is wanted or there anyway.
    pub(crate) fn pull(&mut self, wide_wanted: WideWanted, voice: &mut Voice) {
        let (mut bytes, mut arrived) = ([0; PULL_BYTES_MAX], [false; PULL_BYTES_MAX]);
        let size = frame_samples(self.codec());
        let mut samples = [0_i16; 2 * PULL_BYTES_MAX];
        let count = match self.jitter.pull(&mut bytes, &mut arrived) {
            Pulled::Nothing => {
                self.concealer.missing(&mut samples[..size]);
                size
            }
            Pulled::Due(due) => self.decode(&bytes[..due], &arrived[..due], &mut samples),
        };
        let wide = self.codec() == Codec::G722;
        let target: &mut [i16] = if wide { &mut voice.wide } else { &mut voice.narrow };
        stretch(&samples[..count], target);
        if wide {
            self.halver.halve(&voice.wide, &mut voice.narrow);
        } else if wide_wanted == WideWanted::Yes {
            self.doubler.double(&voice.narrow, &mut voice.wide);
        }
    }

    /// Decodes runs of bytes that arrived and fills runs that did not.
    fn decode(&mut self, bytes: &[u8], arrived: &[bool], samples: &mut [i16]) -> usize {
        let per_byte = frame_samples(self.codec()) / NARROW_FRAME;
        let mut begin = 0;
        while begin < bytes.len() {
            let there = arrived[begin];
            let run = arrived[begin..].iter().take_while(|next| **next == there).count();
            let target = &mut samples[begin * per_byte..(begin + run) * per_byte];
            if there {
                self.decoder.decode(&bytes[begin..begin + run], target);
                self.concealer.heard(target);
            } else {
                self.concealer.missing(target);
            }
            begin += run;
        }
        bytes.len() * per_byte
    }
}

/// Does anybody need the voice at 16 kHz?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WideWanted {
    No,
    Yes,
}

/// Fits a few samples more or less into a frame.
fn stretch(from: &[i16], to: &mut [i16]) {
    if from.len() == to.len() {
        to.copy_from_slice(from);
        return;
    }
    let (last, steps) = (from.len() - 1, to.len() - 1);
    for (index, sample) in to.iter_mut().enumerate() {
        let place = index * last * 256 / steps;
        let (whole, part) = (place / 256, (place % 256) as i32);
        let (a, b) = (i32::from(from[whole]), i32::from(from[(whole + 1).min(last)]));
        *sample = (a + (b - a) * part / 256) as i16;
    }
}
