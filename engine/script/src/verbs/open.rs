//! `open("office")`: is the calendar open now?

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "open",
    signatures: &["open(calendar)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "`true` or `false`",
    doc: "Asks whether a calendar of the project is open now.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let calendar = call.text(0, "the calendar")?;
        match call.perform(Effect::Open(calendar))? {
            EffectResult::Bool(open) => Ok(open.into()),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
