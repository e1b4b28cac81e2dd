//! Visits to queues in sums, and as rows beside the record.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::database::{Transaction, chunks};
use crate::sql::{Row, sql};
use crate::word::{duration, micros};
use crate::{CallRecord, Store, StoreError};

use super::calls::count;
use super::{Key, Limits, Span};

/// Visits to queues of one line of a report:
/// offered = answered + abandoned + voicemail + callback + other + waiting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitSums {
    /// Came to a queue, refused ones included. Calls that the engine placed do not count.
    pub offered: u64,
    /// An agent answered.
    pub answered: u64,
    /// Answered within the queue's limit.
    pub answered_in_time: u64,
    /// Hung up while waiting.
    pub abandoned: u64,
    /// Hung up within the queue's limit.
    pub abandoned_in_time: u64,
    /// Hung up within the queue's `short_abandon`.
    pub abandoned_short: u64,
    /// Left for a message.
    pub voicemail: u64,
    /// Left for a call back.
    pub callback: u64,
    /// Left otherwise: timed out, full, no agents, exit key, withdrawn.
    pub other: u64,
    /// Still waits.
    pub waiting: u64,
    /// Sum of the waits of those answered, ringing included.
    pub wait_answered: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Conversations that agents had, those of placed calls included.
    pub talks: u64,
    /// Sum of these conversations, hold included.
    pub talk: Duration,
    /// The part of them that was hold.
    pub hold: Duration,
    /// Sum of wrap-ups that ended.
    pub wrap_up: Duration,
}

impl std::ops::AddAssign<&VisitSums> for VisitSums {
    fn add_assign(&mut self, other: &VisitSums) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.answered_in_time += other.answered_in_time;
        self.abandoned += other.abandoned;
        self.abandoned_in_time += other.abandoned_in_time;
        self.abandoned_short += other.abandoned_short;
        self.voicemail += other.voicemail;
        self.callback += other.callback;
        self.other += other.other;
        self.waiting += other.waiting;
        self.wait_answered += other.wait_answered;
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.talks += other.talks;
        self.talk += other.talk;
        self.hold += other.hold;
        self.wrap_up += other.wrap_up;
    }
}

impl Store {
    /// The visits that began in a span, added up by a key. By agent: those that one answered.
    pub async fn visit_sums(
        &self,
        span: Span,
        key: Key,
        limits: &Limits,
    ) -> Result<BTreeMap<String, VisitSums>, StoreError> {
        let in_time = format!("waited_us <= {}", limits.expression(|limit| limit.in_time));
        let short = format!("waited_us <= {}", limits.expression(|limit| limit.short));
        let mut columns = String::new();
        for (name, condition) in [
            ("offered", "TRUE".to_owned()),
            ("answered", "result = 'answered'".to_owned()),
            ("answered_in_time", format!("result = 'answered' AND {in_time}")),
            ("abandoned", "result = 'abandoned'".to_owned()),
            ("abandoned_in_time", format!("result = 'abandoned' AND {in_time}")),
            ("abandoned_short", format!("result = 'abandoned' AND {short}")),
            ("voicemail", "result = 'voicemail'".to_owned()),
            ("callback", "result = 'callback'".to_owned()),
            ("other", "result = 'other'".to_owned()),
            ("waiting", "result = 'waiting'".to_owned()),
        ] {
            columns += &format!("count(*) FILTER (WHERE direction <> 'outbound' AND {condition}) AS {name}, ");
        }
        for (name, column) in [("talk", "talked_us"), ("hold", "held_us"), ("wrap_up", "wrap_up_us")] {
            columns += &format!("CAST(coalesce(sum({column}), 0) AS BIGINT) AS {name}, ");
        }
        let by = key.column("joined_at", "agent");
        let only = key.only("agent");
        let text = format!(
            "SELECT {by} AS name, {columns} count(*) FILTER (WHERE talked_us > 0) AS talks, \
            CAST(coalesce(sum(waited_us) FILTER (WHERE direction <> 'outbound' AND result = 'answered'), 0) AS BIGINT) \
            AS wait_answered, coalesce(max(waited_us) FILTER (WHERE direction <> 'outbound'), 0) AS longest \
            FROM visits WHERE joined_at >= $1 AND joined_at < $2 {only} GROUP BY 1"
        );
        let rows = self.database().rows(sql("").then(&text).bind(span.from.0).bind(span.until.0)).await?;
        rows.iter().map(|row| Ok((row.get("name")?, sums(row)?))).collect()
    }
}

fn sums(row: &Row) -> Result<VisitSums, StoreError> {
    Ok(VisitSums {
        offered: count(row, "offered")?,
        answered: count(row, "answered")?,
        answered_in_time: count(row, "answered_in_time")?,
        abandoned: count(row, "abandoned")?,
        abandoned_in_time: count(row, "abandoned_in_time")?,
        abandoned_short: count(row, "abandoned_short")?,
        voicemail: count(row, "voicemail")?,
        callback: count(row, "callback")?,
        other: count(row, "other")?,
        waiting: count(row, "waiting")?,
        wait_answered: duration(row.get("wait_answered")?),
        longest_wait: duration(row.get("longest")?),
        talks: count(row, "talks")?,
        talk: duration(row.get("talk")?),
        hold: duration(row.get("hold")?),
        wrap_up: duration(row.get("wrap_up")?),
    })
}

/// Writes the visits of records over those that are there.
pub(crate) async fn write(transaction: &mut Transaction, records: &[&CallRecord]) -> Result<(), StoreError> {
    let visits: Vec<_> =
        records.iter().flat_map(|record| record.queues.iter().enumerate().map(move |of| (record, of))).collect();
    for chunk in chunks(&visits) {
        let mut upsert = sql("INSERT INTO visits (call_id, nth, direction, dialed, flow, campaign, queue, joined_at, \
            waited_us, rang_us, result, agent, talked_us, held_us, wrap_up_us, wraps_up_since) VALUES ");
        for (record, (nth, visit)) in chunk {
            upsert.tuple([
                record.call.0.cast_signed().into(),
                i64::try_from(*nth).unwrap_or(i64::MAX).into(),
                record.direction.as_str().into(),
                (&record.to).into(),
                record.flow.clone().unwrap_or_default().into(),
                record.direction.campaign().unwrap_or_default().into(),
                visit.queue.as_str().into(),
                visit.entered_at.0.into(),
                visit.waited.map(micros).into(),
                micros(visit.rang).into(),
                visit.result().as_str().into(),
                visit.agent.as_ref().map_or("", model::AgentId::as_str).into(),
                visit.talked.map(micros).into(),
                micros(visit.held).into(),
                visit.wrap_up.map(micros).into(),
                visit.wraps_up_since.map(|since| since.0).into(),
            ]);
        }
        let upsert = upsert.then(
            " ON CONFLICT (call_id, nth) DO UPDATE SET flow = excluded.flow, waited_us = excluded.waited_us, \
            rang_us = excluded.rang_us, result = excluded.result, agent = excluded.agent, \
            talked_us = excluded.talked_us, held_us = excluded.held_us, wrap_up_us = excluded.wrap_up_us, \
            wraps_up_since = excluded.wraps_up_since",
        );
        transaction.execute(upsert).await?;
    }
    Ok(())
}
