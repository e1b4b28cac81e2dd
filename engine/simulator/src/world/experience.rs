//! What a caller experiences, in order.

use model::{LegId, Place, QueueId, Timestamp};

/// Something a caller noticed.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Experience,
}

/// What a caller can notice.
#[derive(Debug, Clone, PartialEq)]
pub enum Experience {
    /// It rings.
    Rang,
    /// Something begins to be heard.
    Heard(Heard),
    /// Everything of one playback was heard to its end.
    Silence,
    /// A tone is over.
    ToneEnded(&'static str),
    /// He waits in this queue.
    WaitsIn(QueueId),
    /// A person is on the line.
    TalksTo {
        /// His leg.
        leg: LegId,
        /// Agent's name, number or SIP address.
        who: String,
        /// As the flow named him.
        target: String,
    },
    /// What is said from now on is not kept.
    RecordingPaused,
    /// It is kept again.
    RecordingResumed,
    /// The call was refused with this SIP status.
    Refused(u16),
    /// A transfer that this party asked for came to this SIP status.
    TransferDone(u16),
    /// The line is dead.
    Ended,
}

/// Something that sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Prompt's name, the spoken text, or the tone's name.
    pub name: String,
    /// Which of them.
    pub kind: HeardKind,
    /// The flow's line that plays it.
    pub place: Option<Place>,
}

/// Kinds of sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeardKind {
    /// A recorded prompt.
    Prompt,
    /// Words of the text-to-speech command.
    Text,
    /// A generated tone.
    Tone,
    /// A prompt without a readable file: nothing is heard.
    Missing,
}
