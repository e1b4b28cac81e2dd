//! Recordings that nobody wants any more: the mark is durable first, the file goes when nothing names it, then the row.

use model::CallId;

use crate::database::Transaction;
use crate::expire::{call_of, forget_file};
use crate::sql::sql;
use crate::{Store, StoreError};

impl Store {
    /// Says that nobody wants this recording: a take that its caller said once more. Open or closed, it is no message.
    pub async fn discard_recording(&self, file: &str) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        let known = discard(&mut transaction, file).await?;
        transaction.commit().await?;
        if known == 0 { Err(StoreError::UnknownRecording { file: file.to_owned() }) } else { Ok(()) }
    }

    /// Discarded files that no message, greeting or delivery names, dead letters included. Delete each, then call
    /// [`Store::recording_deleted`].
    pub async fn deletable_recordings(&self) -> Result<Vec<(CallId, String)>, StoreError> {
        let select = "SELECT call_id, file FROM recordings WHERE state = 'discarded' AND NOT EXISTS \
            (SELECT 1 FROM work WHERE work.state <> 'done' AND work.kind IN ('message', 'greeting', 'delivery') \
            AND work.body LIKE '%' || recordings.file || '%') ORDER BY file";
        let rows = self.database().rows(sql(select)).await?;
        rows.iter().map(|row| Ok((call_of(row)?, row.get("file")?))).collect()
    }

    /// The file is gone: so are its row and its name in the record of its call.
    pub async fn recording_deleted(&self, call: CallId, file: &str) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        forget_file(&mut transaction, call, file).await?;
        transaction.commit().await
    }
}

/// Marks a recording inside a transaction; gives how many rows that were.
pub(crate) async fn discard(transaction: &mut Transaction, file: &str) -> Result<u64, StoreError> {
    transaction.execute(sql("UPDATE recordings SET state = 'discarded' WHERE file = $1").bind(file)).await
}

/// Does anything that is not done name this file?
pub(crate) async fn is_named(transaction: &mut Transaction, file: &str) -> Result<bool, StoreError> {
    let select = "SELECT count(*) FROM work WHERE state <> 'done' AND kind IN ('message', 'greeting', 'delivery') \
        AND body LIKE $1";
    Ok(transaction.value::<i64>(sql(select).bind(format!("%{file}%"))).await? > 0)
}
