//! As much of SDP as a telephone with G.711 needs.

use std::net::{IpAddr, SocketAddr};

/// Who may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    SendRecv,
    /// The writer only: the other side is on hold.
    SendOnly,
    /// The other side only.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What the other side answers.
    pub fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            other => other,
        }
    }
}

/// The first audio stream of a description.
#[derive(Debug, Clone)]
pub struct Sdp {
    /// Where its RTP goes to.
    pub address: SocketAddr,
    /// Payload types in order.
    pub payloads: Vec<u8>,
    /// Payload type of telephone-event.
    pub events: Option<u8>,
    /// Who may speak.
    pub direction: Direction,
    /// How many m-lines there are.
    pub streams: usize,
}

impl Sdp {
    /// Reads a body.
    pub fn parse(body: &str) -> Option<Self> {
        let (mut session, mut media, mut port) = (None, None, None);
        let (mut payloads, mut events, mut direction, mut streams) = (Vec::new(), None, Direction::SendRecv, 0);
        let mut in_audio = false;
        for line in body.lines().map(str::trim_end) {
            let Some((kind, value)) = line.split_once('=') else {
                continue;
            };
            match kind {
                "c" => {
                    let ip = value.split_whitespace().nth(2).and_then(|ip| ip.parse::<IpAddr>().ok());
                    match (streams, in_audio) {
                        (0, _) => session = ip,
                        (_, true) => media = ip,
                        _ => {}
                    }
                }
                "m" => {
                    streams += 1;
                    in_audio = port.is_none() && value.starts_with("audio ");
                    if in_audio {
                        let mut words = value.split_whitespace().skip(1);
                        port = words.next().and_then(|p| p.parse::<u16>().ok());
                        payloads = words.skip(1).filter_map(|p| p.parse().ok()).collect();
                    }
                }
                "a" if in_audio || streams == 0 => match value {
                    "sendrecv" => direction = Direction::SendRecv,
                    "sendonly" => direction = Direction::SendOnly,
                    "recvonly" => direction = Direction::RecvOnly,
                    "inactive" => direction = Direction::Inactive,
                    _ if value.to_ascii_lowercase().contains("telephone-event/8000") => {
                        let number = value.strip_prefix("rtpmap:").and_then(|v| v.split_whitespace().next());
                        events = number.and_then(|n| n.parse().ok());
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        let address = SocketAddr::new(media.or(session)?, port?);
        Some(Self { address, payloads, events, direction, streams })
    }

    /// Writes a body for our socket.
    pub fn write(
        address: SocketAddr,
        version: u32,
        payloads: &[u8],
        events: Option<u8>,
        direction: Direction,
    ) -> String {
        let ip = address.ip();
        let mut list: Vec<String> = payloads.iter().map(u8::to_string).collect();
        list.extend(events.map(|e| e.to_string()));
        let mut text = format!(
            "v=0\r\no=- 1 {version} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {} RTP/AVP {}\r\n",
            address.port(),
            list.join(" ")
        );
        for payload in payloads {
            let name = if *payload == 8 { "PCMA" } else { "PCMU" };
            text.push_str(&format!("a=rtpmap:{payload} {name}/8000\r\n"));
        }
        if let Some(events) = events {
            text.push_str(&format!("a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\n"));
        }
        text.push_str(&format!("a=ptime:20\r\na={}\r\n", direction.word()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let body = Sdp::write("127.0.0.1:4000".parse().unwrap(), 1, &[8, 0], Some(101), Direction::SendOnly);
        let sdp = Sdp::parse(&body).unwrap();
        assert_eq!(sdp.address, "127.0.0.1:4000".parse().unwrap());
        assert_eq!((sdp.payloads, sdp.events), (vec![8, 0, 101], Some(101)));
        assert_eq!(sdp.direction, Direction::SendOnly);
    }
}
