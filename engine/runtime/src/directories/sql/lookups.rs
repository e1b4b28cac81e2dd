//! Lookups in real databases as callers meet them: with a deadline, and whatever happens to the database.

use std::sync::Arc;

use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::server::Server;
use super::*;
use crate::directories::memory::{Known, Memory};
use crate::directories::remote::{Remote, Source};

const ORDERS: &str = "CREATE TABLE orders (number TEXT, state TEXT, items INTEGER, paid BOOLEAN, note TEXT); \
    INSERT INTO orders VALUES ('4711', 'sent', 3, true, NULL), ('4712', 'new', 1, false, 'o''clock')";
const BY_NUMBER: &str = "select * from orders where number = $1";
/// Runs until somebody stops it.
const ENDLESS: &str =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) as n from n where $1 <> ''";

/// A database with two orders in it.
struct Shop {
    folder: tempfile::TempDir,
    dsn: String,
}

impl Shop {
    async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db")).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        connection.execute(ORDERS).await.unwrap();
        connection.close().await.unwrap();
        Self { folder, dsn: "sqlite:shop.db".to_owned() }
    }

    async fn on_postgres(server: &Server) -> Self {
        let dsn = server.database();
        let mut connection = sqlx::PgConnection::connect(&dsn).await.unwrap();
        connection.execute(ORDERS).await.unwrap();
        connection.close().await.unwrap();
        Self { folder: tempfile::tempdir().unwrap(), dsn }
    }

    async fn on_both() -> [Self; 2] {
        [Self::on_sqlite().await, Self::on_postgres(Server::shared()).await]
    }

    fn asked(&self, query: &str, timeout: Duration) -> Arc<Remote> {
        let sql = Sql::new(self.folder.path(), query, &Secret::new(&self.dsn), timeout);
        Arc::new(Remote::new("orders", Source::Sql(sql), timeout, Memory::new(None, None)))
    }

    fn orders(&self) -> Arc<Remote> {
        self.asked(BY_NUMBER, PATIENCE)
    }
}

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a caller's flow gets; null is `()`.
async fn look(directory: &Arc<Remote>, key: &str) -> Value {
    let clock = Clock::start();
    match directory.recall(clock, key) {
        Known::Answer(value) => value,
        Known::Ask(old) => directory.clone().ask(clock, key.to_owned(), old).await,
    }
}

/// What the database said, without the deadline and the memory before it.
async fn said(directory: &Arc<Remote>, key: &str) -> Result<Value, String> {
    let Source::Sql(sql) = &directory.source else { unreachable!("these are databases") };
    sql.find(key).await
}

#[tokio::test]
async fn a_row_is_found_with_its_types_and_a_missing_one_is_nothing() {
    for shop in Shop::on_both().await {
        let orders = shop.orders();
        let row = serde_json::json!({ "number": "4711", "state": "sent", "items": 3, "paid": true, "note": null });
        assert_eq!(look(&orders, "4711").await, row, "{}", shop.dsn);
        assert_eq!(look(&orders, "4712").await["note"], "o'clock");
        assert_eq!(said(&orders, "4713").await, Ok(Value::Null), "not found is no failure");
    }
}

#[tokio::test]
async fn postgres_writes_its_own_types() {
    let shop = Shop::on_postgres(Server::shared()).await;
    let query = "select 19.50::numeric(9,2) as total, date '2026-03-02' as since, array[1,2] as parts, \
        '{\"a\":[true]}'::jsonb as card, $1::bigint + 1 as next -- of the customer";
    let row = said(&shop.asked(query, PATIENCE), "41").await.unwrap();
    let expected = serde_json::json!({ "total": 19.5, "since": "2026-03-02", "parts": [1, 2], "card": { "a": [true] }, "next": 42 });
    assert_eq!(row, expected);
    let error = said(&shop.asked(query, PATIENCE), "anna").await.unwrap_err();
    assert!(error.contains("bigint"), "{error}");
}

