//! What a flow asks for and what it is told: the whole vocabulary between scripts and calls.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{BridgeResult, CallbackOrder, MessageState, Parcel, Place};

use crate::diagnostic::Diagnostic;

/// What `caller` shows a flow. `language` and `tags` change while the call lives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallerCard {
    /// The caller's number as the network gave it, `""` when withheld.
    pub number: String,
    /// The display name, control characters removed.
    pub name: String,
    /// The number that was dialled.
    pub dialed: String,
    /// Language of prompts: `en`, `ru`, `fa`.
    pub language: String,
    /// The call's number, as the journal has it.
    pub id: u64,
    /// SIP header fields by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// What flows and directories noted about the call.
    pub tags: BTreeMap<String, serde_json::Value>,
    /// 1 on the first try of an outgoing call, else 1.
    pub attempt: u32,
    /// The agent whose own telephone calls, proved by its password; `""` for everybody else.
    pub agent: String,
}

/// One step of a run: it wants something, is done, or went wrong.
#[derive(Debug)]
pub enum Step {
    /// The run is suspended at a verb; `place` is the verb's place in the user's file.
    Effect(Effect, Place),
    /// The last line was reached.
    Finished,
    /// The script failed; the diagnostic points at the culprit.
    Failed(Box<Diagnostic>),
    /// The run was ended by [`EffectResult::HungUp`].
    Ended,
}

/// What a verb asks the switchboard for.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Answer the call now. → `Done`
    Answer,
    /// Send ringing (180). → `Done`
    Ring,
    /// Refuse the call with a word: `busy`, `declined`, `not_found`, `unavailable`. → `HungUp`
    Reject(String),
    /// End the call. → `HungUp`
    Hangup,
    /// Prompts by name, in order. → `Done`
    Play(Play),
    /// A value in the caller's language. → `Done`
    Say(Say),
    /// Digits. → `Digits`
    Collect(Collect),
    /// Records the caller. → `Recorded`
    Record(Record),
    /// Waits in a queue and talks to the agent. → `Word`
    Queue(QueueRequest),
    /// Rings others and connects the first. → `Bridged`
    Bridge(Bridge),
    /// Hands the caller over. → `Word("done" | "failed")`
    Transfer(Bridge),
    /// Leaves a message in a box. → `Word`
    Voicemail(Voicemail),
    /// Books a call back. → `Word`
    Callback(Callback),
    /// The next moment at which it is `time` for the owner of a number and he may be called. → `Text`, empty for never
    CallbackTime {
        /// Whose clock counts.
        number: String,
        /// By that clock.
        time: jiff::civil::Time,
    },
    /// Takes back the calls back that are open for a number. → `Number` of them
    CancelCallback(String),
    /// The messages of a box, urgent and new ones first. → `Value`, a list of maps
    Messages(String),
    /// Marks, deletes or forwards a message. → `Word("done" | "unknown" | "failed")`
    ChangeMessage(ChangeMessage),
    /// Plays a recording by its file. → `Done`
    PlayRecording {
        /// Project-relative file, as `record` and `messages` give it.
        file: String,
        /// A digit interrupts; true unless told otherwise.
        barge_in: bool,
    },
    /// Makes a recording the greeting of a box. → `Word("done" | "failed")`
    SetGreeting {
        /// The box.
        mailbox: String,
        /// `busy`, `closed`, `temporary`.
        greeting: String,
        /// Project-relative file; none goes back to the prompt.
        file: Option<String>,
    },
    /// Queues a mail, a short message or a POST durably. → `Word("queued" | "refused")`
    Send(Parcel),
    /// Asks another system. → `Value`, a map, null when it did not answer in time
    Http(HttpRequest),
    /// Turns the recording of the call on or off. → `Word("recording" | "off" | "declined" | "failed")`
    RecordCall(bool),
    /// Card data follow: silence is recorded. → `Done`
    PauseRecording {
        /// Voices again after so long, whatever happens; the project's own limit when none.
        at_most: Option<Duration>,
    },
    /// Voices again. → `Done`
    ResumeRecording,
    /// Does nothing for a while. → `Done`
    Wait(Duration),
    /// The time now, in the project's zone. → `Text` (ISO 8601 with offset)
    Now,
    /// Is a calendar open now? → `Bool`
    Open(String),
    /// When does a calendar open next? → `Text` (ISO 8601 with offset), `""` when it does not within 400 days
    Opens(String),
    /// A directory. → `Value`, null when not found or too late
    Lookup(Lookup),
    /// An agent by name, extension or mobile. → `Value`, null when there is none
    FindAgent(String),
    /// Does this PIN belong to the agent? → `Bool`
    CheckPin {
        /// Agent's name.
        agent: String,
        /// What was typed.
        pin: String,
    },
    /// Does this PIN belong to the box? → `Bool`
    CheckBoxPin {
        /// The box.
        mailbox: String,
        /// What was typed.
        pin: String,
    },
    /// Changes what an agent does. → `Word("done" | "unknown")`
    SetAgent(SetAgent),
    /// Takes part in an agent's conversation until it is over. → `Word("done" | "not_talking")`
    Supervise {
        /// Agent's name.
        agent: String,
        /// How.
        how: Supervision,
    },
    /// How a queue stands. → `Value`, a map
    QueueState(String),
    /// Something worth knowing about the call. The card has it already. → `Done`
    Tag {
        /// Name of the tag.
        key: String,
        /// Its value.
        value: serde_json::Value,
    },
    /// The prompts' language changed. The card has it already. → `Done`
    Language(String),
    /// A line in the trace. → `Done`
    Log(String),
    /// Seeded chance, both ends included. → `Number`
    Random {
        /// Lowest number.
        low: i64,
        /// Highest number.
        high: i64,
    },
}

