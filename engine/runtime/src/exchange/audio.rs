//! Audio commands of the switchboard as jobs of the audio threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use media::{Hush, Layout, MediaEvent, Prompt, Repeat, Supervision};
use model::{Codec, Direction, LegId, MediaSpec, PlaybackEnd, PlaybackId, Timestamp};
use sip::LocalMedia;
use sip::sdp::SessionId;
use switchboard::{AudioCommand, AudioEvent, AudioItem, Tracks};

use super::{Exchange, LegAudio};
use crate::inbox::Inbox;
use crate::media::AudioJob;
use crate::shelf::{Source, name_of, source_of};
use crate::tape::Wanted;

/// What we offer, best first.
const CODECS: [Codec; 3] = [Codec::G722, Codec::Pcma, Codec::Pcmu];

/// A playback that waits for its prompts.
pub(super) struct Waiting {
    playback: PlaybackId,
    items: Vec<AudioItem>,
    repeat: Repeat,
}

impl Exchange {
    /// Our side of the audio of a leg; its sockets are bound on first use. None when no port is free.
    pub(super) fn local_media(&mut self, leg: LegId) -> Option<LocalMedia> {
        // A caller who has cancelled already would leave his ports open for ever.
        if self.parts.endpoint.has_leg(leg) { self.open_media(leg) } else { None }
    }

    /// The same for a leg that is only about to be dialled.
    pub(super) fn open_media(&mut self, leg: LegId) -> Option<LocalMedia> {
        if !self.legs.contains_key(&leg) {
            self.open_audio(leg)?;
        }
        let audio = self.legs.get(&leg)?;
        Some(LocalMedia {
            address: audio.address,
            codecs: CODECS.to_vec(),
            telephone_event: true,
            packet_ms: 20,
            direction: Direction::SendReceive,
            session: SessionId { id: audio.session, version: 1 },
        })
    }

    fn open_audio(&mut self, leg: LegId) -> Option<()> {
        let ports = match self.parts.ports.open() {
            Ok(ports) => ports,
            Err(error) => {
                tracing::error!(%error, %leg, "a leg has no audio");
                return None;
            }
        };
        let call = self.leg_calls.get(&leg).map_or(leg.0, |call| call.0);
        // All legs of a call share a thread, so that bridging seldom needs a move.
        let thread = usize::try_from(call).unwrap_or_default() % self.parts.audio.len();
        let mut address = ports.address;
        address.set_ip(self.parts.media_ip);
        let session = rand::random::<u64>() >> 2;
        self.legs.insert(leg, LegAudio { thread, address, generation: 0, session, waiting: None });
        self.audio_job(leg, AudioJob::Open { leg, ports, seed: rand::random() });
        Some(())
    }

    pub(super) fn close_audio(&mut self, leg: LegId) {
        self.audio_job(leg, AudioJob::Close { leg });
        self.legs.remove(&leg);
        self.leg_calls.remove(&leg);
        self.supervisors.forget(leg);
    }

    pub(super) fn describe(&self, leg: LegId, spec: MediaSpec) {
        self.audio_job(leg, AudioJob::Describe { leg, spec });
    }

    pub(super) fn audio_job(&self, leg: LegId, job: AudioJob) {
        if let Some(audio) = self.legs.get(&leg) {
            self.parts.audio[audio.thread].send(job);
        }
    }

    pub(super) fn audio_command(&mut self, now: Timestamp, leg: LegId, command: AudioCommand) {
        match command {
            AudioCommand::Play { playback, items, looped } => {
                let repeat = if looped { Repeat::Forever } else { Repeat::Once };
                self.play(now, leg, Waiting { playback, items, repeat });
            }
            AudioCommand::StopPlayback => {
                self.outdate(leg);
                self.audio_job(leg, AudioJob::Stop { leg });
            }
            AudioCommand::StartRecording { ticket, file, max, silence, tracks } => {
                let path = self.parts.sounds.root.join(&file);
                let layout = match tracks {
                    Tracks::Party => Layout::Mono,
                    Tracks::Both => Layout::Stereo,
                };
                let wanted = Wanted { ticket, layout, max, silence };
                let recording = Box::new(self.parts.tapes.record(path, self.parts.sounds.keys.clone(), wanted));
                self.audio_job(leg, AudioJob::Record { leg, recording });
            }
            AudioCommand::StopRecording => self.audio_job(leg, AudioJob::StopRecording { leg }),
            AudioCommand::PauseRecording => self.audio_job(leg, AudioJob::Hush { leg, hush: Hush::Begin }),
            AudioCommand::ResumeRecording => self.audio_job(leg, AudioJob::Hush { leg, hush: Hush::End }),
            AudioCommand::Join { with } => {
                for party in [leg, with] {
                    self.outdate(party);
                    self.supervisors.end(party);
                }
                self.bring_together(leg, with);
                self.audio_job(leg, AudioJob::Join { leg, with });
            }
            AudioCommand::Supervise { of, how } => self.supervise(leg, of, manner(how)),
            AudioCommand::Part => {
                self.supervisors.end(leg);
                self.audio_job(leg, AudioJob::Part { leg });
            }
            AudioCommand::Watch(patience) => self.audio_job(leg, AudioJob::Watch { leg, patience }),
        }
    }

