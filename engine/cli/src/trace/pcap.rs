//! The SIP messages of one call as a capture file: raw IP packets with UDP headers around each message.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, TsResolution};
use serde_json::Value;

const UDP: u8 = 17;
const HEADERS: usize = 48; // IPv6 and UDP.
/// The longest payload that a packet's length can say.
const PAYLOAD_MAX: usize = 65_535 - HEADERS;

/// Writes what the server gave; messages that went by TCP look like datagrams as well. Gives how many it were.
pub(crate) fn write(out: impl Write, answer: &Value) -> Result<usize, String> {
    let header =
        PcapHeader { datalink: DataLink::RAW, ts_resolution: TsResolution::MicroSecond, ..PcapHeader::default() };
    let mut writer = PcapWriter::with_header(out, header).map_err(|error| format!("cannot write: {error}"))?;
    let messages = answer["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for message in messages {
        let read = || -> Option<(Duration, Vec<u8>)> {
            let address = |key: &str| message[key].as_str()?.parse::<SocketAddr>().ok();
            let at = Duration::from_micros(message["wall_us"].as_u64()?);
            let bytes: Option<Vec<u8>> = message["bytes"].as_str()?.chars().map(|c| u8::try_from(c).ok()).collect();
            Some((at, packet(address("from")?, address("to")?, &bytes?)))
        };
        let (at, packet) = read().ok_or("the server's answer cannot be read: is it another version?")?;
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        writer
            .write_packet(&PcapPacket::new_owned(at, length, packet))
            .map_err(|error| format!("cannot write: {error}"))?;
    }
    Ok(messages.len())
}

/// A datagram with its IP header (RFC 791, RFC 8200) and UDP header (RFC 768).
fn packet(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(PAYLOAD_MAX)];
    let udp_length = u16::try_from(payload.len() + 8).unwrap_or(u16::MAX);
    let (source, target) = same_family(from.ip(), to.ip());
    let mut udp = Vec::with_capacity(payload.len() + HEADERS);
    udp.extend(from.port().to_be_bytes());
    udp.extend(to.port().to_be_bytes());
    udp.extend(udp_length.to_be_bytes());
    udp.extend([0, 0]);
    udp.extend(payload);
    let mut pseudo = [octets(source), octets(target)].concat();
    pseudo.extend(u32::from(udp_length).to_be_bytes());
    pseudo.extend([0, 0, 0, UDP]);
    pseudo.extend(&udp);
    let sum = match checksum(&pseudo) {
        0 => u16::MAX, // Zero means that there is none.
        sum => sum,
    };
    udp[6..8].copy_from_slice(&sum.to_be_bytes());
    let mut whole = match source {
        IpAddr::V4(_) => {
            let mut header = vec![0x45, 0];
            header.extend((udp_length.saturating_add(20)).to_be_bytes());
            header.extend([0, 0, 0x40, 0, 64, UDP, 0, 0]);
            header.extend(octets(source));
            header.extend(octets(target));
            let sum = checksum(&header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            header
        }
        IpAddr::V6(_) => {
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(udp_length.to_be_bytes());
            header.extend([UDP, 64]);
            header.extend(octets(source));
            header.extend(octets(target));
            header
        }
    };
    whole.extend(udp);
    whole
}

fn same_family(from: IpAddr, to: IpAddr) -> (IpAddr, IpAddr) {
    let mapped = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => IpAddr::V6(ip.to_ipv6_mapped()),
        ip @ IpAddr::V6(_) => ip,
    };
    match (from.to_canonical(), to.to_canonical()) {
        pair @ (IpAddr::V4(_), IpAddr::V4(_)) => pair,
        (from, to) => (mapped(from), mapped(to)),
    }
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// The sum of the Internet's headers (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u64 = 0;
    for pair in bytes.chunks(2) {
        sum += u64::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use pcap_file::pcap::PcapReader;
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_add_up_in_both_families() {
        let four = packet("10.0.0.1:5060".parse().unwrap(), "10.0.0.2:5070".parse().unwrap(), b"OPTIONS");
        assert_eq!((four.len(), checksum(&four[..20])), (35, 0));
        let six = packet("[2001:db8::1]:5060".parse().unwrap(), "10.0.0.2:5070".parse().unwrap(), b"OPTIONS");
        assert_eq!((six.len(), six[0], six[6]), (55, 0x60, UDP));
        let mut pseudo = [&six[8..40], &[0, 0, 0, 15, 0, 0, 0, UDP]].concat();
        pseudo.extend(&six[40..]);
        assert_eq!(checksum(&pseudo), 0);
    }

    #[test]
    fn a_file_has_every_message_with_its_time() {
        let one = |wall_us: u64, bytes: &str| json!({ "wall_us": wall_us, "from": "10.0.0.1:5060", "to": "10.0.0.2:5060", "bytes": bytes });
        let answer = json!({ "messages": [one(1_700_000_000_000_001, "INVITE \u{ff}"), one(1_700_000_001_000_000, "SIP/2.0 200 OK")] });
        let mut file = Vec::new();
        assert_eq!(write(&mut file, &answer).unwrap(), 2);
        let mut reader = PcapReader::new(&file[..]).unwrap();
        assert_eq!(reader.header().datalink, DataLink::RAW);
        let first = reader.next_packet().unwrap().unwrap();
        assert_eq!(first.timestamp, Duration::from_micros(1_700_000_000_000_001));
        assert!(first.data.ends_with(b"INVITE \xff"));
        assert!(reader.next_packet().unwrap().is_ok() && reader.next_packet().is_none());
        assert!(write(Vec::new(), &json!({ "messages": [{ "from": "nobody" }] })).is_err());
    }
}
