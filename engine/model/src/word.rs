//! Results and causes as words: what flows compare, journals print and reports count.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word itself.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(
    /// What `bridge` gives.
    BridgeResult {
        /// Somebody answered, and the conversation is over.
        Answered = "answered",
        /// Every target was busy.
        Busy = "busy",
        /// Nobody answered within the ring time.
        NoAnswer = "no_answer",
        /// The call was refused by the person.
        Declined = "declined",
        /// It could not be placed: unknown, unreachable, not allowed.
        Failed = "failed",
    }
);

words!(
    /// Why a leg that we dialled was not answered.
    LegFailure {
        /// 486, 600.
        Busy = "busy",
        /// The ring time passed, 408 or 480 after ringing.
        NoAnswer = "no_answer",
        /// 603 and 403 from a phone.
        Declined = "declined",
        /// 404, 410, 484, 604: nobody lives there.
        NotFound = "not_found",
        /// No response at all, refused connection, 503: the next trunk may do better.
        Unreachable = "unreachable",
        /// No rule in `dial:` allows it, or a cap was hit.
        NotAllowed = "not_allowed",
        /// All lines of our trunk are taken, or a cap of the rule is reached: nothing was dialled.
        NoLine = "no_line",
        /// Anything else.
        Failed = "failed",
    }
);

words!(
    /// Why a leg or a call ended.
    HangupCause {
        /// Somebody put the receiver down.
        Normal = "normal",
        /// The caller gave up before an answer.
        Cancelled = "cancelled",
        /// The flow refused the call.
        Rejected = "rejected",
        /// No audio and no answer to our requests: the party vanished.
        Vanished = "vanished",
        /// Somebody else answered first.
        AnsweredElsewhere = "answered_elsewhere",
        /// Nobody answered in time.
        NoAnswer = "no_answer",
        /// The call was handed over.
        Transferred = "transferred",
        /// A time limit of the project or of the engine.
        TimeLimit = "time_limit",
        /// The server is going down.
        Shutdown = "shutdown",
        /// The process died; found at the next start.
        Crash = "crash",
        /// An error: signalling failed, the flow and its fallback failed.
        Error = "error",
    }
);

words!(
    /// How a call ended for the caller: the word in its record.
    Outcome {
        /// Talked to a person.
        Answered = "answered",
        /// Hung up while waiting for a person.
        Abandoned = "abandoned",
        /// Left a message.
        Voicemail = "voicemail",
        /// Will be called back.
        Callback = "callback",
        /// Was refused by the flow.
        Rejected = "rejected",
        /// Got what it wanted from the flow alone, or left the menu.
        Served = "served",
        /// We called, and nobody answered or could be served.
        NotReached = "not_reached",
        /// An error of the flow or the system that no fallback mended.
        Failed = "failed",
    }
);

words!(
    /// Why a playback ended.
    PlaybackEnd {
        /// Everything was heard.
        Finished = "finished",
        /// A digit or a command stopped it.
        Interrupted = "interrupted",
        /// The prompt could not be read.
        Missing = "missing",
    }
);

/// Where a call or a request came from, as far as the engine has verified it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A trunk, by its address list or its registration.
    Trunk(crate::TrunkId),
    /// An agent's phone, by digest authentication.
    Agent(crate::AgentId),
    /// Placed by the engine itself or by a simulation.
    Local,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Trunk(id) => write!(f, "trunk {id}"),
            Source::Agent(id) => write!(f, "agent {id}"),
            Source::Local => f.write_str("local"),
        }
    }
}
