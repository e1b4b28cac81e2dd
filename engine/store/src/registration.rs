//! Where phones can be reached, kept so that a restart does not make them unreachable until they register again.

use std::net::SocketAddr;

use model::{AgentId, WallTime};

use crate::database::Transaction;
use crate::sql::{Row, sql};
use crate::word::from_word;
use crate::{Store, StoreError};

/// One binding of an agent's phone (RFC 3261 §10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContact {
    /// User part of the address of record.
    pub user: String,
    /// The address in Contact; names the binding together with the agent.
    pub uri: String,
    /// When it is no longer valid.
    pub expires_at: WallTime,
    /// Where the registration came from, when calls go back there and not to `uri`.
    pub received: Option<SocketAddr>,
    /// Preference in thousandths.
    pub q: u16,
    /// Call-ID of the registration.
    pub call_id: String,
    /// CSeq of the registration: an older one must not overwrite it.
    pub cseq: u32,
    /// User-Agent of the phone; empty when it did not say.
    pub user_agent: String,
}

impl Store {
    /// Replaces all contacts of an agent; an empty list removes them. Confirm to the phone only after this returns.
    pub async fn save_contacts(&self, agent: &AgentId, contacts: &[StoredContact]) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        let delete = "DELETE FROM contacts WHERE agent = $1";
        transaction.execute(sql(delete).bind(agent.as_str())).await?;
        for contact in contacts {
            put(&mut transaction, agent, contact).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Inserts or replaces some contacts of an agent and removes others by their address, all or nothing.
    pub async fn change_contacts(
        &self,
        agent: &AgentId,
        saved: &[StoredContact],
        removed: &[String],
    ) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        let delete = "DELETE FROM contacts WHERE agent = $1 AND uri = $2";
        for uri in removed {
            transaction.execute(sql(delete).bind(agent.as_str()).bind(uri)).await?;
        }
        for contact in saved {
            put(&mut transaction, agent, contact).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Every contact that is still valid at `now`, by agent.
    pub async fn load_contacts(&self, now: WallTime) -> Result<Vec<(AgentId, StoredContact)>, StoreError> {
        let select = "SELECT * FROM contacts WHERE expires_at > $1 ORDER BY agent, uri";
        let rows = self.database().rows(sql(select).bind(now.0)).await?;
        rows.iter().map(contact_from_row).collect()
    }
}

async fn put(transaction: &mut Transaction, agent: &AgentId, contact: &StoredContact) -> Result<(), StoreError> {
    let upsert = "INSERT INTO contacts (agent, uri, username, expires_at, received, q, sip_call, cseq, user_agent) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (agent, uri) DO UPDATE SET username = $3, \
        expires_at = $4, received = $5, q = $6, sip_call = $7, cseq = $8, user_agent = $9";
    let upsert = sql(upsert)
        .bind(agent.as_str())
        .bind(&contact.uri)
        .bind(&contact.user)
        .bind(contact.expires_at.0)
        .bind(contact.received.map(|address| address.to_string()))
        .bind(i64::from(contact.q))
        .bind(&contact.call_id)
        .bind(i64::from(contact.cseq))
        .bind(&contact.user_agent);
    transaction.execute(upsert).await?;
    Ok(())
}

fn contact_from_row(row: &Row) -> Result<(AgentId, StoredContact), StoreError> {
    let agent: String = row.get("agent")?;
    let (q, cseq): (i64, i64) = (row.get("q")?, row.get("cseq")?);
    let received: Option<String> = row.get("received")?;
    let what = || format!("a contact of {agent}");
    let contact = StoredContact {
        user: row.get("username")?,
        uri: row.get("uri")?,
        expires_at: WallTime(row.get("expires_at")?),
        received: received.map(|address| from_word(&address, what)).transpose()?,
        q: u16::try_from(q).unwrap_or(u16::MAX),
        call_id: row.get("sip_call")?,
        cseq: u32::try_from(cseq).unwrap_or(u32::MAX),
        user_agent: row.get("user_agent")?,
    };
    Ok((from_word(&agent, what)?, contact))
}
