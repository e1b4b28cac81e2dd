//! From `callwright.yaml` to what the SIP endpoint is told.

use std::net::{IpAddr, SocketAddr};

use script::Project;
use script::config::{Config, Transport};
use sip::trunk::{Network, RegisterPolicy, TrunkConfig};
use sip::{AgentAccount, EndpointConfig, Listener, Redirects, TrunkAccount};

/// How long registrations at trunks are asked to last.
const KEEP_REGISTERED: RegisterPolicy = RegisterPolicy::Keep { expires: 300 };

/// The sockets that are bound; they outlive versions.
#[derive(Debug, Clone)]
pub(crate) struct Sockets {
    pub(crate) listeners: Vec<Listener>,
}

impl Sockets {
    /// Notes a bound socket; `public` is the address that others see.
    pub(crate) fn add(&mut self, transport: Transport, bind: SocketAddr, public: IpAddr) {
        let transport = sip_transport(transport);
        self.listeners.push(Listener { transport, bind, public: SocketAddr::new(public, bind.port()) });
    }
}

pub(crate) fn sip_transport(transport: Transport) -> sip::Transport {
    match transport {
        Transport::Udp => sip::Transport::Udp,
        Transport::Tcp => sip::Transport::Tcp,
    }
}

pub(crate) fn endpoint_config(project: &Project, sockets: &Sockets) -> EndpointConfig {
    let config = &project.config;
    let max_legs = (config.limits.max_calls as usize).saturating_mul(2).max(16);
    let mut endpoint = EndpointConfig {
        listeners: sockets.listeners.clone(),
        user_agent: format!("Callwright/{}", env!("CARGO_PKG_VERSION")),
        realm: config.sip.realm.clone(),
        // A redirect must not reach what `dial:` does not allow, and only the switchboard knows that.
        redirects: Redirects::Refuse,
        limits: sip::Limits { max_legs, ..sip::Limits::default() },
        ..EndpointConfig::default()
    };
    // The endpoint counts legs; the switchboard holds `max_calls` exactly.
    endpoint.admission.calls_max = u32::try_from(max_legs).unwrap_or(u32::MAX);
    endpoint.admission.new_calls_per_second = config.limits.calls_per_second;
    endpoint.agents = config
        .agents
        .iter()
        .filter_map(|(id, agent)| {
            let user = agent.extension.clone().unwrap_or_else(|| id.to_string());
            let secret = agent.password.as_ref()?.expose().to_owned();
            Some((user, AgentAccount { agent: id.clone(), secret }))
        })
        .collect();
    endpoint.trunks = trunks(config);
    endpoint
}

fn trunks(config: &Config) -> Vec<TrunkAccount> {
    let account = |(id, trunk): (&model::TrunkId, &script::config::TrunkConfig)| TrunkAccount {
        transport: sip_transport(trunk.transport),
        config: TrunkConfig {
            id: id.clone(),
            addresses: trunk.addresses.clone(),
            credentials: credentials(trunk),
            register: if trunk.register { KEEP_REGISTERED } else { RegisterPolicy::Never },
            allow_from: trunk
                .allow_from
                .iter()
                .map(|net| Network { address: net.address, prefix: net.prefix })
                .collect(),
            max_calls: trunk.max_calls,
            ping_every: trunk.ping_every,
        },
    };
    config.trunks.iter().map(account).collect()
}

fn credentials(trunk: &script::config::TrunkConfig) -> Option<sip::digest::Credentials> {
    let (username, password) = (trunk.username.clone()?, trunk.password.as_ref()?);
    Some(sip::digest::Credentials { realm: None, username, password: password.expose().to_owned() })
}
