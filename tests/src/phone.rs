//! A telephone: registers, calls, is called.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

use rsip::Method;

use crate::answering::Answering;
use crate::call::{Call, Dial};
use crate::clock;
use crate::digest::Algorithm;
use crate::line::{Line, State};
use crate::message::Message;
use crate::ticking;
use crate::wire::{Transport, Wire};

const PATIENCE: Duration = Duration::from_secs(20); // A machine that builds beside the test stalls for seconds.

/// A telephone on 127.0.0.1 (or another loopback address).
pub struct Phone {
    line: Arc<Line>,
}

impl Phone {
    /// A telephone over UDP that sends everything to `server`.
    pub fn udp(user: &str, server: SocketAddr) -> Self {
        Self::new(user, None, server, Transport::Udp, Ipv4Addr::LOCALHOST.into(), None)
    }

    /// A telephone over TCP.
    pub fn tcp(user: &str, server: SocketAddr) -> Self {
        Self::new(user, None, server, Transport::Tcp, Ipv4Addr::LOCALHOST.into(), None)
    }

    /// A telephone over UDP with a password, which answers challenges.
    pub fn with_password(user: &str, password: &str, server: SocketAddr) -> Self {
        Self::new(user, Some(password), server, Transport::Udp, Ipv4Addr::LOCALHOST.into(), None)
    }

    /// A telephone with all there is to choose; `only` is the one hash it speaks.
    pub fn new(
        user: &str,
        password: Option<&str>,
        server: SocketAddr,
        transport: Transport,
        ip: IpAddr,
        only: Option<Algorithm>,
    ) -> Self {
        let line = Arc::new(Line {
            user: user.to_owned(),
            password: password.map(str::to_owned),
            only,
            server,
            ip,
            wire: OnceLock::new(),
            state: Mutex::new(State {
                calls: BTreeMap::new(),
                sent: BTreeMap::new(),
                arrived: VecDeque::new(),
                answering: Answering::after(Duration::from_millis(200)),
                strays: Vec::new(),
                unreadable: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        let weak = Arc::downgrade(&line);
        let on_bytes = Arc::new(move |bytes: &[u8], from| {
            // The wire may speak before it is known to the line.
            if let Some(line) = weak.upgrade()
                && clock::wait_for(Duration::from_secs(1), || line.wire.get()).is_some()
            {
                line.handle_bytes(bytes, from);
            }
        });
        let _ = line.wire.set(Wire::open(transport, ip, on_bytes));
        ticking::spawn(Arc::downgrade(&line));
        Self { line }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.line.wire().local
    }

    /// `sip:user@ip:port` of the telephone itself.
    pub fn uri(&self) -> String {
        format!("sip:{}@{}", self.line.user, self.address())
    }

    /// How it treats calls that come from now on.
    pub fn when_called(&self, answering: Answering) -> &Self {
        self.line.lock().answering = answering;
        self
    }

    /// Registers for `seconds`; the final code, 0 when nothing came.
    pub fn try_register(&self, seconds: u32) -> u16 {
        let extra = [("Contact", self.line.contact()), ("Expires", seconds.to_string())];
        self.request(Method::Register, &format!("sip:{}", self.line.server), &extra)
            .map_or(0, |r| r.code().unwrap_or(0))
    }

    /// Registers or panics.
    pub fn registers(&self) -> &Self {
        assert_eq!(self.try_register(300), 200, "{} registers", self.line.user);
        self
    }

    /// OPTIONS to the server: the final code, 0 when nothing came.
    pub fn asks_options(&self) -> u16 {
        let uri = format!("sip:{}", self.line.server);
        self.request(Method::Options, &uri, &[]).map_or(0, |r| r.code().unwrap_or(0))
    }

    /// A request outside of calls and its final response, challenges answered; `extra` replaces what has its name.
    pub fn request(&self, method: Method, uri: &str, extra: &[(&str, String)]) -> Option<Message> {
        let own = format!("<sip:{}@{}>", self.line.user, self.line.server);
        let mut headers = vec![
            ("Via", self.line.via()),
            ("Max-Forwards", "70".into()),
            ("From", format!("{own};tag={}", clock::unique())),
            ("To", if method == Method::Register { own } else { format!("<{uri}>") }),
            ("Call-ID", clock::unique()),
            ("CSeq", format!("1 {method}")),
        ];
        headers.retain(|(name, _)| extra.iter().all(|(other, _)| other != name));
        headers.extend(extra.iter().cloned());
        let message = Message::request(method, uri, &headers, "");
        let mut state = self.line.lock();
        let mut branch = self.line.send_request(&mut state, message, self.line.server);
        drop(state);
        self.line.wait(PATIENCE, |state| final_response(state, &mut branch))
    }

    /// Dials a number at the server, or `sip:…`.
    pub fn dials(&self, dial: impl Into<Dial>) -> Call {
        Call::dial(&self.line, dial.into())
    }

    /// The next incoming call that nobody has asked for yet.
    pub fn rings_within(&self, patience: Duration) -> Option<Call> {
        let id = self.line.wait(patience, |state| state.arrived.pop_front())?;
        Some(Call::of(&self.line, id))
    }

    /// The next incoming call or a panic.
    pub fn rings(&self) -> Call {
        let found = self.rings_within(PATIENCE);
        found.unwrap_or_else(|| panic!("{} did not ring; {:?}", self.line.user, self.unreadable()))
    }

    /// Raw bytes to the server, for what no telephone would say.
    pub fn sends_raw(&self, bytes: &[u8]) {
        self.line.wire().send(bytes, self.line.server);
    }

    /// Messages that belong to no call or request of ours.
    pub fn strays(&self) -> Vec<Message> {
        self.line.lock().strays.clone()
    }

    /// What `rsip` could not read.
    pub fn unreadable(&self) -> Vec<String> {
        self.line.lock().unreadable.clone()
    }
}

/// The final response to `branch`, following the request that answered a challenge.
pub(crate) fn final_response(state: &mut State, branch: &mut String) -> Option<Message> {
    while let Some(successor) = state.sent.get(branch).and_then(|s| s.successor.clone()) {
        *branch = successor;
    }
    let responses = &state.sent.get(branch)?.responses;
    responses.iter().find(|r| r.code().is_some_and(|c| c >= 200)).cloned()
}
