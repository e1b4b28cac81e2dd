//! The tests' vocabulary: a project folder with a store in it, and short ways to say facts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use callwright_store::{CallRecord, OpenReport, Store, StoreError};
use model::{CallId, Ender, Entry, Fact, HangupCause, LegId, Outcome, Source, Timestamp, TrunkId, WallTime};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use crate::server::Server;

pub(crate) struct Shelf {
    folder: tempfile::TempDir,
    url: String,
}

impl Shelf {
    pub(crate) fn on_sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: "sqlite:calls.db".to_owned() }
    }

    pub(crate) fn on_postgres() -> Self {
        Self::on(Server::shared())
    }

    pub(crate) fn on(server: &Server) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: server.database() }
    }

    /// The same database, served from another folder.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: self.url.clone() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Opens it; a child that another test is starting may hold the lock until it has become its program.
    pub(crate) async fn open(&self, seconds: i64) -> (Store, OpenReport) {
        for _ in 0..200 {
            match self.try_open(seconds).await {
                Err(StoreError::InUse { .. }) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                opened => return opened.unwrap(),
            }
        }
        panic!("somebody else serves from it for good");
    }

    pub(crate) async fn try_open(&self, seconds: i64) -> Result<(Store, OpenReport), StoreError> {
        Store::open(&self.url, self.path(), wall(seconds)).await
    }

    /// A connection of somebody else, a backup tool for instance.
    pub(crate) async fn stranger(&self) -> Stranger {
        match self.url.starts_with("sqlite:") {
            true => {
                let options = SqliteConnectOptions::new().filename(self.file("calls.db"));
                Stranger::Sqlite(options.connect().await.unwrap())
            }
            false => Stranger::Postgres(PgConnection::connect(&self.url).await.unwrap()),
        }
    }

    /// Locks the database for writers until the connection is given to [`unlock`].
    pub(crate) async fn lock(&self) -> Stranger {
        let mut stranger = self.stranger().await;
        stranger
            .run(match stranger {
                Stranger::Sqlite(_) => "BEGIN EXCLUSIVE",
                Stranger::Postgres(_) => {
                    "BEGIN; LOCK TABLE boots, journal, calls, recordings, contacts, agents, work IN EXCLUSIVE MODE"
                }
            })
            .await;
        stranger
    }
}

/// Somebody else's connection.
pub(crate) enum Stranger {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Stranger {
    /// Statements without an answer.
    pub(crate) async fn run(&mut self, statements: &str) {
        let statements = sqlx::raw_sql(AssertSqlSafe(statements));
        match self {
            Stranger::Sqlite(connection) => drop(statements.execute(connection).await.unwrap()),
            Stranger::Postgres(connection) => drop(statements.execute(connection).await.unwrap()),
        }
    }

    /// From now on the database takes no call with this tag.
    pub(crate) async fn refuse_tag(&mut self, tag: &str) {
        let refuse = match self {
            Stranger::Sqlite(_) => format!(
                "CREATE TRIGGER refuse BEFORE UPDATE ON calls WHEN new.tags LIKE '%{tag}%' \
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            ),
            Stranger::Postgres(_) => format!("ALTER TABLE calls ADD CONSTRAINT refuse CHECK (tags NOT LIKE '%{tag}%')"),
        };
        self.run(&refuse).await;
    }

    /// Undoes [`Stranger::refuse_tag`].
    pub(crate) async fn refuse_nothing(&mut self) {
        self.run(match self {
            Stranger::Sqlite(_) => "DROP TRIGGER refuse",
            Stranger::Postgres(_) => "ALTER TABLE calls DROP CONSTRAINT refuse",
        })
        .await;
    }

    /// The texts of a question.
    pub(crate) async fn texts(&mut self, question: &'static str) -> Vec<String> {
        match self {
            Stranger::Sqlite(connection) => sqlx::query_scalar(question).fetch_all(connection).await.unwrap(),
            Stranger::Postgres(connection) => sqlx::query_scalar(question).fetch_all(connection).await.unwrap(),
        }
    }
}

pub(crate) async fn unlock(mut stranger: Stranger) {
    stranger.run("COMMIT").await;
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
