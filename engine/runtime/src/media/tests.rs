//! Audio threads with real sockets on the loopback.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use media::{Happened, Layout, Recording, recording_pipe};
use model::{Codec, Direction, Ticket};

use super::*;
use crate::ports::Ports;

/// Nothing here takes as long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);
const ONE: LegId = LegId(1);
const TWO: LegId = LegId(2);

/// Two audio threads and what they tell.
struct Threads {
    a: AudioHandle,
    b: AudioHandle,
    events: Receiver<MediaEvent>,
    ports: Ports,
}

impl Threads {
    fn start() -> Self {
        let (clock, (tell, events)) = (Clock::start(), channel());
        let thread = |name| {
            let tell: Sender<MediaEvent> = tell.clone();
            AudioHandle::start(name, clock, move |event| drop(tell.send(event))).unwrap()
        };
        let ports = Ports::new(Ipv4Addr::new(127, 0, 0, 50).into(), &(41_000..=44_999));
        Self { a: thread("a"), b: thread("b"), events, ports }
    }

    /// Opens a leg; where it receives.
    fn open(&self, thread: &AudioHandle, leg: LegId) -> SocketAddr {
        let ports = self.ports.open().unwrap();
        let address = ports.address;
        thread.send(AudioJob::Open { leg, ports, seed: leg.0 });
        address
    }

    /// The next digits that were told, with their legs.
    fn digits(&self, count: usize) -> Vec<(LegId, char)> {
        let digit = |_| match self.events.recv_timeout(PATIENCE).unwrap() {
            MediaEvent { leg, what: Happened::Digit(digit) } => (leg, digit),
            other => panic!("no digit: {other:?}"),
        };
        (0..count).map(digit).collect()
    }
}

struct Phone {
    socket: UdpSocket,
    sequence: u16,
}

impl Phone {
    fn at(host: u8) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, host), 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self { socket, sequence: 0 }
    }

    fn spec(&self) -> MediaSpec {
        let remote = self.socket.local_addr().unwrap();
        MediaSpec {
            remote,
            signalling: Some(remote.ip()),
            codec: Codec::Pcmu,
            payload_type: 0,
            receive: vec![(0, Codec::Pcmu)],
            telephone_event: Some(101),
            receive_event: Some(101),
            packet_ms: 20,
            direction: Direction::SendReceive,
        }
    }

    fn say(&mut self, to: SocketAddr, payload_type: u8, payload: &[u8]) {
        let timestamp = u32::from(self.sequence) * 160;
        let mut packet = vec![0x80, payload_type];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(7_u32.to_be_bytes());
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        // A socket that is not there yet refuses; so does a full one.
        let _ = self.socket.send_to(&packet, to);
    }

    fn heard(&self) -> Vec<Vec<u8>> {
        let mut buffer = [0; 2048];
        let receive = || self.socket.recv_from(&mut buffer).ok().map(|(length, _)| buffer[..length].to_vec());
        std::iter::from_fn(receive).collect()
    }
}

fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

#[test]
fn legs_of_two_threads_hear_each_other_after_a_move() {
    let threads = Threads::start();
    let (mut caller, mut agent) = (Phone::at(31), Phone::at(32));
    let (first, second) = (threads.open(&threads.a, ONE), threads.open(&threads.b, TWO));
    threads.a.send(AudioJob::Describe { leg: ONE, spec: caller.spec() });
    threads.b.send(AudioJob::Describe { leg: TWO, spec: agent.spec() });
    let mut to_caller = Vec::new();
    while to_caller.len() < 5 {
        to_caller.extend(caller.heard());
        pause();
    }
    threads.a.move_leg(ONE, &threads.b);
    threads.b.send(AudioJob::Join { leg: ONE, with: TWO });
    let said = |packets: &[Vec<u8>], byte| packets.iter().filter(|packet| packet[12..] == [byte; 160]).count();
    let mut to_agent = Vec::new();
    for _ in 0..PATIENCE.as_millis() / 20 {
        caller.say(first, 0, &[0x11; 160]);
        agent.say(second, 0, &[0x22; 160]);
        (0..4).for_each(|_| pause());
        to_caller.extend(caller.heard());
        to_agent.extend(agent.heard());
        if said(&to_caller, 0x22) >= 10 && said(&to_agent, 0x11) >= 10 {
            break;
        }
    }
    assert!(said(&to_caller, 0x22) >= 10 && said(&to_agent, 0x11) >= 10);
    for pair in to_caller.windows(2) {
        let number = |packet: &[u8]| u16::from_be_bytes([packet[2], packet[3]]);
        assert_eq!(number(&pair[1]), number(&pair[0]).wrapping_add(1), "no packet is missing or out of order");
        assert_eq!(pair[1][8..12], pair[0][8..12], "the stream keeps its SSRC");
    }
}

