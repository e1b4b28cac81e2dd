//! What a restart must not forget, read from the store and told in the words of whoever goes on with it.

use std::time::Duration;

use model::{
    AgentId, CallbackId, CallbackTask, Campaign, Contact, Greeting, Message, MessageId, WallTime, Work, WorkState,
};
use script::AgentRequest;
use sip::registrar::StoredBinding;
use store::{Store, StoreError, StoredAgent, StoredContact};

/// What the switchboard shall remember of an earlier life.
pub(crate) struct Restored {
    /// What agents shall do again.
    pub(crate) agents: Vec<(AgentId, AgentRequest)>,
    /// Caller's number and the agent who talked to it last, oldest first.
    pub(crate) last_agents: Vec<(String, AgentId)>,
    /// Who waited in a queue when the last process died.
    pub(crate) lost: Vec<switchboard::LostCaller>,
    /// What is owed to people.
    pub(crate) work: Vec<Work>,
    /// The first message and the first call back that nobody has had.
    pub(crate) next: (MessageId, CallbackId),
}

/// A customer who rings again within this time may meet the agent who served him last.
const LAST_AGENTS_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// Reads what a restart must not forget about agents.
pub(crate) async fn remembered(
    store: &Store,
    waiting: &[store::LostCaller],
    now: WallTime,
) -> Result<Restored, StoreError> {
    let since = WallTime(now.0.saturating_sub(i64::try_from(LAST_AGENTS_FOR.as_micros()).unwrap_or(i64::MAX)));
    let mut last = store.last_agents(since).await?;
    last.sort_by_key(|row| row.answered_at);
    Ok(Restored {
        agents: store.agent_states().await?.into_iter().flat_map(again).collect(),
        lost: waiting.iter().map(lost).collect(),
        work: owed(store).await?,
        next: store.next_work_ids().await?,
        last_agents: last.into_iter().map(|row| (row.number, row.agent)).collect(),
    })
}

fn lost(caller: &store::LostCaller) -> switchboard::LostCaller {
    let store::LostCaller { call, number, queue, joined } = caller.clone();
    switchboard::LostCaller { call, number, queue, joined }
}

/// What the switchboard itself sees to; deliveries are the outbox's.
async fn owed(store: &Store) -> Result<Vec<Work>, StoreError> {
    let mut work = Vec::new();
    for kind in [Message::KIND, Greeting::KIND, CallbackTask::KIND, Campaign::KIND, Contact::KIND] {
        work.extend(store.work(kind, WorkState::Open).await?);
    }
    // Whoever was called to the end must not be taken for somebody new.
    for state in [WorkState::Done, WorkState::Failed] {
        work.extend(store.work(Contact::KIND, state).await?);
    }
    Ok(work)
}

/// What puts an agent where he was: whoever talked or wrapped up is ready, for his calls did not survive.
fn again(row: StoredAgent) -> Vec<(AgentId, AgentRequest)> {
    let ready = AgentRequest::Ready { at: Some(row.at.clone()).filter(|at| !at.is_empty()) };
    let requests = match (row.state.as_str(), row.reason.as_str()) {
        ("signed_out", _) => vec![AgentRequest::SignOut],
        // His phone was gone: he is back when it is, or when he says so.
        ("not_ready", "vanished") => vec![],
        // Ready first, so that the telephone where he works is known.
        ("not_ready", _) if !row.at.is_empty() => vec![ready, AgentRequest::NotReady { reason: row.reason }],
        ("not_ready", _) => vec![AgentRequest::NotReady { reason: row.reason }],
        _ => vec![ready],
    };
    requests.into_iter().map(|request| (row.agent.clone(), request)).collect()
}

/// Rows of the store as the registrar wants them.
pub(crate) fn restored(now: WallTime, contact: &StoredContact) -> StoredBinding {
    let left = u64::try_from(contact.expires_at.0.saturating_sub(now.0)).unwrap_or_default();
    StoredBinding {
        user: contact.user.clone(),
        uri: contact.uri.clone(),
        received: contact.received,
        q: contact.q,
        expires_in: Duration::from_micros(left),
        call_id: contact.call_id.clone(),
        cseq: contact.cseq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_go_on_as_they_were_but_without_the_calls_they_had() {
        let row = |state: &str, reason: &str, at: &str| StoredAgent {
            agent: AgentId::parse("anna").expect("a name"),
            state: state.into(),
            reason: reason.into(),
            at: at.into(),
            since: WallTime(1),
        };
        let requests = |row| again(row).into_iter().map(|(_, request)| request).collect::<Vec<_>>();
        let ready = |at: Option<&str>| AgentRequest::Ready { at: at.map(str::to_owned) };
        let lunch = || AgentRequest::NotReady { reason: "lunch".into() };
        assert_eq!(requests(row("ready", "", "")), [ready(None)]);
        assert_eq!(requests(row("wrap_up", "", "+4915")), [ready(Some("+4915"))]);
        assert_eq!(requests(row("talking", "outside", "")), [ready(None)]);
        assert_eq!(requests(row("not_ready", "lunch", "")), [lunch()]);
        assert_eq!(requests(row("not_ready", "lunch", "+4915")), [ready(Some("+4915")), lunch()]);
        assert_eq!(requests(row("not_ready", "vanished", "")), []);
        assert_eq!(requests(row("signed_out", "", "")), [AgentRequest::SignOut]);
    }
}
