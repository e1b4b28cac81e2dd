//! The loop of one call: SIP endpoint and audio side by side on one thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use media::{Happened, load_prompt};
use mio::{Events, Poll, Token};
use model::{Direction, HangupCause, LegFailure, LegId, Timestamp, TrunkId};
use sip::sdp::SessionId;
use sip::trunk::{RegisterPolicy, TrunkConfig};
use sip::{
    Callee, CallerId, Destination, DialRequest, Endpoint, EndpointConfig, Listener, LocalMedia, SipEvent, TrunkAccount,
};

use super::address::Target;
use super::audio::Audio;
use super::wire::{Received, STREAM, SipSocket};
use super::{CallError, CallOptions, CallProgress, CallReport, CallerEnd, Press};
use crate::clock::Clock;
use crate::ports::Ports;

const LEG: LegId = LegId(1);
const SIP: Token = Token(0);
const RTP: Token = Token(1);
const RTCP: Token = Token(2);
/// The loop looks at its wishes at least this often.
const LOOK_UP: Duration = Duration::from_millis(50);
/// From one key to the next: longer than the worker needs for one.
const KEY_EVERY: Duration = Duration::from_millis(200);
/// Without any response the other side is not there.
const NO_RESPONSE: Duration = Duration::from_secs(4);
/// BYE overtakes what the jitter buffer still holds; this much is heard before we put the receiver down.
const LAST_WORDS: Duration = Duration::from_millis(160);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(3);

/// How far the call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Calling,
    Talking {
        since: Timestamp,
    },
    /// Nothing more is said; the endpoint says its farewells.
    Over {
        end: CallerEnd,
        talked: Duration,
        at: Timestamp,
    },
}

pub(super) struct Line<'a, P> {
    options: &'a CallOptions,
    progress: P,
    clock: Clock,
    poll: Poll,
    endpoint: Endpoint,
    socket: SipSocket,
    audio: Audio,
    state: State,
    began: Timestamp,
    answered: Option<Timestamp>,
    refused: Option<(LegFailure, u16)>,
    presses: VecDeque<Press>,
    press_at: Timestamp,
    pressed: String,
}

