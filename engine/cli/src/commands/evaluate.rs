//! `callwright evaluate`

use std::path::{Path, PathBuf};

use model::{CallId, Entry, Fact};
use script::form::Form;

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Fills in a form about a call, or lists what was filled in
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The call's number
    call: u64,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// A form of the project: `quality` is `forms/quality.yaml`; the server must be running
    #[arg(long, requires_all = ["by", "answers"])]
    form: Option<String>,
    /// Who listened
    #[arg(long, requires = "form")]
    by: Option<String>,
    /// Every question of the form: `greeting=5,solved=yes`
    #[arg(long, requires = "form")]
    answers: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let history = History::open(&folder)?;
    let call = CallId(arguments.call);
    let journal = history.tokio.block_on(history.store.journal(call)).map_err(|error| error.to_string())?;
    if journal.is_empty() {
        return Err(format!("there is no call {call}; `callwright calls` lists them"));
    }
    match (&arguments.form, &arguments.by, &arguments.answers) {
        (Some(form), Some(by), Some(answers)) => fill(&folder, call, (form, by, answers), arguments.json),
        _ => list(&history, &journal, arguments.json),
    }
}

fn fill(folder: &Path, call: CallId, (name, by, answers): (&str, &str, &str), json: bool) -> Result<Ending, String> {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !plain(name) {
        return Err(format!("a form is named with letters, digits, `-` and `_`, not {name:?}"));
    }
    if by.trim().is_empty() || by.chars().any(char::is_control) {
        return Err("`--by` says who listened".into());
    }
    let file = format!("forms/{name}.yaml");
    let text = std::fs::read_to_string(folder.join(&file)).map_err(|error| format!("cannot read `{file}`: {error}"))?;
    let form = Form::parse(&text).map_err(|error| format!("`{file}`: {error}"))?;
    let filled = form.fill(answers)?;
    let request = runtime::ControlRequest::Evaluate {
        call: call.0,
        form: name.to_owned(),
        by: by.trim().to_owned(),
        score: filled.score,
        answers: filled.answers,
    };
    let answer = runtime::request_server(folder, &request).map_err(|error| format!("cannot keep it: {error}"))?;
    if json {
        super::print_json(&answer)?;
    } else {
        screen::say(format_args!("call {call}: {} % by {name}", filled.score));
    }
    Ok(Ending::Fine)
}

fn list(history: &History, journal: &[Entry], json: bool) -> Result<Ending, String> {
    let evaluations: Vec<&Entry> =
        journal.iter().filter(|entry| matches!(entry.fact, Fact::CallEvaluated { .. })).collect();
    if json {
        super::print_json(&evaluations)?;
        return Ok(Ending::Fine);
    }
    if evaluations.is_empty() {
        screen::say("nobody has evaluated it");
    }
    for entry in evaluations {
        let when = history.local(entry.wall, "%Y-%m-%d %H:%M");
        screen::say(format_args!("{when}  {}", screen::printable(&entry.fact.to_string())));
    }
    Ok(Ending::Fine)
}
