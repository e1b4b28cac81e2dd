//! Whom requests may reach: no private, loopback or link-local address unless the project lists it.
//!
//! The check is made on the addresses that the connection uses, after the name was resolved: a name that changes its
//! mind between check and connection (DNS rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use script::config::Network;
use script::config::public::is_public;

/// What may be reached beside the public internet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    private: Arc<[Network]>,
}

/// The addresses of a host that nobody may ask.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no public address; list it in `http: {{ private: […] }}` if it is meant")]
pub(crate) struct Unreachable(String);

impl Guard {
    pub(crate) fn new(private: &[Network]) -> Self {
        Self { private: private.into() }
    }

    pub(crate) fn permits(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.private.iter().any(|network| network.contains(ip))
    }

    /// Checks a host that is written as an address: no resolver is asked for it.
    ///
    /// # Errors
    /// When it is an address that must not be reached.
    pub(crate) fn check_literal(&self, host: &str) -> Result<(), Unreachable> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(ip) if !self.permits(ip) => Err(Unreachable(ip.to_string())),
            _ => Ok(()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            let permitted: Vec<SocketAddr> = found.iter().copied().filter(|to| guard.permits(to.ip())).collect();
            match found.first() {
                Some(first) if permitted.is_empty() => {
                    Err(Unreachable(format!("{}, the address of {},", first.ip(), name.as_str())).into())
                }
                _ => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_not_public_is_reached() {
        let guard = Guard::default();
        for ip in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.5",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.169.254",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "fec0::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ] {
            assert!(!guard.permits(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
            assert!(guard.permits(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn listed_networks_are_reached_and_their_neighbours_not() {
        let ten = Network { address: "10.0.0.5".parse().unwrap(), prefix: 32 };
        let guard = Guard::new(&[ten]);
        assert!(guard.permits("10.0.0.5".parse().unwrap()) && guard.permits("::ffff:10.0.0.5".parse().unwrap()));
        assert!(!guard.permits("10.0.0.6".parse().unwrap()));
        assert!(guard.check_literal("[::1]").is_err() && guard.check_literal("crm.example").is_ok());
    }

    #[tokio::test]
    async fn names_are_judged_by_the_addresses_they_have() {
        let refused = Guard::default().resolve("localhost".parse().unwrap()).await;
        let error = refused.err().expect("localhost is this machine").to_string();
        assert!(error.contains("is no public address"), "{error}");
        let here = Network { address: "127.0.0.0".parse().unwrap(), prefix: 8 };
        assert!(Guard::new(&[here]).resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
