//! `callwright.yaml` as values. Every name in it is parsed here, once.

pub(crate) mod advice;
mod boxes;
mod callbacks;
mod decode;
mod defaults;
mod directories;
mod mask;
mod numbering;
mod outgoing;
mod people;
pub mod public;
mod reach;
mod reader;
mod recording;
mod retention;
mod routes;
mod services;
#[cfg(test)]
mod tests;
pub mod tree;
mod values;
pub mod web;

pub use boxes::{BoxConfig, Greetings};
pub use callbacks::{AfterCrash, CallbackConfig};
pub use directories::{DirectoryConfig, DirectoryKind};
pub use mask::mask_secrets;
pub use outgoing::{CallingHours, CampaignStart, OutgoingConfig, Retry};
pub use reach::{HttpRules, MailConfig, MailSecurity, OutboxConfig, Reach, SmsConfig, SmsGateway, WebhookConfig};
pub use recording::{NO_SECRET, RecordingConfig, RecordingKey};
pub use retention::Retention;
pub use values::{duration, is_phone_number};

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use model::{AgentId, QueueId, TrunkId};
pub use model::{BackOff, SkillOrder, Strategy};

/// A whole `callwright.yaml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who we are.
    pub name: String,
    /// Default language of prompts.
    pub language: String,
    /// Time zone of calendars and clocks, an IANA name.
    pub time_zone: jiff::tz::TimeZone,
    /// Country whose tones callers hear: `ru`, `de`, `us`; from the time zone when not given.
    pub tones: String,
    /// How numbers are dialled at home: in which forms they are the same.
    pub numbering: model::Numbering,
    /// Signalling.
    pub sip: SipConfig,
    /// Audio ports.
    pub rtp: RtpConfig,
    /// `sqlite:callwright.db`, `postgres://user@host/database`; it may hold a password.
    pub store: Secret,
    /// How long calls, facts, recordings and messages are kept.
    pub retention: Retention,
    /// Dialled number or pattern → flow; first match in the order: exact, longest pattern, default.
    pub numbers: Numbers,
    /// Where a caller goes when a flow fails.
    pub fallback: Option<Fallback>,
    /// Providers and sites.
    pub trunks: BTreeMap<TrunkId, TrunkConfig>,
    /// Which calls may go out, and where; first match wins, nothing matches → refused.
    pub dial: Vec<DialRule>,
    /// People with phones.
    pub agents: BTreeMap<AgentId, AgentConfig>,
    /// Queues.
    pub queues: BTreeMap<QueueId, QueueConfig>,
    /// How long agents are left alone after an offer that failed.
    pub back_off: BackOff,
    /// Whom the business calls back, and how.
    pub callbacks: CallbackConfig,
    /// Opening hours.
    pub calendars: BTreeMap<String, crate::calendar::Calendar>,
    /// What `lookup` reads.
    pub directories: BTreeMap<String, DirectoryConfig>,
    /// How conversations are recorded.
    pub recording: RecordingConfig,
    /// What leaves the house.
    pub reach: Reach,
    /// Message boxes.
    pub boxes: BTreeMap<String, BoxConfig>,
    /// Campaigns: whom the engine calls by itself.
    pub outgoing: BTreeMap<String, OutgoingConfig>,
    /// Text-to-speech command; none means `say("text")` is refused by `check`.
    pub speech: Option<SpeechCommand>,
    /// Limits of this project.
    pub limits: Limits,
    /// Web console; none means there is none.
    pub console: Option<ConsoleConfig>,
    /// Files and prompts that the configuration names; whoever has the project's tree checks them.
    pub references: Vec<Reference>,
    /// What is allowed and yet unwise.
    pub warnings: Vec<crate::Diagnostic>,
}

/// `console:`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// A file or prompt that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// Project-relative path, or a prompt's name.
    pub name: String,
    /// Byte range in the configuration's text.
    pub span: std::ops::Range<usize>,
}

