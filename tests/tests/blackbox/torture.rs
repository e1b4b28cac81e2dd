//! RFC 4475: every message gets the outcome of the manifest, and the server answers OPTIONS after each.
//!
//! The messages are read from `SIP_TORTURE_DIR`; their licence keeps them out of this repository.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use callwright_tests::{Server, clock};

/// What may come back: codes, `-` for nothing, `any`, `accepted` for any code but 400.
const OUTCOMES: &str = "
wsinv 481 404 488 200 401 407 403 480 603 606 415
intmeth 501 405
esc01 accepted
escnull accepted
esc02 501 405
lwsdisp accepted
longreq accepted
dblreq accepted
semiuri accepted
transports accepted
mpart01 accepted
unreason -
noreason -
badinv01 400
clerr 400
ncl 400
scalar02 400
scalarlg -
quotbal 400
ltgtruri 400
lwsruri 400
lwsstart any
trws any
escruri any
baddate any
regbadct any
badaspec any
baddn 400 -
badvers 505
mismatch01 400
mismatch02 501 400 405
bigcode -
badbranch any
insuf 400 -
unkscm 416
novelsc 416 404
unksm2 400 405 401 403
bext01 420
invut 415
regaut01 401 405 403
multi01 400
mcl01 400
bcast -
zeromf 200 483 404 401 407
cparam01 accepted
cparam02 accepted
regescrt any
sdp01 406
inv2543 any
test 400 -
";

struct Bench {
    sockets: Vec<UdpSocket>,
    server: std::net::SocketAddr,
}

impl Bench {
    fn new(server: std::net::SocketAddr) -> Self {
        // The ports that the messages name in their Via.
        let sockets = [5050, 5060, 5070].map(|port| {
            let socket = UdpSocket::bind(("127.0.0.60", port)).expect("127.0.0.60 is nobody else's");
            socket.set_nonblocking(true).unwrap();
            socket
        });
        Self { sockets: sockets.into(), server }
    }

    fn default_socket(&self) -> &UdpSocket {
        &self.sockets[1]
    }

    fn listen(&self, time: Duration) -> Vec<String> {
        let (mut got, mut buffer) = (Vec::new(), [0; 65_536]);
        let end = clock::now() + time;
        while clock::now() < end {
            let before = got.len();
            for socket in &self.sockets {
                if let Ok((length, _)) = socket.recv_from(&mut buffer) {
                    got.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
                }
            }
            if before == got.len() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        got
    }

    fn send(&self, bytes: &[u8], transport: &str) -> Vec<String> {
        if !matches!(transport, "TCP" | "TLS") {
            self.default_socket().send_to(bytes, self.server).unwrap();
            return self.listen(Duration::from_millis(350));
        }
        let mut stream = TcpStream::connect(self.server).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let _ = stream.write_all(bytes);
        let (mut text, mut buffer) = (String::new(), [0; 65_536]);
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
        text.split("SIP/2.0 ")
            .filter(|p| p.len() > 3 && p.as_bytes()[..3].iter().all(u8::is_ascii_digit))
            .map(|p| format!("SIP/2.0 {p}"))
            .collect()
    }

    fn answers_options(&self, number: usize) -> bool {
        let probe = format!(
            "OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.60:5060;branch=z9hG4bKprobe{number};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:p@t>;tag=p\r\nTo: <sip:{0}>\r\nCall-ID: probe{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
            self.server
        );
        self.default_socket().send_to(probe.as_bytes(), self.server).unwrap();
        let mine = format!("probe{number}");
        (0..20).any(|_| self.listen(Duration::from_millis(50)).iter().any(|r| r.contains(&mine)))
    }
}

/// Call-ID or CSeq number of a message: what its answers repeat.
fn identity(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let field = |names: &[&str]| {
        text.lines()
            .filter_map(|l| l.split_once(':'))
            .find(|(n, _)| names.contains(&n.trim().to_ascii_lowercase().as_str()))
            .and_then(|(_, v)| v.split_whitespace().next().map(str::to_owned))
    };
    field(&["call-id", "i"]).or_else(|| field(&["cseq"])).unwrap_or_default()
}

fn code(answer: &str) -> Option<u16> {
    answer.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

fn fits(wanted: &[&str], last: Option<u16>) -> bool {
    wanted.iter().any(|word| match (*word, last) {
        ("any", _) | ("-", None) => true,
        ("accepted", Some(code)) => code != 400,
        (word, Some(code)) => word.parse() == Ok(code),
        _ => false,
    })
}

/// `SIP_TORTURE_DIR`; without it the test says so and ends.
fn corpus() -> Option<PathBuf> {
    let dir = std::env::var_os("SIP_TORTURE_DIR").map(PathBuf::from);
    if dir.is_none() {
        eprintln!("SKIPPED: RFC 4475 needs SIP_TORTURE_DIR, the folder with its messages and manifest.json");
    }
    dir
}

fn manifest(dir: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(dir.join("manifest.json")).expect("manifest.json");
    let rows: serde_json::Value = serde_json::from_str(&text).expect("manifest.json is JSON");
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    rows.as_array().expect("a list").iter().map(|row| (text(row, "file"), text(row, "via_transport"))).collect()
}

#[test]
fn every_message_of_rfc_4475_is_answered_as_the_manifest_says() {
    let Some(dir) = corpus() else { return };
    let outcomes: BTreeMap<&str, Vec<&str>> = OUTCOMES
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, wanted)| (name, wanted.split(' ').collect()))
        .collect();
    let mut server = Server::of("office");
    let bench = Bench::new(server.address());
    let (mut missed, mut count) = (Vec::new(), 0);
    for (file, transport) in manifest(&dir) {
        let bytes = std::fs::read(dir.join(&file)).expect("the message");
        let name = file.trim_end_matches(".dat");
        let mine = identity(&bytes);
        let answers: Vec<String> = bench.send(&bytes, &transport).into_iter().filter(|a| a.contains(&mine)).collect();
        let finals: Vec<u16> = answers.iter().filter_map(|a| code(a)).filter(|c| *c >= 200).collect();
        count += 1;
        if !fits(&outcomes[name], finals.first().copied()) {
            missed.push(format!("{name}: {finals:?} instead of {:?}", outcomes[name]));
        }
        if name == "dblreq" && finals.len() != 1 {
            missed.push(format!("dblreq: {} answers instead of one", finals.len()));
        }
        assert!(bench.answers_options(count) && server.is_alive(), "no answer to OPTIONS after {name}");
    }
    assert!(count >= 49, "{count} messages");
    assert!(missed.is_empty(), "{} of {count} missed:\n{}", missed.len(), missed.join("\n"));
}
