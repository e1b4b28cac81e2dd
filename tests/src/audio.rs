//! The voice of one call: sends every 20 ms, keeps and measures what comes.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::clock;
use crate::g711::Codec;
use crate::rtp::{Event, Packet, event_code, event_key};

const PACKET_SAMPLES: usize = 160;
const PACKET_TIME: Duration = Duration::from_millis(20);
const HEARD_MAX: usize = 8_000 * 600; // Ten minutes: no test is longer.

/// What happens to the packets of a digit on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitLoss {
    /// All arrive.
    None,
    /// The three END packets are lost.
    AllEnds,
    /// Only one END packet arrives.
    OnlyOneEnd,
    /// All arrive without the marker bit.
    NoMarker,
    /// Every other packet is lost.
    EveryOther,
}

/// One packet as it came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    at: Instant,
    sequence: u16,
    from: SocketAddr,
}

/// How regularly packets came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spacing {
    /// Packets.
    pub packets: usize,
    /// Half of the gaps are shorter, ms.
    pub p50_ms: f64,
    /// 99 of 100 gaps are shorter, ms.
    pub p99_ms: f64,
    /// Longest gap, ms.
    pub max_ms: f64,
    /// Gaps over 40 ms.
    pub late: usize,
    /// Sequence numbers that never came.
    pub lost: usize,
}

enum Outgoing {
    Voice(Vec<i16>),
    Digit { event: Event, marker: bool, first: bool, arrives: bool },
}

struct State {
    remote: Option<SocketAddr>,
    codec: Codec,
    events: Option<u8>,
    speaking: bool,
    queue: VecDeque<Outgoing>,
    sequence: u16,
    timestamp: u32,
    event_timestamp: u32,
    ssrc: u32,
    sent: usize,
    sent_to: Vec<SocketAddr>,
    heard: Vec<i16>,
    origin: Option<(u32, u32, usize)>,
    arrivals: Vec<Arrival>,
    digits: String,
    last_event: Option<u32>,
}

