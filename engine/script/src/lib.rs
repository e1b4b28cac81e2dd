//! Projects and flows: configuration, the Rhai host, the checks.
//!
//! A project compiles to an immutable version; a flow runs on its own coroutine and yields an
//! [`Effect`] at every verb. Nothing here reads a clock, a file or the network.

pub mod calendar;
pub mod config;
mod diagnostic;
mod effect;
pub mod project;
pub mod prompts;

pub use diagnostic::{Diagnostic, Diagnostics, Severity, did_you_mean, line_and_column};
pub use effect::{
    Bridge, BridgeOrder, Callback, CallerCard, Collect, Effect, EffectResult, Lookup, Play,
    QueueRequest, Record, Say, SayKind, ShowNumber, Step, Voicemail,
};
