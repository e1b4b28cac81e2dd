//! `agent("201")`: who is that, and what is he doing?

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};
use crate::values::from_json;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "agent",
    signatures: &["agent(who)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "a map `#{ id, name, extension, mobile, state, reason, queues, skills, on_call }`, or `()` when there is no such agent. `state` is `\"signed_out\"`, `\"not_ready\"`, `\"ready\"`, `\"reserved\"`, `\"talking\"` or `\"wrap_up\"`; `reason` says why he is not ready; `extension` and `mobile` are `\"\"` when he has none; `queues` is an array of names, `skills` a map of levels; `on_call` is true while he talks, in a queue or outside",
    doc: "Finds an agent by name, extension or mobile number. Write `found?.name`: there may be none.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let who = call.text(0, "the agent")?;
        match call.perform(Effect::FindAgent(who))? {
            EffectResult::Value(value) => Ok(from_json(&value)),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
