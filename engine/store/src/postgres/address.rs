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

/// The URL without its password, and the password as `PGPASSWORD` wants it: for programs that others can watch.
pub fn without_password(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some((login, place)) = rest[..authority_end].rsplit_once('@') else { return (url.to_owned(), None) };
    let Some((user, password)) = login.split_once(':') else { return (url.to_owned(), None) };
    (format!("{scheme}://{user}@{place}{}", &rest[authority_end..]), Some(percent_decoded(password)))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        let code = more.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
    fn a_password_is_taken_out_of_a_url() {
        let (url, password) = without_password("postgres://me:se%40cret%@db:5433/calls?sslmode=require");
        assert_eq!((&*url, password.as_deref()), ("postgres://me@db:5433/calls?sslmode=require", Some("se@cret%")));
        assert_eq!(without_password("postgres://me@db/calls").1, None);
    }

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
