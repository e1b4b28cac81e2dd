//! Which addresses are the public internet's, and which requests of a project would reach no other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reader::{Fields, Reader};
use super::tree::{Node, Value};
use super::{HttpRules, advice, web};

/// Is it an address of the public internet? IANA's registries of special addresses (RFC 6890) say what is not.
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    // NAT64 (RFC 6052) leads to the IPv4 address in its end.
    if (a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0) {
        let [[g1, g2], [h1, h2]] = [g.to_be_bytes(), h.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(g1, g2, h1, h2));
    }
    let global_unicast = (a & 0xe000) == 0x2000;
    // Teredo and other protocols' own, documentation, 6to4 with an IPv4 address inside.
    let special = matches!((a, b), (0x2001, 0..0x200 | 0xdb8) | (0x2002, _) | (0x3fff, 0..0x1000));
    global_unicast && !special
}

/// The private address that a web address names and that `http: { private }` does not list; none is fine.
pub(crate) fn refused_address(url: &str, rules: &HttpRules) -> Option<IpAddr> {
    let host = web::host_of(url)?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let ip = if bare == "localhost" { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { bare.parse().ok()? };
    (!is_public(ip) && !rules.private.iter().any(|network| network.contains(ip))).then_some(ip)
}

impl Reader<'_> {
    /// Warns about systems at private addresses: every request to them is refused.
    pub(super) fn advise_addresses(&mut self, fields: &Fields<'_>, rules: &HttpRules) {
        let rows = |key: &str, field: &'static str| {
            let rows = fields.get(key).map(|node| match &node.value {
                Value::Map(rows) => rows.iter().filter_map(|(_, row)| advice::field(row, field)).collect(),
                _ => Vec::new(),
            });
            rows.unwrap_or_default()
        };
        let gateway = fields.get("sms").and_then(|node| advice::field(node, "url"));
        let all: Vec<&Node> =
            rows("webhooks", "url").into_iter().chain(rows("directories", "http")).chain(gateway).collect();
        for node in all {
            let Value::Text(url) = &node.value else { continue };
            let Some(ip) = refused_address(url, rules) else { continue };
            let message = format!("every request is refused: {ip} is no public address");
            let one = self.warning("private-address", &node.span, message);
            one.help.push(format!("add `http: {{ private: [{ip}] }}` when it is meant"));
        }
    }
}
