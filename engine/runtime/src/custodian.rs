//! What may no longer be kept: hourly what is old, and at once what somebody wants forgotten.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use model::{CallId, WrittenNumber};
use serde_json::{Value, json};
use store::{Erased, Retention, Store, StoreError, WriterState};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::inbox::{Inbox, Post};
use crate::keeper::Keeper;
use crate::outbox::OutboxJob;

/// Retention is exact to the hour.
const EXPIRE_EVERY: Duration = Duration::from_secs(3600);

/// A deleted message's audio is gone within this time.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How often somebody looks whether calls with an erased number are over.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Removes rows from the store, their files from the project, and what memory knows of them.
#[derive(Clone)]
pub(crate) struct Custodian {
    pub(crate) store: Store,
    pub(crate) root: PathBuf,
    pub(crate) clock: Clock,
    /// How numbers are dialled at home, as the project said at the start.
    pub(crate) numbering: model::Numbering,
    pub(crate) post: Post,
    pub(crate) keeper: Keeper,
    pub(crate) outbox: UnboundedSender<OutboxJob>,
}

impl Custodian {
    /// Deletes what nobody wants, and what is older than `retention` allows, now and then on the current tokio runtime.
    pub(crate) fn start(self, retention: Retention) {
        tokio::spawn(self.clone().sweep());
        if retention == Retention::default() {
            return;
        }
        tokio::spawn(async move {
            loop {
                self.expire(&retention).await;
                tokio::time::sleep(EXPIRE_EVERY).await;
            }
        });
    }

    async fn sweep(self) {
        let mut stuck = BTreeSet::new();
        loop {
            if let Err(error) = self.delete_discarded(&mut stuck).await {
                tracing::debug!(%error, "recordings that nobody wants stay for now");
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// First the file, then the row: whatever dies in between, no file is left that nobody knows. What cannot be deleted
    /// is `stuck` until the next start, and was told once.
    async fn delete_discarded(&self, stuck: &mut BTreeSet<String>) -> Result<(), StoreError> {
        for (call, file) in self.store.deletable_recordings().await? {
            if stuck.contains(&file) {
                continue;
            }
            match delete(&self.root, &file) {
                Deleted::Stuck => drop(stuck.insert(file)),
                Deleted::Now | Deleted::Before => self.store.recording_deleted(call, &file).await?,
            }
        }
        Ok(())
    }

    async fn expire(&self, retention: &Retention) {
        match self.store.expire(self.clock.wall(), retention).await {
            Ok(expired) => {
                tracing::info!(calls = expired.calls, facts = expired.facts, work = expired.work, "expired");
                delete_files(&self.root, &expired.files);
                if !expired.messages.is_empty() {
                    self.post.send(Inbox::ForgetMessages(expired.messages));
                }
            }
            Err(error) => tracing::warn!(%error, "what is old could not be removed; the next hour tries again"),
        }
    }

    /// Every trace of a number, files and memory included; answers in JSON, or in words what is in the way.
    pub(crate) async fn erase(&self, number: &str, asked_by: &str) -> Result<Value, String> {
        let no_number = || StoreError::NoNumber { text: number.to_owned() }.to_string();
        let written = WrittenNumber::parse(number, &self.numbering).ok_or_else(no_number)?;
        self.forget(&written).await?;
        // What was on its way to the store has come back with its answer.
        let going_on = self.forget(&written).await?;
        let (erased, files) = self.erase_rows(&written, &BTreeSet::new(), asked_by).await?;
        let count = going_on.len();
        if count > 0 {
            tokio::spawn(self.clone().erase_again(written, going_on, asked_by.to_owned()));
        }
        Ok(json!({ "erased": erased, "files": files, "going_on": count }))
    }

    /// Forgets a number in memory, and returns when all that was told before is in the database.
    /// Gives the calls with the number that go on.
    async fn forget(&self, number: &WrittenNumber) -> Result<BTreeSet<CallId>, String> {
        const GONE: &str = "the server is stopping; erase again when it has stopped";
        let (done, forgotten) = oneshot::channel();
        self.outbox.send(OutboxJob::Forget(number.clone(), done)).map_err(|_| GONE)?;
        forgotten.await.map_err(|_| GONE)?;
        let (tell, told) = oneshot::channel();
        // Whoever asked may have given up.
        self.post.send(Inbox::ForgetNumber(number.clone(), Box::new(|calls| drop(tell.send(calls)))));
        let going_on = told.await.map_err(|_| GONE)?;
        match self.keeper.flush().await {
            Some(WriterState::Healthy) => Ok(going_on),
            Some(_) => Err("the database does not take the journal now, and its spool may hold the number; \
                            try again when it does"
                .to_owned()),
            None => Err(GONE.to_owned()),
        }
    }

    async fn erase_rows(
        &self,
        number: &WrittenNumber,
        calls: &BTreeSet<CallId>,
        asked_by: &str,
    ) -> Result<(Erased, usize), String> {
        let erased = self.store.erase_with(number, calls, asked_by, self.clock.wall()).await;
        let erased = erased.map_err(|error| error.to_string())?;
        let files = delete_files(&self.root, &erased.files);
        Ok((erased, files))
    }

    /// Calls that went on may have written the number again: it is erased once more when they are over.
    async fn erase_again(self, number: WrittenNumber, mut calls: BTreeSet<CallId>, asked_by: String) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Ok(going_on) = self.forget(&number).await else { continue };
            let is_over = going_on.is_empty();
            calls.extend(going_on);
            if !is_over {
                continue;
            }
            match self.erase_rows(&number, &calls, &asked_by).await {
                Ok(_) => return,
                Err(error) => tracing::warn!(error, "a number could not be erased again; it is tried again"),
            }
        }
    }
}

/// Deletes files of the project by their names in the store; gives how many there were.
pub fn delete_files<'a>(root: &Path, files: impl IntoIterator<Item = &'a String>) -> usize {
    files.into_iter().filter(|file| matches!(delete(root, file), Deleted::Now)).count()
}

/// Is the file gone?
enum Deleted {
    Now,
    Before,
    Stuck,
}

fn delete(root: &Path, file: &str) -> Deleted {
    // Nothing outside the project is ours, whatever a row says.
    let inside = !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        tracing::error!(file, "the store names a file outside the project; it stays");
        return Deleted::Stuck;
    }
    match std::fs::remove_file(root.join(file)) {
        Ok(()) => Deleted::Now,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Deleted::Before,
        Err(error) => {
            tracing::error!(%error, file, "a recording that is to go could not be deleted");
            Deleted::Stuck
        }
    }
}

/// As the store wants it.
pub(crate) fn retention(config: &script::config::Retention) -> Retention {
    let script::config::Retention { calls, journal, recordings, messages } = config.clone();
    Retention { calls, journal, recordings, messages }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_project_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        std::fs::create_dir_all(root.join("recordings")).unwrap();
        let (ours, other) = (root.join("recordings/1.wav"), folder.path().join("other.wav"));
        for file in [&ours, &other] {
            std::fs::write(file, "audio").unwrap();
        }
        let names =
            ["recordings/1.wav", "recordings/gone.wav", "../other.wav", other.to_str().unwrap(), ""].map(str::to_owned);
        assert_eq!(delete_files(&root, &names), 1);
        assert!(!ours.exists() && other.exists());
    }
}
