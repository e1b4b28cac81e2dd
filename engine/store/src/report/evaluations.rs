//! Forms that were filled in about calls.

use crate::database::{Transaction, chunks};
use crate::sql::{Row, sql};
use crate::{CallRecord, Store, StoreError};

use super::calls::count;
use super::{Key, Span};

/// What one form says about one line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationSums {
    /// The line of the report.
    pub key: String,
    /// The form's name.
    pub form: String,
    /// How often it was filled in.
    pub filled: u64,
    /// The sum of the scores, each percent of what can be reached.
    pub score: u64,
}

impl Store {
    /// Forms that were filled in, whenever that was, about calls that arrived in a span, by a key.
    pub async fn evaluations(&self, span: Span, key: Key) -> Result<Vec<EvaluationSums>, StoreError> {
        let (by, only) = (key.column("arrived_at", "agent"), key.only("agent"));
        let text = format!(
            "SELECT {by} AS line, form, count(*) AS filled, CAST(sum(score) AS BIGINT) AS score FROM evaluations \
            WHERE arrived_at >= $1 AND arrived_at < $2 {only} GROUP BY 1, 2 ORDER BY 1, 2"
        );
        let rows = self.database().rows(sql("").then(&text).bind(span.from.0).bind(span.until.0)).await?;
        let sums = |row: &Row| {
            let (key, form) = (row.get("line")?, row.get("form")?);
            Ok(EvaluationSums { key, form, filled: count(row, "filled")?, score: count(row, "score")? })
        };
        rows.iter().map(sums).collect()
    }
}

/// Writes the evaluations of records; those that are there stay as they are.
pub(crate) async fn write(transaction: &mut Transaction, records: &[&CallRecord]) -> Result<(), StoreError> {
    let evaluations: Vec<_> =
        records.iter().flat_map(|record| record.evaluations.iter().enumerate().map(move |of| (record, of))).collect();
    for chunk in chunks(&evaluations) {
        let mut insert = sql("INSERT INTO evaluations (call_id, nth, form, score, arrived_at, dialed, flow, queue, \
            agent, campaign) VALUES ");
        for (record, (nth, evaluation)) in chunk {
            insert.tuple([
                record.call.0.cast_signed().into(),
                i64::try_from(*nth).unwrap_or(i64::MAX).into(),
                (&evaluation.form).into(),
                i64::from(evaluation.score).into(),
                record.arrived_at.0.into(),
                (&record.to).into(),
                record.flow.clone().unwrap_or_default().into(),
                record.queue().map_or("", model::QueueId::as_str).into(),
                record.agent().map_or(record.answered_by().unwrap_or_default(), model::AgentId::as_str).into(),
                record.direction.campaign().unwrap_or_default().into(),
            ]);
        }
        transaction.execute(insert.then(" ON CONFLICT (call_id, nth) DO NOTHING")).await?;
    }
    Ok(())
}
