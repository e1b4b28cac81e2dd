//! `callwright erase`

use std::io;
use std::path::{Path, PathBuf};

use runtime::{Clock, ControlRequest};
use serde_json::{Value, json};
use store::Store;

use crate::{Ending, history, screen, workspace};

/// Removes every trace of a number: from calls, journal, messages, promises and recordings
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The number, with its country: `+4930111111`
    number: String,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Who wants it, for the audit [default: the user who runs this]
    #[arg(long, value_name = "NAME")]
    asked_by: Option<String>,
    /// Print one JSON object: `erased` with counts, the number of `files`, and of calls with it that are `going_on`
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let asked_by = arguments.asked_by.clone().or(user.ok()).unwrap_or_else(|| "unknown".to_owned());
    let request = ControlRequest::Erase { number: arguments.number.clone(), asked_by: asked_by.clone() };
    let answer = match runtime::request_server(&folder, &request) {
        Ok(answer) => answer,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            without_server(&folder, &arguments.number, &asked_by)?
        }
        Err(error) => return Err(format!("cannot erase: {error}")),
    };
    if arguments.json {
        super::print_json(&answer)?;
    } else {
        screen::say(told(&answer));
    }
    Ok(Ending::Fine)
}

/// Nobody serves, so that nobody writes beside us: the store's lock makes sure of it.
fn without_server(folder: &Path, number: &str, asked_by: &str) -> Result<Value, String> {
    let config = history::config_of(folder)?;
    let erased = history::tokio()?.block_on(async {
        let store = Store::open_to_change(config.store.expose(), folder).await?;
        let erased = store.erase(number, &config.numbering, asked_by, Clock::start().wall()).await?;
        store.close_changed().await;
        Ok::<_, store::StoreError>(erased)
    });
    let erased = erased.map_err(|error| format!("cannot erase: {error}"))?;
    let files = runtime::delete_files(folder, &erased.files);
    Ok(json!({ "erased": erased, "files": files }))
}

fn told(answer: &Value) -> String {
    let erased = &answer["erased"];
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
    let count = |what: &str, one: &str| screen::count(number(&erased[what]), one);
    let going_on = match number(&answer["going_on"]) {
        0 => String::new(),
        calls => format!("\ncalls with it that go on: {calls}; it is erased again when they are over"),
    };
    format!(
        "erased: {}, mentions in {}, {}, {}, {}; {} deleted{going_on}\nbackups still hold the number: erase it again after \
         restoring one",
        count("calls", "call"),
        count("mentions", "other call"),
        count("facts", "fact"),
        count("recordings", "recording"),
        count("work", "message or promise"),
        screen::count(number(&answer["files"]), "file"),
    )
}