/// What a [`Reference`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceKind {
    /// A flow, `main.rhai`.
    Flow,
    /// A prompt or music.
    Prompt,
    /// The rows of a directory.
    Csv,
    /// Holidays of the calendar with this name.
    Holidays(String),
}

/// `sip:`
#[derive(Debug, Clone)]
pub struct SipConfig {
    /// Where we listen.
    pub listen: Vec<Listen>,
    /// Address written into Contact and SDP, when it is not the listening one.
    pub public_address: Option<IpAddr>,
    /// Follow 3xx to addresses that `dial:` allows. Default false.
    pub follow_redirects: bool,
    /// Digest realm. Default: `callwright`.
    pub realm: String,
}

/// `udp:0.0.0.0:5060`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Transport.
    pub transport: Transport,
    /// Address and port.
    pub address: SocketAddr,
}

/// How SIP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

/// `rtp:`
#[derive(Debug, Clone)]
pub struct RtpConfig {
    /// Ports for RTP; even ones carry audio, the next odd one RTCP.
    pub ports: RangeInclusive<u16>,
}

/// `numbers:`
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// Exact number → flow file.
    pub exact: BTreeMap<String, String>,
    /// Prefix before `*` → flow file.
    pub prefixes: BTreeMap<String, String>,
    /// `default:`
    pub default: Option<String>,
    /// The number to try first: that of the first row which is no code like `*97`, a prefix ended by a zero.
    pub main: Option<String>,
}

/// `fallback:` – a bridge target, a queue or a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fallback {
    /// Rings this target.
    Number(String),
    /// Waits here.
    Queue(QueueId),
    /// Leaves a message here.
    Box(String),
}

/// `trunks.<name>:`
#[derive(Debug, Clone)]
pub struct TrunkConfig {
    /// Hosts to send to, tried in order, `host[:port]`; empty for a trunk that only receives.
    pub addresses: Vec<String>,
    /// How to reach them. Default UDP.
    pub transport: Transport,
    /// Account, when it asks for one.
    pub username: Option<String>,
    /// Its secret, already resolved.
    pub password: Option<Secret>,
    /// Keep a registration.
    pub register: bool,
    /// Networks its requests come from, beside the addresses.
    pub allow_from: Vec<Network>,
    /// Most calls at once in each direction.
    pub max_calls: Option<u32>,
    /// It is a site of ours: tags and the wait so far travel with calls, both ways.
    pub share_card: bool,
    /// OPTIONS every so often. Default 15 s; zero for never.
    pub ping_every: Duration,
}

/// An address block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// First address.
    pub address: IpAddr,
    /// Bits that count.
    pub prefix: u8,
}

impl Network {
    /// Is `ip` in it? IPv4-mapped IPv6 addresses count as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = |ip: IpAddr| match ip.to_canonical() {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, 32),
            IpAddr::V6(v6) => (u128::from(v6), 128),
        };
        let ((net, net_width), (ip, ip_width)) = (bits(self.address), bits(ip));
        let shift = 128 - u32::from(self.prefix.min(128));
        net_width == ip_width && (shift == 128 || (net ^ ip) >> shift == 0)
    }
}

/// A secret: never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One row of `dial:`: `{ to: "+7*", through: [provider], at_once: 10, per_minute: 30 }`
#[derive(Debug, Clone)]
pub struct DialRule {
    /// Number or SIP address pattern; `*` at the end matches the rest, `sip:*@host` any user.
    pub to: String,
    /// Trunks, tried in order; empty for SIP addresses that are dialled directly.
    pub through: Vec<TrunkId>,
    /// Most calls at once to this destination rule. Default 10.
    pub at_once: u32,
    /// Most new calls a minute. Default 30.
    pub per_minute: u32,
    /// Caller id shown when the flow shows the caller's and the trunk does not let it pass.
    pub show: Option<String>,
}

