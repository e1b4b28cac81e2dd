//! `callwright callbacks`

use std::path::PathBuf;

use model::{CallbackState, CallbackTask, Fact, Work, WorkState, short_duration};

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Callers who were lost by a crash are listed so far back.
const LOST_SHOWN: u32 = 100;

/// Lists who is to be called back, who was given up, and who was lost when the server died
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Take back what is promised to this number; the server must be running
    #[arg(long, value_name = "NUMBER")]
    cancel: Option<String>,
    /// Print one JSON object: `open`, `gave_up`, `lost`
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    if let Some(number) = &arguments.cancel {
        return cancel(&folder, number, arguments.json);
    }
    let history = History::open(&folder)?;
    let read = async {
        let open = history.store.work(CallbackTask::KIND, WorkState::Open).await?;
        let failed = history.store.work(CallbackTask::KIND, WorkState::Failed).await?;
        let lost = history.store.lost_callers(LOST_SHOWN).await?;
        Ok::<_, store::StoreError>((tasks(open), tasks(failed), lost))
    };
    let (open, gave_up, lost) = history.tokio.block_on(read).map_err(|error| error.to_string())?;
    if arguments.json {
        super::print_json(&serde_json::json!({ "open": open, "gave_up": gave_up, "lost": lost }))?;
        return Ok(Ending::Fine);
    }
    show(&history, "to be called back", &open);
    show(&history, "given up", &gave_up);
    for entry in lost {
        if let Fact::CallerLost { number, queue, waited, callback } = &entry.fact {
            let when = history.local(entry.wall, "%Y-%m-%d %H:%M");
            let then = callback.map_or("not called back".to_owned(), |id| format!("callback {id}"));
            let number = screen::printable(number);
            screen::say(format_args!("{when}  {number} was lost in {queue} after {}: {then}", short_duration(*waited)));
        }
    }
    Ok(Ending::Fine)
}

fn cancel(folder: &std::path::Path, number: &str, json: bool) -> Result<Ending, String> {
    let request = runtime::ControlRequest::CancelCallbacks { number: number.to_owned() };
    let answer = runtime::request_server(folder, &request).map_err(|error| format!("cannot cancel: {error}"))?;
    if json {
        super::print_json(&answer)?;
    }
    let cancelled = answer["cancelled"].as_u64().unwrap_or(0);
    match cancelled {
        _ if json => {}
        0 => screen::say(format_args!("nothing is promised to {}; nothing taken back", screen::printable(number))),
        _ => screen::say(format_args!("{cancelled} taken back")),
    }
    Ok(if cancelled == 0 { Ending::Failed } else { Ending::Fine })
}

fn tasks(work: Vec<Work>) -> Vec<CallbackTask> {
    let task = |unit| match unit {
        Work::Callback(task) => Some(task),
        _ => None,
    };
    work.into_iter().filter_map(task).collect()
}

fn show(history: &History, title: &str, tasks: &[CallbackTask]) {
    if tasks.is_empty() {
        return screen::say(format_args!("nobody {title}"));
    }
    screen::say(format_args!(
        "{:<6}{:<18}{:<16}{:<18}{:<18}{:>8}  {title}",
        "id", "number", "queue", "waits since", "next call", "attempts"
    ));
    for task in tasks {
        let next = match task.state {
            CallbackState::Dialing => "now".to_owned(),
            CallbackState::Stuck => "stuck".to_owned(),
            CallbackState::Waiting => history.local(task.next_at, "%Y-%m-%d %H:%M"),
            _ => "-".to_owned(),
        };
        screen::say(format_args!(
            "{:<6}{:<18}{:<16}{:<18}{next:<18}{:>8}  {}",
            task.id.0,
            screen::printable(&task.number),
            task.queue.as_str(),
            history.local(task.joined, "%Y-%m-%d %H:%M"),
            task.attempts,
            task.result,
        ));
    }
}
