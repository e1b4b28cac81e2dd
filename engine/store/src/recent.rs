//! The records of recent calls in memory, so that a fact costs no read and calls of one batch share their writes.

use std::collections::BTreeMap;

use model::{CallId, Entry, Fact};

use crate::database::Transaction;
use crate::journal::{Expected, Numbered};
use crate::record::Applied;
use crate::{CallRecord, StoreError, calls};

const RECORDS_MAX: usize = 4096; // A few megabytes; calls beyond are read from the database.

/// Records exactly as they were last committed. What is not here is read from the database.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    records: BTreeMap<CallId, CallRecord>,
}

impl Recent {
    /// Takes in what a batch touched; only after its transaction is on the disk.
    pub(crate) fn keep(&mut self, touched: Vec<CallRecord>) {
        self.records.extend(touched.into_iter().map(|record| (record.call, record)));
        if self.records.len() > RECORDS_MAX {
            self.records.retain(|_, record| record.end.is_none());
        }
        while self.records.len() > RECORDS_MAX {
            self.records.pop_first();
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unchanged,
    Changed,
    Begun,
}

struct Touched {
    record: CallRecord,
    state: State,
}

impl Touched {
    fn apply(&mut self, entry: &Entry) {
        if self.record.apply(entry) == Applied::Changed && self.state == State::Unchanged {
            self.state = State::Changed;
        }
    }
}

/// Brings the records of a batch's calls forward, each written at most once, and returns them for [`Recent::keep`].
///
/// They leave `recent` first: when the transaction fails, or nobody learns how it ended, they are read again.
pub(crate) async fn update(
    transaction: &mut Transaction,
    rows: &[&Numbered],
    expected: Expected,
    recent: &mut Recent,
) -> Result<Vec<CallRecord>, StoreError> {
    let mut touched = collect(transaction, rows, expected, recent).await?;
    for row in rows {
        let Some(call) = row.entry.call else { continue };
        match touched.get_mut(&call) {
            Some(touched) => touched.apply(&row.entry),
            None => {
                let begun = CallRecord::begin(row.boot, &row.entry);
                touched.extend(begun.map(|record| (call, Touched { record, state: State::Begun })));
            }
        }
    }
    let of = |state| touched.values().filter(move |t| t.state == state).map(|t| &t.record).collect::<Vec<_>>();
    calls::insert(transaction, &of(State::Begun)).await?;
    calls::update(transaction, &of(State::Changed)).await?;
    Ok(touched.into_values().map(|touched| touched.record).collect())
}

/// The records that the batch's calls have so far.
async fn collect(
    transaction: &mut Transaction,
    rows: &[&Numbered],
    expected: Expected,
    recent: &mut Recent,
) -> Result<BTreeMap<CallId, Touched>, StoreError> {
    let mut firsts: BTreeMap<CallId, &Fact> = BTreeMap::new();
    for row in rows {
        if let Some(call) = row.entry.call {
            firsts.entry(call).or_insert(&row.entry.fact);
        }
    }
    let mut records = Vec::with_capacity(firsts.len());
    let mut missing = Vec::new();
    for (call, first) in firsts {
        match (recent.records.remove(&call), first) {
            (Some(record), _) => records.push(record),
            (None, Fact::CallArrived { .. }) if expected == Expected::AllNew => {}
            (None, _) => missing.push(call),
        }
    }
    records.extend(calls::load_all(transaction, &missing).await?);
    Ok(records.into_iter().map(|record| (record.call, Touched { record, state: State::Unchanged })).collect())
}
