//! Nothing is allocated per packet.
#![expect(unsafe_code, reason = "counting allocations takes an allocator")]

mod support;

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::Duration;

use callwright_media::{Layout, PlayItem, Recording, RecordingSink, Repeat, SessionKey, Sink, SinkFull, Supervision};
use model::{Codec, PlaybackId, Ticket};
use support::*;

struct Counter;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system allocator unchanged.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, memory: Memory) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, memory) }
    }
}

#[global_allocator]
static COUNTER: Counter = Counter;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

#[derive(Default)]
struct Count {
    packets: u64,
    reports: u64,
}

impl Sink for Count {
    fn send(&mut self, _: SessionKey, _: SocketAddr, _: &[u8]) {
        self.packets += 1;
    }

    fn send_rtcp(&mut self, _: SessionKey, _: SocketAddr, _: &[u8]) {
        self.reports += 1;
    }
}

struct Nowhere;

impl RecordingSink for Nowhere {
    fn append(&mut self, _: &[i16]) -> Result<(), SinkFull> {
        Ok(())
    }

    fn finish(&mut self) {}
}

#[test]
fn twenty_seconds_of_a_hundred_sessions_allocate_nothing() {
    let mut line = Line::new();
    let mut phones = Vec::new();
    let prompt = prompt_of_voice(1.0);
    for n in 0..100_u64 {
        let codec = [Codec::Pcmu, Codec::Pcma, Codec::G722][n as usize % 3];
        let key = line.phone(codec);
        // The first thirty play, ten supervise, forty talk in pairs, and twenty record both sides.
        match n {
            0..30 => {
                let items = vec![PlayItem::Prompt(prompt.clone()), PlayItem::Silence(Duration::from_millis(60))];
                line.worker.play(key, PlaybackId(n), items, Repeat::Forever);
            }
            30..40 => {}
            40..80 if n % 2 == 1 => line.worker.join(phones[n as usize - 1], key),
            40..80 => {}
            _ => {
                let (ticket, max) = (Ticket(n), Duration::from_secs(600));
                let silence = Duration::from_secs(500);
                let layout = Layout::Stereo;
                line.worker.record(key, Recording { ticket, layout, max, silence, sink: Box::new(Nowhere) });
            }
        }
        phones.push(key);
    }
    for n in 0..10 {
        let how = [Supervision::Listen, Supervision::Whisper, Supervision::Join][n % 3];
        line.worker.supervise(phones[30 + n], phones[41 + 2 * n], how);
    }
    let mut sink = Count::default();
    let mut bytes = packet(0, 7, 0, 0, &[0x35; 160]);
    let mut now = line.now;
    let mut before = 0;
    for round in 0..1050_u32 {
        // The first second warms up: decoders appear with the first packets.
        if round == 50 {
            before = allocations();
        }
        for (n, key) in phones.iter().enumerate() {
            let codec = [Codec::Pcmu, Codec::Pcma, Codec::G722][n % 3];
            bytes[1] = codec.static_payload_type();
            bytes[2..4].copy_from_slice(&(round as u16).to_be_bytes());
            bytes[4..8].copy_from_slice(&(round * 160).to_be_bytes());
            bytes[8..12].copy_from_slice(&7_u32.to_be_bytes());
            let lost = (round as usize + n).is_multiple_of(17);
            if !lost {
                line.worker.handle_rtp(now, *key, address(n as u64 + 1), &mut bytes, &mut sink);
            }
        }
        for _ in 0..10 {
            now += Duration::from_millis(2);
            line.worker.tick(now, &mut sink);
        }
        while line.worker.poll_event().is_some() {}
    }
    let allocated = allocations() - before;
    assert!(sink.packets > 100_000 && sink.reports >= 400, "{} {}", sink.packets, sink.reports);
    assert_eq!(allocated, 0);
    assert!(allocations() > 0, "the counter counts");
}
