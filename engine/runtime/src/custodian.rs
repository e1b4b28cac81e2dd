//! What may no longer be kept: hourly what is old, and at once what somebody wants forgotten.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use store::{Erased, Retention, Store, StoreError};

use crate::clock::Clock;

/// Retention is exact to the hour.
const EXPIRE_EVERY: Duration = Duration::from_secs(3600);

/// Removes rows from the store and their files from the project.
#[derive(Clone)]
pub(crate) struct Custodian {
    pub(crate) store: Store,
    pub(crate) root: PathBuf,
    pub(crate) clock: Clock,
    /// How numbers are dialled at home, as the project said at the start.
    pub(crate) numbering: model::Numbering,
}

impl Custodian {
    /// Removes what is older than `retention` allows, now and every hour, on the current tokio runtime.
    pub(crate) fn start(self, retention: Retention) {
        if retention == Retention::default() {
            return;
        }
        tokio::spawn(async move {
            loop {
                match self.store.expire(self.clock.wall(), &retention).await {
                    Ok(expired) => {
                        tracing::info!(calls = expired.calls, facts = expired.facts, work = expired.work, "expired");
                        delete_files(&self.root, &expired.files);
                    }
                    Err(error) => tracing::warn!(%error, "what is old could not be removed; the next hour tries again"),
                }
                tokio::time::sleep(EXPIRE_EVERY).await;
            }
        });
    }

    /// Every trace of a number, files included.
    pub(crate) async fn erase(&self, number: &str, asked_by: &str) -> Result<(Erased, usize), StoreError> {
        let erased = self.store.erase(number, &self.numbering, asked_by, self.clock.wall()).await?;
        let deleted = delete_files(&self.root, &erased.files);
        Ok((erased, deleted))
    }
}

/// Deletes files of the project by their names in the store; gives how many there were.
pub fn delete_files<'a>(root: &Path, files: impl IntoIterator<Item = &'a String>) -> usize {
    let mut deleted = 0;
    for file in files {
        // Nothing outside the project is ours, whatever a row says.
        let inside = !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            tracing::error!(file, "the store names a file outside the project; it stays");
            continue;
        }
        match std::fs::remove_file(root.join(file)) {
            Ok(()) => deleted += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!(%error, file, "a recording that is to go could not be deleted"),
        }
    }
    deleted
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
