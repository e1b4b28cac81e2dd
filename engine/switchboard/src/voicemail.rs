//! Leaving a message: greeting, tone, voice, review; "saved" is said only when the store has it.

use std::time::Duration;

use model::{BridgeResult, Fact, Place, PlaybackId, Ticket, Timestamp};
use script::config::Fallback;
use script::{Bridge, EffectResult, QueueRequest, Voicemail};

use crate::bridge::Purpose;
use crate::call::{Activity, Call, CallerState};
use crate::command::{AudioCommand, AudioItem, Tone};
use crate::desk::Desk;
use crate::queuing::Wish;
use crate::timer::Timer;
use crate::voicemail_draft::Step;

/// A caller who presses nothing for so long in the review keeps what he said.
const REVIEW_PATIENCE: Duration = Duration::from_secs(6);
/// How long the operator's telephone rings.
const OPERATOR_RINGS_FOR: Duration = Duration::from_secs(30);

/// A caller at a box.
pub(crate) struct Leaving {
    mailbox: String,
    /// None when the flow has failed and the box is the fallback.
    place: Option<Place>,
    stage: Stage,
    operator: Operator,
}

/// Did the caller press the operator's key?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    NotAsked,
    Asked,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Greeting(PlaybackId),
    /// The row is on its way.
    Opening,
    Beeping(PlaybackId),
    Taping,
    /// The menu plays; none when it is over and a key is waited for.
    Reviewing(Option<PlaybackId>),
    Listening(PlaybackId),
    Keeping,
    /// The last words; then the flow hears this one.
    Telling(PlaybackId, &'static str),
}

impl Leaving {
    /// Are keys of no use now?
    pub(crate) fn is_deaf(&self) -> bool {
        matches!(self.stage, Stage::Opening | Stage::Beeping(_) | Stage::Keeping | Stage::Telling(..))
    }
}

impl Call {
    /// `voicemail("reception")` of a flow.
    pub(crate) fn start_voicemail(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        wanted: &Voicemail,
        place: Place,
    ) -> Option<EffectResult> {
        if !self.project.config.boxes.contains_key(&wanted.mailbox) {
            let text = format!("no box is called `{}`", wanted.mailbox.escape_debug());
            return Some(EffectResult::Refused(text));
        }
        self.leave_message(desk, now, &wanted.mailbox, wanted.greeting.as_deref(), Some(place));
        None
    }

    /// Greets a caller at a box; without a place the call ends afterwards.
    pub(crate) fn leave_message(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        mailbox: &str,
        greeting: Option<&str>,
        place: Option<Place>,
    ) {
        self.typed.clear();
        let (name, items) = self.greeting(desk, mailbox, greeting.unwrap_or("busy"));
        let playback = self.box_says(desk, now, &name, items, place.clone());
        let stage = Stage::Greeting(playback);
        self.activity =
            Activity::Leaving(Leaving { mailbox: mailbox.to_owned(), place, stage, operator: Operator::NotAsked });
    }

    /// The temporary greeting while there is one, else that of the occasion: recorded, configured or shipped.
    fn greeting(&self, desk: &Desk, mailbox: &str, wanted: &str) -> (String, Vec<AudioItem>) {
        let config = self.box_config(mailbox);
        for of in ["temporary", wanted] {
            if let Some(file) = desk.owed.boxes.greeting(mailbox, of) {
                return (file.to_owned(), vec![AudioItem::Recording { file: file.to_owned() }]);
            }
            if let Some(prompt) = config.greetings.of(of) {
                return (prompt.to_owned(), self.prompts(&[prompt.to_owned()]));
            }
        }
        let names = match wanted {
            "busy" => vec!["vm-nobodyavail", "vm-intro"],
            "closed" => vec!["closed-hours", "vm-intro"],
            prompt => vec![prompt],
        };
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        (names.join(" "), self.prompts(&names))
    }

    fn box_says(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        name: &str,
        items: Vec<AudioItem>,
        place: Option<Place>,
    ) -> PlaybackId {
        let language = self.caller.language.clone();
        desk.journal(now, Some(self.id), Fact::PromptStarted { prompt: name.to_owned(), language, place });
        desk.play(self.caller.leg, items, false)
    }

    fn leaving(&mut self) -> Option<&mut Leaving> {
        match &mut self.activity {
            Activity::Leaving(leaving) => Some(leaving),
            _ => None,
        }
    }

    fn leaving_stage(&mut self, stage: Stage) {
        if let Some(leaving) = self.leaving() {
            leaving.stage = stage;
        }
    }

