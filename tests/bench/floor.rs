//! What system calls alone cost: 172 bytes on 1,000 sockets, sent and received one by one.

use std::net::{SocketAddr, UdpSocket};

use callwright_tests::clock;

use crate::Size;
use crate::report::{Report, Row, Target};

const SOCKETS: usize = 1_000;
const PACKET: [u8; 172] = [0x80; 172];

pub(crate) fn measure(size: Size, report: &mut Report) {
    let rounds = size.pick(20, 100);
    let open = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let senders: Vec<UdpSocket> = (0..SOCKETS).map(|_| open()).collect();
    let receivers: Vec<UdpSocket> = (0..SOCKETS).map(|_| open()).collect();
    let targets: Vec<SocketAddr> = receivers.iter().map(|r| r.local_addr().expect("a bound socket")).collect();
    let (mut sending, mut receiving) = (0.0, 0.0);
    let mut buffer = [0; 2_048];
    for _ in 0..rounds {
        let start = clock::now();
        for (socket, target) in senders.iter().zip(&targets) {
            let _ = socket.send_to(&PACKET, target);
        }
        let sent = clock::now();
        for socket in &receivers {
            let _ = socket.recv_from(&mut buffer);
        }
        sending += (sent - start).as_secs_f64();
        receiving += sent.elapsed().as_secs_f64();
    }
    let per_packet = |seconds: f64| seconds * 1e6 / (rounds * SOCKETS) as f64;
    (report.send_us, report.receive_us) = (Some(per_packet(sending)), Some(per_packet(receiving)));
    report.add(
        Row::new("floor: send one packet", per_packet(sending), "µs", Target::None)
            .noting("loopback delivers within send"),
    );
    report.add(Row::new("floor: receive one packet", per_packet(receiving), "µs", Target::None));
}
