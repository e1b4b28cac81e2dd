//! RTCP: a report and a name every few seconds, a farewell at the end (RFC 3550 §6). Written by
//! hand into a fixed buffer, because the packet builders allocate; read with rtcp-types.

use std::time::Duration;

use model::Timestamp;
use rtcp_types::{Compound, Packet};

use crate::incoming::Reception;

/// Between two reports.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(5);
/// Room for a sender report with one block, a name of eight letters and a farewell.
pub(crate) const RTCP_BYTES_MAX: usize = 28 + 24 + 20 + 8;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const FAREWELL: u8 = 203;

/// What our side of a report says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    pub(crate) ssrc: u32,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    pub(crate) rtp_timestamp: u32,
}

/// The last sender report of the other side: the middle of its NTP time, and when it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastReport {
    pub(crate) ntp_middle: u32,
    pub(crate) at: Timestamp,
}

/// Whether a compound packet ends the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    No,
    Yes,
}

struct Writer<'a> {
    buffer: &'a mut [u8; RTCP_BYTES_MAX],
    length: usize,
}

impl Writer<'_> {
    fn word(&mut self, word: u32) {
        self.buffer[self.length..self.length + 4].copy_from_slice(&word.to_be_bytes());
        self.length += 4;
    }

    fn header(&mut self, count: u8, kind: u8, words_after: u16) {
        self.word(u32::from_be_bytes([0x80 | count, kind, (words_after >> 8) as u8, words_after as u8]));
    }
}

/// Writes a compound packet and returns its length.
pub(crate) fn write(
    now: Timestamp,
    sending: Sending,
    reception: Option<(Reception, Option<LastReport>)>,
    farewell: Farewell,
    buffer: &mut [u8; RTCP_BYTES_MAX],
) -> usize {
    let mut writer = Writer { buffer, length: 0 };
    let blocks = u8::from(reception.is_some());
    let block_words = u16::from(blocks) * 6;
    if sending.packets > 0 {
        writer.header(blocks, SENDER_REPORT, 6 + block_words);
        writer.word(sending.ssrc);
        // Without a wall clock, NTP time is the time of the run (RFC 3550 §6.4.1).
        let ntp = ntp_of(now);
        writer.word((ntp >> 32) as u32);
        writer.word(ntp as u32);
        writer.word(sending.rtp_timestamp);
        writer.word(sending.packets);
        writer.word(sending.octets);
    } else {
        writer.header(blocks, RECEIVER_REPORT, 1 + block_words);
        writer.word(sending.ssrc);
    }
    if let Some((block, last)) = reception {
        writer.word(block.ssrc);
        writer.word(u32::from(block.fraction_lost) << 24 | block.lost & 0xFF_FFFF);
        writer.word(block.highest);
        writer.word(block.jitter);
        writer.word(last.map_or(0, |last| last.ntp_middle));
        writer.word(last.map_or(0, |last| (now.since(last.at).as_micros() * 65_536 / 1_000_000) as u32));
    }
    write_name(&mut writer, sending.ssrc);
    if farewell == Farewell::Yes {
        writer.header(1, FAREWELL, 1);
        writer.word(sending.ssrc);
    }
    writer.length
}

/// CNAME: the SSRC in hexadecimal, unique enough and telling nothing (RFC 7022).
fn write_name(writer: &mut Writer<'_>, ssrc: u32) {
    const CNAME: u8 = 1;
    let mut item = [0_u8; 12];
    item[0] = CNAME;
    item[1] = 8;
    for (index, byte) in item[2..10].iter_mut().enumerate() {
        let nibble = ssrc >> (28 - 4 * index) & 0xF;
        *byte = b"0123456789abcdef"[nibble as usize];
    }
    writer.header(1, DESCRIPTION, 4);
    writer.word(ssrc);
    for word in item.chunks_exact(4) {
        writer.word(u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
    }
}

/// Reads a compound packet; none when it is malformed.
pub(crate) fn read(now: Timestamp, packet: &[u8]) -> Option<Option<LastReport>> {
    if packet.len() < 8 {
        return None;
    }
    let mut last = None;
    for part in Compound::parse(packet).ok()? {
        if let Packet::Sr(report) = part.ok()? {
            last = Some(LastReport { ntp_middle: (report.ntp_timestamp() >> 16) as u32, at: now });
        }
    }
    Some(last)
}

fn ntp_of(now: Timestamp) -> u64 {
    let micros = now.as_micros();
    ((micros / 1_000_000) << 32) | (((micros % 1_000_000) << 32) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_report_is_read_by_an_independent_parser() {
        let reception = Reception { ssrc: 9, fraction_lost: 25, lost: 3, highest: 65_540, jitter: 40 };
        let sending = Sending { ssrc: 0xABCD_0123, packets: 7, octets: 1120, rtp_timestamp: 1600 };
        let mut buffer = [0; RTCP_BYTES_MAX];
        let now = Timestamp::from_micros(2_500_000);
        let length = write(now, sending, Some((reception, None)), Farewell::Yes, &mut buffer);
        assert_eq!(length, RTCP_BYTES_MAX);
        let parts: Vec<_> = Compound::parse(&buffer[..length]).unwrap().map(Result::unwrap).collect();
        let [Packet::Sr(report), Packet::Sdes(name), Packet::Bye(bye)] = &parts[..] else {
            panic!("{parts:?}");
        };
        assert_eq!((report.ssrc(), report.packet_count(), report.ntp_timestamp()), (0xABCD_0123, 7, 5 << 31));
        let block = report.report_blocks().next().unwrap();
        assert_eq!((block.fraction_lost(), block.cumulative_lost(), block.extended_sequence_number()), (25, 3, 65_540));
        let chunk = name.chunks().next().unwrap();
        assert_eq!(chunk.items().next().unwrap().value(), b"abcd0123");
        assert_eq!(bye.ssrcs().collect::<Vec<_>>(), [0xABCD_0123]);
    }

    #[test]
    fn a_short_or_broken_packet_is_refused() {
        assert!(read(Timestamp::ZERO, &[0x80, 200, 0, 0]).is_none());
        assert!(read(Timestamp::ZERO, &[0x80; 40]).is_none());
        assert!(read(Timestamp::ZERO, &[0x80, 201, 0, 1, 0, 0, 0, 1]).is_some());
    }
}
