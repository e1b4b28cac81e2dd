//! Call records as rows: loading, saving, asking.

use std::collections::BTreeMap;

use model::{CallId, Outcome, WallTime};

use crate::database::{Transaction, chunks};
use crate::record::{CallEnd, CallRecord, Direction, mark};
use crate::sql::{Row, Value, sql};
use crate::word::{from_json, from_word, micros, to_json, to_word};
use crate::{BootId, Store, StoreError};

/// Which call records to read; the default is the newest 1000.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFilter {
    /// Only calls that arrived at or after this.
    pub from: Option<WallTime>,
    /// Only calls that arrived before this.
    pub until: Option<WallTime>,
    /// Only calls from or to exactly this number.
    pub number: Option<String>,
    /// Only calls that ended so; open calls have no outcome.
    pub outcome: Option<Outcome>,
    /// At most so many, the newest.
    pub limit: u32,
}

impl Default for CallFilter {
    fn default() -> Self {
        Self { from: None, until: None, number: None, outcome: None, limit: 1000 }
    }
}

impl Store {
    /// The records that the filter lets through, in the order of arrival.
    pub async fn calls(&self, filter: &CallFilter) -> Result<Vec<CallRecord>, StoreError> {
        let select = "SELECT * FROM calls WHERE arrived_at >= $1 AND arrived_at < $2 \
            AND ($3 = '' OR caller = $3 OR dialed = $3) AND ($4 = '' OR outcome = $4) \
            ORDER BY arrived_at DESC, call_id DESC LIMIT $5";
        let select = sql(select)
            .bind(filter.from.map_or(i64::MIN, |from| from.0))
            .bind(filter.until.map_or(i64::MAX, |until| until.0))
            .bind(filter.number.clone().unwrap_or_default())
            .bind(filter.outcome.map_or("", Outcome::as_str))
            .bind(i64::from(filter.limit));
        let rows = self.database().rows(select).await?;
        rows.iter().rev().map(record_from_row).collect()
    }

    /// The newest `limit` records, in the order of arrival.
    pub async fn recent(&self, limit: u32) -> Result<Vec<CallRecord>, StoreError> {
        self.calls(&CallFilter { limit, ..CallFilter::default() }).await
    }

    /// One call's record.
    pub async fn call(&self, call: CallId) -> Result<Option<CallRecord>, StoreError> {
        let select = sql("SELECT * FROM calls WHERE call_id = $1").bind(call.0.cast_signed());
        self.database().row(select).await?.as_ref().map(record_from_row).transpose()
    }

    pub(crate) async fn open_calls(&self, boot: BootId) -> Result<Vec<CallRecord>, StoreError> {
        let select = "SELECT * FROM calls WHERE boot = $1 AND ended_at IS NULL ORDER BY call_id";
        let rows = self.database().rows(sql(select).bind(boot.0)).await?;
        rows.iter().map(record_from_row).collect()
    }
}

/// The records of those of `calls` that have one.
pub(crate) async fn load_all(transaction: &mut Transaction, calls: &[CallId]) -> Result<Vec<CallRecord>, StoreError> {
    let mut records = Vec::with_capacity(calls.len());
    for chunk in chunks(calls) {
        let mut select = sql("SELECT * FROM calls WHERE call_id IN (");
        for call in chunk {
            select.tuple([call.0.cast_signed().into()]);
        }
        for row in transaction.rows(select.then(")")).await? {
            records.push(record_from_row(&row)?);
        }
    }
    Ok(records)
}

/// Writes records of calls that have none; fails when one has.
pub(crate) async fn insert(transaction: &mut Transaction, records: &[&CallRecord]) -> Result<(), StoreError> {
    write(transaction, records, "").await
}

/// Writes each record over the one that is there.
pub(crate) async fn update(transaction: &mut Transaction, records: &[&CallRecord]) -> Result<(), StoreError> {
    let over = " ON CONFLICT (call_id) DO UPDATE SET flow = excluded.flow, version = excluded.version, \
        answered_at = excluded.answered_at, connected_at = excluded.connected_at, ended_at = excluded.ended_at, \
        talked_us = excluded.talked_us, conversations = excluded.conversations, queues = excluded.queues, digits = excluded.digits, \
        tags = excluded.tags, recordings = excluded.recordings, outcome = excluded.outcome, cause = excluded.cause, \
        ended_by = excluded.ended_by, legs = excluded.legs, stages = excluded.stages, queue = excluded.queue, \
        answered_by = excluded.answered_by, result = excluded.result, missed = excluded.missed, \
        waited_us = excluded.waited_us, evaluations = excluded.evaluations";
    write(transaction, records, over).await
}

