//! Ids, time and plain values that two or more crates share.
//!
//! Nothing here behaves beyond parse, print and compare: no clock, no I/O, no decisions.

mod audio;
mod campaign;
mod contact;
mod fact;
mod fact_line;
mod id;
mod numbering;
mod queueing;
mod time;
mod word;
mod work;
mod written;

pub use audio::{Codec, Direction, MediaSpec};
pub use campaign::{Campaign, CampaignDay, CampaignState};
pub use contact::{Contact, ContactSource, ContactState, Reached};
pub use fact::{Ender, Entry, Fact, Place};
pub use id::{AgentId, CallId, CallbackId, IdError, LegId, MessageId, PlaybackId, QueueId, Ticket, TrunkId, VersionId};
pub use numbering::{Country, Numbering, plain};
pub use queueing::{BackOff, SkillOrder, Strategy};
pub use time::{Timestamp, WallTime, short_duration};
pub use word::{BridgeResult, HangupCause, LegFailure, Outcome, PlaybackEnd, Source};
pub use work::{
    CallbackOrder, CallbackState, CallbackTask, Delivery, Errand, Greeting, Lamp, Message, MessageState, Parcel, Work,
    WorkState,
};
pub use written::WrittenNumber;
