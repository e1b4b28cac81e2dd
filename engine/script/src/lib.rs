//! Projects and flows: configuration, the Rhai host, the checks.
//!
//! A project compiles to an immutable version; a flow runs on its own coroutine and yields an
//! [`Effect`] at every verb. Nothing here reads a clock, a file or the network.

pub mod calendar;
pub mod config;
mod diagnostic;
mod effect;

pub use diagnostic::{Diagnostic, Severity};
pub use effect::{
    Bridge, BridgeOrder, Callback, CallerCard, Collect, Effect, EffectResult, Lookup, Play,
    QueueRequest, Record, Say, SayKind, ShowNumber, Step, Voicemail,
};
