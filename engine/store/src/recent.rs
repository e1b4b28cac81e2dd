//! The records of recent calls in memory, so that a fact costs no read and calls of one batch share their writes.

use std::collections::{BTreeMap, BTreeSet};

use model::{AgentId, CallId, Entry, Fact};

use crate::database::{Transaction, chunks};
use crate::journal::{Expected, Numbered};
use crate::record::{Applied, QueueVisit};
use crate::sql::sql;
use crate::{CallRecord, StoreError, calls, report};

/// The word of an agent who finishes the work of a call.
const WRAPS_UP: &str = "wrap_up";
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
    /// Its visits to queues as they stand in the database.
    visits: Vec<QueueVisit>,
}

impl Touched {
    fn begun(record: CallRecord) -> Self {
        Self { record, state: State::Begun, visits: Vec::new() }
    }

    fn kept(record: CallRecord) -> Self {
        let visits = record.queues.clone();
        Self { record, state: State::Unchanged, visits }
    }

    fn apply(&mut self, entry: &Entry) {
        let applied = self.record.apply(entry);
        self.note(applied);
    }

    fn note(&mut self, applied: Applied) {
        if applied == Applied::Changed && self.state == State::Unchanged {
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
    apply_all(rows, &mut touched);
    let of = |state| touched.values().filter(move |t| t.state == state).map(|t| &t.record).collect::<Vec<_>>();
    let (begun, changed) = (of(State::Begun), of(State::Changed));
    calls::insert(transaction, &begun).await?;
    calls::update(transaction, &changed).await?;
    let visited = touched.values().filter(|touched| touched.record.queues != touched.visits);
    report::write_visits(transaction, &visited.map(|touched| &touched.record).collect::<Vec<_>>()).await?;
    report::write_marks(transaction, &begun).await?;
    report::write_marks(transaction, &changed).await?;
    report::write_evaluations(transaction, &changed).await?;
    Ok(touched.into_values().map(|touched| touched.record).collect())
}

fn apply_all(rows: &[&Numbered], touched: &mut BTreeMap<CallId, Touched>) {
    let mut wrapping: BTreeMap<AgentId, Vec<CallId>> = BTreeMap::new();
    for (call, touched) in &*touched {
        for agent in touched.record.wrapping_up() {
            wrapping.entry(agent.clone()).or_default().push(*call);
        }
    }
    for row in rows {
        match (row.entry.call, &row.entry.fact) {
            (Some(call), fact) => {
                match touched.get_mut(&call) {
                    Some(touched) => touched.apply(&row.entry),
                    None => {
                        let begun = CallRecord::begin(row.boot, &row.entry);
                        touched.extend(begun.map(|record| (call, Touched::begun(record))));
                    }
                }
                if let Fact::QueueTalkEnded { agent, .. } = fact {
                    wrapping.entry(agent.clone()).or_default().push(call);
                }
            }
            (None, Fact::AgentStateChanged { agent, state, .. }) if state != WRAPS_UP => {
                for call in wrapping.remove(agent).unwrap_or_default() {
                    if let Some(touched) = touched.get_mut(&call) {
                        let applied = touched.record.wrapped_up(agent, row.boot, row.entry.wall);
                        touched.note(applied);
                    }
                }
            }
            _ => {}
        }
    }
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
    let wrapped = wrapped_up(transaction, rows).await?;
    let wrapped = wrapped.into_iter().filter(|call| !firsts.contains_key(call)).collect::<Vec<_>>();
    let mut records = Vec::with_capacity(firsts.len());
    let mut missing = Vec::new();
    for call in wrapped {
        match recent.records.remove(&call) {
            Some(record) => records.push(record),
            None => missing.push(call),
        }
    }
    for (call, first) in firsts {
        match (recent.records.remove(&call), first) {
            (Some(record), _) => records.push(record),
            (None, Fact::CallArrived { .. } | Fact::CallPlaced { .. }) if expected == Expected::AllNew => {}
            (None, _) => missing.push(call),
        }
    }
    records.extend(calls::load_all(transaction, &missing).await?);
    Ok(records.into_iter().map(|record| (record.call, Touched::kept(record))).collect())
}

/// Calls after which an agent wrapped up who, as the batch says, does so no more.
async fn wrapped_up(transaction: &mut Transaction, rows: &[&Numbered]) -> Result<Vec<CallId>, StoreError> {
    let agents: BTreeSet<&AgentId> = rows.iter().filter_map(|row| no_longer_wraps_up(&row.entry.fact)).collect();
    let agents: Vec<&AgentId> = agents.into_iter().collect();
    let mut calls = Vec::new();
    for chunk in chunks(&agents) {
        let mut select = sql("SELECT DISTINCT call_id FROM visits WHERE wraps_up_since IS NOT NULL AND agent IN (");
        for agent in chunk {
            select.value(agent.as_str());
        }
        for row in transaction.rows(select.then(")")).await? {
            calls.push(CallId(row.first::<i64>()?.cast_unsigned()));
        }
    }
    Ok(calls)
}

fn no_longer_wraps_up(fact: &Fact) -> Option<&AgentId> {
    match fact {
        Fact::AgentStateChanged { agent, state, .. } if state != WRAPS_UP => Some(agent),
        _ => None,
    }
}
