//! The recording of a conversation: one stereo file on the caller's leg, from the first agent to the end, through hold
//! and transfers. First the announcement, then the row, then audio.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Fact, LegId, PlaybackEnd, PlaybackId, Ticket, Timestamp};
use script::EffectResult;

use crate::call::{Activity, Call, CallerState};
use crate::command::{AudioCommand, StoreCommand, Tracks};
use crate::desk::{Desk, prompt};
use crate::queuing::Wish;
use crate::recording::{Pending, PendingKind};
use crate::tape_pause::Pause;

/// How conversations are called in journals and files.
const NAME: &str = "conversation";

/// What a call records of itself.
#[derive(Default)]
pub(crate) struct Taping {
    pub(crate) tape: Option<Tape>,
    wanted: Wanted,
    /// Who heard that he may be recorded, and what he said.
    answers: BTreeMap<LegId, Consent>,
    /// A message is being recorded meanwhile; then it goes on in a second file.
    interrupted: Option<Scope>,
    pub(crate) pause: Pause,
}

pub(crate) enum Tape {
    /// The announcement plays.
    Asking {
        playback: PlaybackId,
        leg: LegId,
        scope: Scope,
    },
    /// Its row is on the way to the store.
    Opening {
        ticket: Ticket,
        file: String,
        leg: LegId,
        scope: Scope,
    },
    Running {
        leg: LegId,
        scope: Scope,
    },
}

/// How long it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Until the flow has the caller back: a queue records.
    Conversation,
    /// Until the call is over: the flow wants it.
    Call,
}

/// What the flow wants, whatever queues say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Wanted {
    #[default]
    AsQueuesSay,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consent {
    Given,
    Declined,
    /// The announcement could not be played.
    NotAsked,
}

/// What waits for the announcement, or for the recording to run.
pub(crate) enum Awaiting {
    Queue(Box<Wish>),
    /// `record_call(true)`
    Word,
}

impl Tape {
    fn leg(&self) -> LegId {
        match self {
            Tape::Asking { leg, .. } | Tape::Opening { leg, .. } | Tape::Running { leg, .. } => *leg,
        }
    }

    fn scope_mut(&mut self) -> &mut Scope {
        match self {
            Tape::Asking { scope, .. } | Tape::Opening { scope, .. } | Tape::Running { scope, .. } => scope,
        }
    }
}

impl Call {
    /// `record_call(…)`
    pub(crate) fn record_call(&mut self, desk: &mut Desk, now: Timestamp, on: bool) -> Option<EffectResult> {
        if !on {
            self.taping.wanted = Wanted::Never;
            self.stop_tape(desk);
            return Some(EffectResult::Word("off".into()));
        }
        self.taping.wanted = Wanted::AsQueuesSay;
        if let Some(tape) = &mut self.taping.tape {
            *tape.scope_mut() = Scope::Call;
            return Some(EffectResult::Word("recording".into()));
        }
        self.start_tape(desk, now, self.caller.leg, Scope::Call);
        match &self.taping.tape {
            None => Some(EffectResult::Word(self.refusal().into())),
            Some(_) => {
                self.activity = Activity::StartingTape(Awaiting::Word);
                None
            }
        }
    }

    /// Waits in a queue; who may be recorded there hears it first.
    pub(crate) fn enter_queue(&mut self, desk: &mut Desk, now: Timestamp, wish: Wish) -> Result<(), String> {
        let queue = model::QueueId::parse(&wish.request.queue).ok();
        let records = queue.and_then(|queue| self.project.config.queues.get(&queue)).is_some_and(|queue| queue.record);
        let hears = matches!(self.caller.state, CallerState::Answered | CallerState::Answering);
        let unasked = wish.waiter == self.caller.leg && hears && self.must_ask(wish.waiter);
        let wanted = self.taping.tape.is_none() && self.taping.wanted == Wanted::AsQueuesSay;
        if !(records && unasked && wanted) {
            return self.start_queue(desk, now, wish);
        }
        self.ask(desk, now, wish.waiter, Scope::Conversation);
        self.activity = Activity::StartingTape(Awaiting::Queue(Box::new(wish)));
        Ok(())
    }

    /// Records a leg, when nobody has declined; the conversation goes on meanwhile.
    pub(crate) fn start_tape(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, scope: Scope) {
        match &self.taping.tape {
            Some(Tape::Asking { .. }) => return self.ask_again(desk, now),
            Some(_) => return,
            None => {}
        }
        if self.taping.wanted == Wanted::Never {
            return;
        }
        match self.taping.answers.get(&leg) {
            Some(Consent::Given) => self.open_tape(desk, leg, scope),
            Some(Consent::Declined | Consent::NotAsked) => {}
            None if self.must_ask(leg) => self.ask(desk, now, leg, scope),
            None => self.open_tape(desk, leg, scope),
        }
    }

