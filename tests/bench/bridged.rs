//! Three hundred callers talk to the desk, audio both ways.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use callwright_tests::clock;
use callwright_tests::rtp::Packet;

use crate::ear::Ear;
use crate::loader::{Loader, Phase};
use crate::report::{Report, Row, Target};
use crate::{Size, server};

pub(crate) fn measure(size: Size, report: &mut Report) {
    let (count, time) = (size.pick(100, 300), Duration::from_secs(size.pick(5, 20)));
    let ear = Ear::open();
    let mut loader = Loader::new(ear.address);
    let server = server(loader.address);
    loader.loads(server.address());
    loader.dial_many("300", count, 100.0, |_, _| {});
    loader.pump_until(Duration::from_secs(10), |l| l.answered.len() >= count && l.count(Phase::Talking) >= count);
    let mut ports: Vec<u16> = loader.calls.iter().filter(|c| c.phase == Phase::Talking).map(|c| c.rtp).collect();
    ports.extend(loader.answered.iter().map(|(port, _)| *port));
    let stop = AtomicBool::new(false);
    let mouth = ear.mouth();
    let (cores, gaps) = std::thread::scope(|scope| {
        scope.spawn(|| speak(&mouth, &ports, &stop));
        loader.pump(Duration::from_secs(2));
        ear.forget();
        let (cpu, start) = (server.cpu_seconds(), clock::now());
        loader.pump(time);
        let cores = (server.cpu_seconds() - cpu) / start.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        (cores, ear.gaps())
    });
    let per_packet = report.send_us.zip(report.receive_us).map(|(send, receive)| send + receive);
    let floor = per_packet.map(|us| us * ports.len() as f64 * 50.0 / 1e6);
    let scale = count as f64 / 300.0;
    let share = gaps.packets as f64 / (time.as_secs_f64() * 50.0 * ports.len().max(1) as f64) * 100.0;
    let note = format!("{} legs, {share:.1} % of the packets arrive", ports.len());
    report.add(
        Row::new(format!("{count} bridged calls"), cores, "cores", Target::AtMost(0.25 * scale))
            .against(floor)
            .noting(note),
    );
}

/// One packet to every port each 20 ms, spread over twenty slots.
pub(crate) fn speak(socket: &UdpSocket, ports: &[u16], stop: &AtomicBool) {
    let mut next = clock::now();
    for tick in 0_u32.. {
        for (index, port) in ports.iter().enumerate().skip(tick as usize % 20).step_by(20) {
            let round = tick / 20;
            let packet = Packet {
                marker: round == 0,
                payload_type: 0,
                sequence: round as u16,
                timestamp: round * 160,
                ssrc: index as u32 + 1,
                payload: vec![0x40; 160],
            };
            let _ = socket.send_to(&packet.bytes(), SocketAddr::from((Ipv4Addr::LOCALHOST, *port)));
        }
        if stop.load(Ordering::Relaxed) {
            return;
        }
        next += Duration::from_millis(1);
        std::thread::sleep(next.saturating_duration_since(clock::now()));
    }
}
