//! One file per command.

mod backup;
mod call;
mod callbacks;
mod calls;
mod campaign;
mod check;
mod docs;
mod erase;
mod evaluate;
mod licenses;
mod new;
mod outbox;
mod queues;
mod recording;
mod report;
mod run;
mod simulate;
mod test;
mod trace;
mod versions;

use std::path::Path;

use crate::{Ending, screen, workspace};

/// What `callwright` can do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    New(new::Arguments),
    Check(check::Arguments),
    Test(test::Arguments),
    Simulate(simulate::Arguments),
    Run(run::Arguments),
    Call(call::Arguments),
    Calls(calls::Arguments),
    Queues(queues::Arguments),
    Callbacks(callbacks::Arguments),
    Campaign(campaign::Arguments),
    Report(report::Arguments),
    Recording(recording::Arguments),
    Evaluate(evaluate::Arguments),
    Outbox(outbox::Arguments),
    Trace(trace::Arguments),
    Backup(backup::Arguments),
    Erase(erase::Arguments),
    Versions(versions::Arguments),
    Licenses(licenses::Arguments),
    #[command(hide = true)]
    Docs(docs::Arguments),
}

impl Command {
    /// Runs it; an error is why it could not run at all.
    pub(crate) fn run(self) -> Result<Ending, String> {
        match self {
            Command::New(arguments) => new::run(&arguments),
            Command::Check(arguments) => check::run(&arguments),
            Command::Test(arguments) => test::run(&arguments),
            Command::Simulate(arguments) => simulate::run(&arguments),
            Command::Run(arguments) => run::run(&arguments),
            Command::Call(arguments) => call::run(&arguments),
            Command::Calls(arguments) => calls::run(&arguments),
            Command::Queues(arguments) => queues::run(&arguments),
            Command::Callbacks(arguments) => callbacks::run(&arguments),
            Command::Campaign(arguments) => campaign::run(&arguments),
            Command::Report(arguments) => report::run(&arguments),
            Command::Recording(arguments) => recording::run(&arguments),
            Command::Evaluate(arguments) => evaluate::run(&arguments),
            Command::Outbox(arguments) => outbox::run(&arguments),
            Command::Trace(arguments) => trace::run(&arguments),
            Command::Backup(arguments) => backup::run(&arguments),
            Command::Erase(arguments) => erase::run(&arguments),
            Command::Versions(arguments) => versions::run(&arguments),
            Command::Licenses(arguments) => licenses::run(&arguments),
            Command::Docs(arguments) => docs::run(&arguments),
        }
    }
}

/// Asks the server that serves a project what runs.
fn ask_server(dir: Option<&Path>) -> Result<serde_json::Value, String> {
    let folder = workspace::existing_project(dir)?;
    runtime::ask_server(&folder).map_err(|error| {
        format!("no server answers for `{}`: {error}; start it with `callwright run`", folder.display())
    })
}

/// Prints a value as JSON.
fn print_json(value: &impl serde::Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| format!("cannot write JSON: {error}"))?;
    screen::say(text);
    Ok(())
}
