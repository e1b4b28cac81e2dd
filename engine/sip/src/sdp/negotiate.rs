//! The rules of RFC 3264: what is answered, and what is agreed.

use std::net::{IpAddr, SocketAddr};

use model::{Codec, Direction, MediaSpec};

use super::describe::{Audio, Line, describe};
use super::read::{Format, Remote, Stream, printable};
use super::{Answered, LocalMedia, SdpError, TELEPHONE_EVENT_PAYLOAD_TYPE};

/// Packet times that our media runs.
const PACKET_TIMES: [u8; 5] = [10, 20, 30, 40, 60];
const PACKET_TIME_DEFAULT: u8 = 20;

/// The first offer of a dialog, or the offer in our 2xx when the INVITE had none.
pub fn offer(local: &LocalMedia) -> String {
    describe(local, (0, 0), &[Line::Audio(offered(local, TELEPHONE_EVENT_PAYLOAD_TYPE))])
}

/// An offer within a dialog: keeps the m= lines of `previous`, the last description that we sent, its number
/// for telephone events, and its version when nothing changed (RFC 3264 §8).
pub fn reoffer(local: &LocalMedia, previous: &str) -> String {
    // Our own words; unreadable ones can only come from an older program, so begin anew.
    let Ok(before) = Remote::read(previous) else {
        return offer(local);
    };
    let Some(active) = before.sections.iter().position(|section| section.is_plain_audio()) else {
        return versioned(&offer(local), previous);
    };
    let formats = before.stream(active).map(|stream| stream.formats).unwrap_or_default();
    let events = formats.iter().find(|(_, format)| *format == Format::TelephoneEvent);
    let events = events.map_or(TELEPHONE_EVENT_PAYLOAD_TYPE, |(payload_type, _)| *payload_type);
    let lines = lines(&before, active, offered(local, events));
    versioned(&describe(local, before.times(), &lines), previous)
}

/// Answers an offer. `peer` is the address the signalling came from: only a loopback peer may name loopback.
pub fn answer(offer: &str, local: &LocalMedia, peer: IpAddr) -> Result<Answered, SdpError> {
    let remote = Remote::read(offer)?;
    let (active, stream, common) = first_usable(&remote, local, peer)?;
    let ours = Ours { receive: common.codecs.clone(), receive_event: common.telephone_event };
    let spec = agreed(&stream, local, peer, &common, ours);
    let audio = Audio {
        codecs: common.codecs,
        telephone_event: common.telephone_event,
        packet_ms: spec.packet_ms,
        direction: spec.direction,
    };
    let sdp = describe(local, remote.times(), &lines(&remote, active, audio));
    Ok(Answered { sdp, spec })
}

/// Reads the answer to [`offer`] or [`reoffer`].
pub fn accept_answer(answer: &str, local: &LocalMedia, peer: IpAddr) -> Result<MediaSpec, SdpError> {
    let remote = Remote::read(answer)?;
    let (_, stream, common) = first_usable(&remote, local, peer)?;
    // They send with the numbers of our offer, which are the static ones.
    let receive = common.codecs.iter().map(|(_, codec)| (codec.static_payload_type(), *codec)).collect();
    let receive_event = common.telephone_event.map(|_| TELEPHONE_EVENT_PAYLOAD_TYPE);
    Ok(agreed(&stream, local, peer, &common, Ours { receive, receive_event }))
}

/// Gives `sdp` the version of `previous`, the last description we sent in this dialog, when they say the
/// same, and the next one when they differ (RFC 3264 §8).
pub fn versioned(sdp: &str, previous: &str) -> String {
    let (Some(ours), Some(before)) = (Origin::find(sdp), Origin::find(previous)) else {
        return sdp.to_owned();
    };
    let same = ours.around() == before.around();
    let version = if same { before.version } else { before.version.saturating_add(1) };
    let (head, tail) = ours.around();
    format!("{head}{version}{tail}")
}

/// Where the version stands in a description.
struct Origin<'a> {
    head: &'a str,
    version: u64,
    tail: &'a str,
}

impl<'a> Origin<'a> {
    fn find(sdp: &'a str) -> Option<Self> {
        let line = if sdp.starts_with("o=") { 0 } else { sdp.find("\no=")? + 1 };
        let (id_end, _) = sdp[line..].match_indices(' ').nth(1)?;
        let start = line + id_end + 1;
        let end = start + sdp[start..].find(' ')?;
        Some(Self { head: &sdp[..start], version: sdp[start..end].parse().ok()?, tail: &sdp[end..] })
    }

    fn around(&self) -> (&'a str, &'a str) {
        (self.head, self.tail)
    }
}

/// What both sides know, by the other side's numbers and in its order.
struct Common {
    codecs: Vec<(u8, Codec)>,
    telephone_event: Option<u8>,
}

