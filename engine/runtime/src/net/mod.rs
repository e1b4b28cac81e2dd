//! Sockets for SIP: datagrams on a thread each, streams on the tokio runtime with bounded writers.

mod tcp;
mod udp;

pub(crate) use tcp::{StreamWriter, connect, listen};
pub(crate) use udp::{UdpListener, bind};

use std::net::{IpAddr, SocketAddr};

/// The address that others see when we listen on all of them: the one that routes outwards.
pub(crate) fn outward_address(any: IpAddr) -> IpAddr {
    let (bind, far) = match any {
        IpAddr::V4(_) => ("0.0.0.0:0", "192.0.2.1:9"),
        IpAddr::V6(_) => ("[::]:0", "[2001:db8::1]:9"),
    };
    // Connecting a datagram socket sends nothing; it only asks the routing table.
    let asked = std::net::UdpSocket::bind(bind).and_then(|socket| {
        socket.connect(far)?;
        socket.local_addr()
    });
    match asked {
        Ok(address) if !address.ip().is_unspecified() => address.ip(),
        _ if any.is_ipv4() => IpAddr::from([127, 0, 0, 1]),
        _ => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
    }
}

/// Resolves a name; the first address that fits wins. SRV records are not asked yet.
pub(crate) async fn resolve(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}