/// `agents.<name>:`
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// Name for people.
    pub name: String,
    /// Number on which colleagues reach him and with which his phone registers.
    pub extension: Option<String>,
    /// Password of his phone.
    pub password: Option<Secret>,
    /// For signing in from any phone.
    pub pin: Option<Secret>,
    /// A mobile.
    pub mobile: Option<String>,
    /// Skill → level 1–9.
    pub skills: BTreeMap<String, u8>,
    /// Queue → tier.
    pub queues: BTreeMap<QueueId, u8>,
    /// How he comes on duty.
    pub sign_in: SignIn,
}

/// `sign_in:` of an agent
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignIn {
    /// By a flow, when he dials a code.
    #[default]
    Code,
    /// As soon as his phone registers.
    Phone,
}

/// `queues.<name>:`
#[derive(Debug, Clone)]
pub struct QueueConfig {
    /// Number on which phones reach and transfer to it.
    pub extension: Option<String>,
    /// How callers are distributed.
    pub strategy: Strategy,
    /// Who comes first among agents who know enough.
    pub skill_order: SkillOrder,
    /// Ring time per agent.
    pub ring_for: Duration,
    /// `cumulative`: one more agent rings after so long. Default 10 s.
    pub ring_more_every: Duration,
    /// Wrap-up after each call.
    pub wrap_up: Duration,
    /// Seconds of virtual waiting that every caller of this queue brings along.
    pub priority: i32,
    /// Longest wait.
    pub max_wait: Option<Duration>,
    /// Most callers waiting.
    pub max_waiting: Option<u32>,
    /// Callers leave when nobody was on duty for so long; zero refuses them on entry; none lets them wait.
    pub no_agents_after: Option<Duration>,
    /// Who gave up and calls again within this time gets the old place back. Default 60 s.
    pub resume_within: Duration,
    /// Callers who give up this quickly are short abandons. Default 5 s.
    pub short_abandon: Duration,
    /// Hold music.
    pub music: Option<String>,
    /// What callers are told.
    pub announce: Announce,
    /// Share in percent, and within what time.
    pub service_level: Option<(u8, Duration)>,
    /// What an agent hears before he is connected.
    pub whisper: Option<String>,
    /// The agent also hears how long the caller waited.
    pub whisper_wait: bool,
    /// Both hear a tone when they are connected.
    pub connect_tone: bool,
    /// Steps that widen the search.
    pub widen: Vec<Widen>,
    /// Record conversations.
    pub record: bool,
    /// What becomes of those who waited when the process died.
    pub after_crash: AfterCrash,
}

/// `announce:`
#[derive(Debug, Clone, Default)]
pub struct Announce {
    /// `on_change` or `every 60s`; none for never.
    pub position: Option<AnnounceWhen>,
    /// Expected wait.
    pub wait: Option<AnnounceWhen>,
    /// Prompts between.
    pub adverts: Vec<String>,
    /// How often.
    pub adverts_every: Option<Duration>,
}

/// When something is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnounceWhen {
    /// On entry and when it changed.
    OnChange,
    /// Periodically.
    Every(Duration),
}

/// One row of `widen:`
#[derive(Debug, Clone)]
pub struct Widen {
    /// After so much waiting.
    pub after: Duration,
    /// Skill no longer needed.
    pub drop_skill: Option<String>,
    /// Tier that joins.
    pub add_tier: Option<u8>,
    /// Queue whose agents join.
    pub add_queue: Option<QueueId>,
}

/// `speech:` – `{ command: [espeak-ng, -v, "{language}", -f, "{text_file}", -w, "{out}"], timeout: 5s }`
#[derive(Debug, Clone)]
pub struct SpeechCommand {
    /// Argument list; `{text_file} {out} {language}` are replaced; never a shell.
    pub command: Vec<String>,
    /// It is killed after this.
    pub timeout: Duration,
}

/// `limits:`
#[derive(Debug, Clone)]
pub struct Limits {
    /// Calls at once; more get 503. Default 2000.
    pub max_calls: u32,
    /// New calls a second; more get 503. Default 500.
    pub calls_per_second: u32,
    /// Longest life of a call. Default 4 h.
    pub max_call: Duration,
    /// Time that live calls get to finish at shutdown. Default 10 min.
    pub drain: Duration,
}
