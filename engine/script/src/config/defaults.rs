//! What holds when `callwright.yaml` says nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use model::AgentId;

use super::{
    AgentConfig, BackOff, Config, Limits, Listen, Numbers, QueueConfig, RtpConfig, SignIn, SipConfig, Transport,
};

impl Default for Config {
    /// A project that names nothing: no numbers, no trunks, nobody may be dialled.
    fn default() -> Self {
        Self {
            name: String::new(),
            language: "en".into(),
            time_zone: jiff::tz::TimeZone::UTC,
            tones: "us".into(),
            numbering: model::Numbering::default(),
            sip: SipConfig::default(),
            rtp: RtpConfig::default(),
            store: super::Secret::new("sqlite:callwright.db"),
            retention: super::Retention::default(),
            numbers: Numbers::default(),
            fallback: None,
            trunks: BTreeMap::new(),
            dial: Vec::new(),
            agents: BTreeMap::new(),
            queues: BTreeMap::new(),
            back_off: BackOff::default(),
            callbacks: super::CallbackConfig::default(),
            calendars: BTreeMap::new(),
            directories: BTreeMap::new(),
            recording: super::RecordingConfig::default(),
            reach: super::Reach::default(),
            boxes: BTreeMap::new(),
            outgoing: BTreeMap::new(),
            speech: None,
            limits: Limits::default(),
            console: None,
            references: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Default for SipConfig {
    fn default() -> Self {
        let everywhere = SocketAddr::from((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 5060));
        Self {
            listen: [Transport::Udp, Transport::Tcp]
                .map(|transport| Listen { transport, address: everywhere })
                .to_vec(),
            public_address: None,
            follow_redirects: false,
            realm: "callwright".into(),
        }
    }
}

impl Default for RtpConfig {
    fn default() -> Self {
        Self { ports: 10_000..=19_999 }
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            extension: None,
            strategy: super::Strategy::default(),
            skill_order: super::SkillOrder::default(),
            ring_for: Duration::from_secs(20),
            ring_more_every: Duration::from_secs(10),
            wrap_up: Duration::ZERO,
            priority: 0,
            max_wait: None,
            max_waiting: None,
            no_agents_after: None,
            resume_within: Duration::from_secs(60),
            short_abandon: Duration::from_secs(5),
            whisper: None,
            whisper_wait: false,
            connect_tone: false,
            music: None,
            announce: super::Announce::default(),
            service_level: None,
            widen: Vec::new(),
            record: false,
            after_crash: super::AfterCrash::default(),
        }
    }
}

impl AgentConfig {
    /// Somebody who stands in no configuration: a simulation's agent, in no queue yet.
    pub fn made_up(agent: &AgentId) -> Self {
        Self {
            name: agent.to_string(),
            extension: None,
            password: None,
            pin: None,
            mobile: None,
            skills: BTreeMap::new(),
            queues: BTreeMap::new(),
            sign_in: SignIn::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_calls: 2000,
            calls_per_second: 500,
            max_call: Duration::from_secs(4 * 3600),
            drain: Duration::from_secs(600),
        }
    }
}

/// Countries whose tones are known.
pub(super) const TONES: [&str; 8] = ["us", "uk", "de", "fr", "it", "es", "ru", "ir"];

/// Country whose tones callers hear, from the place in the zone's name.
pub(super) fn tones_of(zone: &str) -> &'static str {
    match zone {
        "Europe/Moscow" | "Europe/Samara" | "Europe/Kaliningrad" | "Europe/Volgograd" | "Asia/Yekaterinburg"
        | "Asia/Novosibirsk" | "Asia/Krasnoyarsk" | "Asia/Irkutsk" | "Asia/Omsk" | "Asia/Vladivostok" => "ru",
        "Europe/Berlin" | "Europe/Vienna" | "Europe/Zurich" => "de",
        "Europe/London" => "uk",
        "Europe/Paris" => "fr",
        "Europe/Rome" => "it",
        "Europe/Madrid" => "es",
        "Asia/Tehran" => "ir",
        _ => "us",
    }
}
