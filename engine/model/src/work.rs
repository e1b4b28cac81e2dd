//! What is owed to somebody: messages, calls back, deliveries, contacts of a campaign. Each survives the process.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallId, CallbackId, Campaign, Contact, MessageId, QueueId, WallTime};

/// One durable unit of work, kept under its kind and id; keeping it again replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// A message in a box.
    Message(Message),
    /// A promise to call back.
    Callback(CallbackTask),
    /// Something to be sent to another system or person.
    Delivery(Delivery),
    /// Somebody whom a campaign calls.
    Contact(Contact),
    /// A campaign as a whole.
    Campaign(Campaign),
    /// A greeting that somebody recorded for a box.
    Greeting(Greeting),
}

impl Work {
    /// `message`, `callback`, `delivery`, `contact`, `campaign`, `greeting`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Work::Message(_) => Message::KIND,
            Work::Callback(_) => CallbackTask::KIND,
            Work::Delivery(_) => Delivery::KIND,
            Work::Contact(_) => Contact::KIND,
            Work::Campaign(_) => Campaign::KIND,
            Work::Greeting(_) => Greeting::KIND,
        }
    }

    /// Unique within its kind.
    pub fn id(&self) -> String {
        match self {
            Work::Message(message) => message.id.to_string(),
            Work::Callback(callback) => callback.id.to_string(),
            Work::Delivery(delivery) => delivery.key.clone(),
            Work::Contact(contact) => contact.id(),
            Work::Campaign(campaign) => campaign.name.clone(),
            Work::Greeting(greeting) => format!("{}/{}", greeting.mailbox, greeting.of),
        }
    }

    /// Is something left to be done?
    pub fn state(&self) -> WorkState {
        match self {
            Work::Message(Message { state: MessageState::Deleted, .. }) => WorkState::Done,
            Work::Message(_) => WorkState::Open,
            Work::Callback(callback) => callback.state.work(),
            Work::Delivery(delivery) => delivery.state,
            Work::Contact(contact) => contact.state.work(),
            // It may go on when contacts are added.
            Work::Campaign(_) => WorkState::Open,
            Work::Greeting(Greeting { file: None, .. }) => WorkState::Done,
            Work::Greeting(_) => WorkState::Open,
        }
    }

    /// The number of the person it is about, `""` when unknown.
    pub fn number(&self) -> &str {
        match self {
            Work::Message(message) => &message.from,
            Work::Callback(callback) => &callback.number,
            Work::Delivery(Delivery { what: Parcel::Sms { to, .. }, .. }) => to,
            Work::Delivery(delivery) => &delivery.about,
            Work::Contact(contact) => &contact.number,
            Work::Campaign(_) | Work::Greeting(_) => "",
        }
    }

    /// When it is due; none for what waits for a person.
    pub fn due_at(&self) -> Option<WallTime> {
        match self {
            Work::Message(_) | Work::Campaign(_) | Work::Greeting(_) => None,
            Work::Callback(callback) => Some(callback.next_at),
            Work::Delivery(delivery) => Some(delivery.next_at),
            Work::Contact(contact) => Some(contact.next_at),
        }
    }
}

/// How far a unit of work is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    /// Something is left to be done.
    #[default]
    Open,
    /// Done.
    Done,
    /// Given up; somebody should look at it.
    Failed,
}

impl WorkState {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            WorkState::Open => "open",
            WorkState::Done => "done",
            WorkState::Failed => "failed",
        }
    }
}

/// A message that a caller left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Unique for the life of a store.
    pub id: MessageId,
    /// The box it lies in.
    pub mailbox: String,
    /// The call that left it.
    pub call: CallId,
    /// The caller's number, `""` when withheld.
    pub from: String,
    /// The caller's name.
    pub name: String,
    /// Project-relative file of the audio.
    pub file: String,
    /// Length of the audio.
    pub length: Duration,
    /// When it was left.
    pub left_at: WallTime,
    /// The caller says that it cannot wait.
    pub urgent: bool,
    /// Heard or not.
    pub state: MessageState,
}

impl Message {
    /// The kind of [`Work`].
    pub const KIND: &'static str = "message";
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Nobody has heard it.
    New,
    /// Somebody has heard it.
    Heard,
    /// It is gone.
    Deleted,
}

impl MessageState {
    /// The word in flows and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageState::New => "new",
            MessageState::Heard => "heard",
            MessageState::Deleted => "deleted",
        }
    }
}

/// A promise to call somebody back. While it is open it holds the place in the queue that the caller had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallbackTask {
    /// Unique for the life of a store.
    pub id: CallbackId,
    /// Number to call.
    pub number: String,
    /// Name of the customer, `""` when unknown.
    pub name: String,
    /// Language of the prompts he hears.
    pub language: String,
    /// The queue whose agents talk to him.
    pub queue: QueueId,
    /// Seconds of virtual waiting.
    pub priority: i64,
    /// Required skills with least levels.
    pub skills: BTreeMap<String, u8>,
    /// From when his place counts.
    pub joined: WallTime,
    /// Who is called first.
    pub order: CallbackOrder,
    /// What flows noted about the customer.
    pub tags: BTreeMap<String, Value>,
    /// The call that booked it.
    pub booked_by: CallId,
    /// When it was booked.
    pub booked_at: WallTime,
    /// Calls placed so far, whatever came of them. Kept before a call is placed: at most one call per attempt.
    pub attempts: u32,
    /// Not before.
    pub next_at: WallTime,
    /// How far it is.
    pub state: CallbackState,
    /// What came of the last attempt, `""` before the first.
    pub result: String,
}

