//! RTP packets and RFC 4733 events, read and written.

/// A packet as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in samples.
    pub timestamp: u32,
    /// Source.
    pub ssrc: u32,
    /// Payload without padding.
    pub payload: Vec<u8>,
}

impl Packet {
    /// Reads a datagram; none when it is no RTP version 2.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < 12 || bytes[0] >> 6 != 2 {
            return None;
        }
        let mut start = 12 + 4 * usize::from(bytes[0] & 0x0f);
        if bytes[0] & 0x10 != 0 {
            let words = bytes.get(start + 2..start + 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        let padding = if bytes[0] & 0x20 != 0 { usize::from(*bytes.last()?) } else { 0 };
        let payload = bytes.get(start..bytes.len().checked_sub(padding)?)?.to_vec();
        Some(Self {
            marker: bytes[1] & 0x80 != 0,
            payload_type: bytes[1] & 0x7f,
            sequence: u16::from_be_bytes([bytes[2], bytes[3]]),
            timestamp: u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
            ssrc: u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]),
            payload,
        })
    }

    /// As it goes onto the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0x80, u8::from(self.marker) << 7 | self.payload_type];
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }
}

/// One RFC 4733 packet's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// 0–9, 10 `*`, 11 `#`, 12–15 `A`–`D`.
    pub code: u8,
    /// The digit is over.
    pub end: bool,
    /// Samples since its start.
    pub duration: u16,
}

impl Event {
    /// Reads a payload.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, high, low] = payload.get(..4)?.try_into().ok()?;
        Some(Self { code, end: flags & 0x80 != 0, duration: u16::from_be_bytes([high, low]) })
    }

    /// Writes a payload at -10 dBm0.
    pub fn bytes(self) -> Vec<u8> {
        let [high, low] = self.duration.to_be_bytes();
        vec![self.code, u8::from(self.end) << 7 | 10, high, low]
    }
}

const KEYS: &str = "0123456789*#ABCD";

/// The event of a key.
pub fn event_code(key: char) -> Option<u8> {
    KEYS.find(key.to_ascii_uppercase()).map(|place| place as u8)
}

/// The key of an event.
pub fn event_key(code: u8) -> Option<char> {
    KEYS.chars().nth(usize::from(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_and_events_survive_the_wire() {
        let event = Event { code: event_code('#').unwrap(), end: true, duration: 800 };
        let packet =
            Packet { marker: true, payload_type: 101, sequence: 65_535, timestamp: 9, ssrc: 7, payload: event.bytes() };
        let read = Packet::parse(&packet.bytes()).unwrap();
        assert_eq!(read, packet);
        assert_eq!(Event::parse(&read.payload), Some(event));
        assert_eq!(event_key(11), Some('#'));
        assert_eq!(Packet::parse(&packet.bytes()[..11]), None);
    }
}
