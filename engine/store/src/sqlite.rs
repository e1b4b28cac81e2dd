//! Everything that only SQLite understands: how to connect, lock, migrate and check.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::StoreError;
use crate::lock::{create, lock};
use crate::schema::{newest, refuse_newer, refuse_older};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

const BUSY_TIMEOUT: Duration = Duration::from_millis(250); // Longer locks are the journal spool's business.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;
const STATEMENTS_KEPT: usize = 128; // Four statements of many rows in 19 sizes each, and the small ones.

/// An open database file: one connection that writes, a few that read beside it.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) path: PathBuf,
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
    _lock: Option<File>,
}

impl Files {
    /// Begins a transaction that holds the write lock from its first statement on.
    ///
    /// On a full disk SQLite undoes a transaction by itself, and the connection's count of transactions is wrong ever
    /// after: such a connection is replaced.
    pub(crate) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StoreError> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.writer.begin_with(BEGIN).await {
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    /// Opens for serving: creates the file (0600), takes the lock, brings the schema forward.
    pub(crate) async fn open(url: &str, project: &Path) -> Result<Self, StoreError> {
        let path = path_of(url, project)?;
        let lock = lock(&path, &path.display().to_string())?;
        create(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON") // What is erased is overwritten.
            .statement_cache_capacity(STATEMENTS_KEPT)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false) // The pool tests a connection when it comes back; nothing can cut it meanwhile.
            .idle_timeout(None)
            .max_lifetime(None);
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        refuse_newer(path.display(), schema_version(&writer).await?, newest(&MIGRATIONS))?;
        MIGRATIONS.run(&writer).await?;
        let reader = pool.max_connections(READERS_MAX).connect_lazy_with(options);
        Ok(Self { path, writer, reader, _lock: Some(lock) })
    }

    /// Opens for reading, beside the process that serves; changes nothing.
    pub(crate) async fn open_to_read(url: &str, project: &Path) -> Result<Self, StoreError> {
        let path = path_of(url, project)?;
        if !path.exists() {
            return Err(StoreError::Absent { database: path.display().to_string() });
        }
        let options = SqliteConnectOptions::new().filename(&path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let reader = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_connections(READERS_MAX)
            .connect_with(options)
            .await?;
        let (found, known) = (schema_version(&reader).await?, newest(&MIGRATIONS));
        refuse_newer(path.display(), found, known)?;
        refuse_older(path.display(), found, known)?;
        Ok(Self { path, writer: reader.clone(), reader, _lock: None })
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Empties the write-ahead log, which holds the pages as they were. Somebody who reads meanwhile is waited for.
    pub(crate) async fn forget_deleted(&self) -> Result<(), StoreError> {
        const TRIES: u32 = 40; // Ten seconds, with the busy timeout of each.
        for _ in 0..TRIES {
            let checkpoint = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)");
            let readers: i64 = checkpoint.fetch_one(&self.writer).await?;
            if readers == 0 {
                return Ok(());
            }
        }
        tracing::warn!(path = %self.path.display(), "somebody reads for long: the log still holds what was erased");
        Ok(())
    }

    /// What is damaged, in SQLite's words; empty when nothing is.
    pub(crate) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        let mut lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.reader).await?;
        lines.retain(|line| line != "ok");
        Ok(lines)
    }
}

async fn schema_version(pool: &SqlitePool) -> Result<i64, StoreError> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(pool).await?;
    if tables == 0 {
        return Ok(0);
    }
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(pool).await?;
    Ok(version.unwrap_or(0))
}

fn path_of(url: &str, project: &Path) -> Result<PathBuf, StoreError> {
    let bad = |reason| {
        let shown = url.split('@').next_back().unwrap_or(url); // Before the @ stands a password.
        Err(StoreError::BadUrl { url: shown.to_owned(), reason })
    };
    match url.strip_prefix("sqlite:") {
        Some("") => bad("it names no file"),
        Some(":memory:") => bad("a store in memory loses calls"),
        Some(path) => Ok(project.join(path.strip_prefix("//").unwrap_or(path))),
        None => bad("only `sqlite:` and `postgres://` are known"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use sqlx::{Connection as _, Executor as _};

    use super::*;

    #[tokio::test]
    async fn a_transaction_that_a_full_disk_has_undone_does_not_stop_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open("sqlite:full.db", folder.path()).await.unwrap();
        let mut full = files.writer.acquire().await.unwrap();
        full.begin_with("BEGIN IMMEDIATE").await.map(std::mem::forget).unwrap();
        full.execute("ROLLBACK").await.unwrap(); // As SQLite does: nobody has told the count.
        drop(full);
        let mut transaction = files.begin().await.unwrap();
        let insert = "INSERT INTO boots (boot, started_at, heartbeat_at) VALUES (1, 1, 1)";
        transaction.execute(insert).await.unwrap();
        transaction.commit().await.unwrap();
    }
}
