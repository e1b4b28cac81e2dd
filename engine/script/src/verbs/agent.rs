//! `agent("201")`: who is that, and what is he doing?

use rhai::{Dynamic, Map};
use serde_json::Value;

use super::info::{VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall};
use crate::effect::{Effect, EffectResult};
use crate::values::from_json;

/// Numbers that an agent need not have.
const NUMBERS: [&str; 3] = ["extension", "mobile", "at"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "agent",
    signatures: &["agent(who)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "a map `#{ id, name, extension, mobile, at, state, reason, queues, skills, on_call }`, or `()` when there is no such agent. `state` is `\"signed_out\"`, `\"not_ready\"`, `\"ready\"`, `\"reserved\"`, `\"talking\"` or `\"wrap_up\"`; `reason` says why he is not ready; `at` is the number on which he works when that is not his own phone; numbers that he does not have are `\"\"`; `queues` is an array of names, `skills` a map of levels; `on_call` is true while he talks to somebody, in a queue or outside",
    doc: "Finds an agent by name, extension or mobile number. Write `found?.name`: there may be none.",
    kind: VerbKind::Anywhere,
    run: agent,
};

fn agent(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let who = call.text(0, "the agent")?;
    match call.perform(Effect::FindAgent(who))? {
        EffectResult::Value(Value::Object(card)) => {
            let value = |key: &str, field: &Value| {
                let empty = field.is_null() && NUMBERS.contains(&key);
                if empty { Dynamic::from(String::new()) } else { from_json(field) }
            };
            let map: Map = card.iter().map(|(key, field)| (key.as_str().into(), value(key, field))).collect();
            Ok(map.into())
        }
        EffectResult::Value(_) => Ok(Dynamic::UNIT),
        answer => Err(call.unexpected(&answer)),
    }
}
