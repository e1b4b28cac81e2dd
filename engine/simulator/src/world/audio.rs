//! Fake audio: prompts last as long as their files, recordings as long as somebody speaks.

use std::time::Duration;

use model::{LegId, PlaybackEnd, PlaybackId, Ticket};
use switchboard::{AudioCommand, AudioEvent, AudioItem, Tone};

use super::experience::{Experience, Heard, HeardKind};
use super::phone::{Playing, Tape};
use super::{Plan, World};

/// The tone before a recording.
const BEEP: Duration = Duration::from_millis(400);
/// A recording that somebody listens to: nobody knows how long it would be.
const RECORDING: Duration = Duration::from_secs(10);
/// Spoken text takes so long per character.
const PER_CHARACTER: Duration = Duration::from_millis(65);

impl World<'_> {
    pub(super) fn audio_command(&mut self, leg: LegId, command: AudioCommand) {
        match command {
            AudioCommand::Play { playback, items, looped } => self.play(leg, playback, items, looped),
            AudioCommand::StopPlayback => self.stop(leg),
            AudioCommand::StartRecording { ticket, max, silence, .. } => {
                let tape = Tape { ticket, since: self.now, max, silence };
                if let Some(phone) = self.phones.get_mut(&leg) {
                    phone.tape = Some(tape);
                    self.check_tape(leg, ticket);
                } else {
                    self.close_tape(leg, &tape, "stopped");
                }
            }
            AudioCommand::StopRecording => {
                if let Some(tape) = self.phones.get_mut(&leg).and_then(|phone| phone.tape.take()) {
                    self.close_tape(leg, &tape, "stopped");
                }
            }
            AudioCommand::Join { with } => {
                for (one, other) in [(leg, with), (with, leg)] {
                    self.stop(one);
                    if let Some(phone) = self.phones.get_mut(&one) {
                        phone.joined = Some(other);
                    }
                }
            }
            AudioCommand::Part => {
                let other = self.phones.get_mut(&leg).and_then(|phone| phone.joined.take());
                if let Some(phone) = other.and_then(|other| self.phones.get_mut(&other)) {
                    phone.joined = None;
                }
            }
            // Fake supervisors hear nothing worth telling.
            // A fake recording holds no voices that could be kept out of it; callers notice the pause by its fact.
            AudioCommand::PauseRecording | AudioCommand::ResumeRecording | AudioCommand::Supervise { .. } => {}
            // A fake party never vanishes by itself.
            AudioCommand::Watch(_) => {}
        }
    }

    fn stop(&mut self, leg: LegId) {
        if let Some(phone) = self.phones.get_mut(&leg) {
            phone.playing = None;
        }
    }

    fn play(&mut self, leg: LegId, playback: PlaybackId, items: Vec<AudioItem>, looped: bool) {
        if !self.phones.contains_key(&leg) {
            return;
        }
        let mut at = self.now;
        let mut endless = looped;
        for (index, item) in items.iter().enumerate() {
            self.agenda.plan(at, Plan::ItemStarts(leg, playback, index));
            match self.length(item) {
                Some(length) => at += length,
                None => {
                    endless = true;
                    break;
                }
            }
        }
        if !endless {
            self.agenda.plan(at, Plan::PlaybackOver(leg, playback));
        }
        let place = self.places.remove(&leg);
        if let Some(phone) = self.phones.get_mut(&leg) {
            phone.playing = Some(Playing { playback, items, place });
        }
    }

    /// Nothing for tones that never end.
    fn length(&self, item: &AudioItem) -> Option<Duration> {
        match item {
            AudioItem::Prompt { file, .. } => {
                let length = file.as_ref().and_then(|file| (self.outside.length)(file));
                Some(length.unwrap_or_default())
            }
            AudioItem::Text { text, .. } => {
                let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                Some(PER_CHARACTER.saturating_mul(characters))
            }
            AudioItem::Recording { .. } => Some(RECORDING),
            AudioItem::Tone(Tone::Beep) => Some(BEEP),
            AudioItem::Tone(_) => None,
            AudioItem::Silence(length) => Some(*length),
        }
    }

    fn is_missing(&self, item: &AudioItem) -> bool {
        match item {
            AudioItem::Prompt { file: Some(file), .. } => (self.outside.length)(file).is_none(),
            AudioItem::Prompt { file: None, .. } => true,
            _ => false,
        }
    }

    fn playing(&self, leg: LegId, playback: PlaybackId) -> Option<&Playing> {
        self.phones.get(&leg)?.playing.as_ref().filter(|playing| playing.playback == playback)
    }

    pub(super) fn item_starts(&mut self, leg: LegId, playback: PlaybackId, index: usize) {
        let Some(playing) = self.playing(leg, playback) else { return };
        let Some(item) = playing.items.get(index) else { return };
        let kind = if self.is_missing(item) { Some(HeardKind::Missing) } else { None };
        let (name, kind) = match item {
            AudioItem::Prompt { name, .. } => (name.clone(), kind.unwrap_or(HeardKind::Prompt)),
            AudioItem::Text { text, .. } => (text.clone(), HeardKind::Text),
            AudioItem::Recording { file } => (file.clone(), HeardKind::Prompt),
            AudioItem::Tone(tone) => (tone_name(*tone).to_owned(), HeardKind::Tone),
            AudioItem::Silence(_) => return,
        };
        // What the version does not have at all is told by `check`.
        let unreadable = match item {
            AudioItem::Prompt { name, file: Some(_) } if kind == HeardKind::Missing => Some(name.clone()),
            _ => None,
        };
        let place = playing.place.clone();
        let ends = match item {
            AudioItem::Tone(Tone::Beep) => Some(self.now + BEEP),
            _ => None,
        };
        self.experience(leg, Experience::Heard(Heard { name, kind, place }));
        if let Some(at) = ends {
            self.agenda.plan(at, Plan::ToneOver(leg));
        }
        if let Some(prompt) = unreadable {
            self.board.handle_audio(self.now, leg, AudioEvent::PromptMissing { prompt });
        }
    }

    pub(super) fn playback_over(&mut self, leg: LegId, playback: PlaybackId) {
        let Some(playing) = self.playing(leg, playback) else { return };
        let nothing = !playing.items.is_empty() && playing.items.iter().all(|item| self.is_missing(item));
        let how = if nothing { PlaybackEnd::Missing } else { PlaybackEnd::Finished };
        self.stop(leg);
        self.experience(leg, Experience::Silence);
        self.board.handle_audio(self.now, leg, AudioEvent::PlaybackEnded { playback, how });
    }

    /// Ends a recording that is due, or looks again when it may be.
    pub(super) fn check_tape(&mut self, leg: LegId, ticket: Ticket) {
        let Some(phone) = self.phones.get_mut(&leg) else { return };
        let Some(tape) = phone.tape.as_ref().filter(|tape| tape.ticket == ticket) else { return };
        let full = tape.since + tape.max;
        let silent = (!tape.silence.is_zero()).then(|| phone.speaks_until.max(tape.since) + tape.silence);
        let due = silent.map_or(full, |silent| silent.min(full));
        if self.now < due {
            return self.agenda.plan(due, Plan::TapeCheck(leg, ticket));
        }
        let ended_by = if due == full { "max" } else { "silence" };
        if let Some(tape) = phone.tape.take() {
            self.close_tape(leg, &tape, ended_by);
        }
    }

    pub(super) fn close_tape(&mut self, leg: LegId, tape: &Tape, ended_by: &str) {
        let (ticket, length) = (tape.ticket, self.now - tape.since);
        let event = AudioEvent::RecordingEnded { ticket, length, ended_by: ended_by.to_owned() };
        self.agenda.plan(self.now, Plan::TapeClosed(leg, event));
    }
}

fn tone_name(tone: Tone) -> &'static str {
    match tone {
        Tone::Ringback => "ringback",
        Tone::Busy => "busy",
        Tone::Beep => "beep",
    }
}
