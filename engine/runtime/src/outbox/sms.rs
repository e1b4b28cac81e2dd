//! Short messages: by a gateway over HTTP or by a program.

use std::process::Stdio;
use std::time::Duration;

use script::config::{SmsConfig, SmsGateway};
use tokio::process::Command;

use super::book::Trouble;
use super::carrier::outcome;
use crate::directories::percent_encoded;
use crate::http::{Ask, Web, secret_headers};

/// A gateway or program that takes longer is tried again later.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// What is said to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Short<'a> {
    pub(super) key: &'a str,
    pub(super) to: &'a str,
    pub(super) text: &'a str,
}

pub(super) async fn send(web: &Web, config: &SmsConfig, short: Short<'_>) -> Result<(), Trouble> {
    match config {
        SmsConfig::Gateway(gateway) => ask(web, gateway, short).await,
        SmsConfig::Command(words) => run(words, short).await,
    }
}

async fn ask(web: &Web, gateway: &SmsGateway, short: Short<'_>) -> Result<(), Trouble> {
    let mut headers = secret_headers(&gateway.headers).map_err(|error| Trouble::Final(error.to_string()))?;
    let given = headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let kind = gateway.body.as_deref().map(|body| Kind::of(given.as_deref(), body));
    if let (None, Some(kind)) = (given, kind) {
        headers.insert("content-type", reqwest::header::HeaderValue::from_static(kind.name()));
    }
    let key = reqwest::header::HeaderValue::from_str(short.key).map_err(|error| Trouble::Final(error.to_string()))?;
    headers.insert("idempotency-key", key);
    let url = short.fill(&gateway.url, percent_encoded);
    let body =
        gateway.body.as_ref().zip(kind).map(|(body, kind)| short.fill(body, |text| kind.escaped(text)).into_bytes());
    outcome(web.ask(Ask { method: gateway.method, url: &url, headers, body, timeout: ANSWER_WITHIN }).await)
}

async fn run(words: &[String], short: Short<'_>) -> Result<(), Trouble> {
    let mut words = words.iter().map(|word| short.fill(word, str::to_owned));
    let program = words.next().unwrap_or_default();
    let child = Command::new(&program)
        .args(words)
        .env("CALLWRIGHT_KEY", short.key)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(ANSWER_WITHIN, child).await;
    let output = output.map_err(|_| Trouble::later(format!("`{program}` takes longer than 15 s")))?;
    let output = output.map_err(|error| Trouble::later(format!("`{program}` cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.trim().chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Err(Trouble::later(format!("`{program}` ended with {}: {said}", output.status)))
}

impl Short<'_> {
    /// Puts the values into a template in one pass: a text that holds `{to}` stays as it is.
    fn fill(&self, template: &str, escaped: impl Fn(&str) -> String) -> String {
        let mut filled = String::with_capacity(template.len() + self.text.len());
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let places = [("{to}", self.to), ("{text}", self.text), ("{key}", self.key)];
            if let Some((place, value)) = places.into_iter().find(|(place, _)| rest.starts_with(place)) {
                filled.push_str(&escaped(value));
                rest = &rest[place.len()..];
            } else {
                filled.push('{');
                rest = &rest[1..];
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// How values must be written in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Xml,
    Plain,
}

impl Kind {
    fn of(content_type: Option<&str>, body: &str) -> Self {
        match content_type {
            Some(name) if name.contains("json") => Kind::Json,
            Some(name) if name.contains("x-www-form-urlencoded") => Kind::Form,
            Some(name) if name.contains("xml") => Kind::Xml,
            Some(_) => Kind::Plain,
            None if body.trim_start().starts_with(['{', '[']) && !body.trim_start().starts_with("{t") => Kind::Json,
            None if body.trim_start().starts_with('<') => Kind::Xml,
            None => Kind::Form,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Kind::Json => "application/json",
            Kind::Form => "application/x-www-form-urlencoded",
            Kind::Xml => "application/xml",
            Kind::Plain => "text/plain; charset=utf-8",
        }
    }

    fn escaped(self, text: &str) -> String {
        match self {
            Kind::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            Kind::Form => percent_encoded(text),
            Kind::Xml => {
                let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                escaped.replace('"', "&quot;").replace('\'', "&apos;")
            }
            Kind::Plain => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Short<'_> = Short { key: "7-1-a", to: "+4930", text: "say \"{to}\" & <go>" };

    #[test]
    fn a_text_cannot_leave_its_place_in_a_body() {
        let filled = |content_type, body: &str| {
            let kind = Kind::of(content_type, body);
            SHORT.fill(body, |text| kind.escaped(text))
        };
        assert_eq!(
            filled(None, r#"{"to":"{to}","m":"{text}","id":"{key}"}"#),
            r#"{"to":"+4930","m":"say \"{to}\" & <go>","id":"7-1-a"}"#
        );
        assert_eq!(filled(None, "to={to}&text={text}"), "to=%2B4930&text=say%20%22%7Bto%7D%22%20%26%20%3Cgo%3E");
        assert_eq!(filled(None, "<m to='{to}'>{text}</m>"), "<m to='+4930'>say &quot;{to}&quot; &amp; &lt;go&gt;</m>");
        assert_eq!(filled(Some("text/plain"), "{text} {x} {"), "say \"{to}\" & <go> {x} {");
    }

    #[tokio::test]
    async fn a_program_gets_its_words_as_they_are_and_its_failure_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("said");
        let words = |script: &str| {
            let words = ["sh", "-c", script, file.to_str().unwrap(), "{to}", "{text}"];
            words.map(str::to_owned).to_vec()
        };
        run(&words(r#"printf '%s|%s|%s' "$1" "$2" "$CALLWRIGHT_KEY" > "$0""#), SHORT).await.unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "+4930|say \"{to}\" & <go>|7-1-a");
        let failed = run(&words("echo no credit >&2; exit 3"), SHORT).await;
        assert!(matches!(&failed, Err(Trouble::Later { error, .. }) if error.contains("no credit")), "{failed:?}");
        let absent = run(&["/nowhere/sms".to_owned()], SHORT).await;
        assert!(matches!(&absent, Err(Trouble::Later { error, .. }) if error.contains("cannot be started")));
    }
}
