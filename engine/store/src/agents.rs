//! What a restart wants to know about agents: what each did last, and who last talked to whom.

use std::collections::BTreeMap;

use model::{AgentId, Fact, WallTime};

use crate::database::Transaction;
use crate::journal::Numbered;
use crate::sql::{Row, sql};
use crate::word::from_json;
use crate::{Store, StoreError};

/// The last change of one agent's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAgent {
    /// Who.
    pub agent: AgentId,
    /// The state's word, as in [`Fact::AgentStateChanged`].
    pub state: String,
    /// Why, `""` when the state says it all.
    pub reason: String,
    /// Telephone number on which he works, `""` for his own phone.
    pub at: String,
    /// Since when.
    pub since: WallTime,
}

/// Who answered a caller last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAgent {
    /// The caller's number as it was signalled.
    pub number: String,
    /// The agent.
    pub agent: AgentId,
    /// When he answered.
    pub answered_at: WallTime,
}

impl Store {
    /// The last state of every agent who ever had one, by name.
    pub async fn agent_states(&self) -> Result<Vec<StoredAgent>, StoreError> {
        let select = "SELECT agent, state, reason, place, changed_at FROM agents ORDER BY agent";
        let rows = self.database().rows(sql(select)).await?;
        rows.iter().map(agent_from_row).collect()
    }

    /// The last agent who answered each number from a queue at or after `since`, by number; withheld numbers have none.
    pub async fn last_agents(&self, since: WallTime) -> Result<Vec<LastAgent>, StoreError> {
        let select = "SELECT calls.caller, journal.wall, journal.fact FROM journal \
            JOIN calls ON calls.call_id = journal.call_id \
            WHERE journal.kind = 'queue_answered' AND journal.wall >= $1 AND calls.caller <> '' \
            ORDER BY journal.wall, journal.boot, journal.seq";
        let mut last: BTreeMap<String, LastAgent> = BTreeMap::new();
        for row in self.database().rows(sql(select).bind(since.0)).await? {
            let number: String = row.get("caller")?;
            let fact: Fact = from_json(row.get("fact")?, || format!("an answer to {number}"))?;
            if let Fact::QueueAnswered { agent, .. } = fact {
                let answered_at = WallTime(row.get("wall")?);
                last.insert(number.clone(), LastAgent { number, agent, answered_at });
            }
        }
        Ok(last.into_values().collect())
    }
}

/// Keeps the newest state of every agent whom these rows mention.
pub(crate) async fn keep_states(transaction: &mut Transaction, rows: &[&Numbered]) -> Result<(), StoreError> {
    let mut newest: BTreeMap<&AgentId, &Numbered> = BTreeMap::new();
    for row in rows {
        if let Fact::AgentStateChanged { agent, .. } = &row.entry.fact {
            newest.insert(agent, row);
        }
    }
    // A spool that is replayed late must not bring an older state back.
    let upsert = "INSERT INTO agents (agent, state, reason, place, changed_at, boot, seq) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (agent) DO UPDATE SET state = excluded.state, \
        reason = excluded.reason, place = excluded.place, changed_at = excluded.changed_at, \
        boot = excluded.boot, seq = excluded.seq \
        WHERE excluded.boot > agents.boot OR (excluded.boot = agents.boot AND excluded.seq > agents.seq)";
    for row in newest.into_values() {
        let Fact::AgentStateChanged { agent, state, reason, at } = &row.entry.fact else { continue };
        let upsert = sql(upsert).bind(agent.as_str()).bind(state).bind(reason).bind(at);
        let upsert = upsert.bind(row.entry.wall.0).bind(row.boot.0).bind(row.seq.cast_signed());
        transaction.execute(upsert).await?;
    }
    Ok(())
}

fn agent_from_row(row: &Row) -> Result<StoredAgent, StoreError> {
    let name: &str = row.get("agent")?;
    let unreadable = |reason: String| StoreError::Unreadable { what: format!("the state of agent {name}"), reason };
    Ok(StoredAgent {
        agent: AgentId::parse(name).map_err(|error| unreadable(error.to_string()))?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        at: row.get("place")?,
        since: WallTime(row.get("changed_at")?),
    })
}
