//! Who may do what: registrations, strangers, amplification.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use callwright_tests::{Algorithm, Method, Phone, Project, Server, Transport, clock};

use crate::vocabulary::hears;

fn agent(server: &Server, password: &str, only: Option<Algorithm>) -> Phone {
    Phone::new("201", Some(password), server.address(), Transport::Udp, [127, 0, 0, 1].into(), only)
}

#[test]
fn a_phone_registers_with_either_hash_and_takes_its_registration_back() {
    let server = Server::of("office");
    let password = Project::password("ANNA_PASSWORD");
    for only in [Algorithm::Md5, Algorithm::Sha256] {
        let phone = agent(&server, &password, Some(only));
        assert_eq!(phone.try_register(120), 200, "{only:?}");
        assert_eq!(phone.try_register(0), 200, "{only:?}");
    }
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let server = Server::of("office");
    let wrong = agent(&server, "not-it", None);
    let unknown = Phone::with_password("999", "not-it", server.address());
    let codes = (wrong.try_register(60), unknown.try_register(60));
    assert!(matches!(codes.0, 401 | 403), "{codes:?}");
    assert_eq!(codes.0, codes.1);
}

#[test]
fn nobody_registers_for_somebody_else() {
    let server = Server::of("office");
    let anna = agent(&server, &Project::password("ANNA_PASSWORD"), None);
    let other = format!("<sip:202@{}>", server.address());
    let extra = [("Contact", format!("<{}>", anna.uri())), ("Expires", "60".into())];
    let headers = [("To", other), extra[0].clone(), extra[1].clone()];
    let reply = anna.request(Method::Register, &format!("sip:{}", server.address()), &headers);
    assert_ne!(reply.and_then(|r| r.code()), Some(200));
}

#[test]
fn a_stranger_is_told_no_once_and_a_trunk_is_served() {
    let server = Server::of("strangers");
    let at = |ip: [u8; 4]| Phone::new("x", None, server.address(), Transport::Udp, IpAddr::from(ip), None);
    let stranger = at([127, 0, 0, 9]);
    let call = stranger.dials("100");
    let why = call.ends_within(Duration::from_secs(3));
    assert!(matches!(why.as_str(), "" | "401" | "403" | "404" | "407"), "{why}");
    assert_eq!(call.audio().received(), 0);
    let carrier = at([127, 0, 0, 2]);
    hears(&carrier.dials("100"), "welcome");
}

/// Sends one datagram from a stranger's address and gives everything that comes back in two seconds.
fn answers_to(server: &Server, bytes: &[u8]) -> Vec<Vec<u8>> {
    let socket = UdpSocket::bind(("127.0.0.9", 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    socket.send_to(bytes, server.address()).unwrap();
    let (mut answers, mut buffer) = (Vec::new(), [0; 65_536]);
    let end = clock::now() + Duration::from_secs(2);
    while clock::now() < end {
        if let Ok((length, _)) = socket.recv_from(&mut buffer) {
            answers.push(buffer[..length].to_vec());
        }
    }
    answers
}

fn request(method: &str, via: &str, server: SocketAddr) -> String {
    format!(
        "{method} sip:100@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{}\r\nMax-Forwards: 70\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:100@{server}>\r\nCall-ID: {}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:a@127.0.0.9>\r\nContent-Length: 0\r\n\r\n",
        clock::unique(),
        clock::unique()
    )
}

#[test]
fn an_unconfirmed_refusal_is_not_repeated_nor_much_larger_than_the_request() {
    let server = Server::of("strangers");
    for method in ["INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE"] {
        let bytes = request(method, "127.0.0.9:5060;rport", server.address());
        let answers = answers_to(&server, bytes.as_bytes());
        assert!(answers.len() <= 1, "{method}: {} answers", answers.len());
        let size: usize = answers.iter().map(Vec::len).sum();
        assert!(size as f64 <= 1.5 * bytes.len() as f64, "{method}: {size} bytes for {}", bytes.len());
    }
}

#[test]
fn no_via_makes_the_server_send_to_a_third_party() {
    let server = Server::of("strangers");
    let victim = UdpSocket::bind(("127.0.0.8", 0)).unwrap();
    victim.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let target = victim.local_addr().unwrap();
    for via in [
        format!("{target}"),
        format!("127.0.0.9:5060;maddr={target}"),
        format!("127.0.0.9;received={}", target.ip()),
        format!("127.0.0.9:{};maddr=127.0.0.8", target.port()),
    ] {
        answers_to(&server, request("OPTIONS", &via, server.address()).as_bytes());
    }
    let got = victim.recv_from(&mut [0; 2_048]);
    assert!(got.is_err(), "a third party got a packet");
}
