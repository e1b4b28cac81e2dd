//! What the switchboard hears and what it orders: values that two shells carry out, the runtime
//! with telephones and the simulator with fakes.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{
    AgentId, CallId, Entry, HangupCause, Lamp, LegFailure, LegId, PlaybackEnd, PlaybackId, Source, Ticket, TrunkId,
    Work,
};
use script::HttpRequest;
use script::prompts::PromptFile;

/// A call that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Who it came from, as far as it is verified.
    pub source: Source,
    /// The caller's number, `""` when withheld.
    pub from: String,
    /// The display name.
    pub name: String,
    /// The dialled number: user part of the Request-URI.
    pub to: String,
    /// SIP header fields that flows may read, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// INVITE with Replaces (RFC 3891): the leg that the new one takes over.
    pub replaces: Option<LegId>,
}

/// What happened to a leg's signalling.
#[derive(Debug, Clone, PartialEq)]
pub enum LegEvent {
    /// Somebody calls.
    Offered(Box<Offered>),
    /// Our call rings; with early media the party is heard already.
    Ringing {
        /// The party sends audio before it answers.
        early_media: bool,
    },
    /// Our call was answered.
    Answered,
    /// Our call was not answered.
    Failed(LegFailure),
    /// The party put us on hold by re-INVITE.
    Held,
    /// The party is back.
    Resumed,
    /// REFER from a phone.
    TransferRequested {
        /// User part or SIP address of Refer-To.
        to: String,
        /// Attended: the leg named by Replaces.
        replaces: Option<LegId>,
    },
    /// The party is gone: BYE, CANCEL, session timer, transport.
    HungUp(HangupCause),
}

/// What a leg shall do.
#[derive(Debug, Clone, PartialEq)]
pub enum LegCommand {
    /// Place a call.
    Dial(Box<Dial>),
    /// 180 Ringing, or 183 with audio.
    Ring {
        /// Let the caller hear us before the answer.
        early_media: bool,
    },
    /// 200 OK.
    Answer,
    /// A final refusal: SIP status 400–699.
    Reject {
        /// SIP status.
        status: u16,
        /// Seconds for Retry-After.
        retry_after: Option<u32>,
    },
    /// BYE or CANCEL, whatever fits; the leg is gone for the switchboard.
    Hangup(HangupCause),
    /// What became of a REFER: NOTIFY with a sipfrag (RFC 3515 §2.4.5).
    TransferDone {
        /// SIP status for the sipfrag.
        status: u16,
    },
}

/// An outbound call.
#[derive(Debug, Clone, PartialEq)]
pub struct Dial {
    /// Whom.
    pub callee: Callee,
    /// Number shown; none hides it (RFC 3323).
    pub show: Option<String>,
    /// Name shown.
    pub show_name: String,
    /// The call it belongs to, for `X-Callwright-Call`.
    pub call: CallId,
    /// What is known about the call, as header fields; only for phones of agents and sites of ours.
    pub card: Vec<(String, String)>,
}

/// Whom to call, routed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callee {
    /// A registered phone of an agent.
    Phone {
        /// Whose.
        agent: AgentId,
        /// Its contact address.
        contact: String,
    },
    /// A number by a trunk.
    Trunk {
        /// Which.
        trunk: TrunkId,
        /// The number, `[0-9*#+]{1,32}`.
        number: String,
    },
    /// A SIP address, directly.
    Uri(String),
}

/// One registered phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its address.
    pub uri: String,
}

/// Something that can be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioItem {
    /// A prompt of the call's version.
    Prompt {
        /// Name without extension.
        name: String,
        /// Its file, found by the version's index and fallback chain of languages; none when it is missing.
        file: Option<PromptFile>,
    },
    /// Words for the text-to-speech command.
    Text {
        /// The words.
        text: String,
        /// Language tag.
        language: String,
    },
    /// A recording of ours: a message, a greeting.
    Recording {
        /// Project-relative file.
        file: String,
    },
    /// A generated tone.
    Tone(Tone),
    /// Nothing.
    Silence(Duration),
}

/// Generated tones; cadence and frequency by the project's country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It rings over there.
    Ringback,
    /// Busy.
    Busy,
    /// Before a recording.
    Beep,
}

/// Whose voices a recording holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracks {
    /// Mono: what the party says.
    Party,
    /// Stereo: left what the party says, right what the party hears. It goes on through hold and transfers.
    Both,
}

/// How a supervisor takes part in a conversation.
pub use script::Supervision;