fn offered(local: &LocalMedia, events: u8) -> Audio {
    Audio {
        codecs: local.codecs.iter().map(|codec| (codec.static_payload_type(), *codec)).collect(),
        telephone_event: local.telephone_event.then_some(events),
        packet_ms: local.packet_ms,
        direction: local.direction,
    }
}

fn lines<'a>(remote: &'a Remote, active: usize, audio: Audio) -> Vec<Line<'a>> {
    let mut audio = Some(audio);
    let line = |(index, section): (usize, &'a super::read::Section)| match audio.take_if(|_| index == active) {
        Some(audio) => Line::Audio(audio),
        None => Line::Refused { media: &section.media, proto: &section.proto, format: &section.formats[0] },
    };
    remote.sections.iter().enumerate().map(line).collect()
}

/// The first audio stream that we can run; otherwise what was wrong with the first candidate.
fn first_usable(remote: &Remote, local: &LocalMedia, peer: IpAddr) -> Result<(usize, Stream, Common), SdpError> {
    let mut refused = None;
    for (index, section) in remote.sections.iter().enumerate() {
        if !section.is_plain_audio() {
            continue;
        }
        let usable = remote.stream(index).and_then(|stream| {
            check_address(stream.address, local.address, peer)?;
            common(&stream, local).map(|common| (index, stream, common))
        });
        match usable {
            Ok(usable) => return Ok(usable),
            Err(error @ SdpError::Malformed(_)) => return Err(error),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or(SdpError::NoUsableMedia))
}

fn common(stream: &Stream, local: &LocalMedia) -> Result<Common, SdpError> {
    let mut codecs: Vec<(u8, Codec)> = Vec::new();
    let mut telephone_event = None;
    for (payload_type, format) in &stream.formats {
        match format {
            Format::Speech(codec) => {
                let known = codecs.iter().any(|(_, earlier)| earlier == codec);
                if !known && local.codecs.contains(codec) {
                    codecs.push((*payload_type, *codec));
                }
            }
            Format::TelephoneEvent if local.telephone_event => {
                telephone_event = telephone_event.or(Some(*payload_type));
            }
            Format::TelephoneEvent => {}
        }
    }
    if codecs.is_empty() {
        return Err(SdpError::NoCommonCodec);
    }
    Ok(Common { codecs, telephone_event })
}

/// The numbers of our description, under which they send.
struct Ours {
    receive: Vec<(u8, Codec)>,
    receive_event: Option<u8>,
}

fn agreed(stream: &Stream, local: &LocalMedia, peer: IpAddr, common: &Common, ours: Ours) -> MediaSpec {
    let (payload_type, codec) = common.codecs[0];
    MediaSpec {
        remote: stream.address,
        signalling: (!peer.is_unspecified()).then(|| peer.to_canonical()),
        codec,
        payload_type,
        receive: ours.receive,
        telephone_event: common.telephone_event,
        receive_event: ours.receive_event,
        packet_ms: packet_ms(stream.ptime, stream.maxptime),
        direction: seen_from_us(local.direction, stream.direction),
    }
}

fn packet_ms(ptime: Option<u8>, maxptime: Option<u8>) -> u8 {
    let wish = ptime.filter(|ptime| PACKET_TIMES.contains(ptime)).unwrap_or(PACKET_TIME_DEFAULT);
    let most = maxptime.unwrap_or(u8::MAX);
    PACKET_TIMES.into_iter().rev().find(|time| *time <= wish && *time <= most).unwrap_or(PACKET_TIME_DEFAULT)
}

/// We send what we may and they hear; we hear what they send and we want.
fn seen_from_us(ours: Direction, theirs: Direction) -> Direction {
    match (ours.sends() && theirs.receives(), ours.receives() && theirs.sends()) {
        (true, true) => Direction::SendReceive,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::ReceiveOnly,
        (false, false) => Direction::Inactive,
    }
}

/// Audio goes to one host that is neither us nor a whole network.
fn check_address(remote: SocketAddr, local: SocketAddr, peer: IpAddr) -> Result<(), SdpError> {
    let (ip, own) = (remote.ip().to_canonical(), local.ip().to_canonical());
    let reason = if ip.is_unspecified() {
        // Old-style hold: nothing is sent there.
        None
    } else if ip.is_multicast() {
        Some("it is a multicast group")
    } else if is_no_host(ip) {
        Some("it is not the address of one host")
    } else if ip.is_loopback() && !peer.to_canonical().is_loopback() {
        Some("it is a loopback address and the caller is elsewhere")
    } else if (ip, remote.port()) == (own, local.port()) {
        Some("it is our own, audio would run in a circle")
    } else if ip.is_ipv4() != own.is_ipv4() {
        Some("it is of another address family than ours")
    } else {
        None
    };
    reason.map_or(Ok(()), |reason| Err(SdpError::ForbiddenAddress { address: printable(&remote.to_string()), reason }))
}

/// Broadcast, "this network" and the reserved block 240/4.
fn is_no_host(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.octets()[0] == 0 || ip.octets()[0] >= 240,
        IpAddr::V6(_) => false,
    }
}
