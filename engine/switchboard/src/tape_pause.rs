//! Pauses of a recording: card data and the like are never kept. Asked for by the flow or by an agent's keys.

use std::time::Duration;

use model::{Fact, LegId, Timestamp};
use script::EffectResult;

use crate::call::{Activity, Call};
use crate::command::{AudioCommand, AudioItem, Tone};
use crate::desk::Desk;
use crate::timer::Timer;

/// Keys of a sequence follow each other this quickly.
const KEYS_WITHIN: Duration = Duration::from_secs(3);

/// How far a pause is, and the keys on the way to one.
#[derive(Default)]
pub(crate) struct Pause {
    /// Who asked for it; none when voices are kept.
    by: Option<String>,
    typed: String,
    typed_by: Option<LegId>,
    typed_at: Timestamp,
}

impl Pause {
    /// Takes a key; true when the sequence is complete.
    fn completes(&mut self, now: Timestamp, leg: LegId, digit: char, sequence: &str) -> bool {
        if now - self.typed_at > KEYS_WITHIN || self.typed_by != Some(leg) {
            self.typed.clear();
        }
        self.typed.push(digit);
        (self.typed_by, self.typed_at) = (Some(leg), now);
        let complete = self.typed.ends_with(sequence);
        if complete || self.typed.len() > 64 {
            self.typed.clear();
        }
        complete
    }
}

impl Call {
    /// `pause_recording(…)`
    pub(crate) fn flow_pauses(&mut self, desk: &mut Desk, now: Timestamp, at_most: Option<Duration>) -> EffectResult {
        self.pause_tape(desk, now, "the flow", at_most);
        EffectResult::Done
    }

    /// `resume_recording()`
    pub(crate) fn flow_resumes(&mut self, desk: &mut Desk, now: Timestamp) -> EffectResult {
        self.resume_tape(desk, now, "the flow");
        EffectResult::Done
    }

    fn pause_tape(&mut self, desk: &mut Desk, now: Timestamp, by: &str, at_most: Option<Duration>) {
        let at_most = at_most.unwrap_or(self.project.config.recording.pause_at_most);
        desk.timers.set(Timer::RecordingPauseOver(self.id), now + at_most);
        if self.taping.pause.by.replace(by.to_owned()).is_none() {
            self.hush(desk, now, by);
        }
    }

    /// A recording that begins during a pause is silent until it is over.
    pub(crate) fn pause_from_the_start(&mut self, desk: &mut Desk, now: Timestamp) {
        if let Some(by) = self.taping.pause.by.clone() {
            self.hush(desk, now, &by);
        }
    }

    fn hush(&self, desk: &mut Desk, now: Timestamp, by: &str) {
        if let Some(leg) = self.taped_leg() {
            desk.audio(leg, AudioCommand::PauseRecording);
            desk.journal(now, Some(self.id), Fact::RecordingPaused { by: by.to_owned() });
        }
    }

    fn resume_tape(&mut self, desk: &mut Desk, now: Timestamp, by: &str) {
        desk.timers.cancel(Timer::RecordingPauseOver(self.id));
        if self.taping.pause.by.take().is_some()
            && let Some(leg) = self.taped_leg()
        {
            desk.audio(leg, AudioCommand::ResumeRecording);
            desk.journal(now, Some(self.id), Fact::RecordingResumed { by: by.to_owned() });
        }
    }

    /// Somebody has forgotten to go on.
    pub(crate) fn recording_pause_over(&mut self, desk: &mut Desk, now: Timestamp) {
        self.resume_tape(desk, now, "the time limit");
    }

    /// A key during a conversation: a caller may decline the recording, an agent may pause it.
    pub(crate) fn talk_digit(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, digit: char) {
        if self.declines(desk, now, leg, digit) || self.taped_leg().is_none() {
            return;
        }
        let Some(sequence) = self.project.config.recording.pause_keys.clone() else { return };
        let serves = self.service.as_ref().filter(|service| service.leg == leg).map(|service| service.agent.clone());
        let Some(agent) = self.agent_on(leg).or(serves) else { return };
        if !self.taping.pause.completes(now, leg, digit, &sequence) {
            return;
        }
        match self.taping.pause.by {
            None => self.pause_tape(desk, now, agent.as_str(), None),
            Some(_) => self.resume_tape(desk, now, agent.as_str()),
        }
        self.let_both_hear_a_tone(desk);
    }

    fn let_both_hear_a_tone(&self, desk: &mut Desk) {
        let Activity::Talking(talk) = &self.activity else { return };
        if talk.is_plain() {
            for leg in talk.legs {
                desk.play(leg, vec![AudioItem::Tone(Tone::Beep)], false);
            }
        }
    }
}
