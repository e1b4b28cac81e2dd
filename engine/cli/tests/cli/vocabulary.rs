//! Running the binary, and projects to run it on.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Finished {
    /// What it printed, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with the surroundings of a test.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callwright"));
    command.args(arguments).current_dir(folder).env_remove("RUST_LOG").env("COLUMNS", "100").stdin(Stdio::null());
    command
}

/// Runs the command in a folder.
pub(crate) fn callwright(folder: &Path, arguments: &[&str]) -> Finished {
    let done = command(folder, arguments).output().unwrap();
    Finished {
        code: done.status.code().unwrap(),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// An empty folder.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A project in a folder of its own.
pub(crate) fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = folder();
    for (path, text) in files {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    folder
}
