//! Directories in a database: one query with one parameter, by a connection that cannot write.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use model::Timestamp;
use script::config::Secret;
use serde_json::{Map, Value};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqliteColumn;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column as _, PgPool, Row as _, SqlitePool, TypeInfo as _, ValueRef as _};
use tokio::sync::OnceCell;

use crate::clock::Clock;

#[cfg(test)]
mod lookups;
#[cfg(test)]
#[path = "../../../store/tests/store/server.rs"]
#[expect(dead_code, reason = "the store's tests want more of it")]
mod server;

/// Connections to one directory: lookups are short.
const CONNECTIONS_MAX: u32 = 8;
/// SQLite looks at the clock after so many of its steps: some microseconds each, a fraction of a millisecond together.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;
/// Connections that nobody needs are closed.
const IDLE_AFTER: Duration = Duration::from_secs(300);

/// A query and the database that it asks; connected at the first lookup.
#[derive(Debug)]
pub(super) struct Sql {
    query: String,
    dsn: Secret,
    root: PathBuf,
    timeout: Duration,
    pool: OnceCell<Pool>,
}

#[derive(Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Sql {
    pub(super) fn new(root: &Path, query: &str, dsn: &Secret, timeout: Duration) -> Self {
        let query = query.trim().trim_end_matches(';').to_owned();
        Self { query, dsn: dsn.clone(), root: root.to_owned(), timeout, pool: OnceCell::new() }
    }

    /// The first row, null when there is none.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn find(&self, key: &str) -> Result<Value, String> {
        if key.contains('\0') {
            return Ok(Value::Null); // No text in PostgreSQL has one, and whoever sends it must not count as a failure.
        }
        let found = match self.pool.get_or_try_init(|| async { self.connect() }).await? {
            Pool::Sqlite(pool) => self.find_in_file(pool, key).await,
            Pool::Postgres(pool) => {
                // The database writes its own types, numeric and dates included, better than we would.
                let query = format!("SELECT row_to_json(found)::text FROM ({}\n) AS found LIMIT 1", self.query);
                let query = sqlx::query_scalar::<_, String>(AssertSqlSafe(query)).bind(key);
                let row = query.fetch_optional(pool).await;
                row.map(|row| row.map(|text| serde_json::from_str(&text).unwrap_or_default()))
            }
        };
        found.map(Option::unwrap_or_default).map_err(|error| error.to_string())
    }

    /// SQLite knows no time limit for a query: without one, whoever gave up waiting would leave it running for ever.
    async fn find_in_file(&self, pool: &SqlitePool, key: &str) -> Result<Option<Value>, sqlx::Error> {
        let (begun, limit) = (Clock::start(), Timestamp::ZERO + self.timeout);
        let mut connection = pool.acquire().await?;
        connection.lock_handle().await?.set_progress_handler(STEPS_BETWEEN_LOOKS, move || begun.now() < limit);
        let query = sqlx::query(AssertSqlSafe(self.query.clone())).bind(key);
        let row = query.fetch_optional(&mut *connection).await?;
        Ok(row.as_ref().map(sqlite_row))
    }

    fn connect(&self) -> Result<Pool, String> {
        let wrong = |error: sqlx::Error| format!("`dsn` cannot be read: {error}");
        if let Some(path) = self.dsn.expose().strip_prefix("sqlite:") {
            let path = self.root.join(path.strip_prefix("//").unwrap_or(path));
            let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(self.timeout);
            let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX).idle_timeout(IDLE_AFTER);
            return Ok(Pool::Sqlite(pool.acquire_timeout(self.timeout).connect_lazy_with(options)));
        }
        let limit = self.timeout.as_millis().to_string();
        let options = PgConnectOptions::from_str(self.dsn.expose())
            .map_err(wrong)?
            .application_name("callwright")
            .options([("default_transaction_read_only", "on"), ("statement_timeout", &limit)]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).idle_timeout(IDLE_AFTER);
        // A connection may take longer than a lookup: the pool opens one by itself, whoever gives up waiting.
        let pool = pool.min_connections(1).acquire_timeout(Duration::from_secs(10));
        Ok(Pool::Postgres(pool.connect_lazy_with(options)))
    }
}

fn sqlite_row(row: &SqliteRow) -> Value {
    let cells = row.columns().iter().map(|column| (column.name().to_owned(), sqlite_cell(row, column)));
    Value::Object(cells.collect::<Map<_, _>>())
}

/// SQLite types values, not columns; only what is true or false is known by its column.
fn sqlite_cell(row: &SqliteRow, column: &SqliteColumn) -> Value {
    let at = column.ordinal();
    let Ok(raw) = row.try_get_raw(at) else { return Value::Null };
    if raw.is_null() {
        return Value::Null;
    }
    match raw.type_info().name() {
        "INTEGER" if column.type_info().name() == "BOOLEAN" => {
            row.try_get::<bool, _>(at).map_or(Value::Null, Value::from)
        }
        "INTEGER" => row.try_get::<i64, _>(at).map_or(Value::Null, Value::from),
        "REAL" => row.try_get::<f64, _>(at).map_or(Value::Null, Value::from),
        "BLOB" => Value::Null,
        _ => row.try_get_unchecked::<String, _>(at).map_or(Value::Null, Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shop() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db")).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        for step in [
            "CREATE TABLE orders (number TEXT, state TEXT, items INTEGER, total REAL, paid BOOLEAN, note TEXT)",
            "INSERT INTO orders VALUES ('4711', 'sent', 3, 19.5, 1, NULL), ('4712', 'new', 1, 2.0, 0, 'o''clock')",
        ] {
            sqlx::query(step).execute(&pool).await.unwrap();
        }
        pool.close().await;
        folder
    }

    fn directory(root: &Path, query: &str) -> Sql {
        Sql::new(root, query, &Secret::new("sqlite:shop.db"), Duration::from_secs(5))
    }

    #[tokio::test]
    async fn a_row_is_found_by_its_key_with_its_types() {
        let folder = shop().await;
        let orders = directory(folder.path(), "select * from orders where number = $1;");
        let row = serde_json::json!(
            { "number": "4711", "state": "sent", "items": 3, "total": 19.5, "paid": true, "note": null }
        );
        assert_eq!(orders.find("4711").await.unwrap(), row);
        assert_eq!(orders.find("4712").await.unwrap()["note"], "o'clock");
        assert_eq!(orders.find("' or 1=1 --").await.unwrap(), Value::Null, "a key is a value, never SQL");
    }

    #[tokio::test]
    async fn a_lookup_cannot_write() {
        let folder = shop().await;
        let trick = directory(folder.path(), "with x as (select $1) delete from orders returning number");
        assert!(trick.find("4711").await.unwrap_err().contains("readonly"));
        let orders = directory(folder.path(), "select * from orders where number = $1");
        assert_eq!(orders.find("4711").await.unwrap()["state"], "sent");
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let orders = directory(folder.path(), "select * from orders where number = $1");
        assert!(orders.find("4711").await.is_err());
        assert!(!folder.path().join("shop.db").exists(), "nothing is made by looking");
    }
}
