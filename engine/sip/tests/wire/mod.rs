//! The vocabulary of the tests: two endpoints on a link, or one endpoint and hand-written messages.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test binary uses its part")]

pub mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use callwright_sip::sdp::SessionId;
use callwright_sip::trunk::{Network, RegisterPolicy, TrunkConfig};
use callwright_sip::{
    AgentAccount, Callee, CallerId, Destination, DialRequest, Endpoint, EndpointConfig, Listener, LocalMedia, SipEvent,
    Transport, TrunkAccount,
};
use model::{AgentId, Codec, Direction, LegId, Timestamp, TrunkId};

pub const ANNA: &str = "192.0.2.1:5060";
pub const BEN: &str = "192.0.2.2:5060";
const LATENCY: Duration = Duration::from_millis(10);

pub fn socket(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Audio of ours at a port of its own.
pub fn audio(address: &str, port: u16) -> LocalMedia {
    LocalMedia {
        address: SocketAddr::new(socket(address).ip(), port),
        codecs: vec![Codec::Pcma, Codec::Pcmu],
        telephone_event: true,
        packet_ms: 20,
        direction: Direction::SendReceive,
        session: SessionId { id: u64::from(port), version: 1 },
    }
}

/// An endpoint's configuration, with a trunk at every address named.
pub fn config(address: &str, trunks: &[&str]) -> EndpointConfig {
    let trunks = trunks.iter().enumerate().map(|(n, address)| TrunkAccount {
        transport: Transport::Udp,
        config: TrunkConfig {
            id: TrunkId::parse(&format!("trunk{}", n + 1)).unwrap(),
            addresses: vec![(*address).to_owned()],
            credentials: None,
            register: RegisterPolicy::Never,
            allow_from: vec![Network { address: socket(address).ip(), prefix: 32 }],
            max_calls: None,
            ping_every: Duration::ZERO,
        },
    });
    let agents = [("100", "anna"), ("200", "ben")].map(|(user, agent)| {
        (user.to_owned(), AgentAccount { agent: AgentId::parse(agent).unwrap(), secret: format!("secret-{user}") })
    });
    EndpointConfig {
        listeners: vec![
            Listener { transport: Transport::Udp, bind: socket(address), public: socket(address) },
            Listener { transport: Transport::Tcp, bind: socket(address), public: socket(address) },
        ],
        user_agent: String::new(),
        realm: "callwright".to_owned(),
        agents: BTreeMap::from(agents),
        trunks: trunks.collect(),
        ..EndpointConfig::default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Anna,
    Ben,
}

impl Side {
    fn other(self) -> Side {
        match self {
            Side::Anna => Side::Ben,
            Side::Ben => Side::Anna,
        }
    }

    fn address(self) -> SocketAddr {
        match self {
            Side::Anna => socket(ANNA),
            Side::Ben => socket(BEN),
        }
    }
}

/// Two endpoints that are each other's trunk, a link between them, and one clock.
pub struct Pair {
    pub anna: Endpoint,
    pub ben: Endpoint,
    pub now: Timestamp,
    flying: BTreeMap<(Timestamp, u64), (Side, Vec<u8>)>,
    sent: u64,
    /// Loses every packet whose first line begins so, as often as said.
    lose: Vec<(String, usize)>,
    loss_percent: u64,
    chance: u64,
    /// `anna -> INVITE`, one line per packet.
    pub ladder: Vec<String>,
    pub heard: BTreeMap<Side, Vec<SipEvent>>,
}

impl Default for Pair {
    fn default() -> Self {
        Self::new()
    }
}

impl Pair {
    pub fn new() -> Self {
        Self::with(|_, _| {})
    }

    pub fn with(change: impl Fn(Side, &mut EndpointConfig)) -> Self {
        let (mut anna, mut ben) = (config(ANNA, &[BEN]), config(BEN, &[ANNA]));
        change(Side::Anna, &mut anna);
        change(Side::Ben, &mut ben);
        let mut pair = Self {
            anna: Endpoint::new(anna, [1; 32]),
            ben: Endpoint::new(ben, [2; 32]),
            now: Timestamp::from_micros(1_000_000),
            flying: BTreeMap::new(),
            sent: 0,
            lose: Vec::new(),
            loss_percent: 0,
            chance: 0x9E37_79B9_7F4A_7C15,
            ladder: Vec::new(),
            heard: BTreeMap::new(),
        };
        pair.ben.number_legs_from(1000);
        pair.run(Duration::from_millis(1));
        pair
    }

    pub fn lose(&mut self, first_line: &str, times: usize) {
        self.lose.push((first_line.to_owned(), times));
    }

    /// Loses so many percent of the packets and delays some, the same way for the same seed.
    pub fn impair(&mut self, loss_percent: u64, seed: u64) {
        self.loss_percent = loss_percent;
        self.chance = self.chance.wrapping_add(seed.wrapping_mul(0x2545_F491_4F6C_DD1D)) | 1;
    }

    fn random(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance
    }

    pub fn side(&mut self, side: Side) -> &mut Endpoint {
        match side {
            Side::Anna => &mut self.anna,
            Side::Ben => &mut self.ben,
        }
    }

    /// Anna dials Ben as leg 1.
    pub fn dial(&mut self) -> LegId {
        let leg = LegId(1);
        self.dial_as(leg);
        leg
    }

    pub fn dial_as(&mut self, leg: LegId) {
        let now = self.now;
        self.anna.dial(now, leg, call_to("200", 4000));
        self.settle();
    }

    /// A call that is up: (Anna's leg, Ben's leg).
    pub fn connected(&mut self) -> (LegId, LegId) {
        let ours = self.dial();
        self.run(Duration::from_millis(50));
        let theirs = self.incoming();
        let now = self.now;
        self.ben.answer(now, theirs, audio(BEN, 5000));
        self.run(Duration::from_millis(100));
        (ours, theirs)
    }

    /// The last leg that came in at Ben's.
    pub fn incoming(&self) -> LegId {
        let heard = self.heard.get(&Side::Ben).into_iter().flatten();
        heard
            .filter_map(|e| match e {
                SipEvent::Incoming { leg, .. } => Some(*leg),
                _ => None,
            })
            .next_back()
            .expect("a call came in")
    }

    fn settle(&mut self) {
        for side in [Side::Anna, Side::Ben] {
            while let Some(transmit) = self.side(side).poll_transmit() {
                let line = first_line(&transmit.bytes);
                let name = if side == Side::Anna { "anna" } else { "ben" };
                let lost = self.is_lost(&line);
                let mark = if lost { " (lost)" } else { "" };
                self.ladder.push(format!("{name} -> {line}{mark}"));
                let Destination::Udp { to, .. } = transmit.destination else {
                    continue;
                };
                if lost || to != side.other().address() {
                    continue;
                }
                self.sent += 1;
                let jitter =
                    if self.loss_percent > 0 { Duration::from_millis(self.random() % 40) } else { Duration::ZERO };
                self.flying.insert((self.now + LATENCY + jitter, self.sent), (side.other(), transmit.bytes));
            }
            while let Some(event) = self.side(side).poll_event() {
                self.heard.entry(side).or_default().push(event);
            }
        }
    }

    fn is_lost(&mut self, line: &str) -> bool {
        if let Some(rule) = self.lose.iter_mut().find(|(start, times)| *times > 0 && line.starts_with(start.as_str())) {
            rule.1 -= 1;
            return true;
        }
        self.loss_percent > 0 && self.random() % 100 < self.loss_percent
    }

    /// Lets time pass: packets arrive, timers fire.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.settle();
            let packet = self.flying.keys().next().map(|(at, _)| *at);
            let next = [packet, self.anna.poll_timeout(), self.ben.poll_timeout()].into_iter().flatten().min();
            let Some(at) = next.filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            let now = self.now;
            while let Some(entry) = self.flying.first_entry().filter(|e| e.key().0 <= now) {
                let (to, bytes) = entry.remove();
                let (local, from) = (to.address(), to.other().address());
                self.side(to).handle_datagram(now, local, from, &bytes);
            }
            self.anna.handle_timeout(now);
            self.ben.handle_timeout(now);
        }
        self.now = end;
    }

    /// What a side heard, in short words, since the last time it was asked.
    pub fn story(&mut self, side: Side) -> Vec<String> {
        self.settle();
        self.heard.remove(&side).unwrap_or_default().iter().filter_map(word).collect()
    }

    /// Nothing may be left of any call.
    pub fn expect_nothing_left(&mut self) {
        self.run(Duration::from_secs(120));
        for side in [Side::Anna, Side::Ben] {
            let live = self.side(side).live();
            assert_eq!((live.dialogs, live.transactions, live.timers), (0, 0, 0), "{side:?} keeps something");
        }
    }
}

