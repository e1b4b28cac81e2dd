//! `callwright backup`

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use store::{Store, StoreError};

use crate::{Ending, history, screen, workspace};

/// Copies a project's store to a new file while the server runs; recordings are files of their own
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The new file
    file: PathBuf,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print one JSON object: `file`, `bytes`, and `with`, how to restore it
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let config = history::config_of(&folder)?;
    let url = config.store.expose();
    let file = &arguments.file;
    let copied = history::tokio()?.block_on(async { Store::open_to_read(url, &folder).await?.backup(file).await });
    let with = match copied {
        Ok(()) => "sqlite",
        Err(StoreError::OtherBackup) => {
            dump(url, file)?;
            "pg_restore"
        }
        Err(error) => return Err(format!("cannot back up: {error}")),
    };
    let bytes = std::fs::metadata(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?.len();
    if arguments.json {
        super::print_json(&json!({ "file": file, "bytes": bytes, "with": with }))?;
    } else {
        screen::say(format_args!(
            "{} holds the store, {bytes} bytes; keep the recordings' folder with it",
            file.display()
        ));
    }
    Ok(Ending::Fine)
}

/// PostgreSQL's own program, in its own format: `pg_restore` reads it.
fn dump(url: &str, file: &Path) -> Result<(), String> {
    if file.exists() {
        return Err(format!("`{}` exists already", file.display()));
    }
    let (address, password) = store::without_password(url);
    let mut pg_dump = Command::new("pg_dump");
    pg_dump.arg("--format=custom").arg("--file").arg(file).arg("--dbname").arg(address);
    // Everybody can read the arguments of a process, and nobody its environment.
    pg_dump.envs(password.map(|password| ("PGPASSWORD", password)));
    let ended = pg_dump.status().map_err(|error| {
        format!("cannot back up: PostgreSQL's `pg_dump` is needed here ({error}); apt-get install postgresql-client")
    })?;
    if ended.success() { Ok(()) } else { Err("cannot back up: `pg_dump` has said why".to_owned()) }
}
