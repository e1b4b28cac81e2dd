//! What leaves the house: sent until it is there, with the same key each time, or until it is given up.
//!
//! A row is durable before the outbox hears of it. Should the process die between sending and marking, it is sent
//! again with the same key: at least once, and once for a receiver that knows keys.

mod book;
mod carrier;
mod mail;
mod sms;
#[cfg(test)]
mod tests;
mod webhook;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{Delivery, WallTime, Work, WorkState, WrittenNumber};
use script::Project;
use serde_json::{Value, json};
use store::Store;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::http::Web;
use crate::inbox::{Inbox, Post};
use book::{Book, Trouble};
use carrier::Carrier;

/// What the outbox is told.
pub(crate) enum OutboxJob {
    /// From now on with the ways out of this version.
    Configure(Arc<Project>, Option<Web>),
    /// These are durable.
    Kept(Vec<Delivery>),
    /// Somebody wants a dead letter to be tried again, or an open one at once.
    Retry { key: String, tell: Box<dyn FnOnce(Value) + Send> },
    /// Nothing that names this number is sent any more, and nothing of it is written; says when that is so.
    Forget(WrittenNumber, oneshot::Sender<()>),
    /// Nothing new is begun; what is under way may finish.
    Stop(oneshot::Sender<()>),
}

/// Wall clocks jump: never sleep for longer.
const SLEEP_MAX: Duration = Duration::from_secs(30);
/// A row that the store did not take is offered again.
const KEEP_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What is under way at the end of the process gets this time.
const LAST_GRACE: Duration = Duration::from_secs(5);

/// Starts the outbox on the current tokio runtime; it sends nothing before it is configured.
pub(crate) fn start(store: Store, clock: Clock, root: PathBuf, post: Post) -> UnboundedSender<OutboxJob> {
    let (jobs, inbox) = unbounded_channel();
    let outbox =
        Outbox { store, clock, root, post, book: Book::default(), carrier: None, sent: JoinSet::new(), unkept: vec![] };
    tokio::spawn(outbox.run(inbox));
    jobs
}

struct Outbox {
    store: Store,
    clock: Clock,
    root: PathBuf,
    post: Post,
    book: Book,
    carrier: Option<Arc<Carrier>>,
    sent: JoinSet<(String, Result<(), Trouble>)>,
    /// What happened, and the store did not take.
    unkept: Vec<Delivery>,
}

impl Outbox {
    async fn run(mut self, mut inbox: UnboundedReceiver<OutboxJob>) {
        self.load().await;
        loop {
            self.send_what_is_due();
            let pause = self.pause();
            tokio::select! {
                job = inbox.recv() => match job {
                    Some(OutboxJob::Stop(stopped)) => return self.stop(stopped).await,
                    Some(job) => self.job(job).await,
                    None => return,
                },
                Some(sent) = self.sent.join_next() => self.returned(sent).await,
                () = tokio::time::sleep(pause) => self.keep_again().await,
            }
        }
    }

    /// What an earlier life left; a store that does not answer yet is asked again.
    async fn load(&mut self) {
        loop {
            match self.store.work(Delivery::KIND, WorkState::Open).await {
                Ok(open) => return open.into_iter().filter_map(delivery).for_each(|one| self.book.take_in(one)),
                Err(error) => tracing::error!(%error, "the store does not tell what is to be delivered"),
            }
            tokio::time::sleep(KEEP_AGAIN_AFTER).await;
        }
    }

    async fn job(&mut self, job: OutboxJob) {
        match job {
            OutboxJob::Configure(project, web) => {
                let (root, clock) = (self.root.clone(), self.clock);
                self.carrier = Some(Arc::new(Carrier { project, web, root, clock }));
            }
            OutboxJob::Kept(deliveries) => deliveries.into_iter().for_each(|one| self.book.take_in(one)),
            OutboxJob::Retry { key, tell } => match again(&self.store, &key, self.clock.wall()).await {
                Ok(row) => {
                    tell(json!({ "retried": row.key }));
                    self.book.take_in(row);
                }
                Err(error) => tell(json!({ "error": error })),
            },
            OutboxJob::Forget(number, done) => {
                self.book.forget(&number);
                self.unkept.retain(|row| !number.is_told_by(row));
                let _ = done.send(()); // Whoever waited may have given up.
            }
            OutboxJob::Stop(_) => {}
        }
    }

