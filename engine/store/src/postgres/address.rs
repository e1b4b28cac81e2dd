//! Where the server is, and how that may be shown: never with its password.

use sqlx::postgres::PgConnectOptions;

use crate::StoreError;

const STATEMENTS_KEPT: usize = 128; // As many as SQLite keeps, for the same statements.

/// `postgres://user:password@host:port/database`, parsed.
pub(crate) struct Address {
    options: PgConnectOptions,
    shown: String,
}

impl Address {
    /// None when the URL means another back end.
    pub(crate) fn of(url: &str) -> Result<Option<Self>, StoreError> {
        let Some((scheme, rest)) = url.split_once("://") else { return Ok(None) };
        if !matches!(scheme, "postgres" | "postgresql") {
            return Ok(None);
        }
        let bad = |reason| StoreError::BadUrl { url: without_secrets(scheme, rest), reason };
        let options: PgConnectOptions = url.parse().map_err(|_| bad("it is no URL that PostgreSQL understands"))?;
        if options.get_database().is_none() {
            return Err(bad("it names no database, `postgres://user@host/database`"));
        }
        // A server notices a dead client of ours, and frees its lock, within half a minute.
        let options = options.application_name("callwright").statement_cache_capacity(STATEMENTS_KEPT).options([
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
        let shown = format!(
            "postgres://{}@{}:{}/{}",
            options.get_username(),
            options.get_socket().map_or(options.get_host().to_owned(), |socket| socket.display().to_string()),
            options.get_port(),
            options.get_database().unwrap_or_default(),
        );
        Ok(Some(Self { options, shown }))
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// For people: without the password.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// For names of files: the same database gives the same name.
    pub(crate) fn file_name(&self) -> String {
        let place = self.shown.split_once('@').map_or(&*self.shown, |(_, place)| place);
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        place.trim_matches('/').chars().map(plain).collect()
    }

    pub(crate) fn unreachable(&self, source: &sqlx::Error) -> StoreError {
        StoreError::Unreachable { database: self.shown.clone(), reason: reason(source) }
    }
}

/// What the system or the server said, without sqlx's preamble.
pub(super) fn reason(source: &sqlx::Error) -> String {
    match source {
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

/// Before the @ stands a password, and after the ? may stand one.
fn without_secrets(scheme: &str, rest: &str) -> String {
    let place = rest.split('@').next_back().unwrap_or(rest);
    let place = place.split('?').next().unwrap_or(place);
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address = |url| Address::of(url).map(|address| address.map(|a| (a.shown().to_owned(), a.file_name())));
        let both = |shown: &str, file: &str| Some((shown.to_owned(), file.to_owned()));
        assert_eq!(
            address("postgres://me:secret@db.example:5433/calls").unwrap(),
            both("postgres://me@db.example:5433/calls", "db.example-5433-calls")
        );
        assert_eq!(
            address("postgresql://me@h/calls?host=/run/postgresql&port=5432").unwrap(),
            both("postgres://me@/run/postgresql:5432/calls", "run-postgresql-5432-calls")
        );
        assert_eq!(address("sqlite:callwright.db").unwrap(), None);
        let error = Address::of("postgres://me:secret@host:port/calls?password=hush").err().unwrap().to_string();
        assert!(error.contains("postgres://host:port/calls"), "{error}");
        assert!(!error.contains("secret") && !error.contains("hush"), "{error}");
    }
}
