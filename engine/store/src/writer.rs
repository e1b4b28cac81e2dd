//! The task between the engine and the database: batches, retries, spools, and never drops an entry.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use model::Entry;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep, timeout};

use crate::journal::Numbered;
use crate::spool::{Replayed, Spool};
use crate::{Store, StoreError};

/// How a [`JournalWriter`] trades delay against work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterOptions {
    /// How long an entry may wait for others to share its transaction; entries that somebody waits for do not.
    pub batch_for: Duration,
    /// At most so many entries share a transaction.
    pub batch_max: usize,
    /// After so long without the database, entries go to the spool.
    pub spool_after: Duration,
    /// A database that is silent for longer counts as refusing.
    pub answer_within: Duration,
    /// While spooling, the database is tried so often.
    pub retry_every: Duration,
    /// Entries in the channel; `push` waits when it is full, and the spool is used early from half of it on.
    pub capacity: usize,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            batch_for: Duration::from_millis(10),
            batch_max: 500,
            spool_after: Duration::from_secs(2),
            answer_within: Duration::from_secs(3),
            retry_every: Duration::from_millis(500),
            capacity: 65_536,
        }
    }
}

/// Where entries go at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriterState {
    /// Into the database.
    Healthy,
    /// Into the spool, because the database refuses; they are as durable there and replayed later.
    Spooling {
        /// What the database said.
        reason: String,
    },
    /// Nowhere: neither file can be written. Entries wait in memory; nothing is confirmed.
    Failing {
        /// What the spool said.
        reason: String,
    },
}

/// The writer's task has ended: the runtime it ran on is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal writer has ended; keep its runtime alive until flush() has returned")]
pub struct WriterClosed;

/// Takes entries without waiting for the disk and appends them in order, in batches.
#[derive(Debug)]
pub struct JournalWriter {
    sender: mpsc::Sender<Message>,
    hurry: Arc<Notify>,
    state: watch::Receiver<WriterState>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
enum Message {
    Append(Entry),
    AppendAndConfirm(Entry, oneshot::Sender<()>),
    Confirm(oneshot::Sender<()>),
}

impl JournalWriter {
    /// Starts the task on the current tokio runtime.
    pub fn start(store: Store, options: WriterOptions) -> Self {
        let (sender, receiver) = mpsc::channel(options.capacity.max(2));
        let (state_sender, state) = watch::channel(WriterState::Healthy);
        let spool = Spool::at(store.spool_path());
        let retry = Box::pin(sleep(Duration::ZERO));
        let hurry = Arc::new(Notify::new());
        let task = Task { store, options, receiver, hurry: hurry.clone(), state: state_sender, spool, retry };
        Self { sender, hurry, state, task: tokio::spawn(task.run()) }
    }

    /// Hands over an entry; waits only while the channel is full.
    pub async fn push(&self, entry: Entry) -> Result<(), WriterClosed> {
        self.hand_over(Message::Append(entry)).await
    }

    /// Hands over an entry without waiting; gives it back when the channel is full or the task has ended.
    #[expect(clippy::result_large_err, reason = "the entry comes back to whoever must not lose it")]
    pub fn try_push(&self, entry: Entry) -> Result<(), Entry> {
        let permit = match self.sender.try_reserve() {
            Ok(permit) => permit,
            Err(_) => return Err(entry),
        };
        permit.send(Message::Append(entry));
        Ok(())
    }

    /// Hands over an entry and returns when it is on the disk: what may be confirmed to a caller.
    pub async fn push_durable(&self, entry: Entry) -> Result<(), WriterClosed> {
        self.confirmed(|ack| Message::AppendAndConfirm(entry, ack)).await
    }

    /// Returns when everything handed over before is on the disk, in the database or in the spool.
    pub async fn flush(&self) -> Result<WriterState, WriterClosed> {
        self.confirmed(Message::Confirm).await?;
        Ok(self.state())
    }

    /// Flushes and ends the task. While neither file can be written this waits; put a deadline around it.
    pub async fn close(self) -> Result<WriterState, WriterClosed> {
        let state = self.flush().await?;
        drop(self.sender);
        self.task.await.map_err(|_| WriterClosed)?;
        Ok(state)
    }

    /// Where entries go at present.
    pub fn state(&self) -> WriterState {
        self.state.borrow().clone()
    }

    /// The state as it changes, for readiness and alarms.
    pub fn watch(&self) -> watch::Receiver<WriterState> {
        self.state.clone()
    }

    async fn confirmed(&self, message: impl FnOnce(oneshot::Sender<()>) -> Message) -> Result<(), WriterClosed> {
        let (ack, confirmed) = oneshot::channel();
        self.hand_over(message(ack)).await?;
        self.hurry.notify_one();
        confirmed.await.map_err(|_| WriterClosed)
    }

    async fn hand_over(&self, message: Message) -> Result<(), WriterClosed> {
        let permit = match self.sender.try_reserve() {
            Ok(permit) => permit,
            Err(_) => {
                self.hurry.notify_one();
                self.sender.reserve().await.map_err(|_| WriterClosed)?
            }
        };
        permit.send(message);
        Ok(())
    }
}

struct Task {
    store: Store,
    options: WriterOptions,
    receiver: mpsc::Receiver<Message>,
    /// Somebody waits for an answer or for room.
    hurry: Arc<Notify>,
    state: watch::Sender<WriterState>,
    spool: Spool,
    retry: Pin<Box<Sleep>>,
}

#[derive(Default)]
struct Batch {
    rows: Vec<Numbered>,
    acks: Vec<oneshot::Sender<()>>,
}

impl Task {
    async fn run(mut self) {
        loop {
            let spooling = !self.spool.is_gone();
            // Unbiased: under load, new entries and the replay take turns.
            tokio::select! {
                () = self.retry.as_mut(), if spooling => self.replay().await,
                first = self.receiver.recv() => match first {
                    Some(first) => self.keep_batch(first).await,
                    None => break,
                },
            }
        }
        if self.spool.is_empty() {
            self.spool.discard().await;
        }
    }