    fn supervise(&mut self, leg: LegId, of: LegId, how: Supervision) {
        let known = self.legs.contains_key(&leg) && self.legs.contains_key(&of);
        if !known || leg == of || self.supervisors.agent_of(of).is_some() {
            tracing::warn!(%leg, %of, "a leg that is gone or supervises itself cannot be supervised");
            return;
        }
        if self.supervisors.agent_of(leg) != Some(of) {
            self.outdate(leg);
        }
        self.supervisors.begin(leg, of, how);
        self.bring_together(leg, of);
        self.audio_job(leg, AudioJob::Supervise { leg, of, how });
    }

    /// Legs of two calls may live on two threads; only legs of one thread can be joined.
    fn bring_together(&mut self, leg: LegId, with: LegId) {
        let (Some(one), Some(other)) = (self.legs.get(&leg), self.legs.get(&with)) else {
            return;
        };
        let (from, to) = (one.thread, other.thread);
        if from == to {
            return;
        }
        self.parts.audio[from].move_leg(leg, &self.parts.audio[to]);
        if let Some(audio) = self.legs.get_mut(&leg) {
            audio.thread = to;
        }
        // On its way a leg loses its supervisor, who must come along.
        if let Some((supervisor, how)) = self.supervisors.supervisor_of(leg) {
            self.bring_together(supervisor, leg);
            self.audio_job(supervisor, AudioJob::Supervise { leg: supervisor, of: leg, how });
        }
    }

    /// A prompt that loads late must not be heard any more.
    fn outdate(&mut self, leg: LegId) {
        if let Some(audio) = self.legs.get_mut(&leg) {
            audio.generation += 1;
            audio.waiting = None;
        }
    }

    fn play(&mut self, now: Timestamp, leg: LegId, wanted: Waiting) {
        self.outdate(leg);
        let Some(audio) = self.legs.get_mut(&leg) else {
            // Nobody can hear it; the flow must not wait for ever.
            return self.ended(now, leg, wanted.playback, PlaybackEnd::Missing);
        };
        match self.shelf.take(&wanted.items) {
            Ok(items) if items.is_empty() => self.ended(now, leg, wanted.playback, PlaybackEnd::Missing),
            Ok(items) => {
                let Waiting { playback, repeat, .. } = wanted;
                self.audio_job(leg, AudioJob::Play { leg, playback, items, repeat });
            }
            Err(absent) => {
                let generation = audio.generation;
                audio.waiting = Some(wanted);
                self.load(leg, generation, absent);
            }
        }
    }

    fn ended(&mut self, now: Timestamp, leg: LegId, playback: PlaybackId, how: PlaybackEnd) {
        self.board.handle_audio(now, leg, AudioEvent::PlaybackEnded { playback, how });
    }

    fn load(&self, leg: LegId, generation: u64, absent: Vec<Source>) {
        let (sounds, post) = (self.parts.sounds.clone(), self.parts.post.clone());
        self.parts.tokio.spawn_blocking(move || {
            let read = |source: Source| {
                // A decoder that panics must not leave the flow waiting for its prompt.
                let loaded = catch_unwind(AssertUnwindSafe(|| sounds.load(&source).map(Arc::new)));
                let prompt = loaded.unwrap_or_else(|_| Err("the decoder panicked".to_owned()));
                (source, prompt)
            };
            let prompts = absent.into_iter().map(read).collect();
            post.send(Inbox::Loaded { leg, generation, prompts });
        });
    }

    pub(super) fn loaded(
        &mut self,
        now: Timestamp,
        leg: LegId,
        generation: u64,
        prompts: Vec<(Source, Result<Arc<Prompt>, String>)>,
    ) {
        let mut unreadable = Vec::new();
        for (source, prompt) in prompts {
            match prompt {
                Ok(prompt) => self.shelf.put(source, prompt),
                Err(fault) => {
                    tracing::warn!(?source, fault, "a prompt cannot be played");
                    unreadable.push(source);
                }
            }
        }
        let current = self.legs.get_mut(&leg).filter(|audio| audio.generation == generation);
        let Some(wanted) = current.and_then(|audio| audio.waiting.take()) else {
            return;
        };
        for item in &wanted.items {
            let prompt = source_of(item).filter(|source| unreadable.contains(source)).and_then(|_| name_of(item));
            if let Some(prompt) = prompt {
                self.board.handle_audio(now, leg, AudioEvent::PromptMissing { prompt });
            }
        }
        let items = self.shelf.take_what_is_there(&wanted.items);
        self.shelf.tidy();
        if items.is_empty() {
            return self.ended(now, leg, wanted.playback, PlaybackEnd::Missing);
        }
        let Waiting { playback, repeat, .. } = wanted;
        self.audio_job(leg, AudioJob::Play { leg, playback, items, repeat });
    }

    pub(super) fn audio_event(&mut self, now: Timestamp, event: MediaEvent) {
        use media::Happened;
        let MediaEvent { leg, what } = event;
        let event = match what {
            Happened::Digit(digit) => AudioEvent::Digit(digit),
            Happened::PlaybackEnded { playback, how } => AudioEvent::PlaybackEnded { playback, how },
            // The recorder reports once the last byte is synced.
            Happened::RecordingEnded { ticket, length, ended_by } => {
                return self.parts.tapes.close(ticket, leg, length, ended_by.as_str().to_owned());
            }
            Happened::Vanished => AudioEvent::Vanished,
        };
        self.board.handle_audio(now, leg, event);
    }
}

const fn manner(how: switchboard::Supervision) -> Supervision {
    match how {
        switchboard::Supervision::Listen => Supervision::Listen,
        switchboard::Supervision::Whisper => Supervision::Whisper,
        switchboard::Supervision::Join => Supervision::Join,
    }
}