    fn send_what_is_due(&mut self) {
        let Some(carrier) = self.carrier.clone() else { return };
        let at_once = carrier.project.config.reach.outbox.at_once;
        while let Some(delivery) = self.book.begin(self.clock.wall(), at_once) {
            let carrier = carrier.clone();
            self.sent.spawn(async move {
                let key = delivery.key.clone();
                // A fault of ours while sending must not stop the outbox.
                let carried = tokio::spawn(async move { carrier.carry(&delivery).await }).await;
                (key, carried.unwrap_or_else(|error| Err(Trouble::later(format!("sending broke off: {error}")))))
            });
        }
    }

    async fn returned(&mut self, sent: Result<(String, Result<(), Trouble>), tokio::task::JoinError>) {
        let (Ok((key, result)), Some(carrier)) = (sent, &self.carrier) else { return };
        let now = self.clock.wall();
        let policy = &carrier.project.config.reach.outbox;
        let Some((row, fact)) = self.book.settle(now, &key, result, (policy, rand::random())) else { return };
        let call = row.call;
        self.keep(row).await;
        self.post.send(Inbox::Note { call, fact });
    }

    async fn keep(&mut self, row: Delivery) {
        let work = [Work::Delivery(row.clone())];
        if let Err(error) = self.store.keep(&work, self.clock.wall()).await {
            tracing::error!(%error, key = row.key, "the store did not take what became of a delivery");
            self.unkept.retain(|known| known.key != row.key);
            self.unkept.push(row);
        }
    }

    async fn keep_again(&mut self) {
        for row in std::mem::take(&mut self.unkept) {
            self.keep(row).await;
        }
    }

    fn pause(&self) -> Duration {
        let at_once = self.carrier.as_ref().map_or(0, |carrier| carrier.project.config.reach.outbox.at_once);
        let longest = if self.unkept.is_empty() { SLEEP_MAX } else { KEEP_AGAIN_AFTER };
        let wait =
            |at: WallTime| u64::try_from(at.0 - self.clock.wall().0).map_or(Duration::ZERO, Duration::from_micros);
        self.book.wake_at(at_once).map_or(longest, |at| wait(at).min(longest))
    }

    async fn stop(mut self, stopped: oneshot::Sender<()>) {
        let finish = async {
            while let Some(sent) = self.sent.join_next().await {
                self.returned(sent).await;
            }
            self.keep_again().await;
        };
        if tokio::time::timeout(LAST_GRACE, finish).await.is_err() {
            tracing::info!("deliveries were under way; they begin again with the same keys at the next start");
        }
        let _ = stopped.send(()); // Whoever waited may have given up.
    }
}

fn delivery(work: Work) -> Option<Delivery> {
    match work {
        Work::Delivery(delivery) => Some(delivery),
        _ => None,
    }
}

/// Opens a dead letter again, or makes an open one due now. On return it is on the disk.
///
/// # Errors
/// When there is no such delivery, or it is done.
pub async fn again(store: &Store, key: &str, now: WallTime) -> Result<Delivery, String> {
    for state in [WorkState::Failed, WorkState::Open] {
        let rows = store.work(Delivery::KIND, state).await.map_err(|error| error.to_string())?;
        if let Some(mut found) = rows.into_iter().filter_map(delivery).find(|row| row.key == key) {
            if state == WorkState::Failed {
                found.attempts = 0;
            }
            (found.state, found.next_at) = (WorkState::Open, now);
            store.keep(&[Work::Delivery(found.clone())], now).await.map_err(|error| error.to_string())?;
            return Ok(found);
        }
    }
    Err(format!("no delivery `{key}` is open or given up"))
}
