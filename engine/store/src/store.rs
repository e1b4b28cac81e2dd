//! The handle that everything else hangs on, and the rows of the engine's own runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{CallId, WallTime};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::StoreError;
use crate::database::{Database, Transaction};
use crate::recent::Recent;
use crate::sql::sql;

/// One run of the engine on this store, counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BootId(pub i64);

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The open store. Clones share one database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) boot: BootId,
    pub(crate) recent: Mutex<Recent>,
    next_seq: AtomicU64,
}

impl Store {
    /// Opens a store for reading beside the process that serves from it; every write fails.
    pub async fn open_to_read(url: &str, project: &Path) -> Result<Self, StoreError> {
        Ok(Self::new(Database::open_to_read(url, project).await?, BootId(0)))
    }

    pub(crate) fn new(database: Database, boot: BootId) -> Self {
        let recent = Mutex::default();
        Self { shared: Arc::new(Shared { database, boot, recent, next_seq: AtomicU64::new(1) }) }
    }

    /// This run of the engine; 0 when the store is open for reading only.
    pub fn boot(&self) -> BootId {
        self.shared.boot
    }

    /// The first call id that no call of this store has had. Ask once at start and count on from there.
    pub async fn next_call_id(&self) -> Result<CallId, StoreError> {
        let newest = "SELECT max(newest) FROM \
            (SELECT max(call_id) AS newest FROM calls UNION ALL SELECT max(call_id) FROM journal) AS ids";
        let newest: Option<i64> = self.database().value(sql(newest)).await?;
        Ok(CallId(newest.unwrap_or(0).cast_unsigned() + 1))
    }

    /// Says that this run is alive; call it every 5 s at most, since a crash ends its calls at the last heartbeat.
    pub async fn touch_boot(&self, now: WallTime) -> Result<(), StoreError> {
        let touch = "UPDATE boots SET heartbeat_at = $1 WHERE boot = $2";
        self.database().execute(sql(touch).bind(now.0).bind(self.boot().0)).await?;
        Ok(())
    }

    /// Marks this run as properly ended and closes the database. Flush the journal writer first.
    pub async fn close(&self, now: WallTime) -> Result<(), StoreError> {
        let end = "UPDATE boots SET heartbeat_at = $1, ended_at = $1 WHERE boot = $2";
        self.database().execute(sql(end).bind(now.0).bind(self.boot().0)).await?;
        self.database().close().await;
        Ok(())
    }

    /// Closes a store that was opened to change something.
    pub async fn close_changed(&self) {
        self.database().close().await;
    }

    /// What is damaged in the file, in the database's words; empty when it is sound. Reads everything: minutes on large files.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        self.database().damage().await
    }

    /// The file that takes journal entries while the database does not.
    pub fn spool_path(&self) -> PathBuf {
        self.database().spool()
    }

    pub(crate) fn database(&self) -> &Database {
        &self.shared.database
    }

    pub(crate) fn next_seq(&self) -> u64 {
        self.shared.next_seq.fetch_add(1, Ordering::Relaxed)
    }
}

pub(crate) async fn begin_boot(transaction: &mut Transaction, now: WallTime) -> Result<BootId, StoreError> {
    let last: Option<i64> = transaction.value(sql("SELECT max(boot) FROM boots")).await?;
    let boot = BootId(last.unwrap_or(0) + 1);
    let begin = "INSERT INTO boots (boot, started_at, heartbeat_at) VALUES ($1, $2, $2)";
    transaction.execute(sql(begin).bind(boot.0).bind(now.0)).await?;
    Ok(boot)
}