    pub(crate) fn leaving_playback_ended(&mut self, desk: &mut Desk, now: Timestamp, playback: PlaybackId) {
        let Some(leaving) = self.leaving() else { return };
        match leaving.stage {
            Stage::Greeting(own) if own == playback => self.open_message(desk),
            Stage::Beeping(own) if own == playback => {
                leaving.stage = Stage::Taping;
                self.tape_draft(desk, now);
            }
            Stage::Reviewing(Some(own)) if own == playback => {
                leaving.stage = Stage::Reviewing(None);
                desk.timers.set(Timer::DigitTimeout(self.id), now + REVIEW_PATIENCE);
            }
            Stage::Listening(own) if own == playback => self.review(desk, now),
            Stage::Telling(own, word) if own == playback => self.message_done(desk, now, word),
            _ => {}
        }
    }

    pub(crate) fn leaving_digit(&mut self, desk: &mut Desk, now: Timestamp, digit: char) {
        let (id, leg) = (self.id, self.caller.leg);
        let Some(leaving) = self.leaving() else { return };
        let mailbox = leaving.mailbox.clone();
        let (stage, operator) = (leaving.stage, digit == '0' && self.box_config(&mailbox).operator.is_some());
        match stage {
            Stage::Greeting(_) if operator => {
                desk.audio(leg, AudioCommand::StopPlayback);
                self.ask_operator(desk, now);
            }
            Stage::Greeting(_) if digit == '#' => {
                desk.audio(leg, AudioCommand::StopPlayback);
                self.open_message(desk);
            }
            Stage::Taping if operator || digit == '#' => {
                self.note_operator(operator);
                desk.audio(leg, AudioCommand::StopRecording);
            }
            Stage::Reviewing(playing) => {
                if playing.is_some() {
                    desk.audio(leg, AudioCommand::StopPlayback);
                }
                desk.timers.cancel(Timer::DigitTimeout(id));
                self.reviewed(desk, now, digit, operator);
            }
            Stage::Listening(_) => {
                desk.audio(leg, AudioCommand::StopPlayback);
                self.reviewed(desk, now, digit, operator);
            }
            _ => {}
        }
    }

    /// Nothing was pressed in the review: what was said is kept.
    pub(crate) fn review_timeout(&mut self, desk: &mut Desk, now: Timestamp) {
        self.keep_message(desk, now);
    }

    fn note_operator(&mut self, asked: bool) {
        if let (Some(leaving), true) = (self.leaving(), asked) {
            leaving.operator = Operator::Asked;
        }
    }

    fn open_message(&mut self, desk: &mut Desk) {
        let Some(leaving) = self.leaving() else { return };
        leaving.stage = Stage::Opening;
        let mailbox = leaving.mailbox.clone();
        self.open_draft(desk, &mailbox);
    }

