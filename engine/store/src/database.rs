//! The back end behind the API: SQLite or PostgreSQL, chosen by one line of configuration.

use std::path::{Path, PathBuf};

use crate::sql::{Column, Row, Sql};
use crate::{StoreError, postgres, sqlite};

/// An open database: one connection that writes, a few that read beside it.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(sqlite::Files),
    Postgres(postgres::Server),
}

/// A transaction that holds the only writer; dropping it undoes it.
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(postgres::Transaction),
}

impl Database {
    /// Opens for serving: takes the lock, brings the schema forward.
    pub(crate) async fn open(url: &str, project: &Path) -> Result<Self, StoreError> {
        match postgres::Address::of(url)? {
            Some(address) => Ok(Self::Postgres(postgres::Server::open(address, project).await?)),
            None => Ok(Self::Sqlite(sqlite::Files::open(url, project).await?)),
        }
    }

    /// Opens for reading, beside the process that serves; changes nothing.
    pub(crate) async fn open_to_read(url: &str, project: &Path) -> Result<Self, StoreError> {
        match postgres::Address::of(url)? {
            Some(address) => Ok(Self::Postgres(postgres::Server::open_to_read(address, project).await?)),
            None => Ok(Self::Sqlite(sqlite::Files::open_to_read(url, project).await?)),
        }
    }

    /// Begins a transaction that holds the writer from its first statement on, so that it cannot fail halfway.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        match self {
            Self::Sqlite(files) => Ok(Transaction::Sqlite(files.begin().await?)),
            Self::Postgres(server) => Ok(Transaction::Postgres(server.begin().await?)),
        }
    }

    /// The same for what looks at every row: on PostgreSQL a statement may take a minute. Others wait meanwhile.
    pub(crate) async fn begin_maintenance(&self) -> Result<Transaction, StoreError> {
        match self {
            Self::Sqlite(files) => Ok(Transaction::Sqlite(files.begin().await?)),
            Self::Postgres(server) => Ok(Transaction::Postgres(server.begin_maintenance().await?)),
        }
    }

    /// The rows of a question.
    pub(crate) async fn rows(&self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(files) => Ok(of_sqlite(sql.sqlite()?.fetch_all(&files.reader).await?)),
            Self::Postgres(server) => Ok(of_postgres(sql.postgres()?.fetch_all(&server.reader).await?)),
        }
    }

    /// The first row of a question.
    pub(crate) async fn row(&self, sql: Sql) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql).await?.into_iter().next())
    }

    /// The first column of a question that always has one row.
    pub(crate) async fn value<T>(&self, sql: Sql) -> Result<T, StoreError>
    where
        T: for<'r> Column<'r>,
    {
        only(self.row(sql).await?)
    }

    /// One change in a transaction of its own; gives the number of rows.
    pub(crate) async fn execute(&self, sql: Sql) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(files) => Ok(sql.sqlite()?.execute(&files.writer).await?.rows_affected()),
            Self::Postgres(server) => server.execute(sql).await,
        }
    }

    /// From now on this run alone writes; a later run that took its place is noticed.
    pub(crate) async fn serve_as(&self, boot: i64) {
        if let Self::Postgres(server) = self {
            server.serve_as(boot).await;
        }
    }

    /// Ends all connections and gives the lock back.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(files) => files.close().await,
            Self::Postgres(server) => server.close().await,
        }
    }

    /// What is damaged, in the database's words; PostgreSQL has its own tools for that and is never damaged here.
    pub(crate) async fn damage(&self) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(files) => files.damage().await,
            Self::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Makes sure that what was deleted cannot be read from the files; PostgreSQL's autovacuum sees to its own.
    pub(crate) async fn forget_deleted(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(files) => files.forget_deleted().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// The file that takes journal entries while the database takes none.
    pub(crate) fn spool(&self) -> PathBuf {
        const SUFFIX: &str = "journal.spool";
        match self {
            Self::Sqlite(files) => beside(&files.path, SUFFIX),
            Self::Postgres(server) => beside(&server.local, SUFFIX),
        }
    }
}

impl Transaction {
    /// The rows of a question, this transaction's own changes included.
    pub(crate) async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(transaction) => Ok(of_sqlite(sql.sqlite()?.fetch_all(&mut **transaction).await?)),
            Self::Postgres(transaction) => Ok(of_postgres(transaction.rows(sql).await?)),
        }
    }

    /// The first row of a question.
    pub(crate) async fn row(&mut self, sql: Sql) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql).await?.into_iter().next())
    }

    /// The first column of a question that always has one row.
    pub(crate) async fn value<T>(&mut self, sql: Sql) -> Result<T, StoreError>
    where
        T: for<'r> Column<'r>,
    {
        only(self.row(sql).await?)
    }

    /// A change; gives the number of rows.
    pub(crate) async fn execute(&mut self, sql: Sql) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(transaction) => Ok(sql.sqlite()?.execute(&mut **transaction).await?.rows_affected()),
            Self::Postgres(transaction) => transaction.execute(sql).await,
        }
    }

    /// On return everything is on the disk. An error may come after that: whoever repeats must be able to tell.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.commit().await?),
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

fn only<T: for<'r> Column<'r>>(row: Option<Row>) -> Result<T, StoreError> {
    row.ok_or(sqlx::Error::RowNotFound)?.first()
}

fn of_sqlite(rows: Vec<sqlx::sqlite::SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn of_postgres(rows: Vec<sqlx::postgres::PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Postgres).collect()
}

/// Rows in portions of 64, 48, 32 or 16, then the rest: few portions, and few statement texts, each prepared once.
pub(crate) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    const ROWS_PER_STATEMENT: usize = 64; // 64 rows of 20 columns are far below the 32,766 values that both take.
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
