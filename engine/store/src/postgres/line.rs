//! The one connection that writes. It holds the database's lock, so that nobody writes who has lost it.

use std::fmt;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection as _, Postgres};
use tokio::sync::OwnedMutexGuard;
use tokio::time::{sleep, timeout};

use super::address::{Address, reason};
use crate::StoreError;
use crate::sql::Sql;

const WITHIN: Duration = Duration::from_secs(5); // A server that is silent for longer counts as gone.
const MAINTENANCE_WITHIN: Duration = Duration::from_secs(60); // Whoever erases reads every fact.
const LOCKED_WITHIN: &str = "250ms"; // As with SQLite: longer locks are the journal spool's business.
const LOCK_KEY: i32 = 1_128_352_844; // "CALL"; the other half of the key is the schema.
const LOCK_TRIES: u32 = 10; // Two seconds: the server may still be busy burying the backend of a dead run.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// The writing connection, made again whenever it was lost.
pub(crate) struct Line {
    options: PgConnectOptions,
    shown: String,
    live: Option<Live>,
    /// The server's process that held our lock last.
    backend: Option<i32>,
    /// The run that writes here; a higher one in the database has taken its place.
    boot: Option<i64>,
    /// How long a statement of this transaction may take.
    within: Duration,
}

struct Live {
    connection: PgConnection,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// A transaction is open, or was left so.
    Begun,
    /// A statement is under way; found so later, whoever waited for it gave up.
    Speaking,
}

impl Line {
    pub(crate) fn new(address: &Address) -> Self {
        let timeout = format!("{}s", WITHIN.as_secs());
        // Only maintenance takes so long, and what nobody waits for any more should not hold locks.
        let limits = [("statement_timeout", timeout), ("lock_timeout", LOCKED_WITHIN.to_owned())];
        let options = address.options().options(limits);
        Self { options, shown: address.shown().to_owned(), live: None, backend: None, boot: None, within: WITHIN }
    }

    pub(crate) fn serve_as(&mut self, boot: i64) {
        self.boot = Some(boot);
    }

    /// A connection with the lock and without a transaction.
    pub(crate) async fn ready(&mut self) -> Result<(), StoreError> {
        match self.live.as_ref().map(|live| live.state) {
            Some(State::Idle) => return Ok(()),
            Some(State::Begun) if self.execute(sqlx::query("ROLLBACK"), State::Idle).await.is_ok() => return Ok(()),
            _ => self.live = None,
        }
        timeout(WITHIN, self.connect()).await.unwrap_or_else(|_| Err(self.slow()))
    }

