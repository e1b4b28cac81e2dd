//! What a worker's work costs, per packet.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use callwright_media::{Decoder, Encoder, PlayItem, Prompt, Repeat, SessionKey, Sink, Supervision, Worker};
use divan::{Bencher, black_box};
use model::{Codec, Direction, LegId, MediaSpec, PlaybackId, Timestamp};

const SESSIONS: u64 = 100;

struct Nowhere;

impl Sink for Nowhere {
    fn send(&mut self, _: SessionKey, _: SocketAddr, packet: &[u8]) {
        black_box(packet);
    }

    fn send_rtcp(&mut self, _: SessionKey, _: SocketAddr, packet: &[u8]) {
        black_box(packet);
    }
}

fn main() {
    divan::main();
}

fn spec(codec: Codec, telephone_event: Option<u8>) -> MediaSpec {
    MediaSpec {
        remote: SocketAddr::from(([10, 0, 0, 1], 4000)),
        signalling: None,
        codec,
        payload_type: codec.static_payload_type(),
        receive: vec![(codec.static_payload_type(), codec)],
        telephone_event,
        receive_event: telephone_event,
        packet_ms: 20,
        direction: Direction::SendReceive,
    }
}

fn worker(codec: Codec, telephone_event: Option<u8>) -> (Worker, Vec<SessionKey>) {
    let mut worker = Worker::new();
    let keys = (0..SESSIONS).map(|n| {
        let key = worker.open(Timestamp::ZERO, LegId(n), n);
        worker.describe(Timestamp::ZERO, key, spec(codec, telephone_event));
        key
    });
    let keys = keys.collect();
    (worker, keys)
}

