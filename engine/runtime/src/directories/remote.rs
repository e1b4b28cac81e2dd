//! Directories that are asked: over HTTP or in a database, each with deadline, memory and a limit of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use script::config::Secret;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::memory::{Known, Memory};
use super::sql::Sql;
use crate::clock::Clock;
use crate::http::{Ask, Web, secret_headers};

/// Lookups of one directory under way at once; more wait for their turn until their deadline.
const AT_ONCE_MAX: usize = 32;

/// One directory elsewhere.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) name: String,
    pub(super) source: Source,
    /// The caller's deadline.
    pub(super) timeout: Duration,
    memory: Mutex<Memory>,
    turns: Semaphore,
}

/// Where it is.
#[derive(Debug)]
pub(super) enum Source {
    Http { web: Web, url: String, headers: BTreeMap<String, Secret> },
    Sql(Sql),
}

impl Remote {
    pub(super) fn new(name: &str, source: Source, timeout: Duration, memory: Memory) -> Self {
        let turns = Semaphore::new(AT_ONCE_MAX);
        Self { name: name.to_owned(), source, timeout, memory: Mutex::new(memory), turns }
    }

    pub(super) fn recall(&self, clock: Clock, key: &str) -> Known {
        self.memory().recall(clock.now(), key)
    }

    /// Asks; the answer is the old one when it fails, and comes a little before the caller's deadline.
    pub(super) async fn ask(self: Arc<Self>, clock: Clock, key: String, old: Option<Value>) -> Value {
        let patience = self.timeout - (self.timeout / 10).min(Duration::from_millis(50));
        let asking = async {
            let _turn = self.turns.acquire().await.map_err(|error| error.to_string())?;
            self.source.find(&key, self.timeout).await
        };
        let late = || format!("no answer within {}", model::short_duration(self.timeout));
        match tokio::time::timeout(patience, asking).await.unwrap_or_else(|_| Err(late())) {
            Ok(value) => {
                self.memory().note(clock.now(), &key, &value);
                value
            }
            Err(error) => {
                let directory = &self.name;
                if self.memory().note_failure(clock.now()) {
                    tracing::warn!(directory, error, "a directory fails and is left alone for some seconds");
                } else {
                    tracing::warn!(directory, error, "a lookup failed");
                }
                old.unwrap_or_default()
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    async fn find(&self, key: &str, timeout: Duration) -> Result<Value, String> {
        match self {
            Source::Sql(sql) => sql.find(key).await,
            Source::Http { web, url, headers } => {
                let url = url.replace("{key}", &percent_encoded(key));
                let headers = secret_headers(headers).map_err(|error| error.to_string())?;
                let ask = Ask { method: "GET", url: &url, headers, body: None, timeout };
                let answer = web.ask(ask).await.map_err(|error| error.to_string())?;
                match answer.status {
                    404 | 410 | 204 => Ok(Value::Null),
                    200..=299 => row(&answer.body),
                    status => Err(format!("it answered {status}")),
                }
            }
        }
    }
}

/// A list of rows is as good as its first.
fn row(body: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice(body).map_err(|error| format!("the answer is no JSON: {error}"))? {
        Value::Array(rows) => Ok(rows.into_iter().next().unwrap_or_default()),
        value => Ok(value),
    }
}

/// RFC 3986: what is not unreserved stands as `%XX`, so that a key stays one part of an address.
pub(crate) fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}"); // Writing into a string cannot fail.
        }
    }
    // `.` and `..` would be steps in a path.
    if encoded.chars().all(|c| c == '.') { encoded.replace('.', "%2E") } else { encoded }
}

#[cfg(test)]
mod tests {
    use script::config::{HttpRules, Network};

    use super::*;
    use crate::http::sink::{Script, Sink};

    async fn crm(answers: Script, cache: u64, stale: u64) -> (Sink, Arc<Remote>) {
        let sink = Sink::that_says(answers).await;
        let here = Network { address: "127.0.0.1".parse().unwrap(), prefix: 32 };
        let web = Web::new(&HttpRules { allow: Vec::new(), private: vec![here] }).unwrap();
        let source = Source::Http { web, url: sink.url("/by-phone/{key}?x=1"), headers: BTreeMap::new() };
        let seconds = |n| (n > 0).then(|| Duration::from_secs(n));
        let memory = Memory::new(seconds(cache), seconds(stale));
        (sink, Arc::new(Remote::new("crm", source, Duration::from_millis(500), memory)))
    }

    async fn look(remote: &Arc<Remote>, key: &str) -> Value {
        let clock = Clock::start();
        match remote.recall(clock, key) {
            Known::Answer(value) => value,
            Known::Ask(old) => remote.clone().ask(clock, key.to_owned(), old).await,
        }
    }

    #[tokio::test]
    async fn a_key_stays_one_part_of_the_address_and_answers_are_kept() {
        let (sink, crm) = crm(vec![("200 OK", r#"[{"name":"Ada"}]"#.into())], 60, 0).await;
        for _ in 0..3 {
            assert_eq!(look(&crm, "+49/../30 #").await["name"], "Ada");
        }
        let asked = sink.asked();
        assert_eq!(asked.len(), 1, "the other two were remembered");
        assert!(asked[0].head.starts_with("GET /by-phone/%2B49%2F..%2F30%20%23?x=1 "), "{}", asked[0].head);
        assert_eq!(percent_encoded(".."), "%2E%2E");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_directory_that_fails_again_and_again() {
        let (sink, crm) = crm(vec![("503 Busy", String::new())], 0, 0).await;
        for n in 0..20 {
            assert_eq!(look(&crm, &n.to_string()).await, Value::Null);
        }
        assert_eq!(sink.asked().len(), 5);
    }

    #[tokio::test]
    async fn a_slow_directory_gives_nothing_in_time() {
        let (_sink, crm) = crm(vec![("", String::new())], 0, 0).await;
        assert_eq!(look(&crm, "1").await, Value::Null);
    }

    #[tokio::test]
    async fn not_found_is_an_answer_and_nonsense_is_not() {
        let (sink, crm) = crm(vec![("404 Gone", String::new()), ("200 OK", "<html>".into())], 60, 0).await;
        assert_eq!((look(&crm, "1").await, look(&crm, "1").await), (Value::Null, Value::Null));
        assert_eq!(sink.asked().len(), 1, "nothing found is remembered");
        assert_eq!((look(&crm, "2").await, look(&crm, "2").await), (Value::Null, Value::Null));
        assert_eq!(sink.asked().len(), 3, "a failure is not");
    }
}
