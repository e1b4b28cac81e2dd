//! What the other side said: bounded, checked, and only the parts that an audio call needs.

use std::net::{IpAddr, SocketAddr};

use model::{Codec, Direction};
use sdp_types::{AddrType, Attribute, Connection, Media, NetType, Session};

use super::SdpError;

// A call needs a tenth of these; beyond them somebody is testing us (bar T30).
const BYTES_MAX: usize = 16 * 1024;
const MEDIA_MAX: usize = 8;
const FORMATS_MAX: usize = 32;
const ATTRIBUTES_MAX: usize = 64;

/// Payload types have 7 bits (RFC 3550 §5.1).
const PAYLOAD_TYPE_MAX: u8 = 127;

/// A description of the other side.
#[derive(Debug)]
pub(super) struct Remote {
    session: Session,
    /// One per m= line, in order.
    pub(super) sections: Vec<Section>,
}

/// One m= line.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) media: String,
    pub(super) proto: String,
    pub(super) formats: Vec<String>,
    pub(super) port: u16,
}

/// What a payload type means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Speech(Codec),
    TelephoneEvent,
}

/// One audio stream as the other side wants it.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) address: SocketAddr,
    /// The formats that we know, in the other side's order.
    pub(super) formats: Vec<(u8, Format)>,
    pub(super) ptime: Option<u8>,
    pub(super) maxptime: Option<u8>,
    /// Seen from the other side.
    pub(super) direction: Direction,
}

impl Remote {
    /// Reads a description. Its audio is looked at later, by [`Remote::stream`].
    pub(super) fn read(text: &str) -> Result<Self, SdpError> {
        check_size(text)?;
        let session = Session::parse(text.as_bytes()).map_err(|error| malformed(&error.to_string()))?;
        let sections = session.medias.iter().map(Section::read).collect::<Result<_, _>>()?;
        Ok(Self { session, sections })
    }

    /// The t= line, which an answer repeats (RFC 3264 §6).
    pub(super) fn times(&self) -> (u64, u64) {
        self.session.times.first().map_or((0, 0), |time| (time.start_time, time.stop_time))
    }

    /// The audio of one m= line.
    pub(super) fn stream(&self, index: usize) -> Result<Stream, SdpError> {
        let section = &self.sections[index];
        let media = &self.session.medias[index];
        let connection = media.connections.first().or(self.session.connection.as_ref());
        let connection = connection.ok_or_else(|| malformed("audio without c= line"))?;
        let ip = address(connection)?;
        let said = direction(&media.attributes).or_else(|| direction(&self.session.attributes)).unwrap_or_default();
        Ok(Stream {
            address: SocketAddr::new(ip, section.port),
            formats: formats(section, &media.attributes)?,
            ptime: milliseconds(&media.attributes, "ptime"),
            maxptime: milliseconds(&media.attributes, "maxptime"),
            direction: if ip.is_unspecified() { without_receiving(said) } else { said },
        })
    }
}

impl Section {
    fn read(media: &Media) -> Result<Self, SdpError> {
        let formats: Vec<String> = media.fmt.split_ascii_whitespace().map(str::to_owned).collect();
        if formats.len() > FORMATS_MAX {
            return Err(SdpError::TooBig { what: "too many formats in one m= line", most: FORMATS_MAX });
        }
        // These are repeated in our answer: nothing but visible ASCII may pass.
        let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible(&media.media) || !visible(&media.proto) || !formats.iter().all(|format| visible(format)) {
            return Err(malformed("m= line with unreadable fields"));
        }
        if formats.is_empty() {
            return Err(malformed("m= line without formats"));
        }
        Ok(Self { media: media.media.clone(), proto: media.proto.clone(), formats, port: media.port })
    }

    /// Plain RTP audio that is not switched off.
    pub(super) fn is_plain_audio(&self) -> bool {
        self.media.eq_ignore_ascii_case("audio") && self.proto.eq_ignore_ascii_case("RTP/AVP") && self.port != 0
    }
}

/// Counts before anything is parsed, so that a bomb costs one pass over at most 16 KiB.
fn check_size(text: &str) -> Result<(), SdpError> {
    if text.len() > BYTES_MAX {
        return Err(SdpError::TooBig { what: "too many bytes", most: BYTES_MAX });
    }
    let (mut media, mut attributes) = (0, 0);
    for line in text.lines() {
        match line.as_bytes() {
            [b'm', b'=', ..] => (media, attributes) = (media + 1, 0),
            [b'a', b'=', ..] => attributes += 1,
            _ => {}
        }
        if media > MEDIA_MAX {
            return Err(SdpError::TooBig { what: "too many m= lines", most: MEDIA_MAX });
        }
        if attributes > ATTRIBUTES_MAX {
            return Err(SdpError::TooBig { what: "too many attributes in one section", most: ATTRIBUTES_MAX });
        }
    }
    Ok(())
}

