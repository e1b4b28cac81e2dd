//! The hand-made cases of broken senders and networks, and a thousand digits through a bad network.

use std::time::Duration;

use model::Timestamp;

use super::receive::{EventArrival, EventReceiver};

/// One event packet on the wire.
#[derive(Debug, Clone, Copy)]
struct Wire {
    at_ms: u64,
    sequence: u16,
    timestamp: u32,
    event: u8,
    end: bool,
    duration: u16,
}

fn heard(packets: &[Wire]) -> String {
    let mut receiver = EventReceiver::default();
    let take = |wire: &Wire| {
        let [high, low] = wire.duration.to_be_bytes();
        let payload = [wire.event, u8::from(wire.end) << 7 | 10, high, low];
        let now = Timestamp::ZERO + Duration::from_millis(wire.at_ms);
        let (timestamp, sequence) = (wire.timestamp, wire.sequence);
        receiver.handle(now, EventArrival { timestamp, sequence, payload: &payload })
    };
    packets.iter().filter_map(take).collect()
}

/// A well-made digit: updates every 20 ms, then three ends.
fn digit(event: u8, at_ms: u64, sequence: u16, timestamp: u32, length_ms: u64) -> Vec<Wire> {
    let steps = length_ms / 20;
    let update = |step: u64| Wire {
        at_ms: at_ms + step * 20,
        sequence: sequence.wrapping_add(step as u16),
        timestamp,
        event,
        end: step >= steps,
        duration: ((step + 1).min(steps) * 160) as u16,
    };
    (0..steps + 3).map(update).collect()
}

#[test]
fn all_ends_lost() {
    let mut packets = digit(1, 0, 10, 1000, 100);
    packets.retain(|wire| !wire.end);
    packets.extend(digit(1, 300, 25, 3400, 100));
    assert_eq!(heard(&packets), "11");
}

#[test]
fn only_one_end_arrives() {
    let mut packets = digit(7, 0, 10, 1000, 100);
    packets.retain(|wire| wire.end);
    assert_eq!(heard(&packets[2..]), "7");
}

#[test]
fn the_end_overtakes_the_beginning() {
    let mut packets = digit(7, 0, 10, 1000, 100);
    packets.reverse();
    assert_eq!(heard(&packets), "7");
}

#[test]
fn the_timestamp_changes_in_the_ends() {
    let mut packets = digit(3, 0, 10, 1000, 100);
    for wire in packets.iter_mut().filter(|wire| wire.end) {
        wire.timestamp += 800;
    }
    packets.extend(digit(3, 300, 25, 3400, 100));
    assert_eq!(heard(&packets), "33");
}

#[test]
fn the_timestamp_changes_in_every_end() {
    let mut packets = digit(3, 0, 10, 1000, 100);
    for (n, wire) in packets.iter_mut().filter(|wire| wire.end).enumerate() {
        wire.timestamp += 800 + n as u32 * 160;
    }
    assert_eq!(heard(&packets), "3");
}

#[test]
fn the_duration_wraps_in_a_long_press() {
    let mut packets = Vec::new();
    for step in 0..600_u32 {
        let duration = ((step + 1) * 160) as u16;
        let (at_ms, sequence) = (u64::from(step) * 20, step as u16);
        packets.push(Wire { at_ms, sequence, timestamp: 1000, event: 5, end: false, duration });
    }
    assert_eq!(heard(&packets), "5");
}

#[test]
fn a_long_press_in_segments_is_one_digit() {
    let mut packets = Vec::new();
    for step in 0..900_u32 {
        let total = (step + 1) * 160;
        let segment = (total - 1) / 0xFFFF;
        let timestamp = 1000 + segment * 0xFFFF;
        let duration = (total - segment * 0xFFFF) as u16;
        let (at_ms, sequence) = (u64::from(step) * 20, step as u16);
        packets.push(Wire { at_ms, sequence, timestamp, event: 5, end: step > 897, duration });
    }
    assert_eq!(heard(&packets), "5");
}

#[test]
fn a_duration_of_zero_is_a_digit() {
    let wire = |sequence, end| Wire { at_ms: 0, sequence, timestamp: 1, event: 9, end, duration: 0 };
    assert_eq!(heard(&[wire(1, false), wire(2, true), wire(3, true)]), "9");
}

#[test]
fn the_same_digit_twice_and_fast() {
    let packets = [digit(4, 0, 10, 1000, 60), digit(4, 100, 18, 1800, 60)].concat();
    assert_eq!(heard(&packets), "44");
    // All ends of the first and the updates of the second are lost.
    let mut lossy = digit(4, 0, 10, 1000, 60);
    lossy.retain(|wire| !wire.end);
    lossy.extend(digit(4, 100, 18, 1800, 60).iter().filter(|wire| wire.end));
    assert_eq!(heard(&lossy), "44");
}

#[test]
fn a_digit_of_40_ms() {
    assert_eq!(heard(&digit(11, 0, 65_534, u32::MAX - 10, 40)), "#");
}

#[test]
fn every_packet_twice() {
    let packets: Vec<Wire> = digit(6, 0, 10, 1000, 100).into_iter().flat_map(|wire| [wire, wire]).collect();
    assert_eq!(heard(&packets), "6");
}

#[test]
fn flash_and_short_packets_are_no_digits() {
    let mut receiver = EventReceiver::default();
    let payloads: [&[u8]; 4] = [&[16, 10, 0, 160], &[1, 2], &[], &[255; 4]];
    for payload in payloads {
        let arrival = EventArrival { timestamp: 1, sequence: 1, payload };
        assert_eq!(receiver.handle(Timestamp::ZERO, arrival), None);
    }
}

/// A small generator, so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Sends digits through a network with loss in percent, 20 ms jitter, 5 % reorder and 2 % duplicates.
fn through_network(seed: u64, loss: u64, pause_ms: u64) -> (String, String) {
    let mut chance = Chance(seed);
    let (mut packets, mut typed) = (Vec::new(), String::new());
    let (mut at_ms, mut sequence, mut timestamp) = (0, 0_u16, 0_u32);
    for _ in 0..1000 {
        let event = chance.below(16) as u8;
        typed.push(char::from(b"0123456789*#ABCD"[usize::from(event)]));
        let length = 60 + 20 * chance.below(6);
        for wire in digit(event, at_ms, sequence, timestamp, length) {
            let late = chance.below(20) + if chance.below(20) == 0 { 30 } else { 0 };
            let copies = 1 + usize::from(chance.below(50) == 0);
            if chance.below(100) >= loss {
                packets.extend(std::iter::repeat_n(Wire { at_ms: wire.at_ms + late, ..wire }, copies));
            }
        }
        let step = length + pause_ms;
        at_ms += step;
        timestamp = timestamp.wrapping_add(step as u32 * 8);
        sequence = sequence.wrapping_add((step / 20) as u16 + 3);
    }
    packets.sort_by_key(|wire| wire.at_ms);
    (typed, heard(&packets))
}

#[test]
fn a_thousand_digits_through_a_bad_network() {
    for seed in 0..20 {
        let (typed, heard) = through_network(seed, 10, 80);
        assert_eq!(heard, typed, "seed {seed}");
    }
}

#[test]
fn a_thousand_digits_through_a_terrible_network() {
    for seed in 0..20 {
        let (typed, heard) = through_network(seed, 30, 80);
        assert!(heard.len() + 1 >= typed.len() && heard.len() <= typed.len(), "seed {seed}: {}", heard.len());
    }
}
