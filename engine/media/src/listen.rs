//! The decoded side of a session: recording, transcoding and tones.

use std::time::Duration;

use model::{Codec, Timestamp};
use rtp_types::RtpPacket;

use crate::circle::{Audience, Overheard};
use crate::dtmf::Source;
use crate::event::{Happened, MediaEvent, RecordingEnd, Sink};
use crate::hearing::{Hearing, Voice, WideWanted};
use crate::record::{Layout, Recorder, Recording};
use crate::session::{Events, Session};

/// A voice that has not been heard for this long is no longer passed on.
const STILL_SPEAKING: Duration = Duration::from_millis(100);

impl Session {
    /// Does it record what the leg hears, too?
    pub(crate) fn records_both(&self) -> bool {
        self.recorder.as_ref().is_some_and(|recorder| recorder.layout() == Layout::Stereo)
    }

    /// Keeps a packet for decoding, when anybody needs the samples.
    pub(crate) fn listen(&mut self, now: Timestamp, codec: Codec, bytes: &[u8], audience: Audience) {
        let tones = self.spec.as_ref().is_some_and(|spec| spec.telephone_event.is_none());
        let other_codec = audience.party.and_then(|party| party.codec).is_some_and(|other| other != codec);
        let for_others = other_codec || audience.overheard == Overheard::Yes;
        if !(tones || for_others || self.recorder.is_some()) {
            self.hearing = None;
            return;
        }
        let hearing = self.hearing.get_or_insert_with(|| Box::new(Hearing::new(codec)));
        if let Ok(packet) = RtpPacket::parse(bytes) {
            hearing.push(now, codec, packet.timestamp(), packet.payload());
        }
    }

    /// Is there anything to do with this leg's voice in these 20 ms?
    pub(crate) fn is_listening(&self) -> bool {
        self.hearing.is_some() || self.recorder.is_some()
    }

    /// Decodes 20 ms, looks for tones in them and records them.
    pub(crate) fn hear(&mut self, now: Timestamp, wide: WideWanted, voice: &mut Voice, events: &mut Events) {
        let mut tone = None;
        if let Some(hearing) = &mut self.hearing {
            hearing.pull(wide, voice);
            if self.spec.as_ref().is_some_and(|spec| spec.telephone_event.is_none()) {
                tone = hearing.tones.listen(&voice.narrow);
            }
        }
        if let Some(key) = tone {
            self.tell_digit(now, Source::InBand, key, events);
        }
        let ended = self.recorder.as_mut().and_then(|recorder| recorder.hear(now, &voice.narrow));
        if let Some(ended_by) = ended {
            self.end_recording(ended_by, events);
        }
    }

    /// Starts recording; one that is running ends as stopped.
    pub(crate) fn record(&mut self, recording: Recording, events: &mut Events) {
        self.end_recording(RecordingEnd::Stopped, events);
        self.recorder = Some(Box::new(Recorder::new(recording)));
    }

    pub(crate) fn end_recording(&mut self, ended_by: RecordingEnd, events: &mut Events) {
        if let Some(mut recorder) = self.recorder.take() {
            recorder.finish();
            let (ticket, length) = (recorder.ticket(), recorder.length());
            let what = Happened::RecordingEnded { ticket, length, ended_by };
            events.push_back(MediaEvent { leg: self.leg, what });
        }
    }

    /// The codec of the voice that this leg is sending right now, if any.
    pub(crate) fn speaks(&self, now: Timestamp) -> Option<Codec> {
        let hearing = self.hearing.as_ref()?;
        let recent = hearing.heard_at.is_some_and(|at| now.since(at) < STILL_SPEAKING);
        recent.then(|| hearing.codec())
    }

    /// Keeps 20 ms of this leg's voice for those who mix or record it.
    pub(crate) fn keep_said(&mut self, voice: &Voice) {
        match &mut self.said {
            Some(said) => **said = *voice,
            None => self.said = Some(Box::new(*voice)),
        }
    }

    /// 20 ms of the joined party's voice: out, when they cannot be relayed.
    pub(crate) fn hear_party(&mut self, now: Timestamp, spoken: Option<Codec>, voice: &Voice, out: &mut impl Sink) {
        let (Some(spoken), Some(ours)) = (spoken, self.codec()) else {
            return;
        };
        if spoken != ours && self.takes_from_peer() {
            self.fed_at = Some(now);
            self.send_samples(now, voice.samples(ours), out);
        }
    }
}
