//! Fuzzing of what the network feeds the SIP crate. Targets: `sip_datagram`, `sip_stream`, `sdp`, `digest`.
//!
//! [`Exchange`] is an endpoint with one trunk and one agent, and a switchboard that answers every call.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use model::{AgentId, Codec, Direction, HangupCause, LegId, Timestamp, TrunkId};
use sip::admission::AdmissionLimits;
use sip::registrar::RegistrarLimits;
use sip::sdp::SessionId;
use sip::trunk::{Network, RegisterPolicy, TrunkConfig};
use sip::{
    AgentAccount, ConnectionId, Endpoint, EndpointConfig, Limits, Listener, LocalMedia, Redirects, SessionTimers,
    SipEvent, Transport, TrunkAccount,
};

/// Our address.
pub const HERE: ([u8; 4], u16) = ([192, 0, 2, 1], 5060);
/// A configured trunk.
pub const TRUNK: ([u8; 4], u16) = ([198, 51, 100, 1], 5060);
/// Nobody we know.
pub const STRANGER: ([u8; 4], u16) = ([203, 0, 113, 9], 5060);

const TIMEOUTS_MAX: usize = 20_000; // A timer that is always due would never let us go.

/// An endpoint and what happens around it.
pub struct Exchange {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The time.
    pub now: Timestamp,
    legs: BTreeSet<LegId>,
}

impl Exchange {
    /// A fresh one, the same every time.
    pub fn new() -> Self {
        let now = Timestamp::from_micros(1_000_000);
        let mut exchange = Self { endpoint: Endpoint::new(config(), [7; 32]), now, legs: BTreeSet::new() };
        exchange.endpoint.handle_timeout(now);
        exchange.settle();
        exchange
    }

    /// Plays the switchboard until nothing happens any more; returns how many messages were sent.
    pub fn settle(&mut self) -> usize {
        let mut sent = 0;
        loop {
            while let Some(transmit) = self.endpoint.poll_transmit() {
                assert!(transmit.bytes.len() <= 65_535, "{} octets to {}", transmit.bytes.len(), transmit.destination);
                sent += 1;
            }
            let Some(event) = self.endpoint.poll_event() else { return sent };
            self.react(event);
        }
    }

    /// Lets time pass, with every timer in it.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..TIMEOUTS_MAX {
            match self.endpoint.poll_timeout() {
                Some(due) if due <= end => {
                    self.now = self.now.max(due);
                    self.endpoint.handle_timeout(self.now);
                    self.settle();
                }
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
        panic!("timers never end");
    }

    /// Hangs up what is left and checks that nothing stays behind.
    pub fn end(mut self) {
        for leg in std::mem::take(&mut self.legs) {
            self.endpoint.hangup(self.now, leg, HangupCause::Normal);
        }
        self.settle();
        self.pass(Duration::from_secs(300)); // Longer than every transaction and dialog timer of RFC 3261 and 3262.
        let live = self.endpoint.live();
        assert_eq!((live.dialogs, live.transactions), (0, 0), "left behind: {live:?}");
    }

    fn react(&mut self, event: SipEvent) {
        let now = self.now;
        match event {
            SipEvent::Incoming { leg, incoming } => {
                self.legs.insert(leg);
                assert!(!incoming.name.chars().any(char::is_control), "{:?}", incoming.name);
                let printable = |text: &String| !text.chars().any(char::is_control);
                assert!(incoming.headers.values().all(printable), "{:?}", incoming.headers);
                self.endpoint.ring(now, leg, None);
                self.endpoint.answer(now, leg, local());
            }
            SipEvent::LegGone { leg } => {
                self.legs.remove(&leg);
            }
            SipEvent::StoreBindings { agent, .. } => panic!("{agent} registered without a password"),
            _ => {}
        }
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

fn config() -> EndpointConfig {
    let here = SocketAddr::from(HERE);
    let listener = |transport| Listener { transport, bind: here, public: here };
    let agent = AgentId::parse("anna").expect("a name");
    let trunk = TrunkConfig {
        id: TrunkId::parse("provider").expect("a name"),
        addresses: Vec::new(),
        credentials: None,
        register: RegisterPolicy::Never,
        allow_from: vec![Network { address: SocketAddr::from(TRUNK).ip(), prefix: 32 }],
        max_calls: None,
        ping_every: Duration::ZERO,
    };
    EndpointConfig {
        listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
        user_agent: "callwright".into(),
        realm: "callwright".into(),
        agents: BTreeMap::from([("201".into(), AgentAccount { agent, secret: "correct horse battery staple".into() })]),
        trunks: vec![TrunkAccount { config: trunk, transport: Transport::Udp }],
        limits: Limits::default(),
        // The flood gate would keep the fuzzer out.
        admission: AdmissionLimits { requests: u32::MAX, new_calls_per_second: u32::MAX, ..AdmissionLimits::default() },
        registrar: RegistrarLimits::default(),
        redirects: Redirects::Refuse,
        session_timers: SessionTimers::default(),
    }
}

fn local() -> LocalMedia {
    LocalMedia {
        address: SocketAddr::from(([192, 0, 2, 1], 10_000)),
        codecs: vec![Codec::Pcma, Codec::Pcmu],
        telephone_event: true,
        packet_ms: 20,
        direction: Direction::SendReceive,
        session: SessionId { id: 1, version: 1 },
    }
}

/// Opens a stream from a stranger or the trunk.
pub fn connect(exchange: &mut Exchange, from: ([u8; 4], u16)) -> ConnectionId {
    let connection = ConnectionId(1);
    exchange.endpoint.stream_opened(exchange.now, connection, SocketAddr::from(from));
    connection
}
