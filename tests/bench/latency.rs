//! How long a caller waits for the answer to a key, and two people for each other's voice.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callwright_tests::clock;
use callwright_tests::rtp::{Event, Packet};

use crate::bridged::speak;
use crate::ear::Ear;
use crate::loader::Loader;
use crate::report::{Report, Row, Target};
use crate::{Size, server};

pub(crate) fn measure(size: Size, report: &mut Report) {
    let ear = Ear::open();
    let mut loader = Loader::new(ear.address);
    let server = server(loader.address);
    loader.loads(server.address());
    digits(size.pick(20, 200), &ear, &mut loader, report);
    answers(size.pick(20, 100), &ear, &mut loader, report);
}

fn digits(rounds: usize, ear: &Ear, loader: &mut Loader, report: &mut Report) {
    loader.dial_many("500", 1, 10.0, |_, _| {});
    let Some(port) = loader.calls.last().map(|c| c.rtp).filter(|p| *p > 0) else {
        return;
    };
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut waits = Vec::new();
    for round in 0..rounds as u32 {
        loader.pump(Duration::from_millis(1_300 + u64::from(round % 20))); // The last prompt ends, phases vary.
        ear.forget_voice(port);
        let pressed = clock::now();
        for (index, end) in [false, true, true, true].into_iter().enumerate() {
            let event = Event { code: 1, end, duration: 160 * (index as u16 + 1) };
            let packet = Packet {
                marker: index == 0,
                payload_type: 101,
                sequence: (round * 4) as u16 + index as u16,
                timestamp: (round + 1) * 16_000,
                ssrc: 77,
                payload: event.bytes(),
            };
            ear.send(&packet.bytes(), to);
        }
        if let Some(heard) = clock::wait_for(Duration::from_secs(1), || ear.voice_from(port)) {
            waits.push((heard - pressed).as_secs_f64() * 1_000.0);
        }
    }
    add(report, "key to the first packet of the answer, p99", &mut waits, rounds);
}

fn answers(rounds: usize, ear: &Ear, loader: &mut Loader, report: &mut Report) {
    let mut waits = Vec::new();
    for _ in 0..rounds {
        let before = loader.answered.len();
        let call = loader.dial("300");
        loader.pump_until(Duration::from_secs(5), |l| l.answered.len() > before);
        let Some((desk, answered)) = loader.answered.get(before).copied() else {
            continue;
        };
        ear.forget_voice(desk);
        let stop = AtomicBool::new(false);
        let mouth = ear.mouth();
        std::thread::scope(|scope| {
            let line = &loader.calls[call];
            // The caller's port is known from early media or the 200; before it, only the desk speaks.
            let ports: Vec<u16> = [desk, line.rtp].into_iter().filter(|p| *p > 0).collect();
            let stop = &stop;
            scope.spawn(move || speak(&mouth, &ports, stop));
            loader.pump_until(Duration::from_secs(2), |l| {
                l.calls[call].rtp > 0 && ear.voice_from(l.calls[call].rtp).is_some()
            });
            stop.store(true, Ordering::Relaxed);
        });
        let port = loader.calls[call].rtp;
        if let Some(heard) = ear.voice_from(port).filter(|heard| *heard > answered) {
            waits.push((heard - answered).as_secs_f64() * 1_000.0);
        }
        loader.hang_up(call);
        loader.pump(Duration::from_millis(100));
        ear.forget();
    }
    add(report, "agent's answer to the caller's hearing him, p99", &mut waits, rounds);
}

fn add(report: &mut Report, work: &str, waits: &mut [f64], rounds: usize) {
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits.get((waits.len().saturating_sub(1) as f64 * share) as usize).copied();
    let Some(p99) = at(0.99) else {
        eprintln!("  {work}: nothing was heard");
        return;
    };
    let note = format!("{} of {rounds} heard, median {:.1} ms", waits.len(), at(0.5).unwrap_or(0.0));
    report.add(Row::new(work, p99, "ms", Target::AtMost(40.0)).noting(note));
}
