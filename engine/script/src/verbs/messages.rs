//! `messages("reception")`: what lies in a box.

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};
use crate::values::from_json;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "messages",
    signatures: &["messages(box)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "an array of maps `#{ id, box, from, name, left_at, seconds, urgent, state, file }`: urgent new ones, new ones, heard ones, the oldest first; `state` is `\"new\"` or `\"heard\"`, `left_at` an ISO date and time",
    doc: "Lists the messages of a box. Ask for its PIN before (`check_box_pin`) unless its owner calls from his own phone.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let mailbox = call.text(0, "the box")?;
        match call.perform(Effect::Messages(mailbox))? {
            EffectResult::Value(list) => Ok(from_json(&list)),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
