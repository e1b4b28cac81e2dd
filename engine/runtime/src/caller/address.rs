//! Whom to call: `sip:100@127.0.0.1:5070;transport=tcp`.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};

use sip::Transport;

use super::CallError;

/// The port of SIP when an address names none (RFC 3261 §19.1.2).
const SIP_PORT: u16 = 5060;

/// A SIP address whose host is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// What stands before the `@`.
    pub(super) user: String,
    /// What stands after it: `host` or `host:port`.
    pub(super) host: String,
    /// How it is reached.
    pub(super) transport: Transport,
    /// Where it is.
    pub(super) address: SocketAddr,
}

impl Target {
    /// Reads an address and resolves its host.
    pub(super) fn parse(text: &str, wanted: Option<Transport>) -> Result<Self, CallError> {
        let wrong = |why: &str| CallError::Address { address: text.to_owned(), why: why.to_owned() };
        let rest = text.strip_prefix("sip:").ok_or_else(|| wrong("it does not begin with `sip:`"))?;
        let mut parts = rest.split(';');
        let (user, host) = parts.next().and_then(|main| main.rsplit_once('@')).ok_or_else(|| wrong("it has no `@`"))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()&=+$,%#:[]".contains(c);
        if user.is_empty() || host.is_empty() || !user.chars().chain(host.chars()).all(plain) {
            return Err(wrong("user and host are letters, digits and `-_.!~*'()&=+$,%`"));
        }
        let mut transport = Transport::Udp;
        for parameter in parts {
            transport = match parameter.to_ascii_lowercase().as_str() {
                "transport=udp" => Transport::Udp,
                "transport=tcp" => Transport::Tcp,
                _ => return Err(wrong("only `transport=udp` and `transport=tcp` may follow the host")),
            };
        }
        let address = resolve(host).map_err(|why| wrong(&why))?;
        let transport = wanted.unwrap_or(transport);
        Ok(Self { user: user.replace('#', "%23"), host: host.to_owned(), transport, address })
    }

    /// The Request-URI.
    pub(super) fn uri(&self) -> String {
        let transport = if self.transport == Transport::Tcp { ";transport=tcp" } else { "" };
        format!("sip:{}@{}{transport}", self.user, self.host)
    }

    /// The address of ours that the target sees.
    pub(super) fn our_address(&self) -> std::io::Result<IpAddr> {
        let any: SocketAddr = if self.address.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
        // Connecting a datagram socket sends nothing; it only asks the routing table.
        let socket = UdpSocket::bind(any)?;
        socket.connect(self.address)?;
        Ok(socket.local_addr()?.ip())
    }
}

fn resolve(host: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, SIP_PORT));
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().map_err(|_| format!("`{port}` is no port"))?),
        None => (host, SIP_PORT),
    };
    let found = (name, port).to_socket_addrs().map_err(|error| format!("`{name}` cannot be found: {error}"))?;
    let all: Vec<SocketAddr> = found.collect();
    let first = all.iter().find(|address| address.is_ipv4()).or(all.first());
    first.copied().ok_or_else(|| format!("`{name}` has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_whom_where_and_how() {
        let target = Target::parse("sip:100@127.0.0.1", None).unwrap();
        assert_eq!((target.user.as_str(), target.address), ("100", "127.0.0.1:5060".parse().unwrap()));
        assert_eq!(target.uri(), "sip:100@127.0.0.1");
        let target = Target::parse("sip:*7#@[::1]:5070;transport=tcp", None).unwrap();
        assert_eq!(target.address, "[::1]:5070".parse().unwrap());
        assert_eq!(target.uri(), "sip:*7%23@[::1]:5070;transport=tcp");
        assert_eq!(Target::parse("sip:a@127.0.0.1", Some(Transport::Tcp)).unwrap().transport, Transport::Tcp);
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for (text, why) in [
            ("not-an-address", "sip:"),
            ("sip:100", "`@`"),
            ("sip:@127.0.0.1", "user and host"),
            ("sip:1\r\n2@127.0.0.1", "user and host"),
            ("sip:100@127.0.0.1:99999", "99999"),
            ("sip:100@127.0.0.1;lr", "transport"),
        ] {
            let error = Target::parse(text, None).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