/// The answer to an [`Effect`].
#[derive(Debug, Clone, PartialEq)]
pub enum EffectResult {
    /// Nothing to say: it happened.
    Done,
    /// Digits, `""` when nothing came.
    Digits(String),
    /// A recording was made.
    Recorded {
        /// Project-relative file; `""` when nothing could be recorded.
        file: String,
        /// Length.
        length: Duration,
        /// `silence`, `digit:#`, `max`, `failed`.
        ended_by: String,
    },
    /// What became of a bridge.
    Bridged(BridgeResult),
    /// A result word.
    Word(String),
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(i64),
    /// A directory's answer.
    Value(serde_json::Value),
    /// The verb cannot be done and the flow is wrong: it fails at the verb's place with this text.
    Refused(String),
    /// The caller is gone: the run unwinds, no script can catch it.
    HungUp,
}

/// `play("welcome", #{ barge_in: true })`
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// Prompt names without extension.
    pub prompts: Vec<String>,
    /// A digit interrupts and stays typed ahead; true unless told otherwise.
    pub barge_in: bool,
}

/// `say(3, "number")`
#[derive(Debug, Clone, PartialEq)]
pub struct Say {
    /// The value as text: digits, ISO date, seconds as a decimal number, free text.
    pub value: String,
    /// How to read it.
    pub kind: SayKind,
    /// A digit interrupts; true unless told otherwise.
    pub barge_in: bool,
}

/// How `say` reads a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SayKind {
    /// Words, by the text-to-speech command.
    Text,
    /// A cardinal number.
    Number,
    /// Digit by digit.
    Digits,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// Hours, minutes and seconds.
    Duration,
    /// An amount with its currency, `"12.50 EUR"`.
    Money,
    /// The place in a queue.
    Position,
}

/// `collect(#{ prompt: "pin", max: 4 })`
#[derive(Debug, Clone, PartialEq)]
pub struct Collect {
    /// Prompts played first, cut by the first digit.
    pub prompts: Vec<String>,
    /// Fewest digits; fewer give `""`. Default 1.
    pub min: usize,
    /// Most digits. Default 1... 64 is the engine's limit.
    pub max: usize,
    /// Digits that end the input and are not part of it. Default `#` when `max > 1`.
    pub end: String,
    /// Time for the first digit, from the end of the prompts. Default 5 s.
    pub first: Duration,
    /// Time for each next digit. Default 3 s.
    pub next: Duration,
    /// Digits do not appear in journal, logs and traces.
    pub secret: bool,
    /// Complete answers known beforehand (a menu's keys): an unambiguous one ends the input at once.
    pub keys: Vec<String>,
}

/// `record("message", #{ max: 2.minutes, silence: 4.seconds, beep: true })`
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What it is; part of the file's name.
    pub name: String,
    /// Longest recording. Default 3 min.
    pub max: Duration,
    /// Ends after so much silence. Default 5 s; zero for never.
    pub silence: Duration,
    /// A tone before. Default true.
    pub beep: bool,
    /// Digits that end it. Default any.
    pub end: String,
}

/// `queue("support", #{ … })`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueRequest {
    /// The queue's name.
    pub queue: String,
    /// Seconds of virtual waiting.
    pub priority: i64,
    /// Required skills with least levels.
    pub skills: BTreeMap<String, u8>,
    /// Longest wait; the queue's own when none.
    pub max_wait: Option<Duration>,
    /// Agents to wait for, one after the other, before anybody may take it.
    pub prefer: Vec<Preferred>,
    /// Keys that leave the queue.
    pub exit_keys: String,
    /// Hold music; the queue's own when none.
    pub music: Option<String>,
    /// Prompt that the agent hears before he is connected; the queue's own when none.
    pub whisper: Option<String>,
}

