//! Everything that only PostgreSQL understands: how to connect, lock and migrate.

mod address;
mod line;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::Mutex;

pub(crate) use address::Address;
pub use address::without_password;
pub(crate) use line::Transaction;

use self::line::{Line, durable};
use crate::StoreError;
use crate::lock::lock;
use crate::schema::{newest, refuse_newer, refuse_older};
use crate::sql::Sql;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;

/// A database on a server: one connection that writes and holds the lock, a few that read beside it.
#[derive(Debug)]
pub(crate) struct Server {
    /// The files in the project's folder that belong to this database begin so.
    pub(crate) local: PathBuf,
    pub(crate) reader: PgPool,
    /// None when the store is open for reading only.
    writer: Option<Arc<Mutex<Line>>>,
    _lock: Option<File>,
}

impl Server {
    /// Opens for serving: takes the lock, brings the schema forward.
    pub(crate) async fn open(address: Address, project: &Path) -> Result<Self, StoreError> {
        let local = project.join(format!("callwright.{}", address.file_name()));
        // Two processes of one folder would share the spool even while neither reaches the server.
        let files = lock(&local, address.shown())?;
        let mut line = Line::new(&address);
        line.ready().await?;
        bring_forward(&address).await?;
        let reader = readers().connect_lazy_with(read_only(&address));
        Ok(Self { local, reader, writer: Some(Arc::new(Mutex::new(line))), _lock: Some(files) })
    }

    /// Opens for reading, beside the process that serves; changes nothing.
    pub(crate) async fn open_to_read(address: Address, project: &Path) -> Result<Self, StoreError> {
        let local = project.join(format!("callwright.{}", address.file_name()));
        let options = read_only(&address);
        let mut connection = options.connect().await.map_err(|source| address.unreachable(&source))?;
        let (found, known) = (schema_version(&mut connection).await?, newest(&MIGRATIONS));
        connection.close().await?;
        refuse_newer(address.shown(), found, known)?;
        refuse_older(address.shown(), found, known)?;
        Ok(Self { local, reader: readers().connect_lazy_with(options), writer: None, _lock: None })
    }

    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        Transaction::begin(writer.clone().lock_owned().await).await
    }

    pub(crate) async fn begin_maintenance(&self) -> Result<Transaction, StoreError> {
        let mut transaction = self.begin().await?;
        transaction.take_time().await?;
        Ok(transaction)
    }

    pub(crate) async fn execute(&self, sql: Sql) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = transaction.execute(sql).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    pub(crate) async fn serve_as(&self, boot: i64) {
        if let Some(writer) = &self.writer {
            writer.lock().await.serve_as(boot);
        }
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        if let Some(writer) = &self.writer {
            writer.lock().await.close().await;
        }
    }
}

fn readers() -> PgPoolOptions {
    PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).max_connections(READERS_MAX)
}

fn read_only(address: &Address) -> PgConnectOptions {
    address.options().options([("default_transaction_read_only", "on")])
}

/// On a connection of its own: a large table may take longer to change than a statement may otherwise.
async fn bring_forward(address: &Address) -> Result<(), StoreError> {
    let mut connection = address.options().connect().await.map_err(|source| address.unreachable(&source))?;
    durable(&mut connection).await?;
    refuse_newer(address.shown(), schema_version(&mut connection).await?, newest(&MIGRATIONS))?;
    MIGRATIONS.run_direct(None, &mut connection, false).await?;
    Ok(connection.close().await?)
}

async fn schema_version(connection: &mut PgConnection) -> Result<i64, StoreError> {
    let there: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *connection).await?;
    if !there {
        return Ok(0);
    }
    let version: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await?;
    Ok(version.unwrap_or(0))
}
