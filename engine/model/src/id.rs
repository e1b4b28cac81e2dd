//! Names of things. Text names are parsed once, at the edge; inside there are only ids.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text cannot name an agent, a queue or a trunk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` cannot be a name: {reason}")]
pub struct IdError {
    text: String,
    reason: &'static str,
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a name as configuration writes it: letters, digits, `_`, `-`, `.`; at most 64 bytes.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check_name(text).map(|()| Self(text.into()))
            }

            /// The name as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.to_string()
            }
        }
    };
}

number_id!(
    /// One call, from its arrival to its record. Unique for the life of a store.
    CallId, ""
);
number_id!(
    /// One party of a call: the caller, an agent's phone, a mobile that is being rung.
    LegId, ""
);
number_id!(
    /// One playback on a leg, so that its end is not mistaken for the end of the next one.
    PlaybackId, ""
);
number_id!(
    /// A promise to call back. Unique for the life of a store.
    CallbackId, ""
);
number_id!(
    /// A message in a box. Unique for the life of a store.
    MessageId, ""
);
number_id!(
    /// A request whose answer comes later: a lookup, a row to be stored.
    Ticket, ""
);
text_id!(
    /// An agent, as `callwright.yaml` names him.
    AgentId
);
text_id!(
    /// A queue, as `callwright.yaml` names it.
    QueueId
);
text_id!(
    /// A trunk, as `callwright.yaml` names it.
    TrunkId
);
text_id!(
    /// A published version of a project: the first 12 hex digits of its content hash.
    VersionId
);

fn check_name(text: &str) -> Result<(), IdError> {
    let fail = |reason| Err(IdError { text: text.chars().take(64).collect(), reason });
    if text.is_empty() {
        return fail("it is empty");
    }
    if text.len() > 64 {
        return fail("it is longer than 64 bytes");
    }
    if !text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return fail("only letters, digits, `_`, `-` and `.` may stand in it");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_once() {
        assert_eq!(QueueId::parse("sales").unwrap().as_str(), "sales");
        assert!(QueueId::parse("").is_err());
        assert!(AgentId::parse("anna petrova").is_err());
        assert!(TrunkId::parse(&"x".repeat(65)).is_err());
    }
}
