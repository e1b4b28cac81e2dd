//! Files beside the database: created for their owner alone, and one that says who serves.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::StoreError;
use crate::database::beside;

/// One process serves from a database: a second one would take the first one's calls for those of a dead process.
pub(crate) fn lock(database: &Path, shown: &str) -> Result<File, StoreError> {
    let path = beside(database, "lock");
    let file = owner_only().open(&path).map_err(|source| file_error("create", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { database: shown.to_owned() }),
        Err(TryLockError::Error(source)) => Err(file_error("lock", &path, source)),
    }
}

/// Creates a file for its owner alone; SQLite gives the files beside it the same mode.
pub(crate) fn create(path: &Path) -> Result<(), StoreError> {
    owner_only().open(path).map(drop).map_err(|source| file_error("create", path, source))
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::File { action, path: path.to_owned(), source }
}
