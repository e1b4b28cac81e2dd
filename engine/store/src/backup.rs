//! A copy of the database while a server serves from it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::database::Database;
use crate::{Store, StoreError};

impl Store {
    /// Writes a consistent copy of an SQLite database to `file`, which must not exist; on return it is on the disk.
    ///
    /// A store opened for reading will do. Fails with [`StoreError::OtherBackup`] on PostgreSQL.
    pub async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        let Database::Sqlite(files) = self.database() else { return Err(StoreError::OtherBackup) };
        let failed = |action| move |source: io::Error| StoreError::File { action, path: file.to_owned(), source };
        // For its owner alone; SQLite fills an empty file.
        let copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed("create"))?;
        let vacuum = sqlx::query("VACUUM INTO $1").bind(file.to_string_lossy().into_owned());
        if let Err(error) = vacuum.execute(&files.reader).await {
            let _ = std::fs::remove_file(file); // Half a copy is none; what matters is the error.
            return Err(error.into());
        }
        copy.sync_all().map_err(failed("sync"))?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("sync the folder of"))
    }
}