pub fn call_to(number: &str, port: u16) -> DialRequest {
    DialRequest {
        callee: Callee::Trunk { trunk: TrunkId::parse("trunk1").unwrap(), number: number.to_owned() },
        caller: CallerId::Shown { number: "100".to_owned(), name: "Anna".to_owned() },
        headers: vec![("X-Callwright-Call".to_owned(), "7".to_owned())],
        media: audio(ANNA, port),
        no_response: Duration::from_secs(4),
    }
}

pub fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().next().unwrap_or_default();
    match line.strip_prefix("SIP/2.0 ") {
        Some(status) => status.to_owned(),
        None => line.split(' ').next().unwrap_or_default().to_owned(),
    }
}

/// An event in a few words; the ladder is left out.
pub fn word(event: &SipEvent) -> Option<String> {
    Some(match event {
        SipEvent::Ladder { .. } | SipEvent::TrunkUp { .. } | SipEvent::TrunkDown { .. } => {
            return None;
        }
        SipEvent::Incoming { leg, incoming } => {
            format!("leg {leg} incoming {} -> {} by {}", incoming.from, incoming.to, incoming.source)
        }
        SipEvent::Ringing { leg, early_media } => {
            format!("leg {leg} rings{}", if *early_media { " with audio" } else { "" })
        }
        SipEvent::Answered { leg } => format!("leg {leg} answered"),
        SipEvent::MediaAgreed { leg, spec } => {
            format!("leg {leg} audio {} to {}", spec.codec, spec.remote)
        }
        SipEvent::Failed { leg, reason, status } => format!("leg {leg} failed {reason} {status}"),
        SipEvent::HungUp { leg, cause } => format!("leg {leg} hung up {cause}"),
        SipEvent::Held { leg } => format!("leg {leg} held"),
        SipEvent::Resumed { leg } => format!("leg {leg} resumed"),
        SipEvent::Digit { leg, digit } => format!("leg {leg} digit {digit}"),
        SipEvent::TransferRequested { leg, to, replaces: None } => format!("leg {leg} wants {to}"),
        SipEvent::TransferRequested { leg, to, replaces: Some(other) } => {
            format!("leg {leg} wants {to} instead of leg {other}")
        }
        SipEvent::LegGone { leg } => format!("leg {leg} gone"),
        SipEvent::StoreBindings { change, .. } => {
            format!("store {} +{} -{}", change.user, change.saved.len(), change.removed.len())
        }
        SipEvent::ContactsChanged { agent, contacts } => {
            format!("{agent} has {} contacts", contacts.len())
        }
    })
}