    /// The store's answer to the row of a message; false when the ticket is not its.
    pub(crate) fn message_opened(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> bool {
        match self.draft_opened(desk, now, ticket, kept) {
            Some(Step::Opened) => {
                let playback = desk.play(self.caller.leg, vec![AudioItem::Tone(Tone::Beep)], false);
                self.leaving_stage(Stage::Beeping(playback));
            }
            Some(_) if self.draft.is_some() => self.review(desk, now),
            Some(_) => self.tell(desk, now, "vm-failed", "failed"),
            None => return false,
        }
        true
    }

    /// The recording of a message is complete; false when the ticket is not its.
    pub(crate) fn message_taped(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        ticket: Ticket,
        heard: (Duration, &str),
    ) -> bool {
        let Some(step) = self.draft_taped(desk, now, ticket, heard) else { return false };
        if self.caller.state == CallerState::Gone {
            self.keep_draft(desk, now);
            self.record_end(desk, now);
            return true;
        }
        let Some(leaving) = self.leaving() else { return true };
        let (asked, mailbox) = (leaving.operator == Operator::Asked, leaving.mailbox.clone());
        match step {
            Step::Taped if asked || !self.box_config(&mailbox).review => self.keep_message(desk, now),
            Step::Taped => self.review(desk, now),
            _ if self.draft.is_some() && asked => self.keep_message(desk, now),
            _ if self.draft.is_some() => self.review(desk, now),
            Step::TooShort if asked => self.ask_operator(desk, now),
            Step::TooShort => self.tell(desk, now, "vm-too-short", "too_short"),
            _ => self.tell(desk, now, "vm-failed", "failed"),
        }
        true
    }

    /// The store has the message, or has not.
    pub(crate) fn message_kept(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) {
        match self.draft_kept(desk, now, ticket, kept) {
            Some(Step::Kept) => self.tell(desk, now, "vm-msgsaved", "saved"),
            Some(_) => self.tell(desk, now, "vm-failed", "failed"),
            None => return,
        }
        self.record_end(desk, now);
    }

    /// Accept, hear it, say it again, mark it.
    fn review(&mut self, desk: &mut Desk, now: Timestamp) {
        let Some(leaving) = self.leaving() else { return };
        let (mailbox, place) = (leaving.mailbox.clone(), leaving.place.clone());
        let config = self.box_config(&mailbox);
        let mut names = vec!["vm-review".to_owned()];
        let urgent = self.draft.as_ref().is_some_and(|draft| draft.urgent);
        if let Some(key) = config.urgent_key.filter(|_| !urgent) {
            let (press, key) = ("vm-press".to_owned(), format!("digits/{key}"));
            names.push("vm-urgent".to_owned());
            // A Persian sentence ends with its verb.
            names.extend(if self.caller.language.starts_with("fa") { [key, press] } else { [press, key] });
        }
        if config.operator.is_some() {
            names.push("press-zero-operator".to_owned());
        }
        if urgent {
            names.insert(0, "vm-is-urgent".to_owned());
        }
        let items = self.prompts(&names);
        let playback = self.box_says(desk, now, &names.join(" "), items, place);
        self.leaving_stage(Stage::Reviewing(Some(playback)));
    }

    fn reviewed(&mut self, desk: &mut Desk, now: Timestamp, digit: char, operator: bool) {
        let Some(leaving) = self.leaving() else { return };
        let (mailbox, place) = (leaving.mailbox.clone(), leaving.place.clone());
        let file = self.draft.as_ref().map(|draft| draft.file().to_owned());
        let urgent_key = self.box_config(&mailbox).urgent_key;
        match (digit, file) {
            ('1' | '#', _) => self.keep_message(desk, now),
            ('2', Some(file)) => {
                let playback =
                    self.box_says(desk, now, &file, vec![AudioItem::Recording { file: file.clone() }], place);
                self.leaving_stage(Stage::Listening(playback));
            }
            ('3', _) => self.open_message(desk),
            _ if operator => {
                self.note_operator(true);
                self.keep_message(desk, now);
            }
            (key, _) => {
                if let (true, Some(draft)) = (urgent_key == Some(key), &mut self.draft) {
                    draft.urgent = !draft.urgent;
                }
                self.review(desk, now);
            }
        }
    }

    fn keep_message(&mut self, desk: &mut Desk, now: Timestamp) {
        self.leaving_stage(Stage::Keeping);
        self.keep_draft(desk, now);
    }

    /// The last words to a caller who is still there.
    fn tell(&mut self, desk: &mut Desk, now: Timestamp, prompt: &str, word: &'static str) {
        let Some(place) = self.leaving().map(|leaving| leaving.place.clone()) else { return };
        let items = self.prompts(&[prompt.to_owned()]);
        let playback = self.box_says(desk, now, prompt, items, place);
        self.leaving_stage(Stage::Telling(playback, word));
    }

    fn message_done(&mut self, desk: &mut Desk, now: Timestamp, word: &'static str) {
        if self.leaving().is_some_and(|leaving| leaving.operator == Operator::Asked) {
            return self.ask_operator(desk, now);
        }
        self.activity = Activity::Idle;
        self.continue_tape(desk, now);
        if self.is_apologizing_by_message() {
            return self.end_by_flow(desk, now);
        }
        self.resume(desk, now, EffectResult::Word(word.into()));
    }

    /// A person after all: the verb's answer is that of the operator's telephone or queue, or the tone when nobody has
    /// answered there and nothing has been said here.
    fn ask_operator(&mut self, desk: &mut Desk, now: Timestamp) {
        let Activity::Leaving(leaving) = std::mem::replace(&mut self.activity, Activity::Idle) else { return };
        self.continue_tape(desk, now);
        let silent = !matches!(leaving.stage, Stage::Telling(..));
        self.instead_of_operator =
            leaving.place.clone().filter(|_| silent).map(|place| (leaving.mailbox.clone(), place));
        let result = match self.box_config(&leaving.mailbox).operator {
            Some(Fallback::Queue(queue)) => {
                let request = QueueRequest { queue: queue.to_string(), ..Default::default() };
                let purpose = leaving.place.map_or(Purpose::Fallback, Purpose::Queue);
                let wish = Wish { request, purpose, waiter: self.caller.leg, joined: None, sent_by: None };
                self.enter_queue(desk, now, wish).err().map(EffectResult::Refused)
            }
            Some(Fallback::Number(number)) => {
                let purpose = leaving.place.map_or(Purpose::Fallback, Purpose::Flow);
                self.start_bridge(desk, now, Bridge::all(vec![number], OPERATOR_RINGS_FOR), purpose)
            }
            Some(Fallback::Box(_)) | None => Some(EffectResult::Word("no_operator".into())),
        };
        if let Some(result) = result {
            self.resume(desk, now, result);
        }
    }

    /// The operator's telephone or queue is done with a caller who left nothing: unless they talked, he has the tone.
    pub(crate) fn back_to_the_tone(&mut self, desk: &mut Desk, now: Timestamp, result: &EffectResult) -> bool {
        let Some((mailbox, place)) = self.instead_of_operator.take() else { return false };
        let talked = match result {
            EffectResult::Bridged(result) => *result == BridgeResult::Answered,
            EffectResult::Word(word) => word == "answered",
            _ => false,
        };
        if talked || self.caller.state == CallerState::Gone {
            return false;
        }
        self.leave_message(desk, now, &mailbox, Some("vm-intro"), Some(place));
        true
    }
}
