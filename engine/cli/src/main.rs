//! The `callwright` command: arguments in, text or JSON out, an exit code that says how it went.
//!
//! Every command is one file in `commands`; nothing here decides anything about a call.

mod commands;
mod dry;
mod embedded;
mod history;
mod report;
mod screen;
mod spreadsheet;
mod trace;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

/// Answers a business's telephone calls as its scripts say.
#[derive(clap::Parser)]
#[command(name = "callwright", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: commands::Command,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// 0
    Fine,
    /// 1: a test, a target or a call failed.
    Failed,
    /// 2: bad arguments, bad project.
    CouldNotRun,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Fine => ExitCode::SUCCESS,
            Ending::Failed => ExitCode::from(1),
            Ending::CouldNotRun => ExitCode::from(2),
        }
    }
}

fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(ending) => ending.into(),
        Err(message) => {
            screen::complain(&message);
            Ending::CouldNotRun.into()
        }
    }
}