    /// Agents know that they are recorded; everybody else is told once, where the project says so.
    fn must_ask(&self, leg: LegId) -> bool {
        let announced = self.project.config.recording.consent.is_some();
        announced && self.agent_on(leg).is_none() && !self.taping.answers.contains_key(&leg)
    }

    /// Plays the announcement to whoever may be recorded, and to the one who talks with him.
    fn ask(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, scope: Scope) {
        let Some(name) = self.project.config.recording.consent.clone() else { return };
        let language = self.caller.language.clone();
        let item = prompt(&self.project, &name, &language);
        desk.journal(now, Some(self.id), Fact::PromptStarted { prompt: name, language, place: None });
        let playback = desk.play(leg, vec![item.clone()], false);
        if let Some(other) = self.talks_with(leg) {
            desk.play(other, vec![item], false);
        }
        self.taping.tape = Some(Tape::Asking { playback, leg, scope });
    }

    /// Whatever cut the announcement off, it is heard in full before anything is recorded.
    pub(crate) fn ask_again(&mut self, desk: &mut Desk, now: Timestamp) {
        if let Some(Tape::Asking { leg, scope, .. }) = self.taping.tape {
            self.ask(desk, now, leg, scope);
        }
    }

    /// A playback is over. True when it was the announcement.
    pub(crate) fn announced(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        (leg, ended): (LegId, PlaybackId),
        how: PlaybackEnd,
    ) -> bool {
        match self.taping.tape {
            Some(Tape::Asking { playback, leg: asked, .. }) if playback == ended && asked == leg => {}
            _ => return false,
        }
        let name = self.project.config.recording.consent.clone().unwrap_or_default();
        match how {
            PlaybackEnd::Missing => self.prompt_missing(desk, now, name.clone()),
            _ => desk.journal(now, Some(self.id), Fact::PromptEnded { prompt: name.clone(), how }),
        }
        if how == PlaybackEnd::Finished {
            self.consented(desk, now, Consent::Given);
        } else {
            let reason = format!("the announcement `{name}` could not be played");
            desk.journal(now, Some(self.id), Fact::RecordingFailed { name: NAME.into(), reason });
            self.consented(desk, now, Consent::NotAsked);
        }
        true
    }

    /// A key of whoever hears the announcement. True when he declined.
    pub(crate) fn declines(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, digit: char) -> bool {
        let asked = matches!(self.taping.tape, Some(Tape::Asking { leg: asked, .. }) if asked == leg);
        if !asked || self.project.config.recording.decline_key != Some(digit) {
            return false;
        }
        for hearing in [Some(leg), self.talks_with(leg)].into_iter().flatten() {
            desk.audio(hearing, AudioCommand::StopPlayback);
        }
        desk.journal(now, Some(self.id), Fact::RecordingDeclined { key: digit });
        self.consented(desk, now, Consent::Declined);
        true
    }

    fn consented(&mut self, desk: &mut Desk, now: Timestamp, consent: Consent) {
        let Some(Tape::Asking { leg, scope, .. }) = self.taping.tape.take() else { return };
        self.taping.answers.insert(leg, consent);
        let waiting = match std::mem::replace(&mut self.activity, Activity::Idle) {
            Activity::StartingTape(waiting) => Some(waiting),
            other => {
                self.activity = other;
                None
            }
        };
        match (waiting, consent) {
            // The queue records when an agent is found.
            (Some(Awaiting::Queue(wish)), _) => self.queue_after_asking(desk, now, *wish),
            (Some(Awaiting::Word), Consent::Given) => {
                self.open_tape(desk, leg, scope);
                self.activity = Activity::StartingTape(Awaiting::Word);
            }
            (Some(Awaiting::Word), _) => {
                let word = self.refusal();
                self.resume(desk, now, EffectResult::Word(word.into()));
            }
            (None, Consent::Given) => self.open_tape(desk, leg, scope),
            (None, _) => {}
        }
    }

    fn queue_after_asking(&mut self, desk: &mut Desk, now: Timestamp, wish: Wish) {
        if let Err(text) = self.start_queue(desk, now, wish) {
            match self.run {
                Some(_) => self.resume(desk, now, EffectResult::Refused(text)),
                None => {
                    desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
                    self.end(desk, now, model::HangupCause::Error, model::Ender::Engine);
                }
            }
        }
    }