/// What a leg's audio shall do.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioCommand {
    /// Play items in order; a new playback replaces the running one, whose end is then not reported.
    Play {
        /// Whose end is reported by [`AudioEvent::PlaybackEnded`].
        playback: PlaybackId,
        /// What.
        items: Vec<AudioItem>,
        /// Again and again.
        looped: bool,
    },
    /// Stop what is playing; no event follows.
    StopPlayback,
    /// Record what the party says.
    StartRecording {
        /// Reported back in [`AudioEvent::RecordingEnded`].
        ticket: Ticket,
        /// Project-relative file.
        file: String,
        /// Longest length.
        max: Duration,
        /// Silence that ends it; zero for never.
        silence: Duration,
        /// Whose voices.
        tracks: Tracks,
    },
    /// End the recording; [`AudioEvent::RecordingEnded`] follows.
    StopRecording,
    /// Write silence instead of voices: card data must not be kept.
    PauseRecording,
    /// Write voices again.
    ResumeRecording,
    /// Let this leg take part in the conversation of `of`, an agent's leg, and of whoever `of` is joined with:
    /// `Listen` hears both and is heard by nobody, `Whisper` is heard by `of` alone, `Join` by both. It follows `of`
    /// through hold and transfers; [`AudioCommand::Part`] ends it. Sent again it changes the manner.
    Supervise {
        /// The agent's leg.
        of: LegId,
        /// How.
        how: Supervision,
    },
    /// Let this leg and `with` hear each other. Playbacks on both stop.
    Join {
        /// The other leg.
        with: LegId,
    },
    /// Stop passing audio in both directions.
    Part,
    /// Watch for silence of the RTP stream itself: [`AudioEvent::Vanished`] after this long; none stops watching.
    Watch(Option<Duration>),
}

/// What happened to a leg's audio.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioEvent {
    /// One key, `0-9*#A-D`.
    Digit(char),
    /// A playback is over.
    PlaybackEnded {
        /// Which.
        playback: PlaybackId,
        /// How.
        how: PlaybackEnd,
    },
    /// A prompt of a playback could not be read; the rest of it is heard.
    PromptMissing {
        /// Its name, or the file of a recording.
        prompt: String,
    },
    /// A recording is closed, its header right, its bytes synced.
    RecordingEnded {
        /// Which.
        ticket: Ticket,
        /// How much was recorded.
        length: Duration,
        /// `silence`, `max`, `stopped`, `failed`.
        ended_by: String,
    },
    /// No RTP for as long as asked.
    Vanished,
}

/// What the store shall keep before the call goes on; answered by `handle_stored`.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreCommand {
    /// A recording is about to begin: row first, then audio.
    OpenRecording {
        /// The call.
        call: CallId,
        /// What it is.
        name: String,
        /// Project-relative file.
        file: String,
        /// Whose voices.
        tracks: Tracks,
        /// The box whose message it becomes, even when the process dies meanwhile.
        mailbox: Option<String>,
        /// The caller's number.
        from: String,
    },
    /// A recording is complete.
    CloseRecording {
        /// Project-relative file.
        file: String,
        /// Its length.
        length: Duration,
        /// How it ended.
        ended_by: String,
    },
    /// Nobody wants this recording: its file goes too, when nothing names it.
    DiscardRecording {
        /// Project-relative file.
        file: String,
    },
    /// Units of work, all or none.
    Keep(Vec<Work>),
}

/// What a shell shall do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Signalling of a leg.
    Leg(LegId, LegCommand),
    /// Audio of a leg.
    Audio(LegId, AudioCommand),
    /// Look something up; answered by `handle_lookup` at the latest by its deadline.
    Lookup {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The project version whose directory is meant.
        version: model::VersionId,
        /// Directory.
        directory: String,
        /// Key.
        key: String,
    },
    /// Keep something durably; answered by `handle_stored`.
    Store {
        /// Comes back with the answer.
        ticket: Ticket,
        /// What.
        what: StoreCommand,
    },
    /// Ask another system over HTTP; answered by `handle_lookup` with a map of `status` and `body`, or null.
    Ask {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The project version whose rules hold.
        version: model::VersionId,
        /// What.
        request: HttpRequest,
    },
    /// Show on an agent's phones how many messages wait (RFC 3842).
    Lamp(AgentId, Lamp),
    /// Append to the journal.
    Journal(Entry),
    /// The last call that ran this version has ended.
    VersionUnused(model::VersionId),
}
