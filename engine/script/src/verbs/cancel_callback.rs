//! `cancel_callback(caller.number)`: takes back what was promised.

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "cancel_callback",
    signatures: &["cancel_callback(number)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "how many calls back were taken back; one that is being placed goes on",
    doc: "Takes back the calls back that are open for a number.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let number = call.text(0, "the number")?;
        match call.perform(Effect::CancelCallback(number))? {
            EffectResult::Number(count) => Ok(count.into()),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
