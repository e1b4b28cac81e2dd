//! The store's side of the runtime: facts, rows and phones, each in its own order and answered when durable.
//!
//! A database that is silent holds every row for seconds. The journal has its spool for that, so that its facts must
//! not wait behind rows in memory, where a crash would lose them; and a telephone must not wait behind recordings.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, Delivery, Entry, Ticket, Timestamp, WallTime, Work};
use sip::registrar::{Change, RegisterTicket, StoredBinding};
use store::{JournalWriter, OpenRecording, Store, StoreError, StoredContact, WriterState};
use switchboard::{StoreCommand, Tracks};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::inbox::{Inbox, Post};
use crate::outbox::OutboxJob;

/// How often the store learns that this process lives.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// A database that takes neither the journal nor a row is left alone for so long: what is asked meanwhile is refused at
/// once, so that many callers at the same moment do not wait for one another.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Hands over what is to be kept; cheap to clone.
#[derive(Clone)]
pub(crate) struct Keeper {
    facts: Way<Vec<Entry>, WriterState>,
    rows: Way<Row, ()>,
    phones: Way<Phone, ()>,
}

struct Row {
    ticket: Ticket,
    what: StoreCommand,
}

struct Phone {
    ticket: RegisterTicket,
    agent: AgentId,
    change: Change,
}

/// A way to a task that does one job after the other.
struct Way<T, D>(UnboundedSender<Job<T, D>>);

enum Job<T, D> {
    Keep(T),
    /// Says when everything before it is done.
    Flush(oneshot::Sender<D>),
}

impl<T, D> Clone for Way<T, D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T, D> Way<T, D> {
    fn keep(&self, what: T) {
        if self.0.send(Job::Keep(what)).is_err() {
            tracing::error!("the keeper of the store is gone");
        }
    }

    async fn flush(&self) -> Option<D> {
        let (done, waiting) = oneshot::channel();
        self.0.send(Job::Flush(done)).ok()?;
        waiting.await.ok()
    }
}

impl Keeper {
    /// Starts the keeper's tasks on the current tokio runtime.
    pub(crate) fn start(
        store: Store,
        writer: JournalWriter,
        clock: Clock,
        answers: Post,
        phones: BTreeMap<AgentId, Vec<StoredContact>>,
        outbox: UnboundedSender<OutboxJob>,
    ) -> Self {
        let (to_facts, facts_inbox) = unbounded_channel();
        let (to_rows, rows_inbox) = unbounded_channel();
        let (to_phones, phones_inbox) = unbounded_channel();
        tokio::spawn(heartbeat(store.clone(), clock));
        let patience = Patience { clock, journal: writer.watch(), refused_at: None };
        let rows = Rows { store: store.clone(), clock, answers: answers.clone(), outbox, patience: patience.clone() };
        tokio::spawn(keep_facts(writer, facts_inbox));
        tokio::spawn(rows.run(rows_inbox));
        tokio::spawn(Phones { store, clock, answers, known: phones, patience }.run(phones_inbox));
        Self { facts: Way(to_facts), rows: Way(to_rows), phones: Way(to_phones) }
    }

    /// Facts of one turn of the signalling thread: one wake-up for all of them.
    pub(crate) fn journal(&self, facts: Vec<Entry>) {
        self.facts.keep(facts);
    }

    /// A row; its answer is [`Inbox::Stored`].
    pub(crate) fn row(&self, ticket: Ticket, what: StoreCommand) {
        self.rows.keep(Row { ticket, what });
    }

    /// An agent's telephones; the answer is [`Inbox::BindingStored`].
    pub(crate) fn phones(&self, ticket: RegisterTicket, agent: AgentId, change: Change) {
        self.phones.keep(Phone { ticket, agent, change });
    }

    /// Returns when all facts handed over before are on the disk, and says where; none when the journal is gone.
    pub(crate) async fn flush_journal(&self) -> Option<WriterState> {
        self.facts.flush().await
    }

    /// Returns when everything handed over before is on the disk or was refused; none when a task is gone.
    pub(crate) async fn flush(&self) -> Option<WriterState> {
        let (facts, rows, phones) = tokio::join!(self.facts.flush(), self.rows.flush(), self.phones.flush());
        rows.and(phones).and(facts)
    }
}

async fn heartbeat(store: Store, clock: Clock) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(error) = store.touch_boot(clock.wall()).await {
            tracing::warn!(%error, "the store did not take the heartbeat");
        }
    }
}

async fn keep_facts(writer: JournalWriter, mut inbox: UnboundedReceiver<Job<Vec<Entry>, WriterState>>) {
    while let Some(job) = inbox.recv().await {
        match job {
            Job::Keep(entries) => {
                for entry in entries {
                    if writer.push(entry).await.is_err() {
                        tracing::error!("the journal writer is gone; a fact is lost");
                    }
                }
            }
            Job::Flush(done) => match writer.flush().await {
                Ok(state) => drop(done.send(state)), // Whoever waited may have given up.
                Err(_) => tracing::error!("the journal writer is gone; facts may be lost"),
            },
        }
    }
}

/// What is known of a database that refuses.
#[derive(Clone)]
struct Patience {
    clock: Clock,
    journal: watch::Receiver<WriterState>,
    /// When the database last refused a row.
    refused_at: Option<Timestamp>,
}

impl Patience {
    /// Is the journal spooled, and has a row been refused just now?
    fn is_away(&self) -> bool {
        let lately = |at| self.clock.now().since(at) < ASK_AGAIN;
        self.refused_at.is_some_and(lately) && *self.journal.borrow() != WriterState::Healthy
    }