/// One RTP socket with its thread; ends when dropped.
pub struct Audio {
    /// Where we receive.
    pub local: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl Audio {
    /// Opens a socket on an even port of `ip` and starts the 20 ms clock; nothing is sent before [`Audio::connect`].
    pub fn open(ip: IpAddr) -> Self {
        let socket = even_socket(ip);
        let local = socket.local_addr().expect("a bound socket");
        let state = Arc::new(Mutex::new(State {
            remote: None,
            codec: Codec::Pcmu,
            events: None,
            speaking: true,
            queue: VecDeque::new(),
            sequence: local.port(),
            timestamp: u32::from(local.port()) * 1_000,
            event_timestamp: 0,
            ssrc: u32::from(local.port()) * 65_537,
            sent: 0,
            sent_to: Vec::new(),
            heard: Vec::new(),
            origin: None,
            arrivals: Vec::new(),
            digits: String::new(),
            last_event: None,
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (thread_state, thread_stop) = (state.clone(), stop.clone());
        std::thread::spawn(move || run(&socket, &thread_state, &thread_stop));
        Self { local, state, stop }
    }

    /// Sends to `remote` from now on.
    pub fn connect(&self, remote: SocketAddr, codec: Codec, events: Option<u8>) {
        let mut state = self.state();
        (state.remote, state.codec, state.events) = (Some(remote), codec, events);
    }

    /// Sends silence between sounds, or nothing at all (as on hold).
    pub fn speak(&self, speaking: bool) {
        self.state().speaking = speaking;
    }

    /// Says 8 kHz samples after what is already queued.
    pub fn say(&self, samples: &[i16]) {
        let packets = samples.chunks(PACKET_SAMPLES).map(|c| {
            let mut packet = c.to_vec();
            packet.resize(PACKET_SAMPLES, 0);
            Outgoing::Voice(packet)
        });
        self.state().queue.extend(packets);
    }

    /// Sends a key by RFC 4733: `length` long, three END packets, 80 ms pause.
    pub fn press(&self, key: char, length: Duration, loss: DigitLoss) {
        let code = event_code(key).expect("a key of a telephone");
        let updates = (length.as_millis() as u16 / 20).max(1);
        let mut state = self.state();
        for index in 0..updates + 3 {
            let end = index >= updates;
            let arrives = match loss {
                DigitLoss::None | DigitLoss::NoMarker => true,
                DigitLoss::AllEnds => !end,
                DigitLoss::OnlyOneEnd => index == updates + 2,
                DigitLoss::EveryOther => index % 2 == 1,
            };
            let event = Event { code, end, duration: (index + 1).min(updates) * 160 };
            let marker = index == 0 && loss != DigitLoss::NoMarker;
            state.queue.push_back(Outgoing::Digit { event, marker, first: index == 0, arrives });
        }
        state.queue.extend((0..4).map(|_| Outgoing::Voice(vec![0; PACKET_SAMPLES])));
    }

    /// Is everything said?
    pub fn is_quiet(&self) -> bool {
        self.state().queue.is_empty()
    }

    /// Everything that was heard so far.
    pub fn heard(&self) -> Vec<i16> {
        self.state().heard.clone()
    }

    /// Forgets what was heard and measured.
    pub fn forget(&self) {
        let mut state = self.state();
        state.heard.clear();
        state.arrivals.clear();
        state.origin = None;
    }

    /// Digits that came by RFC 4733, each once.
    pub fn digits(&self) -> String {
        self.state().digits.clone()
    }

    /// Packets received.
    pub fn received(&self) -> usize {
        self.state().arrivals.len()
    }

    /// Packets sent.
    pub fn sent(&self) -> usize {
        self.state().sent
    }

    /// When the first packet since [`Audio::forget`] came.
    pub fn first_arrival(&self) -> Option<Instant> {
        self.state().arrivals.first().map(|a| a.at)
    }

    /// All addresses that packets came from.
    pub fn sources(&self) -> Vec<SocketAddr> {
        let mut sources: Vec<SocketAddr> = self.state().arrivals.iter().map(|a| a.from).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// How regularly packets came.
    pub fn spacing(&self) -> Spacing {
        let state = self.state();
        let mut gaps: Vec<f64> =
            state.arrivals.windows(2).map(|w| (w[1].at - w[0].at).as_secs_f64() * 1_000.0).collect();
        gaps.sort_by(f64::total_cmp);
        let at = |share: f64| gaps.get((gaps.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0.0);
        let steps = state.arrivals.windows(2).map(|w| usize::from(w[1].sequence.wrapping_sub(w[0].sequence)));
        Spacing {
            packets: state.arrivals.len(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            max_ms: at(1.0),
            late: gaps.iter().filter(|g| **g > 40.0).count(),
            lost: steps.filter(|s| (2..1_000).contains(s)).map(|s| s - 1).sum(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic in the audio thread")
    }
}

impl Drop for Audio {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn even_socket(ip: IpAddr) -> UdpSocket {
    (0..1_000)
        .filter_map(|_| UdpSocket::bind((ip, 0)).ok())
        .find(|s| s.local_addr().is_ok_and(|a| a.port() % 2 == 0))
        .expect("a free even port")
}

fn run(socket: &UdpSocket, state: &Mutex<State>, stop: &AtomicBool) {
    let mut buffer = [0; 2_048];
    let mut next = clock::now();
    while !stop.load(Ordering::Relaxed) {
        let wait = next.saturating_duration_since(clock::now());
        if wait.is_zero() {
            send_next(socket, &mut state.lock().expect("no panic in a test's lock"));
            next += PACKET_TIME;
            continue;
        }
        let _ = socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))));
        if let Ok((length, from)) = socket.recv_from(&mut buffer)
            && let Some(packet) = Packet::parse(&buffer[..length])
        {
            let at = clock::now();
            receive(&mut state.lock().expect("no panic in a test's lock"), &packet, at, from);
        }
    }
}

fn send_next(socket: &UdpSocket, state: &mut State) {
    let Some(remote) = state.remote else { return };
    let timestamp = state.timestamp;
    state.timestamp = state.timestamp.wrapping_add(PACKET_SAMPLES as u32);
    let (marker, payload_type, timestamp, payload, arrives) = match state.queue.pop_front() {
        Some(Outgoing::Digit { event, marker, first, arrives }) => {
            if first {
                state.event_timestamp = timestamp;
            }
            (marker, state.events.unwrap_or(101), state.event_timestamp, event.bytes(), arrives)
        }
        Some(Outgoing::Voice(samples)) => {
            let payload = samples.iter().map(|s| state.codec.encode(*s)).collect();
            (false, state.codec.payload(), timestamp, payload, true)
        }
        None if state.speaking => {
            (false, state.codec.payload(), timestamp, vec![state.codec.encode(0); PACKET_SAMPLES], true)
        }
        None => return,
    };
    let packet = Packet { marker, payload_type, sequence: state.sequence, timestamp, ssrc: state.ssrc, payload };
    state.sequence = state.sequence.wrapping_add(1);
    if arrives && socket.send_to(&packet.bytes(), remote).is_ok() {
        state.sent += 1;
        if !state.sent_to.contains(&remote) {
            state.sent_to.push(remote);
        }
    }
}

fn receive(state: &mut State, packet: &Packet, at: Instant, from: SocketAddr) {
    state.arrivals.push(Arrival { at, sequence: packet.sequence, from });
    let Some(codec) = Codec::of(packet.payload_type) else {
        if let Some(event) = Event::parse(&packet.payload)
            && packet.payload_type >= 96
            && state.last_event != Some(packet.timestamp)
        {
            state.last_event = Some(packet.timestamp);
            state.digits.extend(event_key(event.code));
        }
        return;
    };
    let length = state.heard.len();
    let (ssrc, start, base) = *state.origin.get_or_insert((packet.ssrc, packet.timestamp, length));
    let ahead = packet.timestamp.wrapping_sub(start) as usize;
    let mut place = base + ahead;
    if ssrc != packet.ssrc || place > length + 8_000 * 20 {
        state.origin = Some((packet.ssrc, packet.timestamp, length));
        place = length;
    }
    let end = place + packet.payload.len();
    if end > HEARD_MAX {
        return;
    }
    if state.heard.len() < end {
        state.heard.resize(end, 0);
    }
    for (sample, byte) in state.heard[place..end].iter_mut().zip(&packet.payload) {
        *sample = codec.decode(*byte);
    }
}
