//! Everything that only SQLite understands: how to connect, lock, migrate and check.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::StoreError;

/// The database behind the API.
pub(crate) type Db = sqlx::Sqlite;
/// One row of a result.
pub(crate) type Row = sqlx::sqlite::SqliteRow;
/// One connection, alone or inside a transaction.
pub(crate) type Connection = sqlx::sqlite::SqliteConnection;
/// A transaction that holds the only writer.
pub(crate) type Transaction = sqlx::Transaction<'static, Db>;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

const BUSY_TIMEOUT: Duration = Duration::from_millis(250); // Longer locks are the journal spool's business.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;
const STATEMENTS_KEPT: usize = 128; // Four statements of many rows in 19 sizes each, and the small ones.
const ROWS_PER_STATEMENT: usize = 64; // 64 rows of 20 columns are far below the 32,766 values that SQLite takes.

/// An open database: one connection that writes, a few that read beside it.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) path: PathBuf,
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
    _lock: Option<File>,
}

impl Database {
    /// Opens for serving: creates the file (0600), takes the lock, brings the schema forward.
    pub(crate) async fn open(url: &str, project: &Path) -> Result<Self, StoreError> {
        let path = path_of(url, project)?;
        let lock = lock(&path)?;
        create(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .statement_cache_capacity(STATEMENTS_KEPT)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false) // The pool tests a connection when it comes back; nothing can cut it meanwhile.
            .idle_timeout(None)
            .max_lifetime(None);
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        let found = schema_version(&writer).await?;
        if found > newest() {
            return Err(StoreError::NewerSchema { path, found, known: newest() });
        }
        MIGRATIONS.run(&writer).await?;
        let reader = pool.max_connections(READERS_MAX).connect_lazy_with(options);
        Ok(Self { path, writer, reader, _lock: Some(lock) })
    }

    /// Opens for reading, beside the process that serves; changes nothing.
    pub(crate) async fn open_to_read(url: &str, project: &Path) -> Result<Self, StoreError> {
        let path = path_of(url, project)?;
        let options = SqliteConnectOptions::new().filename(&path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let reader = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_connections(READERS_MAX)
            .connect_with(options)
            .await?;
        let (found, known) = (schema_version(&reader).await?, newest());
        if found > known {
            return Err(StoreError::NewerSchema { path, found, known });
        }
        if found < known {
            return Err(StoreError::OlderSchema { path, found, known });
        }
        Ok(Self { path, writer: reader.clone(), reader, _lock: None })
    }

    /// Begins a transaction that holds the write lock from its first statement on, so that it cannot fail halfway.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// What is damaged, in SQLite's words; empty when nothing is.
    pub(crate) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        let mut lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.reader).await?;
        lines.retain(|line| line != "ok");
        Ok(lines)
    }
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
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
        None if url.starts_with("postgres") => bad("PostgreSQL is not supported yet"),
        None => bad("only `sqlite:` is known"),
    }
}

/// Creates the database file for its owner alone; SQLite gives the files beside it the same mode.
fn create(path: &Path) -> Result<(), StoreError> {
    owner_only().open(path).map(drop).map_err(|source| file_error("create", path, source))
}

/// One process serves from a database: a second one would take the first one's calls for those of a dead process.
fn lock(database: &Path) -> Result<File, StoreError> {
    let path = beside(database, "lock");
    let file = owner_only().open(&path).map_err(|source| file_error("create", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(file_error("lock", &path, source)),
    }
}

/// Rows in portions of 64, 48, 32 or 16, then the rest: few portions, and few statement texts, each prepared once.
pub(crate) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    const STEP: usize = 16;
    std::iter::from_fn(move || {
        let size = match rows.len().min(ROWS_PER_STATEMENT) {
            0 => return None,
            small @ 1..STEP => small,
            large => large - large % STEP,
        };
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

/// The file `callwright.db.<suffix>` beside `callwright.db`.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
}

fn file_error(action: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::File { action, path: path.to_owned(), source }
}
