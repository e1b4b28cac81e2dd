//! `webhook("crm", #{ … })`: tells another system.

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;
use crate::effect::Effect;
use crate::values::to_json;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "webhook",
    signatures: &["webhook(name, values)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &["queued", "refused"],
    gives: "`\"queued\"` when it is safe; it is delivered with retries. `\"refused\"` for values without end and a store that does not take it",
    doc: "Tells a system that the project names under `webhooks:`; the values arrive as JSON, signed, each with a key of its own.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let name = call.text(0, "the webhook")?;
        let body = to_json(&call.value(1)).map_err(|kind| wrong(format!("a webhook cannot tell {kind}")))?;
        call.word(Effect::Send(model::Parcel::Webhook { name, body }))
    },
};
