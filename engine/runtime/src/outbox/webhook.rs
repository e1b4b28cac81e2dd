//! Webhooks: a POST of JSON, signed, with the key that makes repetitions harmless.

use std::time::Duration;

use hmac::{Hmac, Mac};
use model::{Delivery, WallTime};
use script::config::WebhookConfig;
use serde_json::Value;
use sha2::Sha256;

use super::book::Trouble;
use super::carrier::outcome;
use crate::http::{Ask, Web, WebError, insert, secret_headers};

/// A system that takes longer is asked again later.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub(super) async fn post(
    web: &Web,
    config: &WebhookConfig,
    delivery: &Delivery,
    body: &Value,
    now: WallTime,
) -> Result<(), Trouble> {
    let body = body.to_string();
    let mut headers = secret_headers(&config.headers).map_err(|error| Trouble::Final(error.to_string()))?;
    let seconds = (now.0 / 1_000_000).to_string();
    let mut fields = vec![
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", delivery.key.clone()),
        ("x-callwright-timestamp", seconds.clone()),
    ];
    if let Some(call) = delivery.call {
        fields.push(("x-callwright-call", call.to_string()));
    }
    if let Some(secret) = &config.secret {
        fields.push(("x-callwright-signature", signature(secret.expose(), &seconds, &body)));
    }
    for (name, value) in fields {
        insert(&mut headers, name, &value).map_err(|error: WebError| Trouble::Final(error.to_string()))?;
    }
    let body = Some(body.into_bytes());
    outcome(web.ask(Ask { method: "POST", url: &config.url, headers, body, timeout: ANSWER_WITHIN }).await)
}

/// `sha256=` and the hexadecimal HMAC-SHA256 of `timestamp.body`.
fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    use std::fmt::Write as _;
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().iter().fold("sha256=".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing into a string cannot fail.
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '%s' '1700000000.{"order":17}' | openssl dgst -sha256 -hmac 'it is a secret'`
    #[test]
    fn anybody_with_the_secret_can_check_a_signature() {
        assert_eq!(
            signature("it is a secret", "1700000000", r#"{"order":17}"#),
            "sha256=04974dc7ccfd8463616b707cbee8b819f13a04dbcbcfc332f5013c4a2896958b"
        );
    }
}
