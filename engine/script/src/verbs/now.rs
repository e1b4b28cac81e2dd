//! `now()`: the moment, by the project's clock.

use rhai::Dynamic;

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};
use crate::values::Moment;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "now",
    signatures: &["now()"],
    args_min: 0,
    args_max: 0,
    options: &[],
    results: &[],
    gives: "a moment with `year month day hour minute second weekday date`; `weekday` is a word like `\"monday\"`",
    doc: "Gives the moment in the project's time zone; in a simulation its virtual time.",
    kind: VerbKind::Anywhere,
    run: |call| match call.perform(Effect::Now)? {
        EffectResult::Text(text) => match Moment::parse(&text) {
            Some(moment) => Ok(Dynamic::from(moment)),
            None => Err(call.unexpected(&EffectResult::Text(text))),
        },
        answer => Err(call.unexpected(&answer)),
    },
};
