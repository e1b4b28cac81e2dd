//! `callwright check`

use std::path::PathBuf;

use serde_json::json;

use crate::{Ending, screen, workspace};

/// Reads a project and says what is wrong with it: configuration, flows, prompts, calendars
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let (found, facts) = match workspace::load(&folder) {
        Ok(project) => {
            let facts = (project.version.clone(), project.flows.len(), project.config.name.clone());
            (project.diagnostics, Some(facts))
        }
        Err(found) => (found, None),
    };
    let ending = if found.has_errors() { Ending::CouldNotRun } else { Ending::Fine };
    if arguments.json {
        super::print_json(&json!({
            "project": folder.display().to_string(),
            "name": facts.as_ref().map(|(_, _, name)| name),
            "version": facts.as_ref().map(|(version, _, _)| version.to_string()),
            "passed": ending == Ending::Fine,
            "diagnostics": found.to_json(),
        }))?;
        return Ok(ending);
    }
    let color = screen::is_colorful();
    if !found.is_empty() {
        screen::say(found.render(color));
    }
    match facts {
        Some((version, flows, name)) => screen::say(format!(
            "{}: {name}, {}, version {version}, {}",
            screen::verdict("ok", true, color),
            screen::count(flows, "flow"),
            screen::tally(&found)
        )),
        None => screen::say(format!("{}: {}", screen::verdict("failed", false, color), screen::tally(&found))),
    }
    Ok(ending)
}
