//! One RTP socket for all calls of the loader: tells them apart by the server's port, so that it costs little.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use callwright_tests::clock;
use callwright_tests::g711::Codec;

const PORTS: usize = 65_536;

struct State {
    last: Vec<Option<Instant>>,
    voice: Vec<Option<Instant>>,
    gaps_ms: Vec<f32>,
    packets: u64,
}

/// Listens in a thread until dropped.
pub(crate) struct Ear {
    pub(crate) address: SocketAddr,
    socket: UdpSocket,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

/// Figures of what came since [`Ear::forget`].
pub(crate) struct Gaps {
    pub(crate) packets: u64,
    pub(crate) p99_ms: f64,
    pub(crate) p01_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) late: usize,
    pub(crate) streams: usize,
}

impl Ear {
    pub(crate) fn open() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a read timeout");
        let address = socket.local_addr().expect("a bound socket");
        let empty = State { last: vec![None; PORTS], voice: vec![None; PORTS], gaps_ms: Vec::new(), packets: 0 };
        let (state, stop) = (Arc::new(Mutex::new(empty)), Arc::new(AtomicBool::new(false)));
        let reader = (socket.try_clone().expect("a second handle"), state.clone(), stop.clone());
        std::thread::spawn(move || listen(&reader.0, &reader.1, &reader.2));
        Self { address, socket, state, stop }
    }

    /// Starts anew.
    pub(crate) fn forget(&self) {
        let mut state = self.state.lock().expect("the ear does not panic");
        state.last.fill(None);
        state.voice.fill(None);
        state.gaps_ms.clear();
        state.packets = 0;
    }

    /// When the first packet with a voice in it came from a port of the server.
    pub(crate) fn voice_from(&self, port: u16) -> Option<Instant> {
        self.state.lock().expect("the ear does not panic").voice[usize::from(port)]
    }

    /// Forgets the voice of one port.
    pub(crate) fn forget_voice(&self, port: u16) {
        self.state.lock().expect("the ear does not panic").voice[usize::from(port)] = None;
    }

    pub(crate) fn gaps(&self) -> Gaps {
        let state = self.state.lock().expect("the ear does not panic");
        let mut gaps = state.gaps_ms.clone();
        gaps.sort_by(f32::total_cmp);
        let at =
            |share: f64| gaps.get(((gaps.len().max(1) - 1) as f64 * share) as usize).map_or(0.0, |g| f64::from(*g));
        Gaps {
            packets: state.packets,
            p99_ms: at(0.99),
            p01_ms: at(0.01),
            max_ms: at(1.0),
            late: gaps.iter().filter(|g| **g > 40.0).count(),
            streams: state.last.iter().flatten().count(),
        }
    }

    /// Sends one packet to a port of the server.
    pub(crate) fn send(&self, bytes: &[u8], to: SocketAddr) {
        let _ = self.socket.send_to(bytes, to);
    }

    /// Another handle for a thread that speaks.
    pub(crate) fn mouth(&self) -> UdpSocket {
        self.socket.try_clone().expect("a second handle")
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn listen(socket: &UdpSocket, state: &Mutex<State>, stop: &AtomicBool) {
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let (now, port) = (clock::now(), usize::from(from.port()));
        let mut state = state.lock().expect("the ear does not panic");
        state.packets += 1;
        if let Some(last) = state.last[port].replace(now) {
            state.gaps_ms.push((now - last).as_secs_f32() * 1_000.0);
        }
        let is_voice = |bytes: &[u8]| bytes.iter().any(|b| Codec::Pcmu.decode(*b).unsigned_abs() > 400);
        if state.voice[port].is_none() && length > 12 && buffer[1] & 0x7f == 0 && is_voice(&buffer[12..length]) {
            state.voice[port] = Some(now);
        }
    }
}
