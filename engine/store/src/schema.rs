//! Which schema a database has and which ones this build understands: forward only.

use std::fmt::Display;

use sqlx::migrate::Migrator;

use crate::StoreError;

/// The newest version that this build knows.
pub(crate) fn newest(migrations: &Migrator) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// A newer release has written here; we would not understand it.
pub(crate) fn refuse_newer(database: impl Display, found: i64, known: i64) -> Result<(), StoreError> {
    if found <= known {
        return Ok(());
    }
    Err(StoreError::NewerSchema { database: database.to_string(), found, known })
}

/// A reader changes nothing, the schema neither.
pub(crate) fn refuse_older(database: impl Display, found: i64, known: i64) -> Result<(), StoreError> {
    if found >= known {
        return Ok(());
    }
    Err(StoreError::OlderSchema { database: database.to_string(), found, known })
}
