//! The store against real databases: records, outages, crashes. Every test runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "in a test, a failure to set up is a failure")]
#![expect(clippy::duplicate_mod, reason = "the same tests for both back ends")]

mod server;
mod shelf;

macro_rules! tests_on {
    ($backend:ident) => {
        use crate::shelf::*;

        fn shelf() -> Shelf {
            Shelf::$backend()
        }

        mod crash;
        mod journal;
        mod lost;
        mod open;
        mod outage;
        mod queue_log;
        mod queues;
        mod recording;
        mod records;
        mod reports;
        mod retention;
        mod work;
    };
}

#[path = "."]
mod on_sqlite {
    tests_on!(on_sqlite);
}

#[path = "."]
mod on_postgres {
    tests_on!(on_postgres);
}

mod only_postgres;
mod only_sqlite;