impl<'a, P: FnMut(CallProgress)> Line<'a, P> {
    /// Opens everything and sends the INVITE.
    pub(super) fn open(options: &'a CallOptions, progress: P) -> Result<Self, CallError> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |error| CallError::Io { what, error }
        };
        let target = Target::parse(&options.to, options.transport)?;
        let voice = options.play.as_deref().map(load_prompt).transpose()?;
        let clock = Clock::start();
        let poll = Poll::new().map_err(failed("cannot wait for packets"))?;
        let socket = SipSocket::open(&target, poll.registry(), SIP);
        let socket = socket.map_err(failed(&format!("cannot reach {}", target.address)))?;
        let ports = Ports::new(socket.local.ip(), &(20_000..=49_999)).open();
        let ports = ports.map_err(failed("cannot open an audio port"))?;
        let media = local_media(&ports.address, options);
        let audio = Audio::open(clock.now(), ports, poll.registry(), (RTP, RTCP));
        let mut audio = audio.map_err(failed("cannot watch the audio port"))?;
        if let Some(path) = &options.record {
            audio.record_to(path)?;
        }
        if let Some(voice) = voice {
            audio.speak_with(voice);
        }
        let began = clock.now();
        let mut endpoint = Endpoint::new(endpoint_config(options, &target, &socket), rand::random());
        if target.transport == sip::Transport::Tcp {
            endpoint.stream_opened(began, STREAM, socket.peer);
        }
        endpoint.handle_timeout(began); // Trunks begin here.
        endpoint.dial(began, LEG, dial_request(options, &target, media)?);
        Ok(Self {
            options,
            progress,
            clock,
            poll,
            endpoint,
            socket,
            audio,
            state: State::Calling,
            began,
            answered: None,
            refused: None,
            presses: options.presses.iter().copied().collect(),
            press_at: began,
            pressed: String::new(),
        })
    }

    /// Stays on the line until the call is over.
    pub(super) fn run(mut self, stop: &AtomicBool) -> Result<CallReport, CallError> {
        (self.progress)(CallProgress::Calling);
        let mut ready = Events::with_capacity(64);
        loop {
            self.drain();
            if self.is_done() {
                return self.report();
            }
            if let Err(error) = self.poll.poll(&mut ready, Some(self.patience()))
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                return Err(CallError::Io { what: "cannot wait for packets".into(), error });
            }
            let tokens: Vec<Token> = ready.iter().map(mio::event::Event::token).collect();
            for token in tokens {
                self.receive(token);
            }
            let now = self.clock.now();
            if self.endpoint.poll_timeout().is_some_and(|at| at <= now) {
                self.endpoint.handle_timeout(now);
            }
            self.audio.tick(now)?;
            self.follow_plan(now, stop);
        }
    }

    fn patience(&self) -> Duration {
        let timers = [self.endpoint.poll_timeout(), self.audio.next_due()];
        let next = timers.into_iter().flatten().min();
        next.map_or(LOOK_UP, |at| self.clock.until(at)).min(LOOK_UP)
    }

    fn receive(&mut self, token: Token) {
        match token {
            RTP => self.audio.receive_rtp(self.clock.now()),
            RTCP => self.audio.receive_rtcp(self.clock.now()),
            _ => self.receive_sip(),
        }
    }

    fn receive_sip(&mut self) {
        self.socket.flush();
        loop {
            let now = self.clock.now();
            match self.socket.receive() {
                Received::Datagram { from, bytes } => {
                    self.endpoint.handle_datagram(now, self.socket.local, from, &bytes);
                }
                Received::Stream(bytes) => {
                    if let Err(fault) = self.endpoint.handle_stream(now, STREAM, &bytes) {
                        tracing::info!(%fault, "the SIP stream cannot be read");
                        return self.stream_lost(now);
                    }
                }
                Received::Closed => return self.stream_lost(now),
                Received::Nothing => return,
            }
        }
    }

    fn stream_lost(&mut self, now: Timestamp) {
        self.endpoint.stream_closed(now, STREAM);
        match self.state {
            State::Calling => self.end(now, CallerEnd::Refused { reason: LegFailure::Unreachable, status: 503 }),
            State::Talking { .. } => self.end(now, CallerEnd::TheyHungUp),
            State::Over { .. } => {}
        }
    }

    /// Hands events and messages on until there are none.
    fn drain(&mut self) {
        let now = self.clock.now();
        while let Some(event) = self.endpoint.poll_event() {
            self.sip_event(now, event);
        }
        while let Some(transmit) = self.endpoint.poll_transmit() {
            let to = match transmit.destination {
                Destination::Udp { to, .. } | Destination::Connect { to } => to,
                Destination::Stream(_) | Destination::Host { .. } => self.socket.peer,
            };
            self.socket.send(to, &transmit.bytes);
        }
        while let Some(event) = self.audio.poll_event() {
            if let Happened::PlaybackEnded { .. } = event {
                (self.progress)(CallProgress::Spoken);
            }
        }
    }

    fn sip_event(&mut self, now: Timestamp, event: SipEvent) {
        match (event, self.state) {
            (SipEvent::Ladder { line, .. }, _) => (self.progress)(CallProgress::Ladder(line)),
            (SipEvent::Ringing { .. }, State::Calling) => (self.progress)(CallProgress::Ringing),
            (SipEvent::MediaAgreed { spec, .. }, _) => self.audio.describe(now, *spec),
            (SipEvent::Answered { .. }, State::Calling) => {
                self.state = State::Talking { since: now };
                self.answered = Some(now);
                self.press_at = now;
                self.audio.speak();
                (self.progress)(CallProgress::Answered(self.audio.codec));
            }
            (SipEvent::Failed { reason, status, .. }, _) => self.refused = Some((reason, status)),
            (SipEvent::HungUp { .. }, State::Talking { .. }) => self.end(now, CallerEnd::TheyHungUp),
            (SipEvent::TransferRequested { leg, .. }, _) => self.endpoint.transfer_done(now, leg, 603),
            (SipEvent::LegGone { .. }, State::Calling) => {
                let (reason, status) = self.refused.unwrap_or((LegFailure::Failed, 500));
                self.end(now, CallerEnd::Refused { reason, status });
            }
            (SipEvent::LegGone { .. }, State::Talking { .. }) => self.end(now, CallerEnd::TheyHungUp),
            _ => {}
        }
    }

    /// Presses what is due and hangs up when it is time.
    fn follow_plan(&mut self, now: Timestamp, stop: &AtomicBool) {
        let stopped = stop.load(Ordering::Relaxed);
        match self.state {
            State::Calling if stopped || now.since(self.began) >= self.options.ring_for => {
                self.hang_up(now, HangupCause::Cancelled, CallerEnd::GaveUp);
            }
            State::Talking { since } => {
                let enough = self.options.talk_for.is_some_and(|most| now.since(since) >= most);
                if stopped || enough {
                    self.hang_up(now, HangupCause::Normal, CallerEnd::WeHungUp);
                } else {
                    self.press(now);
                }
            }
            State::Calling | State::Over { .. } => {}
        }
    }

    fn press(&mut self, now: Timestamp) {
        while self.press_at <= now
            && let Some(step) = self.presses.pop_front()
        {
            match step {
                Press::Wait(pause) => self.press_at += pause,
                Press::Key(key) if self.audio.press(key) => {
                    self.press_at += KEY_EVERY;
                    self.pressed.push(key);
                    (self.progress)(CallProgress::Pressed(key));
                }
                Press::Key(key) => (self.progress)(CallProgress::NotPressed(key)),
            }
        }
    }

    fn hang_up(&mut self, now: Timestamp, cause: HangupCause, end: CallerEnd) {
        self.endpoint.hangup(now, LEG, cause);
        self.end(now, end);
    }

    fn end(&mut self, now: Timestamp, end: CallerEnd) {
        let talked = match self.state {
            State::Talking { since } => now.since(since),
            State::Calling | State::Over { .. } => Duration::ZERO,
        };
        self.state = State::Over { end, talked, at: now };
    }

    fn is_done(&self) -> bool {
        match self.state {
            State::Over { at, .. } => {
                let since = self.clock.now().since(at);
                (self.endpoint.live().dialogs == 0 && since >= LAST_WORDS) || since >= FAREWELL
            }
            State::Calling | State::Talking { .. } => false,
        }
    }

    fn report(self) -> Result<CallReport, CallError> {
        let State::Over { end, talked, at } = self.state else {
            unreachable!("only a call that is over is reported");
        };
        let (stats, codec) = (self.audio.stats(), self.audio.codec);
        let recorded = self.audio.close(self.clock.now())?;
        Ok(CallReport {
            end,
            waited: self.answered.unwrap_or(at).since(self.began),
            talked,
            codec,
            pressed: self.pressed,
            packets_heard: stats.received,
            packets_lost: stats.lost,
            packets_sent: stats.sent,
            recorded,
        })
    }
}

