//! The tests' vocabulary: a project folder with a store in it, and short ways to say facts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use callwright_store::{CallRecord, OpenReport, Store};
use model::{CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, Source, Timestamp, TrunkId, WallTime};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

pub(crate) const URL: &str = "sqlite:calls.db";

pub(crate) struct Shelf {
    folder: tempfile::TempDir,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn open(&self, seconds: i64) -> (Store, OpenReport) {
        Store::open(URL, self.path(), wall(seconds)).await.unwrap()
    }

    /// A connection of somebody else, a backup tool for instance.
    pub(crate) async fn stranger(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.file("calls.db")).connect().await.unwrap()
    }

    /// Locks the database for writers until the connection is given to [`unlock`].
    pub(crate) async fn lock(&self) -> SqliteConnection {
        let mut stranger = self.stranger().await;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut stranger).await.unwrap();
        stranger
    }
}

pub(crate) async fn unlock(mut stranger: SqliteConnection) {
    sqlx::query("COMMIT").execute(&mut stranger).await.unwrap();
    stranger.close().await.unwrap();
}

pub(crate) fn wall(seconds: i64) -> WallTime {
    WallTime(seconds * 1_000_000)
}

pub(crate) fn entry(seconds: i64, call: u64, fact: Fact) -> Entry {
    let at = Timestamp::ZERO + Duration::from_secs(seconds.unsigned_abs());
    Entry { at, wall: wall(seconds), call: Some(CallId(call)), fact }
}

pub(crate) fn arrived() -> Fact {
    let source = Source::Trunk(TrunkId::parse("provider").unwrap());
    Fact::CallArrived { from: "+4930111111".into(), to: "+4930222222".into(), source, leg: LegId(1) }
}

pub(crate) fn connected(leg: u64, to: &str) -> Fact {
    Fact::CallConnected { leg: LegId(leg), to: to.into() }
}

pub(crate) fn disconnected(leg: u64, seconds: u64) -> Fact {
    Fact::CallDisconnected { leg: LegId(leg), talked: Duration::from_secs(seconds), cause: HangupCause::Normal }
}

pub(crate) fn pressed(digits: &str) -> Fact {
    Fact::DigitsCollected { digits: digits.into(), place: None }
}

pub(crate) fn tagged(key: &str, value: &str) -> Fact {
    Fact::TagSet { key: key.into(), value: value.into() }
}

pub(crate) fn ended() -> Fact {
    Fact::CallEnded { outcome: Outcome::Answered, cause: HangupCause::Normal, by: Ender::Caller }
}

pub(crate) fn logged(text: impl Into<String>) -> Fact {
    Fact::Logged { text: text.into(), place: None }
}

/// The texts that a call logged, in order.
pub(crate) async fn log_of(store: &Store, call: u64) -> Vec<String> {
    let texts = store.journal(CallId(call)).await.unwrap().into_iter().map(|entry| match entry.fact {
        Fact::Logged { text, .. } => text,
        other => panic!("the call did more than log: {other}"),
    });
    texts.collect()
}

/// A record as a text to compare.
pub(crate) fn page(records: &[CallRecord]) -> String {
    serde_json::to_string_pretty(records).unwrap()
}
