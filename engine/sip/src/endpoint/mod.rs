//! The user agent: one value that owns every transaction, dialog and timer.

mod answer;
mod cancel;
mod dial;
mod early;
mod gate;
mod hangup;
mod invite;
mod lamp;
mod offers;
mod receive;
mod referral;
mod registration;
mod request;
mod response;
mod send;
mod session;
mod stateless;
mod stream;
mod subscription;
mod time;
mod trunks;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;

use model::{AgentId, Lamp, LegId, Timestamp, TrunkId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sipx_sip::{Timers as TransactionTimers, TransactionLayer};

use crate::admission::Admission;
use crate::command::{Admittance, Live};
use crate::config::EndpointConfig;
use crate::digest::{Challenger, Unanswered};
use crate::event::SipEvent;
use crate::leg::{Key, Leg};
use crate::registrar::{AuthFailures, RegisterTicket, Registrar, StoredBinding};
use crate::timer::{Timer, Timers};
use crate::transmit::{ConnectionId, Transmit};
use crate::trunk::{RequestId, Trunk};
use send::{Client, Server};
use stream::Stream;

pub use registration::Stored;

/// A SIP user agent, registrar and trunk client. Pure: time, bytes and commands come in, messages and
/// events come out. After each input, drain [`Endpoint::poll_transmit`] and [`Endpoint::poll_event`].
#[derive(Debug)]
pub struct Endpoint {
    config: EndpointConfig,
    rng: ChaCha20Rng,
    admittance: Admittance,
    layer: TransactionLayer,
    clients: HashMap<Key, Client>,
    servers: HashMap<Key, Server>,
    /// INVITEs in progress by Call-ID, From tag and CSeq: the same call by another way is refused with 482.
    ongoing: HashMap<(String, String, u32), Key>,
    legs: BTreeMap<LegId, Leg>,
    /// Our tags are random and name a dialog alone.
    tags: HashMap<String, LegId>,
    next_leg: u64,
    timers: Timers,
    streams: BTreeMap<ConnectionId, Stream>,
    stream_by_peer: HashMap<std::net::SocketAddr, ConnectionId>,
    trunks: BTreeMap<TrunkId, Trunk>,
    trunk_dialogs: BTreeMap<TrunkId, trunks::RegistrationIds>,
    trunk_requests: HashMap<Key, (TrunkId, RequestId)>,
    registrar: Registrar,
    storing: BTreeMap<RegisterTicket, registration::Waiting>,
    /// What the phones of agents show, and who asked for it, by our tag.
    lamps: BTreeMap<AgentId, Lamp>,
    subscriptions: BTreeMap<String, subscription::Subscription>,
    challenger: Challenger,
    unanswered: Unanswered,
    failures: AuthFailures,
    admission: Admission,
    transmits: VecDeque<Transmit>,
    closes: VecDeque<ConnectionId>,
    events: VecDeque<SipEvent>,
}

impl Endpoint {
    /// An endpoint with nothing going on; trunks begin to register at the first [`Endpoint::handle_timeout`].
    /// The seed must be secret and random in production: tags, branches and nonces come from it.
    pub fn new(config: EndpointConfig, seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let challenger = Challenger::new(rng.random(), &config.realm);
        let admission = Admission::new(config.admission, rng.random());
        let registrar = Registrar::new(config.registrar);
        let mut endpoint = Self {
            config: EndpointConfig::default(),
            rng,
            admittance: Admittance::Open,
            layer: TransactionLayer::new(TransactionTimers::default()),
            clients: HashMap::new(),
            servers: HashMap::new(),
            ongoing: HashMap::new(),
            legs: BTreeMap::new(),
            tags: HashMap::new(),
            next_leg: 1,
            timers: Timers::default(),
            streams: BTreeMap::new(),
            stream_by_peer: HashMap::new(),
            trunks: BTreeMap::new(),
            trunk_dialogs: BTreeMap::new(),
            trunk_requests: HashMap::new(),
            registrar,
            storing: BTreeMap::new(),
            lamps: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            challenger,
            unanswered: Unanswered::default(),
            failures: AuthFailures::new(),
            admission,
            transmits: VecDeque::new(),
            closes: VecDeque::new(),
            events: VecDeque::new(),
        };
        endpoint.reconfigure(Timestamp::ZERO, config);
        endpoint
    }

    /// Takes a new configuration; calls, registrations of phones and unchanged trunks go on. Limits of
    /// admission and registrar are those of the start.
    pub fn reconfigure(&mut self, now: Timestamp, config: EndpointConfig) {
        let old = std::mem::replace(&mut self.config, config);
        if old.realm != self.config.realm {
            self.challenger = Challenger::new(self.rng.random(), &self.config.realm);
        }
        self.configure_trunks(now, &old.trunks);
    }

    /// Numbers for legs that come in; give it a range that dialled legs never use.
    pub fn number_legs_from(&mut self, first: u64) {
        self.next_leg = first;
    }

    /// Phones that were registered before a restart.
    pub fn restore_bindings(&mut self, now: Timestamp, rows: Vec<StoredBinding>) {
        self.registrar.restore(now, rows);
        self.report_all_contacts(now);
        self.arm_housekeeping();
    }

    /// What the host name of a trunk means now; its requests are known by these addresses.
    pub fn trunk_resolved(&mut self, trunk: &TrunkId, address: &str, ips: Vec<IpAddr>) {
        if let Some(trunk) = self.trunks.get_mut(trunk) {
            trunk.resolved(address, ips);
        }
    }

    /// Is a trunk fit for calls?
    pub fn trunk_is_up(&self, trunk: &TrunkId) -> bool {
        self.trunks.get(trunk).is_some_and(Trunk::is_up)
    }

    /// Opens or closes the door for new calls; calls in progress go on.
    pub fn set_admittance(&mut self, admittance: Admittance) {
        self.admittance = admittance;
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next fact.
    pub fn poll_event(&mut self) -> Option<SipEvent> {
        self.events.pop_front()
    }

    /// When [`Endpoint::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Is anything left of a leg?
    pub fn has_leg(&self, leg: LegId) -> bool {
        self.legs.contains_key(&leg)
    }

    /// The Call-ID of a leg's dialog, as its messages carry it.
    pub fn call_id(&self, leg: LegId) -> Option<&str> {
        self.legs.get(&leg).map(|leg| leg.dialog.call_id.as_str())
    }

    /// What exists; zero dialogs and transactions when every call has ended.
    pub fn live(&self) -> Live {
        let (clients, servers) = self.layer.len();
        Live { dialogs: self.legs.len(), transactions: clients + servers, timers: self.timers.len() }
    }

    /// A fresh random word for tags, branches and Call-IDs.
    fn token(&mut self) -> String {
        format!("{:016x}{:08x}", self.rng.random::<u64>(), self.rng.random::<u32>())
    }

    fn emit(&mut self, leg: LegId, event: SipEvent) {
        let live = self.legs.get(&leg).is_none_or(|l| l.interest == crate::leg::Interest::Live);
        if live {
            self.events.push_back(event);
        }
    }

    fn ladder(&mut self, leg: LegId, line: String) {
        self.emit(leg, SipEvent::Ladder { leg, line });
    }

    /// Tells the user once that a leg needs nothing any more.
    fn report_gone(&mut self, leg: LegId) {
        if let Some(l) = self.legs.get_mut(&leg)
            && l.interest != crate::leg::Interest::Gone
        {
            l.interest = crate::leg::Interest::Gone;
            self.events.push_back(SipEvent::LegGone { leg });
        }
    }

    /// Forgets a leg: nothing of it is left on the wire.
    fn remove_leg(&mut self, id: LegId) {
        self.report_gone(id);
        let Some(leg) = self.legs.remove(&id) else {
            return;
        };
        self.tags.remove(&leg.dialog.local_tag);
        self.count_trunk_call_out(&leg);
        for timer in [
            Timer::RepeatProvisional(id),
            Timer::NoResponse(id),
            Timer::Cancelled(id),
            Timer::Session(id),
            Timer::OfferAgain(id),
        ] {
            self.timers.clear(&timer);
        }
        for unacked in &leg.unacked {
            self.timers.clear(&Timer::RepeatAnswer(id, unacked.cseq));
        }
    }
}
