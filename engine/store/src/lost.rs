//! Callers who waited in a queue when the process died: nobody told them that it was in vain.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{CallId, Entry, Fact, HangupCause, QueueId, WallTime};

use crate::sql::sql;
use crate::word::micros;
use crate::{Store, StoreError};

/// Calls that died longer ago than this are history: nobody waits for an answer any more.
const LOOK_BACK: Duration = Duration::from_secs(2 * 24 * 3600);

/// Somebody who waited in a queue when the process died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostCaller {
    /// The call.
    pub call: CallId,
    /// His number as it was signalled, `""` when withheld.
    pub number: String,
    /// The queue.
    pub queue: QueueId,
    /// From when his place counted.
    pub joined: WallTime,
}

impl Store {
    /// Who was lost lately and is not journalled as [`Fact::CallerLost`] yet, so that a second crash forgets nobody.
    pub(crate) async fn waiting_at_crash(&self, now: WallTime) -> Result<Vec<LostCaller>, StoreError> {
        let select = "SELECT call_id, caller FROM calls WHERE arrived_at >= $1 AND cause = $2 AND direction <> 'outbound' AND NOT EXISTS \
            (SELECT 1 FROM journal WHERE journal.call_id = calls.call_id AND journal.kind = 'caller_lost') \
            ORDER BY call_id";
        let since = now.0.saturating_sub(micros(LOOK_BACK));
        let select = sql(select).bind(since).bind(HangupCause::Crash.as_str());
        let mut lost = Vec::new();
        for row in self.database().rows(select).await? {
            let call = CallId(row.get::<i64>("call_id")?.cast_unsigned());
            if let Some((queue, joined)) = waiting(&self.journal(call).await?) {
                lost.push(LostCaller { call, number: row.get("caller")?, queue, joined });
            }
        }
        Ok(lost)
    }
}

/// The queue in which these facts leave the caller, and from when his place counts.
fn waiting(facts: &[Entry]) -> Option<(QueueId, WallTime)> {
    let mut joined: BTreeMap<&QueueId, WallTime> = BTreeMap::new();
    let mut queue = None;
    for Entry { wall, fact, .. } in facts {
        match fact {
            Fact::CallQueued { queue: entered, kept, .. } => {
                let since = joined.entry(entered).or_insert(*wall);
                if !kept {
                    *since = *wall;
                }
                queue = Some(entered);
            }
            Fact::QueueAnswered { .. } | Fact::QueueLeft { .. } => queue = None,
            _ => {}
        }
    }
    queue.and_then(|queue| Some((queue.clone(), *joined.get(queue)?)))
}