/// One endpoint and hand-written messages from one address.
pub struct Bench {
    pub endpoint: Endpoint,
    pub now: Timestamp,
    pub from: SocketAddr,
    pub heard: Vec<SipEvent>,
}

impl Bench {
    /// The peer is a trunk of the endpoint.
    pub fn trusted() -> Self {
        Self::new(config(ANNA, &[BEN]))
    }

    /// The peer is nobody.
    pub fn unknown() -> Self {
        Self::new(config(ANNA, &[]))
    }

    pub fn new(config: EndpointConfig) -> Self {
        let mut endpoint = Endpoint::new(config, [7; 32]);
        let now = Timestamp::from_micros(1_000_000);
        endpoint.handle_timeout(now);
        let mut bench = Self { endpoint, now, from: socket(BEN), heard: Vec::new() };
        bench.replies();
        bench
    }

    /// Sends a message (line ends are mended) and returns what came back, each as text.
    pub fn send(&mut self, message: &str) -> Vec<String> {
        let bytes = message.trim_start().replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        self.send_bytes(&bytes)
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) -> Vec<String> {
        let (now, from) = (self.now, self.from);
        self.endpoint.handle_datagram(now, socket(ANNA), from, bytes);
        self.replies()
    }

    pub fn replies(&mut self) -> Vec<String> {
        while let Some(event) = self.endpoint.poll_event() {
            self.heard.push(event);
        }
        std::iter::from_fn(|| self.endpoint.poll_transmit())
            .map(|t| String::from_utf8_lossy(&t.bytes).into_owned())
            .collect()
    }

    pub fn advance(&mut self, duration: Duration) -> Vec<String> {
        let end = self.now + duration;
        while let Some(at) = self.endpoint.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let now = self.now;
            self.endpoint.handle_timeout(now);
        }
        self.now = end;
        self.replies()
    }

    pub fn story(&mut self) -> Vec<String> {
        self.replies();
        std::mem::take(&mut self.heard).iter().filter_map(word).collect()
    }

    pub fn statuses(replies: &[String]) -> Vec<u16> {
        replies.iter().filter_map(|r| r.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()).collect()
    }
}

/// The value of a header field in a message.
pub fn field(message: &str, name: &str) -> Option<String> {
    message.lines().find_map(|line| {
        let (n, value) = line.split_once(':')?;
        n.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

pub fn fields(message: &str) -> BTreeSet<String> {
    message.lines().filter_map(|l| l.split_once(':')).map(|(n, _)| n.to_ascii_lowercase()).collect()
}

pub fn loopback() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}