async fn write(transaction: &mut Transaction, records: &[&CallRecord], conflict: &str) -> Result<(), StoreError> {
    for chunk in chunks(records) {
        let mut insert = sql(
            "INSERT INTO calls (call_id, boot, caller, dialed, source, flow, version, arrived_at, answered_at, \
            connected_at, ended_at, talked_us, conversations, queues, digits, tags, recordings, outcome, cause, ended_by, \
            direction, errand, attempt, legs, stages, queue, answered_by, campaign, result, missed, waited_us, \
            evaluations) VALUES ",
        );
        for record in chunk {
            insert.tuple(values(record)?);
        }
        transaction.execute(insert.then(conflict)).await?;
    }
    Ok(())
}

fn values(record: &CallRecord) -> Result<[Value; 32], StoreError> {
    let end = record.end.as_ref();
    let (errand, attempt) = match &record.direction {
        Direction::Outbound { errand, attempt } => (Some(to_json(errand)?), i64::from(*attempt)),
        Direction::Inbound | Direction::Internal => (None, 0),
    };
    Ok([
        record.call.0.cast_signed().into(),
        record.boot.0.into(),
        (&record.from).into(),
        (&record.to).into(),
        to_json(&record.source)?.into(),
        (&record.flow).into(),
        record.version.as_ref().map(ToString::to_string).into(),
        record.arrived_at.0.into(),
        record.answered_at.map(|at| at.0).into(),
        record.connected_at().map(|at| at.0).into(),
        end.map(|end| end.at.0).into(),
        micros(record.talked()).into(),
        to_json(&record.conversations)?.into(),
        to_json(&record.queues)?.into(),
        to_json(&record.digits)?.into(),
        to_json(&record.tags)?.into(),
        to_json(&record.recordings)?.into(),
        end.map(|end| end.outcome.as_str().to_owned()).into(),
        end.map(|end| end.cause.as_str().to_owned()).into(),
        end.map(|end| to_word(&end.by)).transpose()?.into(),
        record.direction.as_str().into(),
        errand.into(),
        attempt.into(),
        to_json(&record.legs)?.into(),
        to_json(&record.stages)?.into(),
        record.queue().map_or("", model::QueueId::as_str).into(),
        record.answered_by().unwrap_or_default().into(),
        record.direction.campaign().unwrap_or_default().into(),
        record.result().into(),
        i64::from(record.is_missed()).into(),
        micros(record.stages.queue + record.stages.ring).into(),
        to_json(&record.evaluations)?.into(),
    ])
}

fn record_from_row(row: &Row) -> Result<CallRecord, StoreError> {
    let call = CallId(row.get::<i64>("call_id")?.cast_unsigned());
    let what = || format!("the record of call {call}");
    let version: Option<String> = row.get("version")?;
    let answered_at: Option<i64> = row.get("answered_at")?;
    let ended_at: Option<i64> = row.get("ended_at")?;
    let end = match ended_at {
        None => None,
        Some(at) => Some(CallEnd {
            at: WallTime(at),
            outcome: from_word(row.get("outcome")?, what)?,
            cause: from_word(row.get("cause")?, what)?,
            by: from_word(row.get("ended_by")?, what)?,
        }),
    };
    let tags: BTreeMap<String, String> = from_json(row.get("tags")?, what)?;
    Ok(CallRecord {
        call,
        boot: BootId(row.get("boot")?),
        direction: direction_from_row(row, what)?,
        from: row.get("caller")?,
        to: row.get("dialed")?,
        source: from_json(row.get("source")?, what)?,
        flow: row.get("flow")?,
        version: version.map(|version| from_word(&version, what)).transpose()?,
        arrived_at: WallTime(row.get("arrived_at")?),
        answered_at: answered_at.map(WallTime),
        conversations: from_json(row.get("conversations")?, what)?,
        queues: from_json(row.get("queues")?, what)?,
        digits: from_json(row.get("digits")?, what)?,
        survey: tags.iter().filter_map(|(key, value)| mark(key, value)).collect(),
        tags,
        legs: from_json(row.get("legs")?, what)?,
        stages: from_json(row.get("stages")?, what)?,
        recordings: from_json(row.get("recordings")?, what)?,
        evaluations: from_json(row.get("evaluations")?, what)?,
        end,
    })
}

fn direction_from_row(row: &Row, what: impl Fn() -> String) -> Result<Direction, StoreError> {
    let errand: Option<String> = row.get("errand")?;
    Ok(match (row.get::<&str>("direction")?, errand) {
        ("outbound", Some(errand)) => {
            let attempt = u32::try_from(row.get::<i64>("attempt")?).unwrap_or(u32::MAX);
            Direction::Outbound { errand: from_json(&errand, what)?, attempt }
        }
        ("internal", _) => Direction::Internal,
        _ => Direction::Inbound,
    })
}