/// The host part of our own address.
fn domain(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The account of a caller is that of a trunk which neither registers nor pings.
fn account() -> TrunkId {
    TrunkId::parse("account").expect("the word is a name")
}

fn endpoint_config(options: &CallOptions, target: &Target, socket: &SipSocket) -> EndpointConfig {
    let trunks = options.credentials.iter().map(|credentials| TrunkAccount {
        transport: target.transport,
        config: TrunkConfig {
            id: account(),
            addresses: vec![target.host.clone()],
            credentials: Some(credentials.clone()),
            register: RegisterPolicy::Never,
            allow_from: Vec::new(),
            max_calls: None,
            ping_every: Duration::ZERO,
        },
    });
    EndpointConfig {
        listeners: vec![Listener { transport: target.transport, bind: socket.local, public: socket.local }],
        user_agent: format!("Callwright-call/{}", env!("CARGO_PKG_VERSION")),
        realm: domain(socket.local.ip()),
        trunks: trunks.collect(),
        ..EndpointConfig::default()
    }
}

fn dial_request(options: &CallOptions, target: &Target, media: LocalMedia) -> Result<DialRequest, CallError> {
    let account_name = options.credentials.as_ref().map(|credentials| credentials.username.clone());
    let number = options.from.clone().or(account_name.clone()).unwrap_or_else(|| "callwright".to_owned());
    let callee = if account_name.is_some() {
        let dialed = target.user.replace("%23", "#");
        if !dialed.chars().all(|c| c.is_ascii_digit() || "*#+".contains(c)) {
            return Err(CallError::NotANumber(dialed));
        }
        Callee::Trunk { trunk: account(), number: dialed }
    } else {
        Callee::Uri(target.uri())
    };
    let caller = CallerId::Shown { number, name: String::new() };
    Ok(DialRequest { callee, caller, headers: Vec::new(), media, no_response: NO_RESPONSE })
}

fn local_media(address: &std::net::SocketAddr, options: &CallOptions) -> LocalMedia {
    LocalMedia {
        address: *address,
        codecs: options.codecs.clone(),
        telephone_event: true,
        packet_ms: 20,
        direction: Direction::SendReceive,
        session: SessionId { id: u64::from(rand::random::<u32>()), version: 1 },
    }
}
