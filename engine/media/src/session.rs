//! One leg's audio: what it hears, what it plays, what it tells.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use model::{Codec, LegId, MediaSpec, PlaybackEnd, Timestamp};
use rtp_types::RtpPacket;

use crate::codec::{BYTES_PER_MS, Encoder, FRAME_BYTES, silence};
use crate::dtmf::{Arbiter, DigitSender, EventArrival, EventReceiver, Slice, Source};
use crate::event::{Happened, MediaEvent, SessionKey, Sink};
use crate::hearing::Hearing;
use crate::incoming::Incoming;
use crate::latch::{Latch, Origin, Signalled, Verdict};
use crate::outgoing::{Outgoing, PACKET_BYTES_MAX};
use crate::playlist::{Frame, Player};
use crate::record::Recorder;
use crate::rtcp::{self, Farewell, LastReport, REPORT_INTERVAL, RTCP_BYTES_MAX, Sending};

pub(crate) type Events = VecDeque<MediaEvent>;

/// A joined leg that has sent nothing for this long gets silence in its party's place.
const PEER_PATIENCE: Duration = Duration::from_millis(80);
/// RFC 3389 comfort noise, which phones send unasked.
const COMFORT_NOISE: u8 = 13;

/// What an accepted packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Audio(Codec),
    Event,
    Noise,
}

pub(crate) struct Session {
    pub(crate) key: SessionKey,
    pub(crate) leg: LegId,
    pub(crate) spec: Option<MediaSpec>,
    pub(crate) peer: Option<SessionKey>,
    /// When the joined party last reached this leg.
    pub(crate) fed_at: Option<Timestamp>,
    pub(crate) incoming: Incoming,
    pub(crate) outgoing: Outgoing,
    pub(crate) encoder: Option<Encoder>,
    pub(crate) hearing: Option<Box<Hearing>>,
    pub(crate) recorder: Option<Box<Recorder>>,
    latch: Option<Latch>,
    player: Option<Player>,
    events: EventReceiver,
    arbiter: Arbiter,
    digits: DigitSender,
    watch: Watch,
    report_at: Timestamp,
    last_report: Option<LastReport>,
    collected: [u8; 2 * 60 * BYTES_PER_MS],
    collected_length: usize,
}

/// Waiting for a party to fall silent on the wire.
#[derive(Debug, Clone, Copy)]
enum Watch {
    Off,
    On { heard_at: Timestamp, patience: Duration },
    Told { patience: Duration },
}

impl Session {
    pub(crate) fn new(now: Timestamp, key: SessionKey, leg: LegId, outgoing: Outgoing) -> Self {
        Self {
            key,
            leg,
            spec: None,
            peer: None,
            fed_at: None,
            incoming: Incoming::default(),
            outgoing,
            encoder: None,
            hearing: None,
            recorder: None,
            latch: None,
            player: None,
            events: EventReceiver::default(),
            arbiter: Arbiter::default(),
            digits: DigitSender::new(),
            watch: Watch::Off,
            report_at: now + REPORT_INTERVAL,
            last_report: None,
            collected: [0; 2 * 60 * BYTES_PER_MS],
            collected_length: 0,
        }
    }

    pub(crate) fn describe(&mut self, now: Timestamp, spec: MediaSpec) {
        match &mut self.latch {
            Some(latch) => latch.describe(now, Signalled::of(&spec)),
            None => self.latch = Some(Latch::new(now, Signalled::of(&spec))),
        }
        if self.encoder.as_ref().is_none_or(|encoder| encoder.codec() != spec.codec) {
            self.encoder = Some(Encoder::new(spec.codec));
        }
        self.collected_length = 0;
        self.watch = self.watch.heard(now);
        self.spec = Some(spec);
    }

    pub(crate) fn play(&mut self, player: Player) {
        self.player = Some(player);
    }

    pub(crate) fn stop(&mut self) {
        self.player = None;
    }

    pub(crate) fn push_digit(&mut self, key: char) -> bool {
        let deaf = self.spec.as_ref().is_some_and(|spec| spec.telephone_event.is_none());
        !deaf && self.digits.push(key)
    }

    pub(crate) fn watch(&mut self, now: Timestamp, patience: Option<Duration>) {
        self.watch = match patience {
            Some(patience) => Watch::On { heard_at: now, patience },
            None => Watch::Off,
        };
    }