    pub(crate) async fn close(&mut self) {
        if let Some(live) = self.live.take() {
            let _ = live.connection.close().await; // Gone is what it should be.
        }
    }

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.within = WITHIN;
        self.ready().await?;
        if self.execute(sqlx::query("BEGIN"), State::Begun).await.is_ok() {
            return Ok(());
        }
        // The server was restarted while nobody spoke.
        self.live = None;
        self.ready().await?;
        self.execute(sqlx::query("BEGIN"), State::Begun).await.map(drop)
    }

    async fn connect(&mut self) -> Result<(), StoreError> {
        let mut connection = match self.options.connect().await {
            Ok(connection) => connection,
            Err(source) => return Err(self.unreachable(reason(&source))),
        };
        durable(&mut connection).await?;
        self.take_lock(&mut connection).await?;
        self.refuse_successor(&mut connection).await?;
        self.backend = Some(sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?);
        self.live = Some(Live { connection, state: State::Idle });
        Ok(())
    }

    async fn take_lock(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        for attempt in 0..LOCK_TRIES {
            let take = "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))";
            if sqlx::query_scalar(take).bind(LOCK_KEY).fetch_one(&mut *connection).await? {
                return Ok(());
            }
            if attempt == 0 {
                self.end_own_backend(connection).await?;
            }
            sleep(LOCK_PAUSE).await;
        }
        Err(StoreError::InUse { database: self.shown.clone() })
    }

    /// After a cut cable the server may take our old connection for alive, with the lock.
    async fn end_own_backend(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_locks \
            WHERE locktype = 'advisory' AND classid::bigint = $1 AND granted AND pid = $2";
        if let Some(backend) = self.backend {
            sqlx::query(end).bind(i64::from(LOCK_KEY)).bind(backend).execute(connection).await?;
        }
        Ok(())
    }

    /// Whoever served while we had no lock has given our calls an end and our numbers to his own.
    async fn refuse_successor(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let Some(ours) = self.boot else { return Ok(()) };
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(boot) FROM boots").fetch_one(connection).await?;
        match newest {
            Some(newest) if newest > ours => Err(StoreError::TakenOver { database: self.shown.clone() }),
            _ => Ok(()),
        }
    }

    async fn execute(
        &mut self,
        query: Query<'_, Postgres, impl sqlx::IntoArguments<Postgres>>,
        then: State,
    ) -> Result<u64, StoreError> {
        let within = self.within;
        let connection = self.speak()?;
        let done = timeout(within, query.execute(connection)).await;
        Ok(self.heard(done, then)?.rows_affected())
    }

    async fn rows(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>, StoreError> {
        let within = self.within;
        let connection = self.speak()?;
        let rows = timeout(within, query.fetch_all(connection)).await;
        self.heard(rows, State::Begun)
    }

    fn speak(&mut self) -> Result<&mut PgConnection, StoreError> {
        let lost = sqlx::Error::Io(std::io::ErrorKind::NotConnected.into());
        let live = self.live.as_mut().ok_or(lost)?;
        live.state = State::Speaking;
        Ok(&mut live.connection)
    }

    fn heard<T>(
        &mut self,
        answer: Result<Result<T, sqlx::Error>, tokio::time::error::Elapsed>,
        then: State,
    ) -> Result<T, StoreError> {
        let (next, answer) = match answer {
            Ok(Ok(answer)) => (Some(then), Ok(answer)),
            Ok(Err(error @ sqlx::Error::Database(_))) => (Some(State::Begun), Err(error.into())),
            Ok(Err(error)) => (None, Err(error.into())),
            Err(_) => (None, Err(self.slow())),
        };
        match (next, &mut self.live) {
            (Some(state), Some(live)) => live.state = state,
            _ => self.live = None,
        }
        answer
    }

    fn slow(&self) -> StoreError {
        self.unreachable(format!("no answer within {:?}", self.within))
    }

    fn unreachable(&self, reason: String) -> StoreError {
        StoreError::Unreachable { database: self.shown.clone(), reason }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("to", &self.shown).field("boot", &self.boot).finish_non_exhaustive()
    }
}

/// A commit is on the server's disk when it is confirmed; what its owner made stronger than that stays so.
pub(super) async fn durable(connection: &mut PgConnection) -> Result<(), StoreError> {
    let on = "SELECT set_config('synchronous_commit', 'on', false) \
        WHERE current_setting('synchronous_commit') IN ('off', 'local')";
    sqlx::query(on).execute(connection).await?;
    Ok(())
}

/// An open transaction; dropped before its commit, it is undone before anything else is written.
pub(crate) struct Transaction {
    line: OwnedMutexGuard<Line>,
}

impl Transaction {
    pub(super) async fn begin(mut line: OwnedMutexGuard<Line>) -> Result<Self, StoreError> {
        line.begin().await?;
        Ok(Self { line })
    }

    /// Statements of this transaction may take a minute instead of 5 s.
    pub(super) async fn take_time(&mut self) -> Result<(), StoreError> {
        self.line.within = MAINTENANCE_WITHIN;
        let seconds = MAINTENANCE_WITHIN.as_secs().to_string() + "s";
        let limit = sqlx::query("SELECT set_config('statement_timeout', $1, true)").bind(seconds);
        self.line.execute(limit, State::Begun).await.map(drop)
    }

    pub(crate) async fn rows(&mut self, sql: Sql) -> Result<Vec<PgRow>, StoreError> {
        self.line.rows(sql.postgres()?).await
    }

    pub(crate) async fn execute(&mut self, sql: Sql) -> Result<u64, StoreError> {
        self.line.execute(sql.postgres()?, State::Begun).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.line.execute(sqlx::query("COMMIT"), State::Idle).await.map(drop)
    }
}
