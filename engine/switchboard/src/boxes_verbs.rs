//! What flows ask of boxes: list, change, listen, greet.

use model::{Fact, Greeting, Message, MessageId, MessageState, Place, Timestamp, Work};
use script::{ChangeMessage, EffectResult, MessageChange};
use serde_json::{Value, json};

use crate::boxes::{BoxChange, Persistence};
use crate::call::{Activity, Call};
use crate::command::AudioItem;
use crate::desk::Desk;
use crate::pins::Verdict;
use crate::voicemail_draft::kept;

impl Call {
    /// `messages("reception")`
    pub(crate) fn list_messages(&self, desk: &Desk, mailbox: &str) -> EffectResult {
        if let Some(refused) = self.unknown_box(mailbox) {
            return refused;
        }
        let zone = &self.project.config.time_zone;
        let card = |message: &Message| {
            json!({
                "id": message.id.0,
                "box": message.mailbox,
                "from": message.from,
                "name": message.name,
                "left_at": crate::desk::iso(message.left_at, zone),
                "seconds": message.length.as_secs_f64().round() as u64,
                "urgent": message.urgent,
                "state": message.state.as_str(),
                "file": message.file,
            })
        };
        EffectResult::Value(desk.owed.boxes.list(mailbox).into_iter().map(card).collect::<Value>())
    }

    /// `mark_message(id, "heard")`, `forward_message(id, "boris")`
    pub(crate) fn change_message(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        wanted: &ChangeMessage,
    ) -> Option<EffectResult> {
        let unknown = || Some(EffectResult::Word("unknown".into()));
        let Some(mut message) = desk.owed.boxes.get(MessageId(wanted.message)).cloned() else { return unknown() };
        let (work, facts) = match &wanted.to {
            MessageChange::State(state) if *state == message.state => return Some(EffectResult::Word("done".into())),
            MessageChange::State(state) => {
                message.state = *state;
                let (id, mailbox, by) = (message.id, message.mailbox.clone(), wanted.by.clone());
                let fact = Fact::MessageChanged { message: id, mailbox, state: *state, by };
                (vec![Work::Message(message)], vec![fact])
            }
            MessageChange::Forward(to) if self.project.config.boxes.contains_key(to) => {
                message.id = desk.owed.new_message();
                message.mailbox.clone_from(to);
                message.state = MessageState::New;
                kept(&self.project.config, message, desk.wall(now))
            }
            MessageChange::Forward(_) => return unknown(),
        };
        self.keep_change(desk, work, facts);
        None
    }

    /// `set_greeting("anna", "temporary", file)`
    pub(crate) fn set_greeting(
        &mut self,
        desk: &mut Desk,
        mailbox: &str,
        of: &str,
        file: Option<String>,
    ) -> Option<EffectResult> {
        if let Some(refused) = self.unknown_box(mailbox) {
            return Some(refused);
        }
        if let Some(file) = file.as_deref().filter(|file| !is_recording(file)) {
            return Some(not_a_recording(file));
        }
        let greeting = Greeting { mailbox: mailbox.to_owned(), of: of.to_owned(), file };
        self.keep_change(desk, vec![Work::Greeting(greeting)], Vec::new());
        None
    }

    /// `play_recording(message.file)`
    pub(crate) fn play_recording(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        (file, barge_in): (String, bool),
        place: Place,
    ) -> Option<EffectResult> {
        if !is_recording(&file) {
            return Some(not_a_recording(&file));
        }
        let items = vec![AudioItem::Recording { file: file.clone() }];
        self.start_playback(desk, now, items, &file, barge_in, place)
    }

    /// Does the PIN belong to the box? The box of an agent without a PIN of its own has the agent's.
    pub(crate) fn check_box_pin(&self, desk: &mut Desk, now: Timestamp, mailbox: &str, pin: &str) -> EffectResult {
        let config = &self.project.config;
        let own = config.boxes.get(mailbox).and_then(|config| config.pin.as_ref());
        if own.is_none() && config.boxes.contains_key(mailbox) && config.agents.keys().any(|id| id.as_str() == mailbox)
        {
            return self.check_pin(desk, now, mailbox, pin);
        }
        let verdict = desk.centre.pins.check(now, &format!("box {mailbox}"), own, pin);
        let text = verdict.about(&format!("box {}", mailbox.escape_debug()));
        desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
        EffectResult::Bool(verdict == Verdict::Right)
    }

    fn unknown_box(&self, mailbox: &str) -> Option<EffectResult> {
        let known = self.project.config.boxes.contains_key(mailbox);
        let text = || format!("no box is called `{}`", mailbox.escape_debug());
        (!known).then(|| EffectResult::Refused(text()))
    }

    fn keep_change(&mut self, desk: &mut Desk, work: Vec<Work>, facts: Vec<Fact>) {
        let ticket = desk.change_boxes(BoxChange { call: self.id, work, facts, persistence: Persistence::Once });
        self.activity = Activity::Keeping { ticket, words: ["done", "failed"] };
    }
}

fn not_a_recording(file: &str) -> EffectResult {
    EffectResult::Refused(format!("`{}` is no recording of this project", file.escape_debug()))
}

/// The recorder writes into one folder, and nothing else lies there.
fn is_recording(file: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = file.strip_prefix("recordings/");
    name.is_some_and(|name| name.chars().all(plain) && name.starts_with(char::is_alphanumeric) && !name.contains(".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_recorder_are_played() {
        assert!(is_recording("recordings/12-1-complaint.wav") && is_recording("recordings/12-1-жалоба.wav"));
        for other in
            ["recordings/../secret.wav", "/etc/passwd", "recordings/", "recordings/.x", "recordings/a/b.wav", ""]
        {
            assert!(!is_recording(other), "{other}");
        }
    }
}