impl CallbackTask {
    /// The kind of [`Work`].
    pub const KIND: &'static str = "callback";
}

/// Who is called first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackOrder {
    /// An agent is found, then the customer is called.
    #[default]
    AgentFirst,
    /// The customer is called when an agent will soon be free, and enters the queue at his place.
    CustomerFirst,
}

/// How far a call back is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// It waits for its time and an agent.
    Waiting,
    /// The published version cannot place it, for the reason in `result`; a version that can takes it up again.
    Stuck,
    /// A call is placed; found so at the start, the process died meanwhile and the attempt counts.
    Dialing,
    /// The customer talked to somebody.
    Done,
    /// Every attempt failed.
    GaveUp,
    /// Taken back by somebody.
    Cancelled,
    /// The customer rang first and took his place.
    TakenOver,
}

impl CallbackState {
    const fn work(self) -> WorkState {
        match self {
            CallbackState::Waiting | CallbackState::Stuck | CallbackState::Dialing => WorkState::Open,
            CallbackState::Done | CallbackState::Cancelled | CallbackState::TakenOver => WorkState::Done,
            CallbackState::GaveUp => WorkState::Failed,
        }
    }

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallbackState::Waiting => "waiting",
            CallbackState::Stuck => "stuck",
            CallbackState::Dialing => "dialing",
            CallbackState::Done => "done",
            CallbackState::GaveUp => "gave_up",
            CallbackState::Cancelled => "cancelled",
            CallbackState::TakenOver => "taken_over",
        }
    }
}

/// What callers of a box hear instead of its prompt; known by box and occasion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The box.
    pub mailbox: String,
    /// `busy`, `closed`, `temporary`.
    pub of: String,
    /// Project-relative file; none goes back to the prompt.
    pub file: Option<String>,
}

impl Greeting {
    /// The kind of [`Work`].
    pub const KIND: &'static str = "greeting";
}

/// Something that goes to another system or person, with retries until it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The idempotency key: sent along, so that a repetition does no harm.
    pub key: String,
    /// The call that wanted it.
    pub call: Option<CallId>,
    /// Number of the person it is about, `""` when unknown: erasure finds it by this.
    pub about: String,
    /// What.
    pub what: Parcel,
    /// When it was wanted.
    pub made_at: WallTime,
    /// Tries so far.
    pub attempts: u32,
    /// Not before.
    pub next_at: WallTime,
    /// How far it is; failed ones are the dead letters.
    pub state: WorkState,
    /// What the other side said last, `""` before the first try.
    pub error: String,
}

impl Delivery {
    /// The kind of [`Work`].
    pub const KIND: &'static str = "delivery";
}

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Parcel {
    /// A mail.
    Email {
        /// Address.
        to: String,
        /// Subject.
        subject: String,
        /// Plain text.
        text: String,
        /// Project-relative file that goes with it.
        attachment: Option<String>,
    },
    /// A short message.
    Sms {
        /// Number.
        to: String,
        /// Text.
        text: String,
    },
    /// A POST to a system that the project names under `webhooks:`.
    Webhook {
        /// Its name there.
        name: String,
        /// The JSON body.
        body: Value,
    },
}

impl Parcel {
    /// `email`, `sms`, `webhook`.
    pub const fn by(&self) -> &'static str {
        match self {
            Parcel::Email { .. } => "email",
            Parcel::Sms { .. } => "sms",
            Parcel::Webhook { .. } => "webhook",
        }
    }

    /// Address, number or name of the receiver.
    pub fn to(&self) -> &str {
        match self {
            Parcel::Email { to, .. } | Parcel::Sms { to, .. } => to,
            Parcel::Webhook { name, .. } => name,
        }
    }
}

/// Why the engine places a call by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// A promised call back.
    Callback(CallbackId),
    /// A contact of a campaign: campaign and number.
    Contact(String, String),
    /// A message that an agent shall hear and answer.
    Message(MessageId),
}

impl fmt::Display for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Errand::Callback(id) => write!(f, "callback {id}"),
            Errand::Contact(campaign, _) => write!(f, "campaign {campaign}"),
            Errand::Message(id) => write!(f, "message {id}"),
        }
    }
}

/// The messages of somebody's boxes, as a phone's lamp shows them (RFC 3842).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lamp {
    /// Messages that nobody has heard.
    pub new: u32,
    /// Messages that were heard.
    pub old: u32,
    /// Urgent ones among the new.
    pub urgent: u32,
}
