//! What is old enough goes, in small transactions between those of the journal.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{CallId, Contact, Message, MessageId, WallTime, Work};
use serde::Serialize;

use crate::database::Transaction;
use crate::discard::{discard, is_named};
use crate::sql::{Row, sql};
use crate::word::{from_json, micros, to_json};
use crate::{Store, StoreError, calls, work};

const ROWS_PER_STEP: i64 = 500; // A step must not keep the journal waiting.

/// How long things are kept; none is for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Calls from their arrival on, with their facts, and finished work from its end on.
    pub calls: Option<Duration>,
    /// Facts in the journal.
    pub journal: Option<Duration>,
    /// Recordings that are not messages.
    pub recordings: Option<Duration>,
    /// Messages since they were last touched.
    pub messages: Option<Duration>,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Files that nothing names any more, relative to the project: delete them.
    pub files: BTreeSet<String>,
    /// Messages: whoever has them in memory must forget them.
    #[serde(skip)]
    pub messages: BTreeSet<MessageId>,
    /// Calls.
    pub calls: u64,
    /// Facts, those of removed calls included.
    pub facts: u64,
    /// Recordings.
    pub recordings: u64,
    /// Messages, calls back, deliveries, contacts.
    pub work: u64,
}

impl Store {
    /// Removes what is older than `retention` allows; open calls, recordings and promises stay. Call it every hour.
    ///
    /// Interrupted, it goes on next time; then files of the steps that were done are known to nobody but the disk.
    pub async fn expire(&self, now: WallTime, retention: &Retention) -> Result<Expired, StoreError> {
        let mut expired = Expired::default();
        let before = |age: &Option<Duration>| age.map(|age| now.0.saturating_sub(micros(age)));
        if let Some(before) = before(&retention.messages) {
            while self.expire_messages(before, &mut expired).await? {}
        }
        if let Some(before) = before(&retention.recordings) {
            while self.expire_recordings(before, &mut expired).await? {}
        }
        if let Some(before) = before(&retention.calls) {
            while self.expire_calls(before, &mut expired).await? {}
            // Contacts stay: whoever was called to the end, or must not be called, would be somebody new on his list.
            let done = "DELETE FROM work WHERE kind <> $1 AND kind <> $2 AND state <> 'open' AND changed_at < $3";
            let mut transaction = self.database().begin().await?;
            work::remember_newest(&mut transaction).await?;
            let done = sql(done).bind(Message::KIND).bind(Contact::KIND).bind(before);
            expired.work += transaction.execute(done).await?;
            transaction.commit().await?;
        }
        if let Some(before) = before(&retention.journal) {
            self.expire_journal(before, &mut expired).await?;
        }
        Ok(expired)
    }

    async fn expire_messages(&self, before: i64, expired: &mut Expired) -> Result<bool, StoreError> {
        let select = "SELECT id, body FROM work WHERE kind = $1 AND changed_at < $2 LIMIT $3";
        let select = sql(select).bind(Message::KIND).bind(before).bind(ROWS_PER_STEP);
        let rows = self.database().rows(select).await?;
        let mut transaction = self.database().begin().await?;
        work::remember_newest(&mut transaction).await?;
        for row in &rows {
            let id: String = row.get("id")?;
            let work: Work = from_json(row.get("body")?, || format!("message {id}"))?;
            let Work::Message(message) = work else { continue };
            let delete = sql("DELETE FROM work WHERE kind = $1 AND id = $2").bind(Message::KIND).bind(id);
            expired.work += transaction.execute(delete).await?;
            expired.messages.insert(message.id);
            // A copy in another box, or a mail that is not out yet, has the same file.
            if is_named(&mut transaction, &message.file).await? {
                discard(&mut transaction, &message.file).await?;
            } else {
                expired.recordings += forget_file(&mut transaction, message.call, &message.file).await?;
                expired.files.insert(message.file);
            }
        }
        transaction.commit().await?;
        Ok(!rows.is_empty())
    }

