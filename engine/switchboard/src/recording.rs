//! Recording the caller: row first, then audio; told to the flow only when both are durable.

use std::time::Duration;

use model::{Fact, PlaybackId, Ticket, Timestamp};
use script::{EffectResult, Record};

use crate::call::{Activity, Call, CallerState};
use crate::command::{AudioCommand, AudioItem, StoreCommand, Tone, Tracks};
use crate::desk::Desk;

pub(crate) struct Recording {
    wanted: Record,
    file: String,
    stage: Stage,
    ended_by_key: Option<char>,
}

enum Stage {
    Opening(Ticket),
    Beeping(PlaybackId),
    Taping,
    Closing(Ticket),
}

/// A recording whose end must reach the disk even when the caller is gone.
pub(crate) struct Pending {
    name: String,
    file: String,
    length: Duration,
    ended_by: String,
    stage: PendingStage,
    kind: PendingKind,
}

/// Whose recording it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PendingKind {
    /// The flow records the caller.
    Message,
    /// Two people talk.
    Conversation,
}

impl Pending {
    pub(crate) fn taping(name: &str, file: &str, kind: PendingKind) -> Self {
        Self {
            name: name.to_owned(),
            file: file.to_owned(),
            length: Duration::ZERO,
            ended_by: String::new(),
            stage: PendingStage::Taping,
            kind,
        }
    }
}

#[derive(PartialEq, Eq)]
enum PendingStage {
    Taping,
    Closing,
}

impl Recording {
    pub(crate) fn is_ended_by(&self, digit: char) -> bool {
        matches!(self.stage, Stage::Taping) && (self.wanted.end.is_empty() || self.wanted.end.contains(digit))
    }

    pub(crate) fn stop_by(&mut self, digit: char) {
        self.ended_by_key = Some(digit);
    }

    pub(crate) fn is_beeping(&self, playback: PlaybackId) -> bool {
        matches!(self.stage, Stage::Beeping(current) if current == playback)
    }
}

impl Call {
    pub(crate) fn start_record(&mut self, desk: &mut Desk, wanted: Record) -> Option<EffectResult> {
        let file = self.next_recording_file(&file_name(&wanted.name));
        let row = StoreCommand::OpenRecording {
            call: self.id,
            name: wanted.name.clone(),
            file: file.clone(),
            tracks: Tracks::Party,
            mailbox: None,
            from: self.caller.number.clone(),
        };
        let ticket = desk.store(self.id, row);
        self.typed.clear();
        self.activity =
            Activity::Recording(Recording { wanted, file, stage: Stage::Opening(ticket), ended_by_key: None });
        None
    }

    /// The store's answer to a row of a recording.
    pub(crate) fn stored(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) {
        desk.tickets.remove(&ticket);
        if self.pending.contains_key(&ticket) {
            return self.pending_stored(desk, now, ticket, kept);
        }
        if self.message_opened(desk, now, ticket, kept) || self.sent(desk, now, ticket, kept) {
            return;
        }
        if self.tape_stored(desk, now, ticket, kept) || self.attempt_kept(desk, now, ticket, kept) {
            return;
        }
        let Activity::Recording(recording) = &mut self.activity else { return };
        match recording.stage {
            Stage::Opening(wanted) if wanted == ticket && kept => {
                if recording.wanted.beep {
                    let playback = desk.play(self.caller.leg, vec![AudioItem::Tone(Tone::Beep)], false);
                    recording.stage = Stage::Beeping(playback);
                } else {
                    self.start_taping(desk, now);
                }
            }
            Stage::Opening(wanted) if wanted == ticket => {
                let name = recording.wanted.name.clone();
                let reason = "the store did not take it".to_owned();
                desk.journal(now, Some(self.id), Fact::RecordingFailed { name, reason });
                self.recorded(desk, now, String::new(), Duration::ZERO, "failed");
            }
            _ => {}
        }
    }

