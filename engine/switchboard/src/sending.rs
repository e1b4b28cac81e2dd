//! Mails, short messages and webhooks: a row first, `"queued"` when it is durable, delivered by the shell afterwards.

use std::collections::BTreeMap;

use model::{Delivery, Fact, Parcel, Ticket, Timestamp, Work, WorkState};
use script::EffectResult;
use script::config::{is_phone_number, web};

use crate::call::Call;
use crate::command::StoreCommand;
use crate::desk::Desk;

/// Deliveries that one call may ask for: a loop in a flow must not write to the whole town.
const DELIVERIES_MAX: u32 = 50;
/// Ten parts of a long short message.
const SMS_CHARACTERS_MAX: usize = 1_530;
/// One line in every mail program.
const SUBJECT_CHARACTERS_MAX: usize = 200;
/// Longest text of a mail and longest JSON of a webhook.
const BYTES_MAX: usize = 64 * 1024;

/// What a call has asked to be delivered.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    count: u32,
    waiting: BTreeMap<Ticket, Parting>,
}

/// A delivery whose row is on its way to the store.
#[derive(Debug)]
struct Parting {
    key: String,
    by: &'static str,
    to: String,
    whose: Whose,
}

/// Who waits for the store.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    Flow,
    Nobody,
}

impl Sending {
    pub(crate) fn is_quiet(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The flow has ended; its deliveries are written down all the same.
    pub(crate) fn let_go(&mut self) {
        self.waiting.values_mut().for_each(|parting| parting.whose = Whose::Nobody);
    }

    pub(crate) fn give_up(&mut self) {
        self.waiting.clear();
    }
}

impl Call {
    /// Keeps a delivery; its word comes with the store's answer.
    pub(crate) fn send(&mut self, desk: &mut Desk, now: Timestamp, parcel: Parcel) -> Option<EffectResult> {
        if let Err(reason) = self.may_send(&parcel) {
            let text = format!("{} to {} refused: {reason}", parcel.by(), one_line(parcel.to()));
            desk.journal(now, Some(self.id), Fact::Logged { text, place: None });
            return Some(EffectResult::Word("refused".into()));
        }
        self.sending.count += 1;
        let wall = desk.wall(now);
        // Receivers know keys for longer than a store lives: the time tells new stores from old ones.
        let key = format!("{}-{}-{:x}", self.id, self.sending.count, wall.0);
        let parting = Parting { key: key.clone(), by: parcel.by(), to: parcel.to().to_owned(), whose: Whose::Flow };
        let delivery = Delivery {
            key,
            call: Some(self.id),
            about: self.caller.number.clone(),
            what: parcel,
            made_at: wall,
            attempts: 0,
            next_at: wall,
            state: WorkState::Open,
            error: String::new(),
        };
        let ticket = desk.store(self.id, StoreCommand::Keep(vec![Work::Delivery(delivery)]));
        self.sending.waiting.insert(ticket, parting);
        None
    }

    /// The store's answer, if it is about a delivery.
    pub(crate) fn sent(&mut self, desk: &mut Desk, now: Timestamp, ticket: Ticket, kept: bool) -> bool {
        let Some(Parting { key, by, to, whose }) = self.sending.waiting.remove(&ticket) else { return false };
        let by = by.to_owned();
        let (word, fact) = if kept {
            ("queued", Fact::DeliveryQueued { key, by, to })
        } else {
            let error = "the store did not take it".to_owned();
            ("refused", Fact::DeliveryFailed { key, by, to, error, gave_up: true })
        };
        desk.journal(now, Some(self.id), fact);
        if whose == Whose::Flow {
            self.resume(desk, now, EffectResult::Word(word.into()));
        }
        true
    }

    fn may_send(&self, parcel: &Parcel) -> Result<(), String> {
        if self.sending.count >= DELIVERIES_MAX {
            return Err(format!("a call may send {DELIVERIES_MAX} times"));
        }
        let reach = &self.project.config.reach;
        match parcel {
            Parcel::Sms { .. } if reach.sms.is_none() => Err("the project has no `sms:`".into()),
            Parcel::Email { .. } if reach.mail.is_none() => Err("the project has no `mail:`".into()),
            Parcel::Webhook { name, .. } if !reach.webhooks.contains_key(name) => {
                Err("the project has no such webhook".into())
            }
            Parcel::Sms { to, text } => sms_fits(to, text),
            Parcel::Email { to, subject, text, attachment } => mail_fits(to, subject, text, attachment.as_deref()),
            Parcel::Webhook { body, .. } => bytes_fit(body.to_string().len()),
        }
    }
}

fn sms_fits(to: &str, text: &str) -> Result<(), String> {
    if !is_phone_number(to) {
        return Err("that is no number".into());
    }
    match text.chars().count() {
        0 => Err("there is no text".into()),
        length if length > SMS_CHARACTERS_MAX => Err(format!("{length} characters, at most {SMS_CHARACTERS_MAX}")),
        _ => Ok(()),
    }
}

fn mail_fits(to: &str, subject: &str, text: &str, attachment: Option<&str>) -> Result<(), String> {
    if !web::is_mail_address(to) {
        return Err("that is no mail address".into());
    }
    if subject.chars().count() > SUBJECT_CHARACTERS_MAX || subject.chars().any(char::is_control) {
        return Err(format!("the subject is one line of at most {SUBJECT_CHARACTERS_MAX} characters"));
    }
    // Nothing else of the project leaves the house: its configuration may hold secrets.
    let is_recording = |file: &str| file.starts_with("recordings/") && !file.split('/').any(|part| part == "..");
    if attachment.is_some_and(|file| !is_recording(file)) {
        return Err("only a recording can be attached".into());
    }
    bytes_fit(text.len())
}

fn bytes_fit(bytes: usize) -> Result<(), String> {
    if bytes <= BYTES_MAX { Ok(()) } else { Err(format!("{bytes} bytes, at most {BYTES_MAX}")) }
}

fn one_line(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
