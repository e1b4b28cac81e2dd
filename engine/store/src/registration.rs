//! Where phones can be reached, kept so that a restart does not make them unreachable until they register again.

use model::{AgentId, WallTime};
use sqlx::Row as _;

use crate::sqlite::Row;
use crate::word::from_word;
use crate::{Store, StoreError};

/// One binding of an agent's phone (RFC 3261 §10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContact {
    /// The address in Contact.
    pub uri: String,
    /// When it is no longer valid.
    pub expires_at: WallTime,
    /// Transport and address that the registration came from, to which calls go back: `udp:198.51.100.7:5060`.
    pub source: String,
    /// Call-ID of the registration.
    pub call_id: String,
    /// CSeq of the registration: an older one must not overwrite it.
    pub cseq: u32,
    /// User-Agent of the phone; empty when it did not say.
    pub user_agent: String,
}

impl Store {
    /// Replaces all contacts of an agent; an empty list removes them. Confirm to the phone only after this returns.
    pub async fn save_contacts(
        &self,
        agent: &AgentId,
        contacts: &[StoredContact],
    ) -> Result<(), StoreError> {
        let mut transaction = self.database().begin().await?;
        let delete = "DELETE FROM contacts WHERE agent = $1";
        sqlx::query(delete)
            .bind(agent.as_str())
            .execute(&mut *transaction)
            .await?;
        let insert = "INSERT INTO contacts (agent, uri, expires_at, source, sip_call, cseq, user_agent) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        for contact in contacts {
            sqlx::query(insert)
                .bind(agent.as_str())
                .bind(&contact.uri)
                .bind(contact.expires_at.0)
                .bind(&contact.source)
                .bind(&contact.call_id)
                .bind(i64::from(contact.cseq))
                .bind(&contact.user_agent)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Every contact that is still valid at `now`, by agent.
    pub async fn load_contacts(
        &self,
        now: WallTime,
    ) -> Result<Vec<(AgentId, StoredContact)>, StoreError> {
        let select = "SELECT * FROM contacts WHERE expires_at > $1 ORDER BY agent, uri";
        let rows = sqlx::query(select)
            .bind(now.0)
            .fetch_all(&self.database().reader)
            .await?;
        rows.iter().map(contact_from_row).collect()
    }
}

fn contact_from_row(row: &Row) -> Result<(AgentId, StoredContact), StoreError> {
    let agent: String = row.try_get("agent")?;
    let cseq: i64 = row.try_get("cseq")?;
    let contact = StoredContact {
        uri: row.try_get("uri")?,
        expires_at: WallTime(row.try_get("expires_at")?),
        source: row.try_get("source")?,
        call_id: row.try_get("sip_call")?,
        cseq: u32::try_from(cseq).unwrap_or(u32::MAX),
        user_agent: row.try_get("user_agent")?,
    };
    Ok((
        from_word(&agent, || format!("the agent `{agent}` of a contact"))?,
        contact,
    ))
}
