//! Appending facts and keeping each call's record beside them, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use model::{CallId, Entry, Timestamp, WallTime};
use serde::{Deserialize, Serialize};

use crate::agents;
use crate::database::{Transaction, chunks};
use crate::recent::{self, Recent};
use crate::recording::Mended;
use crate::sql::{Row, sql};
use crate::word::{from_json, to_json};
use crate::{BootId, Store, StoreError};

/// An entry with its place in the journal, by which a repetition is recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbered {
    pub(crate) boot: BootId,
    pub(crate) seq: u64,
    pub(crate) entry: Entry,
}

/// What a batch meets in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// None of its rows, and no record of a call that arrives in it; the transaction fails when that is wrong.
    AllNew,
    /// Anything: look before writing.
    SomeKnown,
}

impl Store {
    /// Appends a batch and updates the records of its calls, all or nothing; on return it is on the disk.
    pub async fn append(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let rows: Vec<Numbered> = entries.iter().map(|entry| self.number(entry.clone())).collect();
        self.append_numbered(&rows).await
    }

    /// Appends a mended recording's facts together with what else becomes of it.
    pub(crate) async fn append_with(&self, entries: &[Entry], mended: &Mended) -> Result<(), StoreError> {
        let rows: Vec<Numbered> = entries.iter().map(|entry| self.number(entry.clone())).collect();
        let mut recent = self.shared.recent.lock().await;
        self.write(&rows, Expected::SomeKnown, &mut recent, Some(mended)).await
    }

    /// One call's facts in the order they happened.
    pub async fn journal(&self, call: CallId) -> Result<Vec<Entry>, StoreError> {
        let select = "SELECT boot, seq, at_us, wall, call_id, fact FROM journal WHERE call_id = $1 ORDER BY boot, seq";
        let rows = self.database().rows(sql(select).bind(call.0.cast_signed())).await?;
        rows.iter().map(entry_from_row).collect()
    }

    /// The newest `limit` facts of all calls and of the system, oldest first.
    pub async fn recent_entries(&self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let select = "SELECT boot, seq, at_us, wall, call_id, fact FROM journal ORDER BY boot DESC, seq DESC LIMIT $1";
        let rows = self.database().rows(sql(select).bind(i64::from(limit))).await?;
        rows.iter().rev().map(entry_from_row).collect()
    }

    /// Callers who waited in a queue when a process died, the newest `limit`, newest first.
    pub async fn lost_callers(&self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let select = "SELECT boot, seq, at_us, wall, call_id, fact FROM journal WHERE kind = 'caller_lost' \
            ORDER BY boot DESC, seq DESC LIMIT $1";
        let rows = self.database().rows(sql(select).bind(i64::from(limit))).await?;
        rows.iter().map(entry_from_row).collect()
    }

    pub(crate) fn number(&self, entry: Entry) -> Numbered {
        Numbered { boot: self.boot(), seq: self.next_seq(), entry }
    }

    /// Appends rows that may have been appended before: those that are there already change nothing.
    pub(crate) async fn append_numbered(&self, rows: &[Numbered]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut recent = self.shared.recent.lock().await;
        match self.write(rows, Expected::AllNew, &mut recent, None).await {
            // The primary keys find every repetition, so that only what repeats pays for the search.
            Err(StoreError::Database(sqlx::Error::Database(error))) if error.is_unique_violation() => {
                self.write(rows, Expected::SomeKnown, &mut recent, None).await
            }
            done => done,
        }
    }

    async fn write(
        &self,
        rows: &[Numbered],
        expected: Expected,
        recent: &mut Recent,
        mended: Option<&Mended>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        let mut fresh: Vec<&Numbered> = rows.iter().collect();
        if expected == Expected::SomeKnown {
            let mut known = known_rows(&mut transaction, rows).await?;
            fresh.retain(|row| known.insert((row.boot, row.seq)));
        }
        for chunk in chunks(&fresh) {
            insert(&mut transaction, chunk).await?;
        }
        agents::keep_states(&mut transaction, &fresh).await?;
        let touched = recent::update(&mut transaction, &fresh, expected, recent).await?;
        if let Some(mended) = mended {
            mended.keep(&mut transaction).await?;
        }
        transaction.commit().await?;
        recent.keep(touched);
        Ok(())
    }
}

async fn known_rows(transaction: &mut Transaction, rows: &[Numbered]) -> Result<BTreeSet<(BootId, u64)>, StoreError> {
    let mut ranges: BTreeMap<BootId, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let (low, high) = ranges.entry(row.boot).or_insert((row.seq, row.seq));
        (*low, *high) = (row.seq.min(*low), row.seq.max(*high));
    }
    let mut known = BTreeSet::new();
    let select = "SELECT seq FROM journal WHERE boot = $1 AND seq >= $2 AND seq <= $3";
    for (boot, (low, high)) in ranges {
        let select = sql(select).bind(boot.0).bind(low.cast_signed()).bind(high.cast_signed());
        for row in transaction.rows(select).await? {
            known.insert((boot, row.first::<i64>()?.cast_unsigned()));
        }
    }
    Ok(known)
}

async fn insert(transaction: &mut Transaction, rows: &[&Numbered]) -> Result<(), StoreError> {
    let mut insert = sql("INSERT INTO journal (boot, seq, at_us, wall, call_id, kind, fact) VALUES ");
    for row in rows {
        let entry = &row.entry;
        let fact = to_json(&entry.fact)?;
        insert.tuple([
            row.boot.0.into(),
            row.seq.cast_signed().into(),
            entry.at.as_micros().cast_signed().into(),
            entry.wall.0.into(),
            entry.call.map(|call| call.0.cast_signed()).into(),
            kind(&fact).into(),
            fact.into(),
        ]);
    }
    transaction.execute(insert).await?;
    Ok(())
}

/// The tag that serde writes first: `{"kind":"call_arrived",…`.
fn kind(fact: &str) -> &str {
    fact.split('"').nth(3).unwrap_or_default()
}

pub(crate) fn entry_from_row(row: &Row) -> Result<Entry, StoreError> {
    let (boot, seq): (i64, i64) = (row.get("boot")?, row.get("seq")?);
    let call: Option<i64> = row.get("call_id")?;
    let at: i64 = row.get("at_us")?;
    Ok(Entry {
        at: Timestamp::from_micros(at.cast_unsigned()),
        wall: WallTime(row.get("wall")?),
        call: call.map(|call| CallId(call.cast_unsigned())),
        fact: from_json(row.get("fact")?, || format!("journal entry {boot}/{seq}"))?,
    })
}