    /// The caller is leaving: what was recorded so far is kept, a row without audio is closed.
    pub(crate) fn close_tape(&mut self, desk: &mut Desk) {
        let Activity::Recording(recording) = &self.activity else { return };
        match recording.stage {
            Stage::Taping => desk.audio(self.caller.leg, AudioCommand::StopRecording),
            Stage::Opening(_) | Stage::Beeping(_) => {
                let (file, ended_by) = (recording.file.clone(), "hangup".to_owned());
                desk.store(self.id, StoreCommand::CloseRecording { file, length: Duration::ZERO, ended_by });
            }
            Stage::Closing(_) => {}
        }
    }

    pub(crate) fn start_taping(&mut self, desk: &mut Desk, now: Timestamp) {
        self.interrupt_tape(desk);
        let Activity::Recording(recording) = &mut self.activity else { return };
        let ticket = desk.new_ticket(self.id);
        recording.stage = Stage::Taping;
        let (name, file) = (recording.wanted.name.clone(), recording.file.clone());
        desk.audio(
            self.caller.leg,
            AudioCommand::StartRecording {
                ticket,
                file: file.clone(),
                max: recording.wanted.max,
                silence: recording.wanted.silence,
                tracks: Tracks::Party,
            },
        );
        self.pending.insert(ticket, Pending::taping(&name, &file, PendingKind::Message));
        desk.journal(now, Some(self.id), Fact::RecordingStarted { name, file });
    }

    /// The file is closed; now its row.
    pub(crate) fn recording_ended(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        ticket: Ticket,
        length: Duration,
        ended_by: String,
    ) {
        if self.message_taped(desk, now, ticket, (length, &ended_by)) {
            return;
        }
        let Some(mut pending) = self.pending.remove(&ticket) else { return };
        desk.tickets.remove(&ticket);
        pending.length = length;
        pending.ended_by = ended_by;
        pending.stage = PendingStage::Closing;
        let of_flow = pending.kind == PendingKind::Message;
        if let (Activity::Recording(recording), true) = (&mut self.activity, of_flow) {
            if let Some(digit) = recording.ended_by_key {
                pending.ended_by = format!("digit:{digit}");
            }
        } else if self.caller.state == CallerState::Gone {
            "hangup".clone_into(&mut pending.ended_by);
        }
        if pending.ended_by == "failed" {
            let reason = "the file could not be written".to_owned();
            desk.journal(now, Some(self.id), Fact::RecordingFailed { name: pending.name.clone(), reason });
        }
        let row =
            StoreCommand::CloseRecording { file: pending.file.clone(), length, ended_by: pending.ended_by.clone() };
        let closing = desk.store(self.id, row);
        if let (Activity::Recording(recording), true) = (&mut self.activity, of_flow) {
            recording.stage = Stage::Closing(closing);
        }
        self.pending.insert(closing, pending);
    }

    fn pending_stored(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) {
        let Some(pending) = self.pending.remove(&ticket) else { return };
        debug_assert!(pending.stage == PendingStage::Closing, "a taping recording has no row to be answered");
        let good = kept && pending.ended_by != "failed" && !pending.length.is_zero();
        if good {
            desk.journal(
                now,
                Some(self.id),
                Fact::RecordingSaved {
                    name: pending.name,
                    file: pending.file.clone(),
                    length: pending.length,
                    ended_by: pending.ended_by.clone(),
                },
            );
        }
        let waits =
            matches!(&self.activity, Activity::Recording(r) if matches!(r.stage, Stage::Closing(t) if t == ticket));
        if waits {
            let (file, ended_by) =
                if good { (pending.file, pending.ended_by) } else { (String::new(), "failed".to_owned()) };
            let length = if good { pending.length } else { Duration::ZERO };
            self.recorded(desk, now, file, length, &ended_by);
        }
        self.record_end(desk, now);
    }

    fn recorded(&mut self, desk: &mut Desk, now: Timestamp, file: String, length: Duration, ended_by: &str) {
        self.activity = Activity::Idle;
        self.continue_tape(desk, now);
        if self.is_apologizing_by_message() {
            return self.end_by_flow(desk, now);
        }
        self.resume(desk, now, EffectResult::Recorded { file, length, ended_by: ended_by.to_owned() });
    }
}

/// Keeps letters, digits, `-` and `_`: a name from a flow never leaves the recordings' folder.
pub(crate) fn file_name(name: &str) -> String {
    let safe: String = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).take(40).collect();
    if safe.is_empty() { "message".into() } else { safe }
}
