//! What is owed to somebody, kept until it is done: messages, calls back, deliveries, contacts.

use model::{CallbackId, Message, MessageId, MessageState, WallTime, Work, WorkState};

use crate::database::Transaction;
use crate::discard::discard;
use crate::sql::{Row, sql};
use crate::word::{from_json, to_json};
use crate::{Store, StoreError};

impl Store {
    /// Keeps units of work, all or none; what has the same kind and id is replaced. On return it is on the disk.
    pub async fn keep(&self, work: &[Work], now: WallTime) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        for unit in work {
            keep(&mut transaction, unit, now).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// All work of a kind in one state, in the order it is due.
    pub async fn work(&self, kind: &str, state: WorkState) -> Result<Vec<Work>, StoreError> {
        let select = "SELECT body FROM work WHERE kind = $1 AND state = $2 ORDER BY due_at, id";
        let rows = self.database().rows(sql(select).bind(kind).bind(state.as_str())).await?;
        rows.iter().map(work_from_row).collect()
    }

    /// The first message and the first call back that this store has never had, removed ones included.
    pub async fn next_work_ids(&self) -> Result<(MessageId, CallbackId), StoreError> {
        let newest = "SELECT max(newest) FROM (SELECT max(CAST(id AS BIGINT)) AS newest FROM work WHERE kind = $1 \
            UNION ALL SELECT id FROM newest_work WHERE kind = $1) AS ids";
        let mut next = [1, 1];
        for (next, kind) in next.iter_mut().zip(["message", "callback"]) {
            let id: Option<i64> = self.database().value(sql(newest).bind(kind)).await?;
            *next = id.unwrap_or(0).cast_unsigned() + 1;
        }
        Ok((MessageId(next[0]), CallbackId(next[1])))
    }
}

/// Before messages or calls back are removed: their numbers are not given again, whatever goes.
pub(crate) async fn remember_newest(transaction: &mut Transaction) -> Result<(), StoreError> {
    let newest = "INSERT INTO newest_work (kind, id) SELECT kind, max(CAST(id AS BIGINT)) FROM work \
        WHERE kind IN ('message', 'callback') GROUP BY kind \
        ON CONFLICT (kind) DO UPDATE SET id = excluded.id WHERE excluded.id > newest_work.id";
    transaction.execute(sql(newest)).await?;
    Ok(())
}

/// Keeps one unit of work inside a transaction. A message that is deleted leaves a recording that nobody wants.
pub(crate) async fn keep(transaction: &mut Transaction, unit: &Work, now: WallTime) -> Result<(), StoreError> {
    let upsert = "INSERT INTO work (kind, id, state, number, due_at, changed_at, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, \
        number = excluded.number, due_at = excluded.due_at, changed_at = excluded.changed_at, body = excluded.body";
    let upsert = sql(upsert)
        .bind(unit.kind())
        .bind(unit.id())
        .bind(unit.state().as_str())
        .bind(unit.number())
        .bind(unit.due_at().map(|at| at.0))
        .bind(now.0)
        .bind(to_json(unit)?);
    transaction.execute(upsert).await?;
    if let Work::Message(Message { state: MessageState::Deleted, file, .. }) = unit {
        discard(transaction, file).await?;
    }
    Ok(())
}

fn work_from_row(row: &Row) -> Result<Work, StoreError> {
    from_json(row.get("body")?, || "a unit of work".to_owned())
}
