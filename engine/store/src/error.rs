//! What can go wrong between a fact and the disk.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// `store:` names something that this build cannot open.
    #[error("cannot open the store `{url}`: {reason}; write `sqlite:callwright.db` or `postgres://user@host/database`")]
    BadUrl {
        /// What the configuration says, without a password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody has served from this SQLite file yet.
    #[error("nothing is kept yet: the database {database} is not there; `callwright run` makes it")]
    Absent {
        /// The file.
        database: String,
    },
    /// Another process serves from this database.
    #[error(
        "the database {database} is served by another callwright process; stop that one first, or give this project its own `store:`"
    )]
    InUse {
        /// The database, without a password.
        database: String,
    },
    /// While it was away from us another process began to serve from it.
    #[error("the database {database} was taken over by another callwright process; stop one of the two")]
    TakenOver {
        /// The database, without a password.
        database: String,
    },
    /// The server cannot be reached, or says nothing.
    #[error("cannot reach the database {database}: {reason}")]
    Unreachable {
        /// The database, without a password.
        database: String,
        /// What the system or the server said.
        reason: String,
    },
    /// The database took too long.
    #[error("the database has said nothing for {within:?}")]
    Silent {
        /// How long was waited.
        within: Duration,
    },
    /// It refused a moment ago and has not taken anything since.
    #[error("the database is away; it is asked again in a moment")]
    Away,
    /// What shall be erased is no number.
    #[error("`{text}` is no telephone number; write it with its country, `+4930111111`")]
    NoNumber {
        /// What was given.
        text: String,
    },
    /// A server makes its own copies.
    #[error("PostgreSQL makes its own copies: `pg_dump`, or a base backup of the server")]
    OtherBackup,
    /// Something was to be changed.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The database was written by a newer release.
    #[error(
        "the database {database} has schema version {found}, this callwright knows versions up to {known}; \
         start the newer callwright again, or restore your copy from before the upgrade"
    )]
    NewerSchema {
        /// The database, without a password.
        database: String,
        /// The version that is there.
        found: i64,
        /// The newest version that this build knows.
        known: i64,
    },
    /// A reader met a database that has not been brought to this build's schema.
    #[error(
        "the database {database} has schema version {found}, this callwright reads version {known}; \
         `callwright run` brings it forward"
    )]
    OlderSchema {
        /// The database, without a password.
        database: String,
        /// The version that is there, 0 for an empty one.
        found: i64,
        /// The version that this build reads.
        known: i64,
    },
    /// The tables could not be brought to the present schema.
    #[error("cannot bring the database to the present schema: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database refused: locked, full, damaged.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A file beside the database could not be used.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A row holds something that this build cannot read.
    #[error("cannot read {what}: {reason}; was it written by another callwright version?")]
    Unreadable {
        /// The row, by its key.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value could not be written as JSON.
    #[error("cannot write a fact as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    /// Nothing has that name.
    #[error("no open recording has the file `{file}`; open_recording comes first")]
    UnknownRecording {
        /// The file that was named.
        file: String,
    },
}
