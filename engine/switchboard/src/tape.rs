//! The recording of a conversation: both voices, from the answer to the end, row first and then audio.

use std::time::Duration;

use model::{Fact, LegId, Ticket, Timestamp};

use crate::call::{Activity, Call};
use crate::command::{AudioCommand, StoreCommand, Tracks};
use crate::desk::Desk;
use crate::recording::{Pending, PendingKind};

/// How conversations are called in journals and files.
const NAME: &str = "conversation";

pub(crate) enum Tape {
    /// Its row is on the way to the store.
    Opening {
        ticket: Ticket,
        file: String,
        leg: LegId,
    },
    Running {
        leg: LegId,
    },
}

impl Call {
    /// Asks for a row; the conversation goes on meanwhile.
    pub(crate) fn start_tape(&mut self, desk: &mut Desk, leg: LegId) {
        if self.tape.is_some() {
            return;
        }
        self.recordings += 1;
        let file = format!("recordings/{}-{}-{NAME}.wav", self.id, self.recordings);
        let row = StoreCommand::OpenRecording {
            call: self.id,
            name: NAME.into(),
            file: file.clone(),
            tracks: Tracks::Both,
            mailbox: None,
            from: self.caller.number.clone(),
        };
        let ticket = desk.store(self.id, row);
        self.tape = Some(Tape::Opening { ticket, file, leg });
    }

    /// The store's answer to the row of a conversation; false when the ticket is not its.
    pub(crate) fn tape_stored(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> bool {
        let Some(Tape::Opening { ticket: wanted, file, leg }) = &self.tape else { return false };
        if *wanted != ticket {
            return false;
        }
        let (file, leg) = (file.clone(), *leg);
        self.tape = None;
        if !kept {
            let reason = "the store did not take it".to_owned();
            desk.journal(now, Some(self.id), Fact::RecordingFailed { name: NAME.into(), reason });
            return true;
        }
        if !matches!(self.activity, Activity::Talking(_)) {
            close_empty(self, desk, file);
            return true;
        }
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
        self.tape = Some(Tape::Running { leg });
        desk.journal(now, Some(self.id), Fact::RecordingStarted { name: NAME.into(), file });
        true
    }

    /// The leg that is recorded leaves: the recording goes on with whoever stays, in a file of its own.
    pub(crate) fn move_tape(&mut self, desk: &mut Desk, (old, stays): (LegId, LegId)) {
        if matches!(self.tape, Some(Tape::Running { leg } | Tape::Opening { leg, .. }) if leg == old) {
            self.stop_tape(desk);
            self.start_tape(desk, stays);
        }
    }

    /// The conversation is over.
    pub(crate) fn stop_tape(&mut self, desk: &mut Desk) {
        match self.tape.take() {
            Some(Tape::Running { leg }) => desk.audio(leg, AudioCommand::StopRecording),
            Some(Tape::Opening { file, .. }) => close_empty(self, desk, file),
            None => {}
        }
    }
}

fn close_empty(call: &Call, desk: &mut Desk, file: String) {
    let row = StoreCommand::CloseRecording { file, length: Duration::ZERO, ended_by: "hangup".into() };
    desk.store(call.id, row);
}
