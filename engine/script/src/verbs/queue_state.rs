//! `queue_state("support")`: how a queue stands.

use rhai::{Dynamic, Map};
use serde_json::Value;

use super::info::{VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall};
use crate::effect::{Effect, EffectResult};
use crate::values::{FlowDuration, from_json};

/// Times, which travel as seconds and are durations in flows.
const TIMES: [&str; 2] = ["longest_wait", "expected_wait"];
/// Longest time that a flow can hold, in seconds: a week.
const LONGEST: f64 = 604_800.0;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "queue_state",
    signatures: &["queue_state(queue)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "a map `#{ waiting, longest_wait, agents_free, agents_on_duty, expected_wait }`; `longest_wait` is that of the caller who is next, `expected_wait` that of somebody who joins now; both are durations, and `expected_wait` is `()` when nobody can tell",
    doc: "Tells how a queue stands at this moment.",
    kind: VerbKind::Anywhere,
    run: queue_state,
};

fn queue_state(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let queue = call.text(0, "the queue")?;
    let state = match call.perform(Effect::QueueState(queue))? {
        EffectResult::Value(Value::Object(state)) => state,
        answer => return Err(call.unexpected(&answer)),
    };
    let value = |key: &str, value: &Value| match value.as_f64().filter(|_| TIMES.contains(&key)) {
        Some(seconds) => FlowDuration::from_seconds(seconds.clamp(0.0, LONGEST)).map(Dynamic::from),
        None => Ok(from_json(value)),
    };
    let map: Result<Map, ScriptError> =
        state.iter().map(|(key, field)| Ok((key.as_str().into(), value(key, field)?))).collect();
    map.map(Dynamic::from)
}
