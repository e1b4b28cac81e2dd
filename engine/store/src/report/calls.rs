//! Calls in sums.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::sql::{Row, sql};
use crate::word::duration;
use crate::{Store, StoreError};

use super::{Key, Limits, Span};

/// Calls of one line of a report. Those that came in end in exactly one way:
/// inbound = answered + abandoned + voicemail + callback + served + rejected + failed + going on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallSums {
    /// Calls from outside.
    pub inbound: u64,
    /// Of these: talked to a person.
    pub answered: u64,
    /// Hung up while waiting for a person.
    pub abandoned: u64,
    /// Of the abandoned: after no more than the queue's `short_abandon`.
    pub abandoned_short: u64,
    /// Left a message.
    pub voicemail: u64,
    /// Will be called back.
    pub callback: u64,
    /// Got what they wanted from the flow alone, or left the menu.
    pub served: u64,
    /// Refused by the flow.
    pub rejected: u64,
    /// An error that nothing mended.
    pub failed: u64,
    /// Not over yet.
    pub going_on: u64,
    /// Wanted a person and got none: abandoned, voicemail, callback, failed, and those whom a queue or a telephone let go.
    pub missed: u64,
    /// Conversations of calls from outside.
    pub talk: Duration,
    /// The longest anybody from outside waited for a person.
    pub longest_wait: Duration,
    /// Calls that agents' telephones dialled.
    pub internal: u64,
    /// Calls that the engine placed.
    pub outbound: u64,
    /// Of these: the callee answered.
    pub reached: u64,
}

impl CallSums {
    /// Inbound calls that are neither answered, abandoned, voicemail nor callback.
    pub fn other(&self) -> u64 {
        self.served + self.rejected + self.failed + self.going_on
    }

    /// Inbound calls of which nobody knows what became: always 0.
    pub fn unaccounted(&self) -> i128 {
        let known = self.answered + self.abandoned + self.voicemail + self.callback + self.other();
        i128::from(self.inbound) - i128::from(known)
    }
}

impl std::ops::AddAssign<&CallSums> for CallSums {
    fn add_assign(&mut self, other: &CallSums) {
        self.inbound += other.inbound;
        self.answered += other.answered;
        self.abandoned += other.abandoned;
        self.abandoned_short += other.abandoned_short;
        self.voicemail += other.voicemail;
        self.callback += other.callback;
        self.served += other.served;
        self.rejected += other.rejected;
        self.failed += other.failed;
        self.going_on += other.going_on;
        self.missed += other.missed;
        self.talk += other.talk;
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.internal += other.internal;
        self.outbound += other.outbound;
        self.reached += other.reached;
    }
}

impl Store {
    /// The calls that arrived in a span, added up by a key. By agent: those that no queue gave to anybody.
    pub async fn call_sums(
        &self,
        span: Span,
        key: Key,
        limits: &Limits,
    ) -> Result<BTreeMap<String, CallSums>, StoreError> {
        let mut columns = String::new();
        for (name, condition) in [
            ("inbound", "TRUE"),
            ("answered", "outcome = 'answered'"),
            ("abandoned", "outcome = 'abandoned'"),
            ("voicemail", "outcome = 'voicemail'"),
            ("callback", "outcome = 'callback'"),
            ("served", "outcome = 'served'"),
            ("rejected", "outcome = 'rejected'"),
            ("failed", "outcome = 'failed'"),
            ("going_on", "outcome IS NULL"),
            ("missed", "missed = 1"),
        ] {
            columns += &format!("count(*) FILTER (WHERE direction = 'inbound' AND {condition}) AS {name}, ");
        }
        let short = limits.expression(|limit| limit.short);
        let by = key.column("arrived_at", "answered_by");
        let only = key.only("answered_by");
        let text = format!(
            "SELECT {by} AS name, {columns} \
            count(*) FILTER (WHERE direction = 'inbound' AND outcome = 'abandoned' AND waited_us <= {short}) AS short, \
            CAST(coalesce(sum(talked_us) FILTER (WHERE direction = 'inbound'), 0) AS BIGINT) AS talk, \
            coalesce(max(waited_us) FILTER (WHERE direction = 'inbound'), 0) AS longest, \
            count(*) FILTER (WHERE direction = 'internal') AS internal, \
            count(*) FILTER (WHERE direction = 'outbound') AS outbound, \
            count(*) FILTER (WHERE direction = 'outbound' AND answered_at IS NOT NULL) AS reached \
            FROM calls WHERE arrived_at >= $1 AND arrived_at < $2 {only} GROUP BY 1"
        );
        let rows = self.database().rows(sql("").then(&text).bind(span.from.0).bind(span.until.0)).await?;
        rows.iter().map(|row| Ok((row.get("name")?, sums(row)?))).collect()
    }

    /// What calls of campaigns in a span came to: campaign and the flow's word, with how many.
    pub async fn campaign_results(&self, span: Span) -> Result<BTreeMap<(String, String), u64>, StoreError> {
        let select = "SELECT campaign, result, count(*) AS calls FROM calls \
            WHERE arrived_at >= $1 AND arrived_at < $2 AND campaign <> '' AND result <> '' GROUP BY campaign, result";
        let rows = self.database().rows(sql(select).bind(span.from.0).bind(span.until.0)).await?;
        rows.iter().map(|row| Ok(((row.get("campaign")?, row.get("result")?), count(row, "calls")?))).collect()
    }
}

fn sums(row: &Row) -> Result<CallSums, StoreError> {
    Ok(CallSums {
        inbound: count(row, "inbound")?,
        answered: count(row, "answered")?,
        abandoned: count(row, "abandoned")?,
        abandoned_short: count(row, "short")?,
        voicemail: count(row, "voicemail")?,
        callback: count(row, "callback")?,
        served: count(row, "served")?,
        rejected: count(row, "rejected")?,
        failed: count(row, "failed")?,
        going_on: count(row, "going_on")?,
        missed: count(row, "missed")?,
        talk: duration(row.get("talk")?),
        longest_wait: duration(row.get("longest")?),
        internal: count(row, "internal")?,
        outbound: count(row, "outbound")?,
        reached: count(row, "reached")?,
    })
}

pub(super) fn count(row: &Row, column: &str) -> Result<u64, StoreError> {
    Ok(row.get::<i64>(column)?.cast_unsigned())
}
