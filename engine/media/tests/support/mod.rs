//! A worker with a clock and a basket for what it sends.
#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "each test binary uses its own part of the vocabulary")]

pub(crate) mod room;
pub(crate) mod tape;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use callwright_media::{Decoder, Happened, Prompt, SessionKey, Sink, Worker};
use model::{Codec, Direction, LegId, MediaSpec, Timestamp};
use rtp_types::{RtpPacket, RtpPacketBuilder};

/// A packet that a worker sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) key: SessionKey,
    pub(crate) to: SocketAddr,
    pub(crate) at: Timestamp,
    pub(crate) bytes: Vec<u8>,
}

impl Sent {
    pub(crate) fn rtp(&self) -> RtpPacket<'_> {
        RtpPacket::parse(&self.bytes).unwrap()
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.bytes[12..]
    }
}

#[derive(Default)]
pub(crate) struct Basket {
    pub(crate) rtp: Vec<Sent>,
    pub(crate) rtcp: Vec<Sent>,
    pub(crate) now: Timestamp,
}

impl Sink for Basket {
    fn send(&mut self, key: SessionKey, to: SocketAddr, packet: &[u8]) {
        self.rtp.push(Sent { key, to, at: self.now, bytes: packet.to_vec() });
    }

    fn send_rtcp(&mut self, key: SessionKey, to: SocketAddr, packet: &[u8]) {
        self.rtcp.push(Sent { key, to, at: self.now, bytes: packet.to_vec() });
    }
}

pub(crate) struct Line {
    pub(crate) worker: Worker,
    pub(crate) now: Timestamp,
    pub(crate) basket: Basket,
    legs: u64,
}

impl Line {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_micros(1_000_000);
        Self { worker: Worker::new(), now, basket: Basket::default(), legs: 0 }
    }

    /// A session whose phone is at `10.0.0.N:4000`.
    pub(crate) fn phone(&mut self, codec: Codec) -> SessionKey {
        self.legs += 1;
        let key = self.worker.open(self.now, LegId(self.legs), self.legs);
        self.worker.describe(self.now, key, spec(self.legs, codec));
        key
    }

    /// Moves the clock, ticking every 2 ms.
    pub(crate) fn advance(&mut self, ms: u64) {
        for _ in 0..ms / 2 {
            self.now += Duration::from_millis(2);
            self.basket.now = self.now;
            self.worker.tick(self.now, &mut self.basket);
        }
    }

    pub(crate) fn hear(&mut self, key: SessionKey, from: SocketAddr, packet: &[u8]) {
        self.basket.now = self.now;
        self.worker.handle_rtp(self.now, key, from, &mut packet.to_vec(), &mut self.basket);
    }

    pub(crate) fn events(&mut self) -> Vec<Happened> {
        std::iter::from_fn(|| self.worker.poll_event()).map(|event| event.what).collect()
    }

    /// The digits told since last asked.
    pub(crate) fn digits(&mut self) -> String {
        let digit = |event| match event {
            Happened::Digit(digit) => Some(digit),
            _ => None,
        };
        self.events().into_iter().filter_map(digit).collect()
    }

    pub(crate) fn sent_by(&self, key: SessionKey) -> Vec<&Sent> {
        self.basket.rtp.iter().filter(|sent| sent.key == key).collect()
    }
}

pub(crate) fn address(leg: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, leg as u8], 4000))
}

pub(crate) fn spec(leg: u64, codec: Codec) -> MediaSpec {
    MediaSpec {
        remote: address(leg),
        signalling: Some(address(leg).ip()),
        codec,
        payload_type: codec.static_payload_type(),
        receive: vec![(0, Codec::Pcmu), (8, Codec::Pcma), (9, Codec::G722)],
        telephone_event: Some(101),
        receive_event: Some(101),
        packet_ms: 20,
        direction: Direction::SendReceive,
    }
}

pub(crate) fn packet(payload_type: u8, ssrc: u32, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    RtpPacketBuilder::<&[u8], &[u8]>::new()
        .payload_type(payload_type)
        .ssrc(ssrc)
        .sequence_number(sequence)
        .timestamp(timestamp)
        .payload(payload)
        .write_vec()
        .unwrap()
}

/// Speech-like sound: a gliding voice with harmonics and syllables, at any rate.
pub(crate) fn voice(rate_hz: u32, seconds: f64) -> Vec<i16> {
    let mut phase = 0.0_f64;
    (0..(seconds * f64::from(rate_hz)) as u32)
        .map(|n| {
            let t = f64::from(n) / f64::from(rate_hz);
            let pitch = 140.0 + 40.0 * (t * 2.3).sin();
            let tract = |k: f64| 1.0 / (1.0 + ((k * pitch - 500.0 - 300.0 * (t * 3.1).sin()) / 250.0).powi(2));
            let sum: f64 = (1..20).map(|k| tract(f64::from(k)) * (phase * f64::from(k)).sin()).sum();
            let syllable = (t * 4.0 * std::f64::consts::PI).sin().abs().sqrt();
            phase += std::f64::consts::TAU * pitch / f64::from(rate_hz);
            (sum * syllable * 6000.0) as i16
        })
        .collect()
}

pub(crate) fn prompt_of_voice(seconds: f64) -> Arc<Prompt> {
    Arc::new(Prompt::from_samples("voice", &voice(8000, seconds), &voice(16_000, seconds)))
}

/// A prompt as the phone of a codec hears it.
pub(crate) fn heard(prompt: &Prompt, codec: Codec) -> Vec<i16> {
    let payload = prompt.payload(codec);
    let mut samples = vec![0; payload.len() * codec.sample_rate_hz() as usize / 8000];
    Decoder::new(codec).decode(payload, &mut samples);
    samples
}
