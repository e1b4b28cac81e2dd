//! Opening for service: bring the schema forward, take in the spool, end what a dead run left open.

use std::path::Path;

use model::{CallId, Ender, Entry, Fact, HangupCause, Outcome, Timestamp, WallTime};

use crate::database::Database;
use crate::recording::OpenRecording;
use crate::spool::Spool;
use crate::sql::sql;
use crate::store::begin_boot;
use crate::{BootId, CallRecord, LostCaller, Store, StoreError};

/// What opening the store found and mended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenReport {
    /// Entries that a locked database had kept out, now in the journal.
    pub replayed_entries: usize,
    /// Calls that ended with the death of the process, with their end as it now stands in the record.
    pub repaired_calls: Vec<CallId>,
    /// Who waited in a queue when the process died, each until a [`Fact::CallerLost`] is journalled.
    pub waiting: Vec<LostCaller>,
    /// Recordings whose files need their header mended; then call [`Store::recording_repaired`].
    pub open_recordings: Vec<OpenRecording>,
}

impl Store {
    /// Opens `sqlite:path` (relative to `project`) or `postgres://…` for service and begins a new run.
    ///
    /// Fails when another process serves from it ([`StoreError::InUse`]) or a newer release wrote it.
    pub async fn open(url: &str, project: &Path, now: WallTime) -> Result<(Self, OpenReport), StoreError> {
        let database = Database::open(url, project).await?;
        let mut transaction = database.begin().await?;
        let boot = begin_boot(&mut transaction, now).await?;
        transaction.commit().await?;
        database.serve_as(boot.0).await;
        let store = Self::new(database, boot);
        let report = OpenReport {
            replayed_entries: Spool::at(store.spool_path()).replay(&store).await?,
            repaired_calls: store.end_dead_calls().await?,
            waiting: store.waiting_at_crash(now).await?,
            open_recordings: store.open_recordings().await?,
        };
        Ok((store, report))
    }

    /// Opens a database that nobody serves from, to change it: the schema is brought forward and the spool taken in,
    /// but no run begins, and what a dead run left open waits for the next server.
    pub async fn open_to_change(url: &str, project: &Path) -> Result<Self, StoreError> {
        let store = Self::new(Database::open(url, project).await?, BootId(0));
        Spool::at(store.spool_path()).replay(&store).await?;
        Ok(store)
    }

    /// Writes the end that a dead run could not write, into the journal as well as the records.
    async fn end_dead_calls(&self) -> Result<Vec<CallId>, StoreError> {
        let mut ends = Vec::new();
        for (boot, alive_at) in self.dead_boots().await? {
            for record in self.open_calls(boot).await? {
                ends.push(crash_end(&record, alive_at));
            }
        }
        self.append(&ends).await?;
        Ok(ends.iter().filter_map(|entry| entry.call).collect())
    }

    /// Earlier runs with open calls, and when each gave its last sign of life.
    async fn dead_boots(&self) -> Result<Vec<(BootId, WallTime)>, StoreError> {
        let dead = "SELECT boots.boot, boots.heartbeat_at, \
            (SELECT wall FROM journal WHERE journal.boot = boots.boot ORDER BY seq DESC LIMIT 1) AS last_entry \
            FROM boots WHERE boots.boot <> $1 \
            AND boots.boot IN (SELECT boot FROM calls WHERE ended_at IS NULL) ORDER BY boots.boot";
        let mut boots = Vec::new();
        for row in self.database().rows(sql(dead).bind(self.boot().0)).await? {
            let heartbeat: i64 = row.get("heartbeat_at")?;
            let last_entry: Option<i64> = row.get("last_entry")?;
            boots.push((BootId(row.get("boot")?), WallTime(heartbeat.max(last_entry.unwrap_or(heartbeat)))));
        }
        Ok(boots)
    }
}

fn crash_end(record: &CallRecord, alive_at: WallTime) -> Entry {
    let outcome = if record.conversations.is_empty() { Outcome::Failed } else { Outcome::Answered };
    Entry {
        at: Timestamp::ZERO,
        wall: alive_at.max(record.arrived_at),
        call: Some(record.call),
        fact: Fact::CallEnded { outcome, cause: HangupCause::Crash, by: Ender::Engine },
    }
}