    fn note(&mut self, kept: &Result<(), StoreError>) {
        match kept {
            Ok(()) => self.refused_at = None,
            Err(StoreError::Away) => {} // Nobody has asked.
            Err(_) => self.refused_at = Some(self.clock.now()),
        }
    }
}

struct Rows {
    store: Store,
    clock: Clock,
    answers: Post,
    outbox: UnboundedSender<OutboxJob>,
    patience: Patience,
}

impl Rows {
    async fn run(mut self, mut inbox: UnboundedReceiver<Job<Row, ()>>) {
        while let Some(job) = inbox.recv().await {
            match job {
                Job::Keep(row) => self.row(row).await,
                Job::Flush(done) => drop(done.send(())),
            }
        }
    }

    async fn row(&mut self, Row { ticket, what }: Row) {
        let parcels = parcels(&what);
        let kept = if self.patience.is_away() { Err(StoreError::Away) } else { self.keep(what).await };
        self.patience.note(&kept);
        if let Err(error) = &kept {
            tracing::error!(%error, "the store refused a row");
        }
        self.answers.send(Inbox::Stored { ticket, kept: kept.is_ok() });
        if kept.is_ok() && !parcels.is_empty() && self.outbox.send(OutboxJob::Kept(parcels)).is_err() {
            tracing::error!("the outbox is gone; deliveries wait for the next start");
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
            StoreCommand::DiscardRecording { file } => self.store.discard_recording(&file).await,
            StoreCommand::Keep(work) => self.store.keep(&work, self.clock.wall()).await,
        }
    }
}

struct Phones {
    store: Store,
    clock: Clock,
    answers: Post,
    known: BTreeMap<AgentId, Vec<StoredContact>>,
    patience: Patience,
}

impl Phones {
    async fn run(mut self, mut inbox: UnboundedReceiver<Job<Phone, ()>>) {
        while let Some(job) = inbox.recv().await {
            match job {
                Job::Keep(Phone { ticket, agent, change }) => {
                    let is_away = self.patience.is_away();
                    let kept = if is_away { Err(StoreError::Away) } else { self.keep(&agent, change).await };
                    self.patience.note(&kept);
                    if let Err(error) = &kept {
                        tracing::error!(%error, %agent, "the store refused a phone's registration");
                    }
                    self.answers.send(Inbox::BindingStored { ticket, kept: kept.is_ok() });
                }
                Job::Flush(done) => drop(done.send(())),
            }
        }
    }

    async fn keep(&mut self, agent: &AgentId, change: Change) -> Result<(), StoreError> {
        let mut contacts = self.known.get(agent).cloned().unwrap_or_default();
        let now = self.clock.wall();
        let touched = |uri: &String| change.removed.contains(uri) || change.saved.iter().any(|b| b.uri == *uri);
        contacts.retain(|contact| contact.expires_at > now && !touched(&contact.uri));
        contacts.extend(change.saved.iter().map(|binding| stored(now, binding)));
        self.store.save_contacts(agent, &contacts).await?;
        self.known.insert(agent.clone(), contacts);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use model::{CallId, Fact};
    use sqlx::{Connection as _, Executor as _};
    use store::WriterOptions;

    use super::*;
    use crate::inbox::post_box;

    /// Rows that wait for a quarter of a second each, one after the other.
    const ROWS: u64 = 400;
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_that_takes_no_rows_keeps_no_fact_and_no_phone_waiting_behind_them() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open("sqlite:test.db", folder.path(), WallTime(1)).await.unwrap();
        let spool = store.spool_path();
        let (post, letters) = post_box();
        let (outbox, _parcels) = unbounded_channel();
        let writer = JournalWriter::start(store.clone(), WriterOptions::default());
        let keeper = Keeper::start(store, writer, Clock::start(), post, BTreeMap::new(), outbox);
        let path = format!("sqlite:{}", folder.path().join("test.db").display());
        let mut locked = sqlx::SqliteConnection::connect(&path).await.unwrap();
        locked.execute("BEGIN IMMEDIATE").await.unwrap();

        for ticket in 0..ROWS {
            let what = StoreCommand::CloseRecording {
                file: String::new(),
                length: Duration::ZERO,
                ended_by: "stopped".to_owned(),
            };
            keeper.row(Ticket(ticket), what);
        }
        let change = Change { user: "anna".to_owned(), saved: Vec::new(), removed: Vec::new() };
        keeper.phones(RegisterTicket(1), AgentId::parse("anna").unwrap(), change);
        let fact = Fact::Logged { text: "durable at once".into(), place: None };
        keeper.journal(vec![Entry { at: Timestamp::ZERO, wall: WallTime(1), call: Some(CallId(1)), fact }]);

        let spooled = keeper.flush_journal();
        let state = tokio::time::timeout(LONG, spooled).await.expect("the fact waits for the rows").unwrap();
        assert!(matches!(state, WriterState::Spooling { .. }), "{state:?}");
        assert!(std::fs::read_to_string(spool).unwrap().contains("durable at once"));
        let mut rows_answered = 0;
        loop {
            match letters.wait(LONG).expect("the phone is answered") {
                Inbox::BindingStored { kept: false, .. } => break,
                Inbox::Stored { kept: false, .. } => rows_answered += 1,
                _ => panic!("the locked database took something"),
            }
        }
        assert!(rows_answered < ROWS, "the phone waited for all rows");
    }
}
