//! `callwright outbox`

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use model::{Delivery, Work, WorkState};
use runtime::ControlRequest;

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Lists mails, short messages and webhooks that are on their way or were given up
///
/// A delivery that was given up stays in the list until `--retry` sends it again; the receiver sees the same key.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    /// Send this delivery again now, whether it waits or was given up
    #[arg(long, value_name = "KEY")]
    retry: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    if let Some(key) = &arguments.retry {
        retry(&folder, key)?;
        screen::say(format_args!("{key} is sent again"));
        return Ok(Ending::Fine);
    }
    let history = History::open(&folder)?;
    let rows = history.tokio.block_on(rows(&history)).map_err(|error| error.to_string())?;
    if arguments.json {
        super::print_json(&rows)?;
    } else if rows.is_empty() {
        screen::say("nothing is on its way, nothing was given up");
    } else {
        show(&history, &rows);
    }
    Ok(Ending::Fine)
}

/// Given up first: somebody should look at them.
async fn rows(history: &History) -> Result<Vec<Delivery>, store::StoreError> {
    let mut rows = history.store.work(Delivery::KIND, WorkState::Failed).await?;
    rows.extend(history.store.work(Delivery::KIND, WorkState::Open).await?);
    let delivery = |work| if let Work::Delivery(delivery) = work { Some(delivery) } else { None };
    Ok(rows.into_iter().filter_map(delivery).collect())
}

fn show(history: &History, rows: &[Delivery]) {
    screen::say(format_args!(
        "{:<24} {:<9} {:<8} {:<28} {:>5}  {:<16}  last answer",
        "key", "state", "by", "to", "tries", "next"
    ));
    for row in rows {
        let (state, next) = match row.state {
            WorkState::Failed => ("given up", "-".to_owned()),
            _ => ("open", history.local(row.next_at, "%m-%d %H:%M:%S")),
        };
        let (by, to) = (row.what.by(), screen::printable(row.what.to()));
        let (key, error) = (screen::printable(&row.key), screen::printable(&row.error));
        screen::say(format_args!(
            "{key:<24} {state:<9} {by:<8} {to:<28} {:>5}  {next:<16}  {}",
            row.attempts,
            error.trim_end()
        ));
    }
}

/// By the server if one runs, else in the store.
fn retry(folder: &Path, key: &str) -> Result<(), String> {
    match runtime::request_server(folder, &ControlRequest::RetryDelivery { key: key.to_owned() }) {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            let now = runtime::Clock::start().wall();
            let history = History::open_to_write(folder, now)?;
            history.tokio.block_on(async {
                runtime::retry_delivery(&history.store, key, now).await?;
                history.store.close(now).await.map_err(|error| error.to_string())
            })
        }
        Err(error) => Err(error.to_string()),
    }
}