fn address(connection: &Connection) -> Result<IpAddr, SdpError> {
    let text = connection.connection_address.as_str();
    let shown = || printable(text);
    if connection.nettype != NetType::In {
        return Err(malformed("c= line of another network than IN"));
    }
    // Suffixes belong to multicast; host names would have to be looked up on behalf of a stranger.
    let Ok(ip) = text.parse::<IpAddr>() else {
        return Err(SdpError::ForbiddenAddress { address: shown(), reason: "it is not a single IP address" });
    };
    match (&connection.addrtype, ip) {
        (AddrType::Ip4, IpAddr::V4(_)) | (AddrType::Ip6, IpAddr::V6(_)) => Ok(ip.to_canonical()),
        _ => Err(malformed("c= line with an address of another family than it says")),
    }
}

fn formats(section: &Section, attributes: &[Attribute]) -> Result<Vec<(u8, Format)>, SdpError> {
    let maps = rtpmaps(attributes)?;
    let mut seen = Vec::with_capacity(section.formats.len());
    let mut known = Vec::new();
    for text in &section.formats {
        let payload_type = text.parse::<u8>().ok().filter(|payload_type| *payload_type <= PAYLOAD_TYPE_MAX);
        let payload_type = payload_type.ok_or_else(|| malformed("payload type outside 0-127"))?;
        if seen.contains(&payload_type) {
            return Err(malformed("the same payload type twice in one m= line"));
        }
        seen.push(payload_type);
        let mapped = maps.iter().find(|map| map.payload_type == payload_type);
        let format = mapped.map_or_else(|| static_format(payload_type), RtpMap::format);
        known.extend(format.map(|format| (payload_type, format)));
    }
    Ok(known)
}

#[derive(Debug, PartialEq, Eq)]
struct RtpMap<'a> {
    payload_type: u8,
    encoding: &'a str,
    clock_rate_hz: u32,
    channels: &'a str,
}

impl<'a> RtpMap<'a> {
    /// None when it cannot be read: the format is then as good as unmapped.
    fn read(value: &'a str) -> Option<Self> {
        let (payload_type, rest) = value.trim().split_once(' ')?;
        let mut parts = rest.trim().split('/');
        Some(Self {
            payload_type: payload_type.parse().ok()?,
            encoding: parts.next()?,
            clock_rate_hz: parts.next()?.parse().ok()?,
            channels: parts.next().unwrap_or("1"),
        })
    }

    fn format(&self) -> Option<Format> {
        let is = |name: &str| self.encoding.eq_ignore_ascii_case(name);
        if self.clock_rate_hz != 8000 || self.channels != "1" {
            return None;
        }
        if is("telephone-event") {
            return Some(Format::TelephoneEvent);
        }
        [Codec::Pcmu, Codec::Pcma, Codec::G722].into_iter().find(|codec| is(codec.name())).map(Format::Speech)
    }
}

fn rtpmaps(attributes: &[Attribute]) -> Result<Vec<RtpMap<'_>>, SdpError> {
    let mut maps: Vec<RtpMap<'_>> = Vec::new();
    let values = attributes.iter().filter(|attribute| attribute.attribute.eq_ignore_ascii_case("rtpmap"));
    for map in values.filter_map(|attribute| RtpMap::read(attribute.value.as_deref()?)) {
        if map.clock_rate_hz == 0 {
            return Err(malformed("a=rtpmap with clock rate 0"));
        }
        match maps.iter().find(|earlier| earlier.payload_type == map.payload_type) {
            // Some phones say the same thing twice; that harms nobody.
            Some(earlier) if *earlier == map => {}
            Some(_) => return Err(malformed("two different a=rtpmap for one payload type")),
            None => maps.push(map),
        }
    }
    Ok(maps)
}

/// RFC 3551 §6: these need no a=rtpmap.
fn static_format(payload_type: u8) -> Option<Format> {
    let codecs = [Codec::Pcmu, Codec::Pcma, Codec::G722];
    codecs.into_iter().find(|codec| codec.static_payload_type() == payload_type).map(Format::Speech)
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| match attribute.attribute.to_ascii_lowercase().as_str() {
        "sendrecv" => Some(Direction::SendReceive),
        "sendonly" => Some(Direction::SendOnly),
        "recvonly" => Some(Direction::ReceiveOnly),
        "inactive" => Some(Direction::Inactive),
        _ => None,
    })
}

/// c=0.0.0.0 is how RFC 2543 says hold: it may still send, but hears nothing.
fn without_receiving(direction: Direction) -> Direction {
    if direction.sends() { Direction::SendOnly } else { Direction::Inactive }
}

/// Packet times from 10 to 60 ms; others are not heard.
fn milliseconds(attributes: &[Attribute], name: &str) -> Option<u8> {
    let attribute = attributes.iter().find(|attribute| attribute.attribute.eq_ignore_ascii_case(name))?;
    let value = attribute.value.as_deref()?.trim().parse::<u8>().ok()?;
    (10..=60).contains(&value).then_some(value)
}

fn malformed(what: &str) -> SdpError {
    SdpError::Malformed(printable(what))
}

/// Errors are logged: foreign text must stay on its line.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(120).collect()
}