    /// Where RTP goes.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        self.latch.as_ref().map(Latch::destination)
    }

    /// Tells a digit unless another way has told it already.
    pub(crate) fn tell_digit(&mut self, now: Timestamp, source: Source, key: char, events: &mut Events) {
        if self.arbiter.accepts(now, source, key) {
            events.push_back(MediaEvent { leg: self.leg, what: Happened::Digit(key) });
        }
    }

    /// Decides what a packet is, and whether it is for us at all.
    pub(crate) fn accept(
        &mut self,
        now: Timestamp,
        from: SocketAddr,
        bytes: &[u8],
        events: &mut Events,
    ) -> Option<Content> {
        let Ok(packet) = RtpPacket::parse(bytes) else {
            self.incoming.stats.malformed += 1;
            return None;
        };
        let (Some(spec), Some(latch)) = (&self.spec, &mut self.latch) else {
            self.incoming.stats.strangers += 1;
            return None;
        };
        let Some(content) = content_of(spec, packet.payload_type()) else {
            self.incoming.stats.wrong_type += 1;
            return None;
        };
        let origin = Origin { from, ssrc: packet.ssrc(), sequence: packet.sequence_number() };
        if latch.judge(now, origin) == Verdict::Stranger {
            self.incoming.stats.strangers += 1;
            return None;
        }
        if !self.incoming.admits(now) {
            return None;
        }
        let audio_timestamp = matches!(content, Content::Audio(_)).then(|| packet.timestamp());
        self.incoming.count(now, packet.ssrc(), packet.sequence_number(), audio_timestamp);
        self.watch = self.watch.heard(now);
        if !spec.direction.receives() {
            return None;
        }
        if content == Content::Event {
            let arrival = EventArrival {
                timestamp: packet.timestamp(),
                sequence: packet.sequence_number(),
                payload: packet.payload(),
            };
            if let Some(key) = self.events.handle(now, arrival) {
                self.tell_digit(now, Source::Event, key, events);
            }
        }
        Some(content)
    }

    pub(crate) fn handle_rtcp(&mut self, now: Timestamp, from: SocketAddr, packet: &[u8]) {
        if self.destination().is_none_or(|known| known.ip() != from.ip()) {
            self.incoming.stats.strangers += 1;
            return;
        }
        match rtcp::read(now, packet) {
            Some(report) => self.last_report = report.or(self.last_report),
            None => self.incoming.stats.malformed += 1,
        }
    }

    /// Sends what is due in these 20 ms.
    pub(crate) fn tick<S: Sink>(&mut self, now: Timestamp, events: &mut Events, out: &mut S) {
        self.check_watch(now, events);
        let Some(spec) = &self.spec else {
            return;
        };
        if spec.direction.sends() {
            let (codec, event_type) = (spec.codec, spec.telephone_event);
            let busy = event_type.is_some_and(|number| self.send_digit(now, number, out));
            if !busy {
                self.send_audio(now, codec, events, out);
            }
        }
        if now >= self.report_at {
            self.report_at = now + REPORT_INTERVAL;
            self.send_report(now, Farewell::No, out);
        }
    }

    /// The last words of a session.
    pub(crate) fn farewell<S: Sink>(&mut self, now: Timestamp, out: &mut S) {
        if self.outgoing.packets > 0 {
            self.send_report(now, Farewell::Yes, out);
        }
    }

    /// May packets of a joined party go out, or is something else being played?
    pub(crate) fn takes_from_peer(&self) -> bool {
        self.player.is_none() && self.spec.as_ref().is_some_and(|spec| spec.direction.sends())
    }

    /// Sends payload of our codec, in packets of the length that was agreed.
    pub(crate) fn send_payload<S: Sink>(&mut self, now: Timestamp, payload: &[u8], out: &mut S) {
        let Some(spec) = &self.spec else {
            return;
        };
        let size = usize::from(spec.packet_ms.clamp(10, 60)) / 10 * 10 * BYTES_PER_MS;
        if self.collected_length == 0 && payload.len() == size {
            return self.send_packet(now, payload, out);
        }
        let begin = self.collected_length;
        let Some(room) = self.collected.get_mut(begin..begin + payload.len()) else {
            self.collected_length = 0;
            return;
        };
        room.copy_from_slice(payload);
        let (all, length) = (self.collected, begin + payload.len());
        let mut packets = all[..length].chunks_exact(size);
        for packet in &mut packets {
            self.send_packet(now, packet, out);
        }
        let rest = packets.remainder();
        self.collected[..rest.len()].copy_from_slice(rest);
        self.collected_length = rest.len();
    }

    fn send_packet<S: Sink>(&mut self, now: Timestamp, payload: &[u8], out: &mut S) {
        let (Some(spec), Some(to)) = (&self.spec, self.destination()) else {
            return;
        };
        let mut buffer = [0; PACKET_BYTES_MAX];
        let length = self.outgoing.audio(now, spec.payload_type, payload, &mut buffer);
        out.send(self.key, to, &buffer[..length]);
    }

    fn send_audio<S: Sink>(&mut self, now: Timestamp, codec: Codec, events: &mut Events, out: &mut S) {
        let Some(mut player) = self.player.take() else {
            let fed = self.fed_at.is_some_and(|at| now.since(at) < PEER_PATIENCE);
            if !fed {
                self.send_payload(now, silence(codec), out);
            }
            return;
        };
        let playback = player.playback;
        if let Some(index) = player.item_begins() {
            events.push_back(MediaEvent { leg: self.leg, what: Happened::ItemStarted { playback, index } });
        }
        match player.next(codec) {
            Frame::Payload(payload) => self.send_payload(now, payload, out),
            Frame::Silence => self.send_payload(now, silence(codec), out),
        }
        if player.is_over() {
            let what = Happened::PlaybackEnded { playback, how: PlaybackEnd::Finished };
            events.push_back(MediaEvent { leg: self.leg, what });
        } else {
            self.player = Some(player);
        }
    }

    /// Encodes 20 ms at our codec's rate and sends them.
    pub(crate) fn send_samples<S: Sink>(&mut self, now: Timestamp, samples: &[i16], out: &mut S) {
        if let Some(encoder) = &mut self.encoder {
            let mut payload = [0; FRAME_BYTES];
            let length = encoder.encode(samples, &mut payload);
            self.send_payload(now, &payload[..length], out);
        }
    }

    fn send_digit<S: Sink>(&mut self, now: Timestamp, payload_type: u8, out: &mut S) -> bool {
        let (packet, times) = match self.digits.next(payload_type, self.outgoing.timestamp()) {
            Slice::Idle => return false,
            Slice::Event(packet) => (packet, 1),
            Slice::End(packet) => (packet, 3),
        };
        if let Some(to) = self.destination() {
            for _ in 0..times {
                let mut buffer = [0; PACKET_BYTES_MAX];
                let length = self.outgoing.event(now, packet, &mut buffer);
                out.send(self.key, to, &buffer[..length]);
            }
        }
        times == 1
    }

    fn send_report<S: Sink>(&mut self, now: Timestamp, farewell: Farewell, out: &mut S) {
        let Some(rtp) = self.destination() else {
            return;
        };
        let sending = Sending {
            ssrc: self.outgoing.ssrc,
            packets: self.outgoing.packets,
            octets: self.outgoing.octets,
            rtp_timestamp: self.outgoing.timestamp(),
        };
        let reception = self.incoming.report().map(|reception| (reception, self.last_report));
        let mut buffer = [0; RTCP_BYTES_MAX];
        let length = rtcp::write(now, sending, reception, farewell, &mut buffer);
        // RFC 3550 §11: the next higher port, unless there is none.
        if let Some(port) = rtp.port().checked_add(1) {
            out.send_rtcp(self.key, SocketAddr::new(rtp.ip(), port), &buffer[..length]);
        }
    }

    fn check_watch(&mut self, now: Timestamp, events: &mut Events) {
        let Watch::On { heard_at, patience } = self.watch else {
            return;
        };
        let held = self.spec.as_ref().is_some_and(|spec| !spec.direction.receives());
        // Who never sent anything cannot fall silent: some gateways and test tools only listen.
        let never_spoke = self.incoming.stats.received == 0;
        if held || never_spoke {
            self.watch = self.watch.heard(now);
        } else if now.since(heard_at) >= patience {
            self.watch = Watch::Told { patience };
            events.push_back(MediaEvent { leg: self.leg, what: Happened::Vanished });
        }
    }
}

impl Watch {
    fn heard(self, now: Timestamp) -> Self {
        match self {
            Watch::Off => Watch::Off,
            Watch::On { patience, .. } | Watch::Told { patience } => Watch::On { heard_at: now, patience },
        }
    }
}

fn content_of(spec: &MediaSpec, payload_type: u8) -> Option<Content> {
    if spec.telephone_event.is_some() && [spec.telephone_event, spec.receive_event].contains(&Some(payload_type)) {
        return Some(Content::Event);
    }
    let agreed = spec.receive.iter().find(|(number, _)| *number == payload_type);
    match agreed {
        Some((_, codec)) => Some(Content::Audio(*codec)),
        None => (payload_type == COMFORT_NOISE).then_some(Content::Noise),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_small() {
        assert!(size_of::<Session>() <= 2560, "{}", size_of::<Session>());
        assert!(size_of::<Hearing>() <= 8192, "{}", size_of::<Hearing>());
    }
}
