//! The sending side of a session: playbacks, mixes, silence, digits and reports.

use std::net::SocketAddr;
use std::time::Duration;

use model::{Codec, PlaybackEnd, Timestamp};

use crate::circle::Heard;
use crate::codec::{BYTES_PER_MS, FRAME_BYTES, silence};
use crate::dtmf::Slice;
use crate::event::{Happened, MediaEvent, Sink};
use crate::outgoing::PACKET_BYTES_MAX;
use crate::playlist::{Frame, Player};
use crate::rtcp::{self, Farewell, RTCP_BYTES_MAX, Sending};
use crate::session::{Events, Session};

/// A joined leg that has sent nothing for this long gets silence in its party's place.
const PEER_PATIENCE: Duration = Duration::from_millis(80);

impl Session {
    /// Plays in place of what is playing. Looped items that an announcement or a stop interrupted go on
    /// where they were, so that a caller who waits for long does not hear the same bars again and again.
    pub(crate) fn play(&mut self, mut player: Player) {
        self.stop();
        if player.is_looped()
            && let Some(interrupted) = self.interrupted.take()
        {
            player.resume(&interrupted);
        }
        self.player = Some(player);
    }

    pub(crate) fn stop(&mut self) {
        if let Some(player) = self.player.take_if(|player| player.is_looped()) {
            self.interrupted = Some(player);
        }
        self.player = None;
    }

    /// Sends payload of our codec, in packets of the length that was agreed.
    fn send_payload<S: Sink>(&mut self, now: Timestamp, payload: &[u8], out: &mut S) {
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

    /// Sends 20 ms of what is being played, or else of the conversation.
    pub(crate) fn send_audio<S: Sink>(
        &mut self,
        now: Timestamp,
        codec: Codec,
        heard: &Heard,
        events: &mut Events,
        out: &mut S,
    ) {
        let Some(mut player) = self.player.take() else {
            return self.send_conversation(now, codec, heard, out);
        };
        let playback = player.playback;
        match player.frame(codec) {
            Frame::Payload(payload) => self.send_payload(now, payload, out),
            Frame::Silence => self.send_payload(now, silence(codec), out),
        }
        if let (Frame::Payload(payload), Some(recorder)) = (player.frame(Codec::Pcmu), &mut self.recorder) {
            recorder.hear_prompt(payload);
        }
        player.advance();
        if player.is_over() {
            let what = Happened::PlaybackEnded { playback, how: PlaybackEnd::Finished };
            events.push_back(MediaEvent { leg: self.leg, what });
        } else {
            self.player = Some(player);
        }
    }

    /// Sends the mix that is wanted, or silence while a relayed party says nothing.
    fn send_conversation<S: Sink>(&mut self, now: Timestamp, codec: Codec, heard: &Heard, out: &mut S) {
        if let (Heard::Noted(voice) | Heard::Mixed(voice), Some(recorder)) = (heard, &mut self.recorder) {
            recorder.hear_others(&voice.narrow);
        }
        if let Heard::Mixed(voice) = heard {
            return self.send_samples(now, voice.samples(codec), out);
        }
        let fed = self.fed_at.is_some_and(|at| now.since(at) < PEER_PATIENCE);
        if !fed {
            self.send_payload(now, silence(codec), out);
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

    /// Sends a slice of a waiting digit; true when it takes the place of audio.
    pub(crate) fn send_digit<S: Sink>(&mut self, now: Timestamp, payload_type: u8, out: &mut S) -> bool {
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

    /// Sends an RTCP report.
    pub(crate) fn send_report<S: Sink>(&mut self, now: Timestamp, farewell: Farewell, out: &mut S) {
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
}
