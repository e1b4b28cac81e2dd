//! As much of a Contact URI as a registrar has to understand.

use std::net::IpAddr;

// RFC-abiding phones stay below 200; the same bound as for Request-URIs.
const BYTES_MAX: usize = 1024;

/// A Contact URI that may be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ContactUri {
    /// Equal for URIs that RFC 3261 §19.1.4 calls equal, as far as registrations go.
    pub(super) key: String,
    /// The host, when it is an address.
    pub(super) ip: Option<IpAddr>,
}

impl ContactUri {
    /// None for other schemes than `sip` and `sips`, for no host, and for text that would break a header.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let breaks_headers =
            |char: char| char.is_control() || char.is_whitespace() || matches!(char, '<' | '>' | '"' | ',');
        if uri.len() > BYTES_MAX || uri.contains(breaks_headers) {
            return None;
        }
        let (scheme, rest) = uri.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "sip" && scheme != "sips" {
            return None;
        }
        let (place, parameters) = rest.split_once(';').unwrap_or((rest, ""));
        let place = place.split('?').next().unwrap_or_default();
        let (user, host_port) = place.rsplit_once('@').unwrap_or(("", place));
        let host_port = host_port.to_ascii_lowercase();
        let host = host(&host_port)?;
        let transport = parameters.split([';', '?']).map(str::to_ascii_lowercase);
        let transport = transport.into_iter().find(|parameter| parameter.starts_with("transport=")).unwrap_or_default();
        Some(Self {
            key: format!("{scheme}:{user}@{host_port};{transport}"),
            ip: host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical()),
        })
    }
}

/// The host without port and brackets; None when either is unreadable.
fn host(host_port: &str) -> Option<&str> {
    let (host, port) = if let Some(bracketed) = host_port.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (host, rest.strip_prefix(':').or(rest.is_empty().then_some("5060"))?)
    } else {
        host_port.split_once(':').unwrap_or((host_port, "5060"))
    };
    let named = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
    (named && port.parse::<u16>().is_ok_and(|port| port > 0)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uri: &str) -> Option<String> {
        ContactUri::parse(uri).map(|contact| contact.key)
    }

    #[test]
    fn equal_contacts_have_equal_keys() {
        assert_eq!(key("sip:anna@Phone.Example.org;ob"), key("SIP:anna@phone.example.org;rinstance=7"));
        assert_ne!(key("sip:anna@192.0.2.1"), key("sip:Anna@192.0.2.1"), "user parts have case");
        assert_ne!(key("sip:anna@192.0.2.1"), key("sip:anna@192.0.2.1:5062"));
        assert_ne!(key("sip:anna@192.0.2.1"), key("sip:anna@192.0.2.1;ob;transport=TCP"));
    }

    #[test]
    fn addresses_are_found() {
        let ip = |uri: &str| ContactUri::parse(uri).unwrap().ip.map(|ip| ip.to_string());
        assert_eq!(ip("sip:anna@192.0.2.1:5062;ob").as_deref(), Some("192.0.2.1"));
        assert_eq!(ip("sip:192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(ip("sips:anna@[2001:db8::1]:5061").as_deref(), Some("2001:db8::1"));
        assert_eq!(ip("sip:anna@[::ffff:192.0.2.1]").as_deref(), Some("192.0.2.1"));
        assert_eq!(ip("sip:anna@phone.example.org"), None);
    }

    #[test]
    fn what_is_no_contact_is_refused() {
        let long = |bytes: usize| format!("sip:{}@a", "x".repeat(bytes - 6));
        assert!(key(&long(1024)).is_some());
        let refused = [
            "",
            "anna",
            "tel:+4930123",
            "mailto:a@b",
            "sip:",
            "sip:anna@",
            "sip:anna@host:0",
            "sip:anna@host:65536",
            "sip:anna@host:x",
            "sip:anna@[::1",
            "sip:anna@[x]",
            "sip:anna@ho st",
            "sip:anna@host>\r\nVia: x",
            "sip:anna@h\u{f6}st",
            &long(1025),
        ];
        for uri in refused {
            assert_eq!(key(uri), None, "{uri}");
        }
    }
}