fn packet(codec: Codec) -> [u8; 172] {
    let mut bytes = [0x35; 172];
    bytes[..12].copy_from_slice(&[0x80, codec.static_payload_type(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    bytes
}

fn number(bytes: &mut [u8; 172], n: u32) {
    bytes[2..4].copy_from_slice(&(n as u16).to_be_bytes());
    bytes[4..8].copy_from_slice(&(n * 160).to_be_bytes());
    bytes[8..12].copy_from_slice(&7_u32.to_be_bytes());
}

/// 20 ms of 100 sessions that play a prompt.
#[divan::bench]
fn play_100_sessions_for_20_ms(bencher: Bencher<'_, '_>) {
    let (mut worker, keys) = worker(Codec::Pcmu, Some(101));
    let prompt = Arc::new(Prompt::from_samples("x", &[100; 80_000], &[100; 160_000]));
    for key in keys {
        worker.play(key, PlaybackId(1), vec![PlayItem::Prompt(prompt.clone())], Repeat::Forever);
    }
    let mut now = Timestamp::ZERO;
    bencher.bench_local(|| {
        for _ in 0..10 {
            now += Duration::from_millis(2);
            worker.tick(now, &mut Nowhere);
        }
        while worker.poll_event().is_some() {}
    });
}

/// One packet in and out again between legs of the same codec.
#[divan::bench]
fn relay_one_packet(bencher: Bencher<'_, '_>) {
    let (mut worker, keys) = worker(Codec::Pcmu, Some(101));
    worker.join(keys[0], keys[1]);
    let (mut bytes, mut n) = (packet(Codec::Pcmu), 0);
    let from = SocketAddr::from(([10, 0, 0, 1], 4000));
    bencher.bench_local(|| {
        n += 1;
        number(&mut bytes, n);
        let now = Timestamp::from_micros(u64::from(n) * 20_000);
        worker.handle_rtp(now, keys[0], from, &mut bytes, &mut Nowhere);
    });
}

/// One packet in, decoded, listened to for tones, and a packet of silence out.
#[divan::bench(args = [Codec::Pcmu, Codec::G722])]
fn hear_one_packet(bencher: Bencher<'_, '_>, codec: Codec) {
    let mut worker = Worker::new();
    let key = worker.open(Timestamp::ZERO, LegId(1), 1);
    worker.describe(Timestamp::ZERO, key, spec(codec, None));
    let (mut bytes, mut n) = (packet(codec), 0);
    let from = SocketAddr::from(([10, 0, 0, 1], 4000));
    bencher.bench_local(|| {
        n += 1;
        number(&mut bytes, n);
        let now = Timestamp::from_micros(u64::from(n) * 20_000);
        worker.handle_rtp(now, key, from, &mut bytes, &mut Nowhere);
        worker.tick(now, &mut Nowhere);
    });
}

/// One packet of µ-law in, one of G.722 out.
#[divan::bench]
fn transcode_one_packet(bencher: Bencher<'_, '_>) {
    let mut worker = Worker::new();
    let keys = [Codec::Pcmu, Codec::G722].map(|codec| {
        let key = worker.open(Timestamp::ZERO, LegId(1), 1);
        worker.describe(Timestamp::ZERO, key, spec(codec, Some(101)));
        key
    });
    worker.join(keys[0], keys[1]);
    let (mut bytes, mut n) = (packet(Codec::Pcmu), 0);
    let from = SocketAddr::from(([10, 0, 0, 1], 4000));
    bencher.bench_local(|| {
        n += 1;
        number(&mut bytes, n);
        let now = Timestamp::from_micros(u64::from(n) * 20_000);
        worker.handle_rtp(now, keys[0], from, &mut bytes, &mut Nowhere);
        worker.tick(now, &mut Nowhere);
    });
}

/// 20 ms of payload to samples.
#[divan::bench(args = [Codec::Pcmu, Codec::Pcma, Codec::G722])]
fn decode_20_ms(bencher: Bencher<'_, '_>, codec: Codec) {
    let mut decoder = Decoder::new(codec);
    let mut samples = [0; 320];
    bencher.bench_local(|| decoder.decode(black_box(&[0x35; 160]), &mut samples));
}

/// 20 ms of samples to payload.
#[divan::bench(args = [Codec::Pcmu, Codec::Pcma, Codec::G722])]
fn encode_20_ms(bencher: Bencher<'_, '_>, codec: Codec) {
    let mut encoder = Encoder::new(codec);
    let samples = [1000; 320];
    let count = codec.sample_rate_hz() as usize / 50;
    let mut payload = [0; 160];
    bencher.bench_local(|| encoder.encode(black_box(&samples[..count]), &mut payload));
}

/// Ten seconds of a prompt for every codec.
#[divan::bench]
fn encode_a_prompt_of_10_s() -> Prompt {
    Prompt::from_samples("x", &[100; 80_000], &[100; 160_000])
}

/// 20 ms of an agent, a caller and a supervisor who joins in: three voices decoded, three mixes encoded.
#[divan::bench(args = [Codec::Pcmu, Codec::G722])]
fn mix_20_ms_of_three(bencher: Bencher<'_, '_>, supervisor: Codec) {
    let mut worker = Worker::new();
    let codecs = [Codec::Pcmu, Codec::Pcmu, supervisor];
    let keys = codecs.map(|codec| {
        let key = worker.open(Timestamp::ZERO, LegId(1), 1);
        worker.describe(Timestamp::ZERO, key, spec(codec, Some(101)));
        key
    });
    worker.join(keys[0], keys[1]);
    worker.supervise(keys[2], keys[1], Supervision::Join);
    let (mut packets, mut n) = (codecs.map(packet), 0);
    let from = SocketAddr::from(([10, 0, 0, 1], 4000));
    bencher.bench_local(|| {
        n += 1;
        let now = Timestamp::from_micros(u64::from(n) * 20_000);
        for (key, bytes) in keys.iter().zip(&mut packets) {
            number(bytes, n);
            worker.handle_rtp(now, *key, from, bytes, &mut Nowhere);
        }
        worker.tick(now, &mut Nowhere);
    });
}
