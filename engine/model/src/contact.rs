//! Somebody whom a campaign calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallId, WallTime, WorkState};

/// Somebody whom a campaign calls; known by campaign and number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The campaign, as `outgoing:` names it.
    pub campaign: String,
    /// Number to call.
    pub number: String,
    /// The list's other columns; the flow reads them in `caller.tags`.
    pub tags: BTreeMap<String, Value>,
    /// Where he comes from.
    #[serde(default)]
    pub source: ContactSource,
    /// Calls placed so far. Kept before a call is placed: at most one call per attempt.
    pub attempts: u32,
    /// Not before.
    pub next_at: WallTime,
    /// How far it is.
    pub state: ContactState,
    /// What came of it: the flow's `tag("result", …)`, or why nobody was reached.
    pub result: String,
    /// Who answered the last call, as far as it can be known.
    #[serde(default)]
    pub reached: Reached,
    /// The last call.
    pub call: Option<CallId>,
}

impl Contact {
    /// The kind of [`crate::Work`].
    pub const KIND: &'static str = "contact";

    /// Unique among contacts.
    pub fn id(&self) -> String {
        format!("{}/{}", self.campaign, self.number)
    }
}

/// Where a contact comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactSource {
    /// Somebody added him: he is called whatever the list says.
    #[default]
    Added,
    /// A row of the campaign's list: without it he is not called.
    List,
}

/// Who answered. Answering machines are not detected: only a key or a conversation proves that it was a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// Nobody.
    #[default]
    Nobody,
    /// Somebody or something that pressed no key: a person who listened, or a machine.
    Answered,
    /// Somebody who pressed a key.
    Key,
    /// Somebody who talked to an agent or another party.
    Talked,
}

impl Reached {
    /// The word in exports and figures.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reached::Nobody => "nobody",
            Reached::Answered => "answered",
            Reached::Key => "key",
            Reached::Talked => "talked",
        }
    }
}

/// How far a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// It waits for its time.
    Waiting,
    /// A call is placed; found so at the start, the process died meanwhile and the attempt counts.
    Dialing,
    /// It was reached and the flow is through.
    Done,
    /// Every attempt failed.
    GaveUp,
    /// It must not be called.
    Excluded,
    /// Its row was taken out of the list before it was reached; with the row it comes back.
    Withdrawn,
}

impl ContactState {
    pub(crate) const fn work(self) -> WorkState {
        match self {
            ContactState::Waiting | ContactState::Dialing => WorkState::Open,
            ContactState::Done | ContactState::Excluded | ContactState::Withdrawn => WorkState::Done,
            ContactState::GaveUp => WorkState::Failed,
        }
    }

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            ContactState::Waiting => "waiting",
            ContactState::Dialing => "dialing",
            ContactState::Done => "done",
            ContactState::GaveUp => "gave_up",
            ContactState::Excluded => "excluded",
            ContactState::Withdrawn => "withdrawn",
        }
    }
}
