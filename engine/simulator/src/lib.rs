//! The switchboard in virtual time: calls, scenarios and days with fake callers, phones and audio.
//!
//! It replaces runtime, SIP and media, and nothing else: the flows and the switchboard are those of
//! production. It never reads a clock or a file, opens no socket and draws no unseeded chance; the
//! same seed gives the same bytes.

mod agenda;
mod call;
pub mod compare;
pub mod day;
pub mod erlang;
pub mod figures;
mod habits;
mod outside;
pub mod picture;
mod reader;
mod report;
pub mod runs;
pub mod scenario;
pub mod statistics;
pub mod tables;
#[cfg(test)]
mod toy;
mod world;

pub use call::{Call, CallError, Key, parse_keys, simulate};
pub use habits::{Answer, Duty, Habits, People};
pub use outside::Outside;
pub use report::{Report, clock_time, trace_hash};
pub use scenario::{Options, TestReport, TestResult, run_tests, scenario_files};
pub use world::{Experience, FakeDirectories, Heard, HeardKind, Limit, Loss, Memory, Moment, World};
