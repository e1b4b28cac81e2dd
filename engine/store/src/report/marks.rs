//! Marks that callers gave.

use crate::database::{Transaction, chunks};
use crate::sql::sql;
use crate::{CallRecord, Store, StoreError};

use super::calls::count;
use super::{Key, Span};

/// How often a mark was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkCount {
    /// The line of the report.
    pub key: String,
    /// The tag: `rating`.
    pub name: String,
    /// The mark.
    pub mark: u8,
    /// How often.
    pub calls: u64,
}

impl Store {
    /// Marks of calls that arrived in a span, by a key.
    pub async fn marks(&self, span: Span, key: Key) -> Result<Vec<MarkCount>, StoreError> {
        let (by, only) = (key.column("marked_at", "agent"), key.only("agent"));
        let text = format!(
            "SELECT {by} AS line, name, mark, count(*) AS calls FROM marks \
            WHERE marked_at >= $1 AND marked_at < $2 {only} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        );
        let rows = self.database().rows(sql("").then(&text).bind(span.from.0).bind(span.until.0)).await?;
        rows.iter()
            .map(|row| {
                let mark = u8::try_from(row.get::<i64>("mark")?).unwrap_or(u8::MAX);
                Ok(MarkCount { key: row.get("line")?, name: row.get("name")?, mark, calls: count(row, "calls")? })
            })
            .collect()
    }
}

/// Writes the marks of records over those that are there.
pub(crate) async fn write(transaction: &mut Transaction, records: &[&CallRecord]) -> Result<(), StoreError> {
    let marks: Vec<_> =
        records.iter().flat_map(|record| record.survey.iter().map(move |mark| (record, mark))).collect();
    for chunk in chunks(&marks) {
        let mut upsert =
            sql("INSERT INTO marks (call_id, name, mark, marked_at, dialed, flow, queue, agent, campaign) VALUES ");
        for (record, (name, mark)) in chunk {
            upsert.tuple([
                record.call.0.cast_signed().into(),
                (*name).into(),
                i64::from(**mark).into(),
                record.arrived_at.0.into(),
                (&record.to).into(),
                record.flow.clone().unwrap_or_default().into(),
                record.queue().map_or("", model::QueueId::as_str).into(),
                record.agent().map_or(record.answered_by().unwrap_or_default(), model::AgentId::as_str).into(),
                record.direction.campaign().unwrap_or_default().into(),
            ]);
        }
        let upsert = upsert.then(
            " ON CONFLICT (call_id, name) DO UPDATE SET mark = excluded.mark, flow = excluded.flow, \
            queue = excluded.queue, agent = excluded.agent",
        );
        transaction.execute(upsert).await?;
    }
    Ok(())
}
