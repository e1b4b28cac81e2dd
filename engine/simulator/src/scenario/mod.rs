//! `*.test.yaml`: stories of single calls, each step checked against what the caller experiences.

mod expect;
mod file;
mod mail;
mod outgoing;
mod people;
mod play;
mod run;
mod step;

pub(crate) use people::{directories, web};
pub use run::{Options, TestReport, TestResult, run_tests, scenario_files};
