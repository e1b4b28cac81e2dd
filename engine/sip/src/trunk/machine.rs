//! The trunk as a whole: addresses, registration and health together.

use std::collections::VecDeque;
use std::net::IpAddr;

use model::Timestamp;

use super::action::{CallDirection, DownReason, RegisterInfo, RequestId, TrunkAction, TrunkAuthorization, TrunkBusy};
use super::config::{RegisterPolicy, TrunkConfig};
use super::health::{Health, Ping};
use super::registration::{Next, Registration};
use crate::digest::{Authorization, ClientNonces, respond};

/// One trunk. One input, then drain [`Trunk::poll_action`].
#[derive(Debug)]
pub struct Trunk {
    config: TrunkConfig,
    addresses: Vec<Address>,
    /// Index of the address that calls and REGISTERs go to first.
    active: usize,
    registration: Registration,
    nonces: ClientNonces,
    announced: Announced,
    actions: VecDeque<TrunkAction>,
    next_request: u64,
    calls_in: u32,
    calls_out: u32,
}

#[derive(Debug)]
struct Address {
    ips: Vec<IpAddr>,
    health: Health,
}

/// What we said last.
#[derive(Debug, PartialEq, Eq)]
enum Announced {
    Nothing,
    Up { active: usize },
    Down,
}

impl Trunk {
    /// Starts at once: the first REGISTER or OPTIONS is ready to be polled.
    pub fn new(now: Timestamp, config: TrunkConfig, seed: u64) -> Self {
        let address = |text: &String| Address {
            ips: host_ip(text).into_iter().collect(),
            health: Health::new(now, config.ping_every),
        };
        let addresses: Vec<Address> = config.addresses.iter().map(address).collect();
        let policy = if addresses.is_empty() { RegisterPolicy::Never } else { config.register };
        let mut trunk = Self {
            addresses,
            active: 0,
            registration: Registration::new(now, policy, seed),
            nonces: ClientNonces::new(seed),
            announced: Announced::Nothing,
            actions: VecDeque::new(),
            next_request: 1,
            calls_in: 0,
            calls_out: 0,
            config,
        };
        trunk.handle_timeout(now);
        trunk
    }

    /// The response to a request of ours; provisional and unknown ones are ignored.
    pub fn handle_response(&mut self, now: Timestamp, request: RequestId, status: u16, info: &RegisterInfo) {
        if status < 200 {
            return;
        }
        for address in &mut self.addresses {
            address.health.handle_response(now, request, status);
        }
        if self.registration.expects(request) {
            let next = match status {
                401 | 407 => self.challenged(now, status, info),
                _ => self.registration.handle_response(now, status, info),
            };
            self.follow(now, next);
        }
        self.settle(now);
    }

    /// The request ended without a final response, or could not be sent.
    pub fn handle_no_response(&mut self, now: Timestamp, request: RequestId) {
        for address in &mut self.addresses {
            address.health.handle_no_response(now, request);
        }
        if self.registration.expects(request) {
            let next = self.registration.failed(now, DownReason::RegisterTimeout, None);
            self.follow(now, next);
        }
        self.settle(now);
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        let next = self.registration.handle_timeout(now);
        self.follow(now, next);
        self.settle(now);
    }

