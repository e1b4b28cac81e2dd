//! Projects and flows: configuration, the Rhai host, the checks.
//!
//! A project compiles to an immutable version; a flow runs on its own coroutine and yields an
//! [`Effect`] at every verb. Nothing here reads a clock, a file or the network.

pub mod calendar;
mod check;
pub mod config;
mod contacts;
mod coverage;
mod diagnostic;
mod effect;
mod failure;
mod flow;
pub mod form;
mod host;
mod library;
pub mod project;
pub mod prompts;
mod run;
mod source;
#[cfg(test)]
mod testing;
mod values;
mod verbs;

pub use check::Known;
pub use contacts::{CampaignLists, ContactRow, plain_number, read_contacts};
pub use coverage::{Coverage, FileCoverage};
pub use diagnostic::{Diagnostic, Diagnostics, Severity, did_you_mean, line_and_column};
pub use effect::{
    AgentRequest, Bridge, BridgeOrder, Callback, CallerCard, ChangeMessage, Collect, Effect, EffectResult, HttpRequest,
    Lookup, MessageChange, Play, Preferred, QueueRequest, Record, Say, SayKind, SetAgent, ShowNumber, Step,
    Supervision, Voicemail,
};
pub use flow::Flow;
pub use library::library_markdown;
pub use project::{Project, Secrets, Shipped, SourceFile, SourceTree};
pub use run::Run;
pub use source::Sources;
pub use verbs::{OptionInfo, OptionKind, VerbInfo, VerbKind, reference_markdown, verb, verbs};
