//! Call records as rows: loading, saving, asking.

use model::{CallId, Outcome, WallTime};
use sqlx::Row as _;
use sqlx::query_builder::{QueryBuilder, Separated};

use crate::record::{CallEnd, CallRecord};
use crate::sqlite::{Connection, Db, Row, chunks};
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
        let rows = sqlx::query(select)
            .bind(filter.from.map_or(i64::MIN, |from| from.0))
            .bind(filter.until.map_or(i64::MAX, |until| until.0))
            .bind(filter.number.clone().unwrap_or_default())
            .bind(filter.outcome.map_or("", Outcome::as_str))
            .bind(i64::from(filter.limit))
            .fetch_all(&self.database().reader)
            .await?;
        rows.iter().rev().map(record_from_row).collect()
    }

    /// The newest `limit` records, in the order of arrival.
    pub async fn recent(&self, limit: u32) -> Result<Vec<CallRecord>, StoreError> {
        self.calls(&CallFilter { limit, ..CallFilter::default() }).await
    }

    /// One call's record.
    pub async fn call(&self, call: CallId) -> Result<Option<CallRecord>, StoreError> {
        load(&mut *self.database().reader.acquire().await?, call).await
    }

    pub(crate) async fn open_calls(&self, boot: BootId) -> Result<Vec<CallRecord>, StoreError> {
        let select = "SELECT * FROM calls WHERE boot = $1 AND ended_at IS NULL ORDER BY call_id";
        let rows = sqlx::query(select).bind(boot.0).fetch_all(&self.database().reader).await?;
        rows.iter().map(record_from_row).collect()
    }
}

pub(crate) async fn load(connection: &mut Connection, call: CallId) -> Result<Option<CallRecord>, StoreError> {
    let select = "SELECT * FROM calls WHERE call_id = $1";
    let row = sqlx::query(select).bind(call.0.cast_signed()).fetch_optional(connection).await?;
    row.as_ref().map(record_from_row).transpose()
}

/// The records of those of `calls` that have one.
pub(crate) async fn load_all(connection: &mut Connection, calls: &[CallId]) -> Result<Vec<CallRecord>, StoreError> {
    let mut records = Vec::with_capacity(calls.len());
    for chunk in chunks(calls) {
        let mut query = QueryBuilder::<Db>::new("SELECT * FROM calls WHERE call_id IN (");
        let mut ids = query.separated(", ");
        for call in chunk {
            ids.push_bind(call.0.cast_signed());
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *connection).await? {
            records.push(record_from_row(&row)?);
        }
    }
    Ok(records)
}

/// Writes records of calls that have none; fails when one has.
pub(crate) async fn insert(connection: &mut Connection, records: &[&CallRecord]) -> Result<(), StoreError> {
    write(connection, records, "").await
}

/// Writes each record over the one that is there.
pub(crate) async fn update(connection: &mut Connection, records: &[&CallRecord]) -> Result<(), StoreError> {
    let over = " ON CONFLICT (call_id) DO UPDATE SET flow = excluded.flow, version = excluded.version, \
        answered_at = excluded.answered_at, connected_at = excluded.connected_at, ended_at = excluded.ended_at, \
        talked_us = excluded.talked_us, conversations = excluded.conversations, queues = excluded.queues, digits = excluded.digits, \
        tags = excluded.tags, recordings = excluded.recordings, outcome = excluded.outcome, cause = excluded.cause, \
        ended_by = excluded.ended_by";
    write(connection, records, over).await
}

async fn write(connection: &mut Connection, records: &[&CallRecord], conflict: &str) -> Result<(), StoreError> {
    for chunk in chunks(records) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO calls (call_id, boot, caller, dialed, source, flow, version, arrived_at, answered_at, \
            connected_at, ended_at, talked_us, conversations, queues, digits, tags, recordings, outcome, cause, ended_by) VALUES ",
        );
        for (index, record) in chunk.iter().enumerate() {
            query.push(if index == 0 { "(" } else { ", (" });
            bind(&mut query.separated(", "), record)?;
            query.push(")");
        }
        query.push(conflict);
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

fn bind(tuple: &mut Separated<'_, Db, &str>, record: &CallRecord) -> Result<(), StoreError> {
    let end = record.end.as_ref();
    tuple.push_bind(record.call.0.cast_signed());
    tuple.push_bind(record.boot.0);
    tuple.push_bind(record.from.clone());
    tuple.push_bind(record.to.clone());
    tuple.push_bind(to_json(&record.source)?);
    tuple.push_bind(record.flow.clone());
    tuple.push_bind(record.version.as_ref().map(ToString::to_string));
    tuple.push_bind(record.arrived_at.0);
    tuple.push_bind(record.answered_at.map(|at| at.0));
    tuple.push_bind(record.connected_at().map(|at| at.0));
    tuple.push_bind(end.map(|end| end.at.0));
    tuple.push_bind(micros(record.talked()));
    tuple.push_bind(to_json(&record.conversations)?);
    tuple.push_bind(to_json(&record.queues)?);
    tuple.push_bind(to_json(&record.digits)?);
    tuple.push_bind(to_json(&record.tags)?);
    tuple.push_bind(to_json(&record.recordings)?);
    tuple.push_bind(end.map(|end| end.outcome.as_str()));
    tuple.push_bind(end.map(|end| end.cause.as_str()));
    tuple.push_bind(end.map(|end| to_word(&end.by)).transpose()?);
    Ok(())
}

fn record_from_row(row: &Row) -> Result<CallRecord, StoreError> {
    let call = CallId(row.try_get::<i64, _>("call_id")?.cast_unsigned());
    let what = || format!("the record of call {call}");
    let version: Option<String> = row.try_get("version")?;
    let answered_at: Option<i64> = row.try_get("answered_at")?;
    let ended_at: Option<i64> = row.try_get("ended_at")?;
    let end = match ended_at {
        None => None,
        Some(at) => Some(CallEnd {
            at: WallTime(at),
            outcome: from_word(row.try_get("outcome")?, what)?,
            cause: from_word(row.try_get("cause")?, what)?,
            by: from_word(row.try_get("ended_by")?, what)?,
        }),
    };
    Ok(CallRecord {
        call,
        boot: BootId(row.try_get("boot")?),
        from: row.try_get("caller")?,
        to: row.try_get("dialed")?,
        source: from_json(row.try_get("source")?, what)?,
        flow: row.try_get("flow")?,
        version: version.map(|version| from_word(&version, what)).transpose()?,
        arrived_at: WallTime(row.try_get("arrived_at")?),
        answered_at: answered_at.map(WallTime),
        conversations: from_json(row.try_get("conversations")?, what)?,
        queues: from_json(row.try_get("queues")?, what)?,
        digits: from_json(row.try_get("digits")?, what)?,
        tags: from_json(row.try_get("tags")?, what)?,
        recordings: from_json(row.try_get("recordings")?, what)?,
        end,
    })
}