    /// Why `record_call` does not record.
    fn refusal(&self) -> &'static str {
        match self.taping.answers.get(&self.caller.leg) {
            Some(Consent::Declined) => "declined",
            _ => "failed",
        }
    }

    fn open_tape(&mut self, desk: &mut Desk, leg: LegId, scope: Scope) {
        let file = self.next_recording_file(NAME);
        let row = StoreCommand::OpenRecording {
            call: self.id,
            name: NAME.into(),
            file: file.clone(),
            tracks: Tracks::Both,
            mailbox: None,
            from: self.caller.number.clone(),
        };
        let ticket = desk.store(self.id, row);
        self.taping.tape = Some(Tape::Opening { ticket, file, leg, scope });
    }

    /// A file of its own for each recording; its end tells whether it is sealed.
    pub(crate) fn next_recording_file(&mut self, name: &str) -> String {
        self.recordings += 1;
        let end = if self.project.config.recording.is_sealed() { "sealed" } else { "wav" };
        format!("recordings/{}-{}-{name}.{end}", self.id, self.recordings)
    }

    /// The store's answer to the row of a conversation; false when the ticket is not its.
    pub(crate) fn tape_stored(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> bool {
        let Some(Tape::Opening { ticket: wanted, file, leg, scope }) = &self.taping.tape else { return false };
        if *wanted != ticket {
            return false;
        }
        let (file, leg, scope) = (file.clone(), *leg, *scope);
        self.taping.tape = None;
        if kept {
            let tape = desk.new_ticket(self.id);
            let start = AudioCommand::StartRecording {
                ticket: tape,
                file: file.clone(),
                max: self.project.config.limits.max_call,
                silence: Duration::ZERO,
                tracks: Tracks::Both,
            };
            desk.audio(leg, start);
            self.pending.insert(tape, Pending::taping(NAME, &file, PendingKind::Conversation));
            self.taping.tape = Some(Tape::Running { leg, scope });
            desk.journal(now, Some(self.id), Fact::RecordingStarted { name: NAME.into(), file });
            self.pause_from_the_start(desk, now);
        } else {
            let reason = "the store did not take it".to_owned();
            desk.journal(now, Some(self.id), Fact::RecordingFailed { name: NAME.into(), reason });
        }
        if matches!(self.activity, Activity::StartingTape(Awaiting::Word)) {
            self.activity = Activity::Idle;
            let word = if kept { "recording" } else { "failed" };
            self.resume(desk, now, EffectResult::Word(word.into()));
        }
        true
    }

    /// The leg that is recorded, once it is.
    pub(crate) fn taped_leg(&self) -> Option<LegId> {
        match self.taping.tape {
            Some(Tape::Running { leg, .. }) => Some(leg),
            _ => None,
        }
    }

    /// A leg leaves. If it is the one that is recorded, the recording goes on with whoever stays, in a file of its own.
    pub(crate) fn move_tape(&mut self, desk: &mut Desk, now: Timestamp, (old, stays): (LegId, LegId)) {
        let leaves = |tape: &Tape| tape.leg() == old;
        if self.taping.tape.as_ref().is_some_and(leaves)
            && let Some(scope) = self.stop_tape(desk)
        {
            self.start_tape(desk, now, stays, scope);
        }
    }

    /// The flow has the caller back: what a queue records ends here.
    pub(crate) fn end_conversation_tape(&mut self, desk: &mut Desk) {
        if self.taping.tape.as_mut().is_some_and(|tape| *tape.scope_mut() == Scope::Conversation) {
            self.stop_tape(desk);
        }
    }

    /// Ends the recording. Gives how long it should have gone on.
    pub(crate) fn stop_tape(&mut self, desk: &mut Desk) -> Option<Scope> {
        let mut tape = self.taping.tape.take()?;
        match &tape {
            Tape::Asking { .. } => {}
            Tape::Running { leg, .. } => desk.audio(*leg, AudioCommand::StopRecording),
            Tape::Opening { file, .. } => {
                let (file, ended_by) = (file.clone(), "hangup".to_owned());
                desk.store(self.id, StoreCommand::CloseRecording { file, length: Duration::ZERO, ended_by });
            }
        }
        Some(*tape.scope_mut())
    }

    /// A leg has one recorder: a message takes it away for a while.
    pub(crate) fn interrupt_tape(&mut self, desk: &mut Desk) {
        if self.taping.tape.as_ref().is_some_and(|tape| tape.leg() == self.caller.leg) {
            self.taping.interrupted = self.stop_tape(desk);
        }
    }

    /// The message is over: the recording of the call goes on in a second file.
    pub(crate) fn continue_tape(&mut self, desk: &mut Desk, now: Timestamp) {
        if let Some(scope) = self.taping.interrupted.take()
            && self.caller.state == CallerState::Answered
        {
            self.start_tape(desk, now, self.caller.leg, scope);
        }
    }

    /// What the announcement keeps waiting hears a key: the one that declines, or it is for later.
    pub(crate) fn starting_digit(&mut self, desk: &mut Desk, now: Timestamp, digit: char) {
        let leg = self.caller.leg;
        if !self.declines(desk, now, leg, digit) {
            self.keep_typed(digit);
        }
    }
}
