//! The store's side of the runtime: journal, rows of recordings and phones, each answered when durable.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{
    AgentId, CallbackId, CallbackTask, Campaign, Contact, Delivery, Entry, Greeting, Message, MessageId, Ticket,
    Timestamp, WallTime, Work, WorkState,
};
use script::AgentRequest;
use sip::registrar::{Change, RegisterTicket, StoredBinding};
use store::{JournalWriter, OpenRecording, Store, StoreError, StoredAgent, StoredContact, WriterState};
use switchboard::{StoreCommand, Tracks};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::inbox::{Inbox, Post};
use crate::outbox::OutboxJob;

/// What the keeper is asked to keep.
pub(crate) enum KeeperJob {
    /// Facts of one turn of the signalling thread: one wake-up for all of them.
    Journal(Vec<Entry>),
    Store {
        ticket: Ticket,
        what: StoreCommand,
    },
    Bindings {
        ticket: RegisterTicket,
        agent: AgentId,
        change: Change,
    },
    Flush(oneshot::Sender<()>),
}

/// How often the store learns that this process lives.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// A database that takes neither the journal nor a row is left alone for so long: what is asked meanwhile is refused at
/// once, so that many callers at the same moment do not wait for one another.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Starts the keeper's task on the current tokio runtime.
pub(crate) fn start(
    store: Store,
    writer: JournalWriter,
    clock: Clock,
    answers: Post,
    phones: BTreeMap<AgentId, Vec<StoredContact>>,
    outbox: UnboundedSender<OutboxJob>,
) -> UnboundedSender<KeeperJob> {
    let (jobs, inbox) = unbounded_channel();
    tokio::spawn(heartbeat(store.clone(), clock));
    tokio::spawn(Keeper { store, writer, clock, answers, phones, outbox, refused_at: None }.run(inbox));
    jobs
}

async fn heartbeat(store: Store, clock: Clock) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(error) = store.touch_boot(clock.wall()).await {
            tracing::warn!(%error, "the store did not take the heartbeat");
        }
    }
}

struct Keeper {
    store: Store,
    writer: JournalWriter,
    clock: Clock,
    answers: Post,
    phones: BTreeMap<AgentId, Vec<StoredContact>>,
    outbox: UnboundedSender<OutboxJob>,
    /// When the database last refused a row.
    refused_at: Option<Timestamp>,
}

impl Keeper {
    async fn run(mut self, mut inbox: UnboundedReceiver<KeeperJob>) {
        while let Some(job) = inbox.recv().await {
            match job {
                KeeperJob::Journal(entries) => {
                    for entry in entries {
                        if self.writer.push(entry).await.is_err() {
                            tracing::error!("the journal writer is gone; a fact is lost");
                        }
                    }
                }
                KeeperJob::Store { ticket, what } => {
                    let parcels = parcels(&what);
                    let kept = if self.is_away() { Err(StoreError::Away) } else { self.keep(what).await };
                    self.note(&kept);
                    if let Err(error) = &kept {
                        tracing::error!(%error, "the store refused a row");
                    }
                    self.answers.send(Inbox::Stored { ticket, kept: kept.is_ok() });
                    if kept.is_ok() && !parcels.is_empty() && self.outbox.send(OutboxJob::Kept(parcels)).is_err() {
                        tracing::error!("the outbox is gone; deliveries wait for the next start");
                    }
                }
                KeeperJob::Bindings { ticket, agent, change } => {
                    let kept =
                        if self.is_away() { Err(StoreError::Away) } else { self.keep_phones(&agent, change).await };
                    self.note(&kept);
                    if let Err(error) = &kept {
                        tracing::error!(%error, %agent, "the store refused a phone's registration");
                    }
                    self.answers.send(Inbox::BindingStored { ticket, kept: kept.is_ok() });
                }
                KeeperJob::Flush(done) => {
                    if self.writer.flush().await.is_err() {
                        tracing::error!("the journal writer is gone; facts may be lost");
                    }
                    let _ = done.send(()); // Whoever waited may have given up.
                }
            }
        }
    }

    /// Is the journal spooled, and has a row been refused just now?
    fn is_away(&self) -> bool {
        let lately = |at| self.clock.now().since(at) < ASK_AGAIN;
        self.refused_at.is_some_and(lately) && self.writer.state() != WriterState::Healthy
    }

    fn note(&mut self, kept: &Result<(), StoreError>) {
        match kept {
            Ok(()) => self.refused_at = None,
            Err(StoreError::Away) => {} // Nobody has asked.
            Err(_) => self.refused_at = Some(self.clock.now()),
        }
    }

    async fn keep(&self, what: StoreCommand) -> Result<(), StoreError> {
        match what {
            StoreCommand::OpenRecording { call, name, file, tracks, mailbox, from } => {
                let opened_at = self.clock.wall();
                let channels = match tracks {
                    Tracks::Party => 1,
                    Tracks::Both => 2,
                };
                let sample_rate_hz = crate::tape::SAMPLE_RATE_HZ;
                let row = OpenRecording { file, call, name, sample_rate_hz, channels, opened_at, mailbox, from };
                self.store.open_recording(&row).await
            }
            StoreCommand::CloseRecording { file, length, ended_by } => {
                self.store.close_recording(&file, length, &ended_by).await
            }
            StoreCommand::Keep(work) => self.store.keep(&work, self.clock.wall()).await,
        }
    }

    async fn keep_phones(&mut self, agent: &AgentId, change: Change) -> Result<(), StoreError> {
        let mut contacts = self.phones.get(agent).cloned().unwrap_or_default();
        let now = self.clock.wall();
        let touched = |uri: &String| change.removed.contains(uri) || change.saved.iter().any(|b| b.uri == *uri);
        contacts.retain(|contact| contact.expires_at > now && !touched(&contact.uri));
        contacts.extend(change.saved.iter().map(|binding| stored(now, binding)));
        self.store.save_contacts(agent, &contacts).await?;
        self.phones.insert(agent.clone(), contacts);
        Ok(())
    }
}

/// What the outbox must hear of when it is durable.
fn parcels(what: &StoreCommand) -> Vec<Delivery> {
    let StoreCommand::Keep(work) = what else { return Vec::new() };
    let delivery = |unit: &Work| if let Work::Delivery(delivery) = unit { Some(delivery.clone()) } else { None };
    work.iter().filter_map(delivery).collect()
}

fn stored(now: WallTime, binding: &StoredBinding) -> StoredContact {
    StoredContact {
        user: binding.user.clone(),
        uri: binding.uri.clone(),
        expires_at: now + binding.expires_in,
        received: binding.received,
        q: binding.q,
        call_id: binding.call_id.clone(),
        cseq: binding.cseq,
        user_agent: String::new(),
    }
}

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
