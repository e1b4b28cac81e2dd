//! People who hum, each at a pitch of his own, and what they hear of each other.

use callwright_media::{Decoder, Encoder, SessionKey};
use model::Codec;

use super::{Line, address, packet};

/// How loud everybody hums.
const LOUDNESS: f64 = 6000.0;
/// Until a change is heard everywhere: jitter buffers, and what was on its way.
const SETTLE_MS: usize = 300;

pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) key: SessionKey,
    pub(crate) codec: Codec,
    pub(crate) hz: f64,
    leg: u64,
    encoder: Encoder,
    frame: u32,
}

/// A line with people.
pub(crate) struct Room {
    pub(crate) line: Line,
    pub(crate) people: Vec<Person>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { line: Line::new(), people: Vec::new() }
    }

    /// Somebody who hums from now on.
    pub(crate) fn enters(&mut self, name: &'static str, codec: Codec, hz: f64) -> SessionKey {
        let key = self.line.phone(codec);
        let leg = self.people.len() as u64 + 1;
        self.people.push(Person { name, key, codec, hz, leg, encoder: Encoder::new(codec), frame: 0 });
        key
    }

    /// Everybody hums for a while.
    pub(crate) fn hum(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            for person in &mut self.people {
                let bytes = person.hum();
                self.line.hear(person.key, address(person.leg), &bytes);
            }
            self.line.advance(20);
        }
    }

    /// Lets them hum and tells who hears whom, a person a line.
    pub(crate) fn who_hears_whom(&mut self) -> String {
        self.line.basket.rtp.clear();
        self.hum(1300);
        let lines = self.people.iter().map(|person| {
            let heard = self.line.heard_by(person.key, person.codec);
            let loud = |other: &&Person| loudness(&heard, person.codec.sample_rate_hz(), other.hz) > LOUDNESS / 2.0;
            let names: Vec<&str> = self.people.iter().filter(loud).map(|other| other.name).collect();
            for other in &self.people {
                let level = loudness(&heard, person.codec.sample_rate_hz(), other.hz);
                let clear = level < LOUDNESS / 20.0 || (LOUDNESS * 0.8..LOUDNESS * 1.2).contains(&level);
                assert!(clear, "{} hears {} at {level:.0}", person.name, other.name);
            }
            let names = if names.is_empty() { "nobody".to_owned() } else { names.join(" and ") };
            format!("{} hears {names}\n", person.name)
        });
        lines.collect()
    }
}

impl Person {
    /// The next packet.
    pub(crate) fn hum(&mut self) -> Vec<u8> {
        let rate_hz = self.codec.sample_rate_hz();
        let size = rate_hz / 50;
        let begin = self.frame * size;
        let sound = hum(self.hz, rate_hz, begin..begin + size);
        let mut payload = [0; 160];
        self.encoder.encode(&sound, &mut payload);
        let n = self.frame;
        self.frame += 1;
        packet(self.codec.static_payload_type(), 7, n as u16, n * 160, &payload)
    }
}

impl Line {
    /// What a phone heard, without the time that a change needs.
    pub(crate) fn heard_by(&self, key: SessionKey, codec: Codec) -> Vec<i16> {
        let mut decoder = Decoder::new(codec);
        let mut heard = Vec::new();
        for sent in self.sent_by(key) {
            let mut samples = [0; 320];
            let count = decoder.decode(sent.payload(), &mut samples);
            heard.extend_from_slice(&samples[..count]);
        }
        heard.split_off(heard.len().min(SETTLE_MS * codec.sample_rate_hz() as usize / 1000))
    }
}

/// A pure tone.
pub(crate) fn hum(hz: f64, rate_hz: u32, samples: std::ops::Range<u32>) -> Vec<i16> {
    let at = |n| (f64::from(n) * hz / f64::from(rate_hz) * std::f64::consts::TAU).sin() * LOUDNESS;
    samples.map(|n| at(n) as i16).collect()
}

/// The amplitude of one frequency (Goertzel's algorithm).
pub(crate) fn loudness(samples: &[i16], rate_hz: u32, hz: f64) -> f64 {
    let coefficient = 2.0 * (std::f64::consts::TAU * hz / f64::from(rate_hz)).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        (before, last) = (last, f64::from(*sample) + coefficient * last - before);
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power.max(0.0).sqrt() / (samples.len() as f64).max(1.0)
}
