//! One leg's audio: what it hears, what it plays, what it tells.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use model::{Codec, LegId, MediaSpec, Timestamp};
use rtp_types::RtpPacket;

use crate::circle::{Heard, Supervisor};
use crate::codec::{BYTES_PER_MS, Encoder};
use crate::dtmf::{Arbiter, DigitSender, EventArrival, EventReceiver, Source};
use crate::event::{Happened, MediaEvent, SessionKey, Sink};
use crate::hearing::{Hearing, Voice};
use crate::incoming::Incoming;
use crate::latch::{Latch, Origin, Signalled, Verdict};
use crate::outgoing::Outgoing;
use crate::playlist::Player;
use crate::record::Recorder;
use crate::rtcp::{self, Farewell, LastReport, REPORT_INTERVAL};

pub(crate) type Events = VecDeque<MediaEvent>;

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
    /// Who takes part in this leg's conversation.
    pub(crate) supervisor: Option<Supervisor>,
    /// In whose conversation this leg takes part.
    pub(crate) supervises: Option<SessionKey>,
    /// The latest 20 ms of this leg's voice, while anybody mixes or records it.
    pub(crate) said: Option<Box<Voice>>,
    /// When the joined party last reached this leg.
    pub(crate) fed_at: Option<Timestamp>,
    pub(crate) incoming: Incoming,
    pub(crate) outgoing: Outgoing,
    pub(crate) encoder: Option<Encoder>,
    pub(crate) hearing: Option<Box<Hearing>>,
    pub(crate) recorder: Option<Box<Recorder>>,
    pub(crate) player: Option<Player>,
    /// A looped playback that may go on.
    pub(crate) interrupted: Option<Player>,
    pub(crate) digits: DigitSender,
    pub(crate) last_report: Option<LastReport>,
    pub(crate) collected: [u8; 2 * 60 * BYTES_PER_MS],
    pub(crate) collected_length: usize,
    latch: Option<Latch>,
    events: EventReceiver,
    arbiter: Arbiter,
    watch: Watch,
    report_at: Timestamp,
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
            supervisor: None,
            supervises: None,
            said: None,
            fed_at: None,
            incoming: Incoming::default(),
            outgoing,
            encoder: None,
            hearing: None,
            recorder: None,
            player: None,
            interrupted: None,
            digits: DigitSender::new(),
            last_report: None,
            collected: [0; 2 * 60 * BYTES_PER_MS],
            collected_length: 0,
            latch: None,
            events: EventReceiver::default(),
            arbiter: Arbiter::default(),
            watch: Watch::Off,
            report_at: now + REPORT_INTERVAL,
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

    /// What it is sent in.
    pub(crate) fn codec(&self) -> Option<Codec> {
        self.spec.as_ref().map(|spec| spec.codec)
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
    pub(crate) fn tick<S: Sink>(&mut self, now: Timestamp, heard: &Heard, events: &mut Events, out: &mut S) {
        self.check_watch(now, events);
        let Some(spec) = &self.spec else {
            return;
        };
        if spec.direction.sends() {
            let (codec, event_type) = (spec.codec, spec.telephone_event);
            let busy = event_type.is_some_and(|number| self.send_digit(now, number, out));
            if !busy {
                self.send_audio(now, codec, heard, events, out);
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
