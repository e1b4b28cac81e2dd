//! The file beside the database that takes journal entries while the database takes none: one JSON line per entry.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncBufReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufReader};

use crate::journal::Numbered;
use crate::{Store, StoreError};

const ROWS_PER_REPLAY: usize = 500; // One transaction; bounds memory however long the outage was.

/// An append-only file of numbered entries and how much of it the journal has taken in.
#[derive(Debug)]
pub(crate) struct Spool {
    path: PathBuf,
    written: u64,
    replayed: u64,
    trust: Trust,
}

/// May the file be written to?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Sound,
    /// A sync failed: the system may have dropped what it held, and the next sync would succeed without it.
    SyncFailed,
}

/// What one step of a replay found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replayed {
    /// So many entries; there may be more.
    Some(usize),
    /// The file is empty and gone.
    Everything,
}

struct Chunk {
    rows: Vec<Numbered>,
    damaged: Vec<u8>,
    end: u64,
}

impl Spool {
    /// The spool at `path`, which need not exist; what is in it counts as not yet replayed.
    pub(crate) fn at(path: PathBuf) -> Self {
        let written = std::fs::metadata(&path).map_or(0, |file| file.len());
        Self { path, written, replayed: 0, trust: Trust::Sound }
    }

    /// Has everything been replayed?
    pub(crate) fn is_empty(&self) -> bool {
        self.replayed >= self.written
    }

    /// Is there nothing left to replay or to remove?
    pub(crate) fn is_gone(&self) -> bool {
        self.written == 0 && self.trust == Trust::Sound
    }

    /// Appends and syncs; on an error nothing counts as written.
    pub(crate) async fn append(&mut self, rows: &[Numbered]) -> Result<(), StoreError> {
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, row)?;
            lines.push(b'\n');
        }
        self.write(&lines).await.map_err(|source| self.error("write", source))?;
        self.written += lines.len() as u64;
        Ok(())
    }

    /// Moves everything into the journal, exactly once however often it is interrupted; returns the number of entries.
    pub(crate) async fn replay(&mut self, store: &Store) -> Result<usize, StoreError> {
        let mut total = 0;
        while let Replayed::Some(rows) = self.replay_some(store).await? {
            total += rows;
        }
        Ok(total)
    }

    /// Moves one chunk into the journal, and removes the file after the last one.
    pub(crate) async fn replay_some(&mut self, store: &Store) -> Result<Replayed, StoreError> {
        if self.is_empty() {
            self.remove().await.map_err(|source| self.error("remove", source))?;
            return Ok(Replayed::Everything);
        }
        let chunk = self.read_chunk().await.map_err(|source| self.error("read", source))?;
        store.append_numbered(&chunk.rows).await?;
        self.set_aside(&chunk.damaged).await.map_err(|source| self.error("set aside lines of", source))?;
        self.replayed = chunk.end;
        Ok(Replayed::Some(chunk.rows.len()))
    }

    async fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.trust == Trust::SyncFailed {
            return Err(io::Error::other(
                "a sync of it has failed; it is not written to before the database has it all",
            ));
        }
        let mut file = owner_only().write(true).open(&self.path).await?;
        if self.written == 0 {
            sync_folder(&self.path).await?;
        }
        // A write that failed halfway, on a full disk, has left a torn line.
        file.set_len(self.written).await?;
        file.seek(SeekFrom::Start(self.written)).await?;
        file.write_all(lines).await?;
        file.flush().await?;
        let synced = self.sync(&file).await;
        if synced.is_err() {
            self.trust = Trust::SyncFailed;
        }
        synced
    }

    #[cfg(not(test))]
    async fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data().await
    }

    #[cfg(test)]
    async fn sync(&self, file: &File) -> io::Result<()> {
        if self.path.with_added_extension("fails-to-sync").exists() {
            return Err(io::Error::from_raw_os_error(5));
        }
        file.sync_data().await
    }

    async fn read_chunk(&self) -> io::Result<Chunk> {
        let mut file = File::open(&self.path).await?;
        file.seek(SeekFrom::Start(self.replayed)).await?;
        let mut reader = BufReader::new(file);
        let mut chunk = Chunk { rows: Vec::new(), damaged: Vec::new(), end: self.replayed };
        let mut line = Vec::new();
        while chunk.rows.len() < ROWS_PER_REPLAY && chunk.end < self.written {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).await?;
            if length == 0 {
                chunk.end = self.written; // Somebody cut the file: there is no more to wait for.
                break;
            }
            chunk.end += length as u64;
            match serde_json::from_slice(&line) {
                Ok(row) => chunk.rows.push(row),
                // The last line of a process that died while writing it: nobody was told that it is safe.
                Err(_) if line.last() != Some(&b'\n') => {
                    tracing::warn!(spool = %self.path.display(), "torn last line")
                }
                Err(error) => {
                    tracing::error!(spool = %self.path.display(), %error, "damaged line, kept in the .damaged file");
                    chunk.damaged.extend_from_slice(&line);
                }
            }
        }
        Ok(chunk)
    }

    async fn set_aside(&self, lines: &[u8]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let path = self.path.with_added_extension("damaged");
        let mut file = owner_only().append(true).open(path).await?;
        file.write_all(lines).await?;
        file.flush().await?;
        file.sync_data().await
    }

    async fn remove(&mut self) -> io::Result<()> {
        match fs::remove_file(&self.path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        (self.written, self.replayed, self.trust) = (0, 0, Trust::Sound);
        Ok(())
    }

    /// Removes the file when the journal has it all; where that fails, the next start finds nothing new in it.
    pub(crate) async fn discard(&mut self) {
        if let Err(error) = self.remove().await {
            tracing::warn!(%error, spool = %self.path.display(), "the spool cannot be removed");
        }
    }

    fn error(&self, action: &'static str, source: io::Error) -> StoreError {
        StoreError::File { action, path: self.path.clone(), source }
    }
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

/// A new file survives a power cut only when its folder has been synced too.
async fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).await?.sync_all().await
}

#[cfg(test)]
mod tests {
    use model::{Entry, Fact, Timestamp, WallTime};

    use super::*;
    use crate::BootId;

    fn row(seq: u64) -> Numbered {
        let fact = Fact::Logged { text: seq.to_string(), place: None };
        Numbered { boot: BootId(1), seq, entry: Entry { at: Timestamp::ZERO, wall: WallTime(0), call: None, fact } }
    }

    #[tokio::test]
    async fn a_failed_sync_is_never_followed_by_a_pretended_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spool");
        let fault = path.with_added_extension("fails-to-sync");
        let mut spool = Spool::at(path.clone());
        spool.append(&[row(1)]).await.unwrap();
        std::fs::write(&fault, "").unwrap();
        spool.append(&[row(2)]).await.unwrap_err();
        std::fs::remove_file(&fault).unwrap();
        let error = spool.append(&[row(2)]).await.unwrap_err().to_string();
        assert!(error.contains("a sync of it has failed"), "{error}");

        let (store, _) = Store::open("sqlite:calls.db", folder.path(), WallTime(0)).await.unwrap();
        assert_eq!(spool.replay(&store).await.unwrap(), 1, "what was synced before the fault still counts");
        spool.append(&[row(2)]).await.unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 1, "a new file");
    }
}