    /// When [`Trunk::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let pings = self.addresses.iter().filter_map(|address| address.health.poll_timeout());
        pings.chain(self.registration.poll_timeout()).min()
    }

    /// What to do next.
    pub fn poll_action(&mut self) -> Option<TrunkAction> {
        self.actions.pop_front()
    }

    /// An address of the trunk means these IPs now; replaces what it meant before.
    pub fn resolved(&mut self, address: &str, ips: Vec<IpAddr>) {
        let known = self.config.addresses.iter().position(|known| known == address);
        if let Some(index) = known {
            self.addresses[index].ips = ips;
        }
    }

    /// Does a request from `ip` come from this trunk?
    pub fn matches_source(&self, ip: IpAddr) -> bool {
        let ours = self.addresses.iter().flat_map(|address| &address.ips);
        ours.into_iter().any(|own| own.to_canonical() == ip.to_canonical())
            || self.config.allow_from.iter().any(|network| network.contains(ip))
    }

    /// May calls go out through it? Never for a trunk that only receives.
    pub fn is_up(&self) -> bool {
        self.registration.allows_calls() && self.addresses.iter().any(|address| address.health.is_up())
    }

    /// Addresses for a new call: those that answer, the registered one first; the caller tries them in order.
    pub fn targets(&self) -> Vec<&str> {
        if !self.is_up() {
            return Vec::new();
        }
        let count = self.addresses.len();
        let from_active = (0..count).map(|offset| (self.active + offset) % count);
        let up = from_active.filter(|index| self.addresses[*index].health.is_up());
        up.map(|index| self.config.addresses[index].as_str()).collect()
    }

    /// Counts a call in, unless the trunk is full.
    pub fn call_started(&mut self, direction: CallDirection) -> Result<(), TrunkBusy> {
        let max = self.config.max_calls.unwrap_or(u32::MAX);
        let calls = self.calls(direction);
        if *calls >= max {
            return Err(TrunkBusy { trunk: self.config.id.clone(), max });
        }
        *calls += 1;
        Ok(())
    }

    /// Counts a call out.
    pub fn call_ended(&mut self, direction: CallDirection) {
        let calls = self.calls(direction);
        *calls = calls.saturating_sub(1);
    }

    /// Answers a challenge to a request that **we sent to this trunk**; to nobody else's.
    /// At most 2 per request is the caller's duty. None when the trunk has no account for that realm.
    pub fn authorize(&mut self, challenges: &[&str], method: &str, uri: &str) -> Option<Authorization> {
        respond(challenges, method, uri, self.config.credentials.as_ref()?, &mut self.nonces)
    }

    /// Unregisters and stops pinging: the last SendRegister has expires 0.
    pub fn shut_down(&mut self, now: Timestamp) {
        for address in &mut self.addresses {
            address.health.stop();
        }
        let next = self.registration.shut_down();
        self.follow(now, next);
        self.announced = Announced::Down;
    }

    fn calls(&mut self, direction: CallDirection) -> &mut u32 {
        match direction {
            CallDirection::In => &mut self.calls_in,
            CallDirection::Out => &mut self.calls_out,
        }
    }

    fn challenged(&mut self, now: Timestamp, status: u16, info: &RegisterInfo) -> Next {
        let challenges: Vec<&str> = info.challenges.iter().map(String::as_str).collect();
        let uri = self.uri(self.active);
        let answer = self.authorize(&challenges, "REGISTER", &uri);
        let Some(answer) = answer.filter(|answer| self.registration.may_answer_challenge(answer.stale)) else {
            return self.registration.failed(now, DownReason::WrongCredentials, None);
        };
        Next::Send(match status {
            407 => TrunkAuthorization::ProxyAuthorization(answer.value),
            _ => TrunkAuthorization::Authorization(answer.value),
        })
    }

    fn follow(&mut self, now: Timestamp, next: Next) {
        match next {
            Next::Wait => {}
            Next::Send(authorization) => self.send_register(now, authorization),
            Next::OtherAddress => {
                if let Some(next) = self.next_up() {
                    self.active = next;
                    self.registration.try_next_address(now, self.addresses.len());
                }
            }
        }
    }

    fn send_register(&mut self, now: Timestamp, authorization: TrunkAuthorization) {
        let request = self.request();
        let expires = self.registration.sent(now, request);
        let (address, uri) = (self.config.addresses[self.active].clone(), self.uri(self.active));
        self.actions.push_back(TrunkAction::SendRegister { request, address, uri, expires, authorization });
    }

    /// Pings what is due, leaves a dead address, registers where we are now, and says what changed.
    fn settle(&mut self, now: Timestamp) {
        for index in 0..self.addresses.len() {
            if self.addresses[index].health.handle_timeout(now) == Ping::Now {
                let request = self.request();
                self.addresses[index].health.sent(now, request);
                let (address, uri) = (self.config.addresses[index].clone(), self.uri(index));
                self.actions.push_back(TrunkAction::SendOptions { request, address, uri });
            }
        }
        let dead = self.addresses.get(self.active).is_some_and(|address| !address.health.is_up());
        if let Some(next) = self.next_up().filter(|_| dead) {
            self.active = next;
            self.registration.moved(now);
        }
        let next = self.registration.handle_timeout(now);
        self.follow(now, next);
        self.announce();
    }

    fn announce(&mut self) {
        if self.addresses.is_empty() || self.registration.is_shut_down() {
            return;
        }
        if self.is_up() {
            let up = Announced::Up { active: self.active };
            if self.announced != up {
                self.announced = up;
                self.actions.push_back(TrunkAction::Up { address: self.config.addresses[self.active].clone() });
            }
            return;
        }
        let any_answers = self.addresses.iter().any(|address| address.health.is_up());
        let reason = if any_answers { self.registration.failure() } else { Some(DownReason::NoAnswer) };
        // While the first REGISTER is on its way there is nothing to say yet.
        if let Some(reason) = reason.filter(|_| self.announced != Announced::Down) {
            self.announced = Announced::Down;
            self.actions.push_back(TrunkAction::Down { reason });
        }
    }

    /// The next address after the active one that answers.
    fn next_up(&self) -> Option<usize> {
        let count = self.addresses.len();
        (1..count).map(|offset| (self.active + offset) % count).find(|index| self.addresses[*index].health.is_up())
    }

    fn request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request - 1)
    }

    fn uri(&self, index: usize) -> String {
        format!("sip:{}", self.config.addresses[index])
    }
}

/// The address in `host[:port]`, when the host is one: needs no resolver.
fn host_ip(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(host, _)| host);
    let host = bracketed.or_else(|| text.split(':').next())?;
    host.parse().ok()
}
