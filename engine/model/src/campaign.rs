//! What a campaign as a whole must not forget: whether it runs, and how many answered calls found no agent.

use serde::{Deserialize, Serialize};

/// A campaign of `outgoing:`, known by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// As `outgoing:` names it.
    pub name: String,
    /// Whether it calls.
    pub state: CampaignState,
    /// The last 30 days, oldest first: drops are counted over them.
    pub days: Vec<CampaignDay>,
}

impl Campaign {
    /// The kind of [`crate::Work`].
    pub const KIND: &'static str = "campaign";
}

/// Whether a campaign calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Nobody has started it yet.
    #[default]
    Ready,
    /// It calls whoever is due.
    Running,
    /// It calls nobody until somebody lets it go on; calls in flight end as they do.
    Paused,
    /// Everybody was called as often as he should be.
    Finished,
    /// It ran when a version took it out of the project. In a version that has it again it is like new, but for what
    /// came of its contacts.
    Removed,
}

impl CampaignState {
    /// The word in journals and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            CampaignState::Ready => "ready",
            CampaignState::Running => "running",
            CampaignState::Paused => "paused",
            CampaignState::Finished => "finished",
            CampaignState::Removed => "removed",
        }
    }
}

/// What answered calls of one day came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignDay {
    /// Days since 1970-01-01, UTC.
    pub day: i64,
    /// Calls that a person answered.
    pub answered: u32,
    /// Those of them who waited for an agent longer than they should.
    pub dropped: u32,
}