/// An agent whom a caller should rather talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferred {
    /// Agent's name, or `"last"`: whoever talked to this number last.
    pub agent: String,
    /// How long to wait for him alone.
    pub wait: Duration,
}

/// `set_agent("anna", "not_ready", #{ reason: "lunch" })`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAgent {
    /// Agent's name.
    pub agent: String,
    /// What he shall do.
    pub to: AgentRequest,
}

/// What an agent, or somebody for him, asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentRequest {
    /// Signs in if he was out, and takes calls.
    Ready {
        /// Telephone number on which he works; his own phone when none.
        at: Option<String>,
    },
    /// Takes one call, then rests.
    OneCall,
    /// At work, takes no calls; after the call he has.
    NotReady {
        /// Lunch, training.
        reason: String,
    },
    /// Goes home; after the call he has.
    SignOut,
    /// The work after the call is done.
    WrapUpDone,
}

/// How a supervisor takes part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Supervision {
    /// Hears both, is heard by nobody.
    Listen,
    /// Is heard by the agent alone.
    Whisper,
    /// Is heard by both.
    Join,
}

impl Supervision {
    /// The word in flows and journals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Supervision::Listen => "listen",
            Supervision::Whisper => "whisper",
            Supervision::Join => "join",
        }
    }
}

/// `bridge(["+7916…", "sip:a@b"], #{ … })`
#[derive(Debug, Clone, PartialEq)]
pub struct Bridge {
    /// Numbers, SIP addresses, agents' names, extensions.
    pub targets: Vec<String>,
    /// Ring time per target. Default 30 s.
    pub ring_for: Duration,
    /// Order of ringing.
    pub how: BridgeOrder,
    /// Key the answerer must press before he is connected.
    pub confirm: Option<char>,
    /// Caller id shown to the targets.
    pub show: ShowNumber,
    /// Prompt that only the answerer hears before he is connected.
    pub whisper: Option<String>,
    /// What the caller hears meanwhile; the country's ring tone when none.
    pub music: Option<String>,
}

impl Bridge {
    /// Rings all targets at once, with the caller's own number and nothing special.
    pub fn all(targets: Vec<String>, ring_for: Duration) -> Self {
        Self {
            targets,
            ring_for,
            how: BridgeOrder::All,
            confirm: None,
            show: ShowNumber::Caller,
            whisper: None,
            music: None,
        }
    }
}

/// In what order several targets ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BridgeOrder {
    /// All at once.
    #[default]
    All,
    /// One after the other.
    InOrder,
    /// One more each `ring_for`, the earlier keep ringing.
    Cumulative,
    /// One after the other in random order.
    Random,
}

/// Caller id shown to a target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ShowNumber {
    /// The caller's own.
    #[default]
    Caller,
    /// None: anonymous, RFC 3323.
    Hidden,
    /// This one.
    Number(String),
}

/// `voicemail("reception", #{ greeting: "closed" })`
#[derive(Debug, Clone, PartialEq)]
pub struct Voicemail {
    /// The box.
    pub mailbox: String,
    /// `busy`, `closed`, or a prompt's name; `busy` when none.
    pub greeting: Option<String>,
}

/// `mark_message(id, "heard")`, `forward_message(id, "anna")`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeMessage {
    /// Which.
    pub message: u64,
    /// What becomes of it.
    pub to: MessageChange,
    /// Who did it: an agent's name, a box, a number.
    pub by: String,
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageChange {
    /// New, heard, deleted.
    State(MessageState),
    /// A copy in another box.
    Forward(String),
}

/// `http("https://crm.example/orders", #{ method: "POST", body: #{ … } })`
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: String,
    /// Address; its host must be one that the project allows.
    pub url: String,
    /// Header fields.
    pub headers: BTreeMap<String, String>,
    /// JSON body.
    pub body: Option<serde_json::Value>,
    /// Deadline. Default 3 s.
    pub timeout: Duration,
    /// Plays if the answer takes longer than 300 ms.
    pub meanwhile: Option<String>,
}

/// `callback(#{ queue: "support" })`
#[derive(Debug, Clone, PartialEq)]
pub struct Callback {
    /// Queue it belongs to.
    pub queue: String,
    /// Number to call; the caller's when none.
    pub number: Option<String>,
    /// It keeps the caller's place.
    pub keep_place: bool,
    /// Not before, ISO date and time in the project's zone.
    pub at: Option<String>,
    /// Who is called first; the queue's own when none.
    pub order: Option<CallbackOrder>,
}

/// `lookup("customers", caller.number, #{ meanwhile: "one-moment" })`
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The directory's name.
    pub directory: String,
    /// What to look for.
    pub key: String,
    /// Plays if the answer takes longer than 300 ms.
    pub meanwhile: Option<String>,
}