#[test]
fn a_supervisor_goes_along_with_the_agent_to_another_thread() {
    const BOSS: LegId = LegId(3);
    const OTHER: LegId = LegId(4);
    let threads = Threads::start();
    let (mut agent, caller, boss, other) = (Phone::at(31), Phone::at(32), Phone::at(33), Phone::at(34));
    let address = threads.open(&threads.a, ONE);
    threads.a.send(AudioJob::Describe { leg: ONE, spec: agent.spec() });
    for (thread, leg, phone) in [(&threads.a, TWO, &caller), (&threads.a, BOSS, &boss), (&threads.b, OTHER, &other)] {
        threads.open(thread, leg);
        thread.send(AudioJob::Describe { leg, spec: phone.spec() });
    }
    threads.a.send(AudioJob::Join { leg: ONE, with: TWO });
    threads.a.send(AudioJob::Supervise { leg: BOSS, of: ONE, how: Supervision::Listen });
    // A constant is heard as a constant, whatever the jitter buffer does.
    let heard = |phone: &Phone| phone.heard().iter().filter(|packet| packet[12..] == [0x22; 160]).count();
    let mut talk_until_heard = |by: [&Phone; 2]| {
        let mut counts = [0, 0];
        for _ in 0..PATIENCE.as_millis() / 20 {
            agent.say(address, 0, &[0x22; 160]);
            (0..4).for_each(|_| pause());
            counts = [counts[0] + heard(by[0]), counts[1] + heard(by[1])];
            if counts.iter().all(|count| *count >= 10) {
                return;
            }
        }
        panic!("the agent was heard {counts:?} times");
    };
    talk_until_heard([&caller, &boss]);
    threads.a.move_leg(ONE, &threads.b);
    threads.a.move_leg(BOSS, &threads.b);
    threads.b.send(AudioJob::Supervise { leg: BOSS, of: ONE, how: Supervision::Listen });
    threads.b.send(AudioJob::Join { leg: ONE, with: OTHER });
    talk_until_heard([&other, &boss]);
}

#[test]
fn jobs_and_events_keep_their_order_while_a_leg_wanders() {
    let threads = Threads::start();
    threads.open(&threads.a, ONE);
    let keys: Vec<char> = "0123456789*#ABCD".chars().cycle().take(200).collect();
    let (mut here, mut there) = (&threads.a, &threads.b);
    for digit in &keys {
        here.send(AudioJob::InfoDigit { leg: ONE, digit: *digit });
        here.move_leg(ONE, there);
        std::mem::swap(&mut here, &mut there);
    }
    let told: Vec<char> = threads.digits(200).into_iter().map(|(_, digit)| digit).collect();
    assert_eq!(told, keys);
}

#[test]
fn legs_that_change_places_do_not_wait_for_each_other() {
    let threads = Threads::start();
    threads.open(&threads.a, ONE);
    threads.open(&threads.b, TWO);
    threads.a.move_leg(ONE, &threads.b);
    threads.b.move_leg(TWO, &threads.a);
    threads.a.send(AudioJob::InfoDigit { leg: TWO, digit: '2' });
    threads.b.send(AudioJob::InfoDigit { leg: ONE, digit: '1' });
    let mut told = threads.digits(2);
    told.sort_unstable();
    assert_eq!(told, [(ONE, '1'), (TWO, '2')]);
}

#[test]
fn a_leg_that_is_gone_or_whose_thread_has_ended_is_not_waited_for() {
    let threads = Threads::start();
    threads.open(&threads.b, TWO);
    threads.a.move_leg(ONE, &threads.b);
    threads.b.send(AudioJob::InfoDigit { leg: TWO, digit: '1' });
    assert_eq!(threads.digits(1), [(TWO, '1')]);
    threads.a.send(AudioJob::Halt);
    threads.a.move_leg(ONE, &threads.b);
    threads.b.send(AudioJob::InfoDigit { leg: TWO, digit: '2' });
    assert_eq!(threads.digits(1), [(TWO, '2')]);
}

/// 5,000 packets a second for two seconds: before the description, while the phone is slow, and during the talk.
#[test]
fn a_stranger_who_sprays_is_neither_heard_nor_sent_to() {
    let threads = Threads::start();
    let (mut phone, agent, mut thief) = (Phone::at(31), Phone::at(32), Phone::at(66));
    let (first, _) = (threads.open(&threads.a, ONE), threads.open(&threads.a, TWO));
    let (inlet, outlet) = recording_pipe(1000);
    let (ticket, max) = (Ticket(1), Duration::from_secs(60));
    let mut to_agent = Vec::new();
    for round in 0..400 {
        match round {
            40 => threads.a.send(AudioJob::Describe { leg: TWO, spec: agent.spec() }),
            41 => threads.a.send(AudioJob::Describe { leg: ONE, spec: phone.spec() }),
            42 => threads.a.send(AudioJob::Join { leg: ONE, with: TWO }),
            43 => {
                let (layout, silence, sink) = (Layout::Mono, Duration::ZERO, inlet.sink(ticket));
                let recording = Recording { ticket, layout, max, silence, sink };
                threads.a.send(AudioJob::Record { leg: ONE, recording: Box::new(recording) });
            }
            160.. if round % 4 == 0 => phone.say(first, 0, &[0xFE; 160]),
            _ => {}
        }
        for n in 0..25 {
            match n % 5 {
                0 => thief.say(first, 101, &[5, 0x8A, 0, 160]),
                1 => thief.say(SocketAddr::new(first.ip(), first.port() + 1), 201, &[0; 20]),
                _ => thief.say(first, 0, &[0x00; 160]),
            }
        }
        to_agent.extend(agent.heard());
        pause();
    }
    let samples: Vec<i16> = std::iter::from_fn(|| outlet.try_next())
        .flat_map(|piece| piece.samples().unwrap_or_default().to_vec())
        .collect();
    assert_eq!(thief.heard().len(), 0, "packets to the thief");
    assert!(to_agent.iter().any(|packet| packet[12..] == [0xFE; 160]), "the phone is heard");
    assert!(to_agent.iter().all(|packet| packet[1] & 0x7F != 101 && packet[12..] != [0x00; 160]), "and nobody else");
    assert!(!samples.is_empty() && samples.iter().all(|sample| sample.abs() < 100), "nor in the recording");
    assert!(threads.events.try_recv().is_err(), "no digits");
}