#[tokio::test]
async fn a_number_is_a_value_and_never_sql() {
    for shop in Shop::on_both().await {
        let orders = shop.orders();
        let tricks = [
            "' or 1=1 --",
            "'; drop table orders; --",
            "4711'; delete from orders where 'x'='x",
            "4711\\'; select pg_sleep(9) --",
            "$1",
            "%",
            "4711\0",
            "\u{2019} OR 1=1",
        ];
        for trick in tricks {
            assert_eq!(said(&orders, trick).await, Ok(Value::Null), "{trick:?} in {}", shop.dsn);
        }
        assert_eq!(look(&orders, "4711").await["state"], "sent", "the table is still there");
    }
}

#[tokio::test]
async fn a_lookup_reads_and_does_nothing_else() {
    let shop = Shop::on_postgres(Server::shared()).await;
    let mut owner = sqlx::PgConnection::connect(&shop.dsn).await.unwrap();
    owner.execute("CREATE SEQUENCE visits").await.unwrap();
    for (query, refused) in [
        ("select nextval('visits') where $1 <> ''", "read-only transaction"),
        ("with gone as (delete from orders where number = $1 returning *) select * from gone", "top level"),
        ("select 1 where $1 <> '') as found; delete from orders; --", "syntax error"),
    ] {
        let error = said(&shop.asked(query, PATIENCE), "4711").await.unwrap_err();
        assert!(error.contains(refused), "{query}: {error}");
    }
    assert_eq!(look(&shop.orders(), "4711").await["state"], "sent");
}

#[tokio::test]
async fn a_slow_database_gives_nothing_in_time_and_does_not_go_on_for_ever() {
    let short = Duration::from_millis(300);
    let server = Server::shared();
    for (shop, query) in [
        (Shop::on_sqlite().await, ENDLESS),
        (Shop::on_postgres(server).await, ENDLESS),
        (Shop::on_postgres(server).await, "select pg_sleep(600), $1 as key"),
    ] {
        let slow = shop.asked(query, short);
        // More than there are connections: each of them must come back.
        for n in 0..3 * CONNECTIONS_MAX {
            let key = n.to_string();
            assert_eq!(tokio::time::timeout(PATIENCE, look(&slow, &key)).await, Ok(Value::Null), "{query}");
        }
        let Source::Sql(sql) = &slow.source else { unreachable!("these are databases") };
        match sql.pool.get().unwrap() {
            Pool::Sqlite(pool) => drop(tokio::time::timeout(PATIENCE, pool.acquire()).await.unwrap().unwrap()),
            Pool::Postgres(pool) => drop(tokio::time::timeout(PATIENCE, pool.acquire()).await.unwrap().unwrap()),
        }
        if shop.dsn.starts_with("postgres") {
            nothing_runs(&shop.dsn).await;
        }
    }
}

/// Waits until no lookup is under way in the database.
async fn nothing_runs(dsn: &str) {
    let mut stranger = sqlx::PgConnection::connect(dsn).await.unwrap();
    let question = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'callwright' AND state = 'active' \
        AND datname = current_database()";
    let none = async {
        while sqlx::query_scalar::<_, i64>(question).fetch_one(&mut stranger).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, none).await.expect("queries go on after their deadline");
}

#[tokio::test]
async fn a_database_that_goes_and_comes_is_asked_again() {
    let server = Server::start();
    let shop = Shop::on_postgres(&server).await;
    let orders = shop.asked(BY_NUMBER, Duration::from_secs(5));
    assert_eq!(look(&orders, "4711").await["state"], "sent");
    server.cut();
    assert_eq!(look(&orders, "4711").await, Value::Null, "nothing, and in time");
    server.go_on();
    let answers = async {
        while look(&orders, "4711").await.is_null() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answers).await.expect("it is back and nobody asks it");
    let nobody = Shop { folder: tempfile::tempdir().unwrap(), dsn: "postgres://localhost:1/shop".into() };
    assert_eq!(look(&nobody.asked(BY_NUMBER, Duration::from_secs(1)), "4711").await, Value::Null);
}
