//! One way out for every request: bounded in time and size, guarded, redirects not followed.

mod guard;
#[cfg(test)]
pub(crate) mod sink;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, redirect};
use script::HttpRequest;
use script::config::{HttpRules, Secret};
use serde_json::{Value, json};

use guard::Guard;

/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// A host that does not take a connection within this time is down.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The requests of one version of a project.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    client: Client,
    guard: Guard,
    rules: Arc<HttpRules>,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// When the other side wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebError {
    /// We do not ask there, now or later.
    #[error("{0}")]
    Refused(String),
    /// It did not work this time.
    #[error("{0}")]
    Failed(String),
}

impl Web {
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new(rules: &HttpRules) -> Result<Self, String> {
        let guard = Guard::new(&rules.private);
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(guard.clone())
            .redirect(redirect::Policy::none())
            // A proxy of the environment would resolve names itself, past the guard.
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .user_agent(concat!("Callwright/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("requests over HTTP cannot be set up: {error}"))?;
        Ok(Self { client, guard, rules: Arc::new(rules.clone()) })
    }

    /// Sends a request and reads its answer, whatever its status.
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Result<Answer, WebError> {
        let url = self.checked(ask.url)?;
        let method = Method::from_bytes(ask.method.as_bytes())
            .map_err(|_| WebError::Refused(format!("`{}` is no method", ask.method)))?;
        let mut request = self.client.request(method, url).headers(ask.headers).timeout(ask.timeout);
        if let Some(body) = ask.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(failed)?;
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(WebError::Failed(format!("the answer is longer than {ANSWER_BYTES_MAX} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, retry_after, body })
    }

    /// What a flow asked: a map of `status` and `body`, null when there is no answer.
    pub(crate) async fn answer_flow(&self, request: HttpRequest) -> Value {
        match self.ask_for_flow(&request).await {
            Ok(answer) => json!({ "status": answer.status, "body": readable(&answer.body) }),
            Err(error) => {
                tracing::warn!(%error, method = request.method, "a flow's request got no answer");
                Value::Null
            }
        }
    }

    async fn ask_for_flow(&self, request: &HttpRequest) -> Result<Answer, WebError> {
        let url = self.checked(&request.url)?;
        let host = url.host_str().unwrap_or_default();
        if !self.rules.allow.iter().any(|pattern| pattern.matches(host)) {
            return Err(WebError::Refused(format!("the project does not allow host `{host}`")));
        }
        let mut headers = HeaderMap::new();
        if request.body.is_some() {
            headers.insert("content-type", HeaderValue::from_static("application/json"));
        }
        for (name, value) in &request.headers {
            insert(&mut headers, name, value)?;
        }
        let body = request.body.as_ref().map(|body| body.to_string().into_bytes());
        let (method, url) = (request.method.as_str(), request.url.as_str());
        self.ask(Ask { method, url, headers, body, timeout: request.timeout }).await
    }

    fn checked(&self, url: &str) -> Result<Url, WebError> {
        let refused = |why: &str| WebError::Refused(format!("the address {why}"));
        let url = Url::parse(url).map_err(|_| refused("cannot be read"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("holds a user's name"));
        }
        let host = url.host_str().ok_or_else(|| refused("has no host"))?;
        self.guard.check_literal(host).map_err(|error| WebError::Refused(error.to_string()))?;
        Ok(url)
    }
}

/// Header fields of the configuration, hidden from logs.
pub(crate) fn secret_headers(headers: &BTreeMap<String, Secret>) -> Result<HeaderMap, WebError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        insert(&mut map, name, value.expose())?;
    }
    Ok(map)
}

/// Sets one header field.
pub(crate) fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), WebError> {
    let wrong = || WebError::Refused(format!("header field `{name}` cannot be sent"));
    let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, value);
    Ok(())
}

/// JSON as what it says, anything else as text.
fn readable(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// The whole chain of causes, without the address: it may hold a secret.
fn failed(error: reqwest::Error) -> WebError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    WebError::Failed(text)
}

fn tls() -> Result<rustls::ClientConfig, String> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
