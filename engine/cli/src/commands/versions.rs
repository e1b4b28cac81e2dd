//! `callwright versions`

use std::path::PathBuf;

use serde_json::Value;

use crate::{Ending, screen};

/// Asks a running server which version of its project serves how many calls
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print a JSON object, with every live call
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let answer = super::ask_server(arguments.dir.as_deref())?;
    if arguments.json {
        super::print_json(&serde_json::json!({ "versions": answer["versions"], "calls": answer["calls"] }))?;
        return Ok(Ending::Fine);
    }
    for version in answer["versions"].as_array().into_iter().flatten() {
        let mark = if version["published"] == Value::Bool(true) { "  takes new calls" } else { "" };
        let name = version["version"].as_str().unwrap_or_default();
        screen::say(format_args!("{name}  {} live calls{mark}", version["calls"]));
    }
    Ok(Ending::Fine)
}
