//! SIP over TCP, whole and in pieces.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use callwright_tests::{Answering, Phone, Project, Server, Transport};

use crate::vocabulary::{hear_each_other, hears, seconds};

#[test]
fn a_call_over_tcp() {
    let server = Server::of("office");
    let call = Phone::tcp("caller", server.address()).dials("100");
    call.is_answered();
    hears(&call, "menu");
    call.presses("2");
    hears(&call, "goodbye");
    call.ends_with("bye");
}

#[test]
fn an_agent_over_tcp_is_called_over_tcp() {
    let server = Server::of("office");
    let password = Project::password("ANNA_PASSWORD");
    let anna = Phone::new("201", Some(&password), server.address(), Transport::Tcp, [127, 0, 0, 1].into(), None);
    anna.registers().when_called(Answering::after(Duration::from_millis(100)));
    let call = server.phone("caller").dials("201");
    let desk = anna.rings();
    desk.is_answered();
    hear_each_other(&call, &desk, 41);
    call.hangs_up();
    desk.ends_with("bye");
}

fn options(server: &Server) -> String {
    format!(
        "OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKp\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\n\
         To: <sip:{0}>\r\nCall-ID: pieces\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
        server.address()
    )
}

#[test]
fn a_request_in_single_bytes_and_two_in_one_piece_are_answered() {
    let server = Server::of("office");
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(seconds(5))).unwrap();
    for byte in options(&server).bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    let two = options(&server).replace("z9hG4bKp", "z9hG4bKq") + &options(&server).replace("z9hG4bKp", "z9hG4bKr");
    stream.write_all(two.as_bytes()).unwrap();
    let (mut text, mut buffer) = (String::new(), [0; 4_096]);
    while text.matches("SIP/2.0 200").count() < 3 {
        let length = stream.read(&mut buffer).expect("three answers");
        assert_ne!(length, 0, "closed after {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
}

#[test]
fn a_peer_that_never_reads_stops_nobody() {
    let server = Server::of("office");
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let request = options(&server);
    for _ in 0..20_000 {
        if slow.write_all(request.as_bytes()).is_err() {
            break;
        }
    }
    hears(&server.phone("caller").dials("100"), "menu");
}
