//! A message on its way into a box: row first, then audio, then the message; it outlives its caller.
//!
//! The recording's row names the box and stays open until the message itself is kept, so that whatever happens
//! to the process in between, the next start finds it and makes the message ([`message_of_dead_run`]).

use std::time::Duration;

use model::{CallId, Fact, Message, MessageId, MessageState, Ticket, Timestamp, WallTime, Work};
use script::config::{BoxConfig, Config};

use crate::boxes::{BoxChange, Persistence};
use crate::call::{Call, CallerState};
use crate::command::{AudioCommand, StoreCommand, Tracks};
use crate::desk::Desk;
use crate::recording::file_name;

/// What a caller has said, or is about to say.
pub(crate) struct Draft {
    mailbox: String,
    file: String,
    pub(crate) urgent: bool,
    take: Take,
    /// What he said before and wants to say again: it counts until there is something better.
    earlier: Option<Earlier>,
}

struct Earlier {
    file: String,
    heard: Heard,
}

enum Take {
    /// Its row is on the way to the store.
    Opening(Ticket),
    /// The tone plays.
    Opened,
    Taping(Ticket),
    /// Complete, and in nobody's box yet.
    Taped(Heard),
    Keeping(Ticket, Heard),
}

#[derive(Debug, Clone)]
struct Heard {
    length: Duration,
    ended_by: String,
}

/// What became of a step of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The row is there.
    Opened,
    /// There is something to keep.
    Taped,
    /// Nothing was said.
    TooShort,
    /// In the box.
    Kept,
    /// The store or the disk did not take it.
    Failed,
}

impl Draft {
    pub(crate) fn file(&self) -> &str {
        &self.file
    }
}

impl Call {
    /// The rules of a box; the usual ones for a box that a reload has removed.
    pub(crate) fn box_config(&self, mailbox: &str) -> BoxConfig {
        self.project.config.boxes.get(mailbox).cloned().unwrap_or_default()
    }

    /// Asks for the row of a new message.
    pub(crate) fn open_draft(&mut self, desk: &mut Desk, mailbox: &str) {
        let file = self.next_recording_file(&file_name(mailbox));
        let row = StoreCommand::OpenRecording {
            call: self.id,
            name: mailbox.to_owned(),
            file: file.clone(),
            tracks: Tracks::Party,
            mailbox: Some(mailbox.to_owned()),
            from: self.caller.number.clone(),
        };
        let ticket = desk.store(self.id, row);
        let old = self.draft.take();
        let urgent = old.as_ref().is_some_and(|old| old.urgent);
        let earlier = old.and_then(|old| match old.take {
            Take::Taped(heard) => Some(Earlier { file: old.file, heard }),
            _ => None,
        });
        let (mailbox, take) = (mailbox.to_owned(), Take::Opening(ticket));
        self.draft = Some(Draft { mailbox, file, urgent, take, earlier });
    }

