//! `http("https://crm.example/orders/17")`: asks another system.

use std::time::Duration;

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::config::web::header_name;
use crate::effect::{Effect, EffectResult, HttpRequest};
use crate::values::from_json;

/// Deadline when none is given: nobody listens to silence for longer.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Longest deadline.
const TIMEOUT_MAX: Duration = Duration::from_secs(30);

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "http",
    signatures: &["http(address)", "http(address, options)"],
    args_min: 1,
    args_max: 2,
    options: &[
        OptionInfo {
            name: "method",
            kind: OptionKind::Word(METHODS),
            default: "`\"GET\"`, with a body `\"POST\"`",
            doc: "`\"GET\"`, `\"POST\"`, `\"PUT\"`, `\"PATCH\"`, `\"DELETE\"`.",
        },
        OptionInfo { name: "body", kind: OptionKind::Json, default: "none", doc: "Sent as JSON." },
        OptionInfo { name: "headers", kind: OptionKind::Texts, default: "none", doc: "Header fields." },
        OptionInfo {
            name: "timeout",
            kind: OptionKind::Duration,
            default: "3.seconds",
            doc: "Deadline, at most 30 s.",
        },
        OptionInfo {
            name: "meanwhile",
            kind: OptionKind::Prompt,
            default: "none",
            doc: "Plays if the answer takes longer than 300 ms.",
        },
    ],
    results: &[],
    gives: "a map with `status` and `body`, which is read when it is JSON and else a text; `()` when no answer came in time",
    doc: "Asks another system; its host must stand in `http: { allow: […] }` of the project. Write `answer?.status`: there may be no answer. Redirects are not followed.",
    kind: VerbKind::Anywhere,
    run: http,
};

/// What is wrong with a deadline.
pub(super) fn no_timeout(timeout: Duration) -> Option<&'static str> {
    let wrong = timeout.is_zero() || timeout > TIMEOUT_MAX;
    wrong.then_some("option `timeout` of `http` is longer than nothing and at most 30 seconds")
}

fn http(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let url = call.text(0, "the address")?;
    let mut options = call.options(1)?;
    let body = options.json("body")?;
    let usual = if body.is_some() { "POST" } else { "GET" };
    let method = options.word("method", METHODS)?.unwrap_or_else(|| usual.to_owned());
    let headers = options.text_map("headers")?;
    for (name, value) in &headers {
        header_name(name).map_err(wrong)?;
        if value.chars().any(char::is_control) {
            return Err(wrong(format!("header field `{name}` of `http` has control characters")));
        }
    }
    let timeout = options.duration("timeout")?.unwrap_or(TIMEOUT);
    if let Some(problem) = no_timeout(timeout) {
        return Err(wrong(problem));
    }
    let meanwhile = options.text("meanwhile")?;
    match call.perform(Effect::Http(HttpRequest { method, url, headers, body, timeout, meanwhile }))? {
        EffectResult::Value(value) => Ok(from_json(&value)),
        answer => Err(call.unexpected(&answer)),
    }
}
