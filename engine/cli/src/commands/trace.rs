//! `callwright trace`

use std::path::PathBuf;

use model::CallId;

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Shows everything that happened in one call
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The call's number, as `callwright calls` shows it
    call: u64,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let history = History::open(&folder)?;
    let call = CallId(arguments.call);
    let entries = history.tokio.block_on(history.store.journal(call)).map_err(|error| error.to_string())?;
    let Some(first) = entries.first() else {
        return Err(format!("there is no call {call}; `callwright calls` lists them"));
    };
    if arguments.json {
        super::print_json(&entries)?;
        return Ok(Ending::Fine);
    }
    screen::say(format!("call {call}, {}", history.local(first.wall, "%A %Y-%m-%d")));
    for entry in &entries {
        let fact: String = entry.fact.to_string().chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        screen::say(format!("{}  {fact}", history.local(entry.wall, "%H:%M:%S%.3f")));
    }
    Ok(Ending::Fine)
}