    /// The store's answer to the row of a message; none when the ticket is not its.
    pub(crate) fn draft_opened(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> Option<Step> {
        let draft = self.draft.as_mut().filter(|draft| matches!(draft.take, Take::Opening(own) if own == ticket))?;
        if kept {
            draft.take = Take::Opened;
            return Some(Step::Opened);
        }
        self.drop_draft(desk, now, "the store did not take it");
        Some(Step::Failed)
    }

    /// The tone is over: voices.
    pub(crate) fn tape_draft(&mut self, desk: &mut Desk, now: Timestamp) {
        self.interrupt_tape(desk);
        let ticket = desk.new_ticket(self.id);
        let Some(draft) = &mut self.draft else { return };
        draft.take = Take::Taping(ticket);
        let (name, file) = (draft.mailbox.clone(), draft.file.clone());
        let BoxConfig { max, silence, .. } = self.box_config(&name);
        let start = AudioCommand::StartRecording { ticket, file: file.clone(), max, silence, tracks: Tracks::Party };
        desk.audio(self.caller.leg, start);
        desk.journal(now, Some(self.id), Fact::RecordingStarted { name, file });
    }

    /// The audio of a message is complete; none when the ticket is not its.
    pub(crate) fn draft_taped(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        ticket: Ticket,
        (length, ended_by): (Duration, &str),
    ) -> Option<Step> {
        let draft = self.draft.as_mut().filter(|draft| matches!(draft.take, Take::Taping(own) if own == ticket))?;
        desk.tickets.remove(&ticket);
        let (mailbox, gone) = (draft.mailbox.clone(), self.caller.state == CallerState::Gone);
        let ended_by = if gone { "hangup" } else { ended_by }.to_owned();
        draft.take = Take::Taped(Heard { length, ended_by: ended_by.clone() });
        let config = self.box_config(&mailbox);
        let said = if ended_by == "silence" { length.saturating_sub(config.silence) } else { length };
        Some(if ended_by == "failed" {
            self.discard_take(desk);
            self.drop_draft(desk, now, "the file could not be written");
            Step::Failed
        } else if length.is_zero() || said < config.min {
            self.discard_take(desk);
            self.return_to_earlier();
            Step::TooShort
        } else {
            self.discard_earlier(desk);
            Step::Taped
        })
    }

    /// Puts what was said into its box.
    pub(crate) fn keep_draft(&mut self, desk: &mut Desk, now: Timestamp) {
        let Some(draft) = &mut self.draft else { return };
        let Take::Taped(heard) = &draft.take else { return };
        let heard = heard.clone();
        let message = Message {
            id: desk.owed.new_message(),
            mailbox: draft.mailbox.clone(),
            call: self.id,
            from: self.caller.number.clone(),
            name: self.caller.name.clone(),
            file: draft.file.clone(),
            length: heard.length,
            left_at: desk.wall(now),
            urgent: draft.urgent,
            state: MessageState::New,
        };
        let (name, file) = (draft.mailbox.clone(), draft.file.clone());
        let saved = Fact::RecordingSaved { name, file, length: heard.length, ended_by: heard.ended_by.clone() };
        let persistence = if self.caller.state == CallerState::Gone { Persistence::Again } else { Persistence::Once };
        let (work, mut facts) = kept(&self.project.config, message, desk.wall(now));
        facts.insert(0, saved);
        let ticket = desk.change_boxes(BoxChange { call: self.id, work, facts, persistence });
        draft.take = Take::Keeping(ticket, heard);
    }

    /// The store has the message, or has not; none when the ticket is not its.
    pub(crate) fn draft_kept(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> Option<Step> {
        let draft = self.draft.as_ref()?;
        let ended_by = match &draft.take {
            Take::Keeping(own, heard) if *own == ticket => heard.ended_by.clone(),
            _ => return None,
        };
        if kept {
            self.history.message_left = true;
            self.close_draft_row(desk, &ended_by);
            self.draft = None;
            return Some(Step::Kept);
        }
        // Its row stays open: the next start makes a message of it, whatever the caller was told.
        self.drop_draft(desk, now, "the store did not take it");
        Some(Step::Failed)
    }

    /// He has said it once more: what he said before is nothing any more.
    fn discard_earlier(&mut self, desk: &mut Desk) {
        if let Some(Earlier { file, .. }) = self.draft.as_mut().and_then(|draft| draft.earlier.take()) {
            desk.store(self.id, StoreCommand::DiscardRecording { file });
        }
    }

    /// What was said in this take, if anything, is no message.
    fn discard_take(&self, desk: &mut Desk) {
        let Some(draft) = &self.draft else { return };
        desk.store(self.id, StoreCommand::DiscardRecording { file: draft.file.clone() });
    }

    /// This take is none: the one before it counts, if there is one.
    fn return_to_earlier(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        let Some(Earlier { file, heard }) = draft.earlier else { return };
        self.draft = Some(Draft { file, take: Take::Taped(heard), earlier: None, ..draft });
    }

    /// The caller is leaving: what he said is kept, a row without audio goes.
    pub(crate) fn release_draft(&mut self, desk: &mut Desk, now: Timestamp) {
        match self.draft.as_ref().map(|draft| &draft.take) {
            Some(Take::Opening(_) | Take::Opened) => {
                self.discard_take(desk);
                self.return_to_earlier();
                self.keep_draft(desk, now);
                self.insist_on_draft(desk);
            }
            Some(Take::Taping(_)) => desk.audio(self.caller.leg, AudioCommand::StopRecording),
            Some(Take::Taped(_)) => {
                self.keep_draft(desk, now);
                self.insist_on_draft(desk);
            }
            Some(Take::Keeping(..)) => self.insist_on_draft(desk),
            None => {}
        }
    }

    /// Nobody is there any more to hear that the store refuses it: it is asked again.
    fn insist_on_draft(&self, desk: &mut Desk) {
        if let Some(Draft { take: Take::Keeping(ticket, _), .. }) = &self.draft {
            desk.insist_on_boxes(*ticket);
        }
    }

    fn close_draft_row(&mut self, desk: &mut Desk, ended_by: &str) {
        let Some(draft) = &self.draft else { return };
        let length = match &draft.take {
            Take::Taped(heard) | Take::Keeping(_, heard) => heard.length,
            _ => Duration::ZERO,
        };
        let (file, ended_by) = (draft.file.clone(), ended_by.to_owned());
        desk.store(self.id, StoreCommand::CloseRecording { file, length, ended_by });
    }

    fn drop_draft(&mut self, desk: &mut Desk, now: Timestamp, reason: &str) {
        if let Some(draft) = &self.draft {
            let fact = Fact::RecordingFailed { name: draft.mailbox.clone(), reason: reason.to_owned() };
            desk.journal(now, Some(self.id), fact);
        }
        self.return_to_earlier();
    }
}

/// What is kept with a new message, and what is written down about it.
pub(crate) fn kept(config: &Config, message: Message, now: WallTime) -> (Vec<Work>, Vec<Fact>) {
    let saved = Fact::MessageSaved {
        message: message.id,
        mailbox: message.mailbox.clone(),
        length: message.length,
        urgent: message.urgent,
    };
    let (mail, queued) = crate::voicemail_mail::mail(config, &message, now).unzip();
    let work = [Work::Message(message)].into_iter().chain(mail).collect();
    (work, [saved].into_iter().chain(queued).collect())
}

/// A recording for a box that a dead run left open.
#[derive(Debug, Clone)]
pub struct CutMessage {
    /// The box.
    pub mailbox: String,
    /// The call.
    pub call: CallId,
    /// The caller's number.
    pub from: String,
    /// Project-relative file.
    pub file: String,
    /// How much was saved.
    pub length: Duration,
    /// When it began.
    pub left_at: WallTime,
}

/// The least that a message cut by a crash must hold to be one (data-loss contract §5.2).
const CUT_MIN: Duration = Duration::from_secs(1);

/// The message that a process was recording when it died, with its mail and its facts; none when it holds too little.
/// Whoever calls it sees to it that no message has this file yet.
pub fn message_of_dead_run(
    config: &Config,
    cut: CutMessage,
    id: MessageId,
    now: WallTime,
) -> Option<(Vec<Work>, Vec<Fact>)> {
    let CutMessage { mailbox, call, from, file, length, left_at } = cut;
    (length >= CUT_MIN).then(|| {
        let (name, urgent, state) = (String::new(), false, MessageState::New);
        kept(config, Message { id, mailbox, call, from, name, file, length, left_at, urgent, state }, now)
    })
}
