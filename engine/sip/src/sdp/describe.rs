//! Writes our descriptions.

use std::fmt::Write as _;
use std::net::IpAddr;

use model::{Codec, Direction};

use super::LocalMedia;

/// One m= line of ours.
pub(super) enum Line<'a> {
    /// The stream that we take part in.
    Audio(Audio),
    /// Repeated with port 0 (RFC 3264 §6).
    Refused { media: &'a str, proto: &'a str, format: &'a str },
}

/// The stream that we take part in.
pub(super) struct Audio {
    pub(super) codecs: Vec<(u8, Codec)>,
    pub(super) telephone_event: Option<u8>,
    pub(super) packet_ms: u8,
    pub(super) direction: Direction,
}

/// A whole description.
pub(super) fn describe(local: &LocalMedia, (start, stop): (u64, u64), lines: &[Line<'_>]) -> String {
    let ip = local.address.ip().to_canonical();
    let family = match ip {
        IpAddr::V4(_) => "IP4",
        IpAddr::V6(_) => "IP6",
    };
    let session = local.session;
    let mut text = format!(
        "v=0\r\no=callwright {} {} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt={start} {stop}\r\n",
        session.id, session.version
    );
    for line in lines {
        let written = match line {
            Line::Audio(audio) => describe_audio(&mut text, local.address.port(), audio),
            Line::Refused { media, proto, format } => write!(text, "m={media} 0 {proto} {format}\r\n"),
        };
        written.expect("writing into a string cannot fail");
    }
    text
}

fn describe_audio(text: &mut String, port: u16, audio: &Audio) -> std::fmt::Result {
    write!(text, "m=audio {port} RTP/AVP")?;
    for payload_type in audio.codecs.iter().map(|(payload_type, _)| payload_type).chain(&audio.telephone_event) {
        write!(text, " {payload_type}")?;
    }
    text.push_str("\r\n");
    for (payload_type, codec) in &audio.codecs {
        write!(text, "a=rtpmap:{payload_type} {codec}/{}\r\n", codec.clock_rate_hz())?;
    }
    if let Some(payload_type) = audio.telephone_event {
        // The sixteen keys of a telephone; flash and the tones of fax machines mean nothing to us.
        write!(text, "a=rtpmap:{payload_type} telephone-event/8000\r\na=fmtp:{payload_type} 0-15\r\n")?;
    }
    let direction = match audio.direction {
        Direction::SendReceive => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::ReceiveOnly => "recvonly",
        Direction::Inactive => "inactive",
    };
    write!(text, "a=ptime:{}\r\na={direction}\r\n", audio.packet_ms)
}