    async fn expire_recordings(&self, before: i64, expired: &mut Expired) -> Result<bool, StoreError> {
        let select = "SELECT file, call_id FROM recordings \
            WHERE opened_at < $1 AND state <> 'open' AND mailbox IS NULL LIMIT $2";
        let rows = self.database().rows(sql(select).bind(before).bind(ROWS_PER_STEP)).await?;
        let mut transaction = self.database().begin().await?;
        for row in &rows {
            let (file, call) = (row.get::<String>("file")?, call_of(row)?);
            expired.recordings += forget_file(&mut transaction, call, &file).await?;
            expired.files.insert(file);
        }
        transaction.commit().await?;
        Ok(!rows.is_empty())
    }

    async fn expire_calls(&self, before: i64, expired: &mut Expired) -> Result<bool, StoreError> {
        // The newest id stays, so that no later call gets one again.
        let select = "SELECT call_id FROM calls WHERE arrived_at < $1 AND ended_at IS NOT NULL \
            AND call_id < (SELECT max(call_id) FROM calls) ORDER BY arrived_at LIMIT $2";
        let rows = self.database().rows(sql(select).bind(before).bind(ROWS_PER_STEP)).await?;
        let mut transaction = self.database().begin().await?;
        for row in &rows {
            let call = call_of(row)?.0.cast_signed();
            let of_call = |text| sql(text).bind(call);
            expired.facts += transaction.execute(of_call("DELETE FROM journal WHERE call_id = $1")).await?;
            for derived in [
                "DELETE FROM visits WHERE call_id = $1",
                "DELETE FROM marks WHERE call_id = $1",
                "DELETE FROM evaluations WHERE call_id = $1",
            ] {
                transaction.execute(of_call(derived)).await?;
            }
            expired.calls += transaction.execute(of_call("DELETE FROM calls WHERE call_id = $1")).await?;
        }
        transaction.commit().await?;
        Ok(!rows.is_empty())
    }

    /// Facts stand in the order of time, so that the first step without an old one is the last.
    async fn expire_journal(&self, before: i64, expired: &mut Expired) -> Result<(), StoreError> {
        let select = "SELECT boot, seq, wall, (SELECT count(*) FROM calls \
            WHERE calls.call_id = journal.call_id AND calls.ended_at IS NULL) AS goes_on \
            FROM journal WHERE (boot, seq) > ($1, $2) ORDER BY boot, seq LIMIT $3";
        let mut last = (i64::MIN, i64::MIN);
        loop {
            let select = sql(select).bind(last.0).bind(last.1).bind(ROWS_PER_STEP);
            let rows = self.database().rows(select).await?;
            let mut transaction = self.database().begin().await?;
            let mut old = 0;
            for row in &rows {
                let (boot, seq): (i64, i64) = (row.get("boot")?, row.get("seq")?);
                last = (boot, seq);
                if row.get::<i64>("wall")? >= before {
                    continue;
                }
                old += 1;
                if row.get::<i64>("goes_on")? == 0 {
                    let delete = sql("DELETE FROM journal WHERE boot = $1 AND seq = $2").bind(boot).bind(seq);
                    expired.facts += transaction.execute(delete).await?;
                }
            }
            transaction.commit().await?;
            if old == 0 {
                return Ok(());
            }
        }
    }
}

/// Removes a recording's row and its name from its call's record.
pub(crate) async fn forget_file(transaction: &mut Transaction, call: CallId, file: &str) -> Result<u64, StoreError> {
    for record in calls::load_all(transaction, &[call]).await? {
        let left: Vec<&String> = record.recordings.iter().filter(|name| *name != file).collect();
        let update = sql("UPDATE calls SET recordings = $1 WHERE call_id = $2").bind(to_json(&left)?);
        transaction.execute(update.bind(call.0.cast_signed())).await?;
    }
    transaction.execute(sql("DELETE FROM recordings WHERE file = $1").bind(file)).await
}

pub(crate) fn call_of(row: &Row) -> Result<CallId, StoreError> {
    Ok(CallId(row.get::<i64>("call_id")?.cast_unsigned()))
}