    async fn keep_batch(&mut self, first: Message) {
        let batch = self.gather(first).await;
        self.keep(&batch.rows).await;
        for ack in batch.acks {
            let _ = ack.send(()); // Whoever waited may have given up.
        }
    }

    /// Collects what is there; waits for more only as long as nobody waits for an answer.
    ///
    /// The wait is one sleep: entries that arrive meanwhile do not wake the task.
    async fn gather(&mut self, first: Message) -> Batch {
        let mut batch = Batch::default();
        self.take(first, &mut batch);
        let waited = sleep(self.options.batch_for);
        tokio::pin!(waited);
        loop {
            self.drain(&mut batch);
            let full = batch.rows.len() >= self.options.batch_max;
            if full || !batch.acks.is_empty() || waited.is_elapsed() {
                return batch;
            }
            tokio::select! {
                biased;
                () = &mut waited => {}
                () = self.hurry.notified() => {}
            }
        }
    }

    fn drain(&mut self, batch: &mut Batch) {
        while batch.rows.len() < self.options.batch_max {
            match self.receiver.try_recv() {
                Ok(message) => self.take(message, batch),
                Err(_) => break,
            }
        }
    }

    fn take(&self, message: Message, batch: &mut Batch) {
        match message {
            Message::Append(entry) => batch.rows.push(self.store.number(entry)),
            Message::AppendAndConfirm(entry, ack) => {
                batch.rows.push(self.store.number(entry));
                batch.acks.push(ack);
            }
            Message::Confirm(ack) => batch.acks.push(ack),
        }
    }

    /// Returns when the rows are on the disk, wherever.
    async fn keep(&mut self, rows: &[Numbered]) {
        let mut reason = "older entries are still in the spool".to_owned();
        if self.spool.is_empty() {
            match self.commit(rows).await {
                Ok(()) => return self.enter(WriterState::Healthy),
                Err(error) => reason = error.to_string(),
            }
        }
        while let Err(error) = self.spool.append(rows).await {
            self.enter(WriterState::Failing { reason: error.to_string() });
            sleep(self.options.retry_every).await;
            // Behind a spool that is not empty they would overtake older entries.
            if self.empty_spool().await.is_ok() && self.append(rows).await.is_ok() {
                self.spool.discard().await;
                return self.enter(WriterState::Healthy);
            }
        }
        if !matches!(*self.state.borrow(), WriterState::Spooling { .. }) {
            self.enter(WriterState::Spooling { reason });
            self.retry = Box::pin(sleep(self.options.retry_every));
        }
    }

    /// What was cut off by the time may yet be in the database: the rows' numbers tell when they are repeated.
    async fn append(&self, rows: &[Numbered]) -> Result<(), StoreError> {
        let within = self.options.answer_within;
        let appended = timeout(within, self.store.append_numbered(rows)).await;
        appended.unwrap_or(Err(StoreError::Silent { within }))
    }

    async fn replay_some(&mut self) -> Result<Replayed, StoreError> {
        let within = self.options.answer_within;
        let replayed = timeout(within, self.spool.replay_some(&self.store)).await;
        replayed.unwrap_or(Err(StoreError::Silent { within }))
    }

    async fn empty_spool(&mut self) -> Result<(), StoreError> {
        while !self.spool.is_empty() {
            self.replay_some().await?;
        }
        Ok(())
    }

    /// Tries the database until it takes the rows, too long has passed, or too much waits behind them.
    async fn commit(&self, rows: &[Numbered]) -> Result<(), StoreError> {
        const PAUSE: Duration = Duration::from_millis(20);
        let deadline = sleep(self.options.spool_after);
        tokio::pin!(deadline);
        loop {
            let error = match self.append(rows).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if deadline.is_elapsed() || self.receiver.len() * 2 > self.options.capacity {
                return Err(error);
            }
            tracing::warn!(%error, "the journal waits for the database");
            tokio::select! {
                () = &mut deadline => return Err(error),
                () = sleep(PAUSE) => {}
            }
        }
    }

    /// Moves the spool into the database as far as it goes, without letting new entries wait too long.
    async fn replay(&mut self) {
        self.retry = Box::pin(sleep(Duration::ZERO));
        loop {
            match self.replay_some().await {
                Ok(Replayed::Everything) => return self.enter(WriterState::Healthy),
                Ok(Replayed::Some(_)) if self.receiver.is_empty() => {}
                Ok(Replayed::Some(_)) => return,
                Err(error) => {
                    tracing::debug!(%error, "the spool stays");
                    self.retry = Box::pin(sleep(self.options.retry_every));
                    return;
                }
            }
        }
    }

    fn enter(&self, state: WriterState) {
        self.state.send_if_modified(|current| {
            let changed = *current != state;
            if changed {
                tracing::info!(from = ?current, to = ?state, "journal writer");
                *current = state;
            }
            changed
        });
    }
}
