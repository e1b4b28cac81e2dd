//! `random(1, 6)`: chance, seeded in a simulation.

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;
use crate::effect::{Effect, EffectResult};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "random",
    signatures: &["random(low, high)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &[],
    gives: "a whole number from `low` to `high`, both included",
    doc: "Gives a random number; in a simulation the same seed gives the same numbers.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let (low, high) = (call.whole(0, "the lowest number")?, call.whole(1, "the highest number")?);
        if low > high {
            return Err(wrong(format!("`random` cannot choose a number from {low} to {high}")));
        }
        match call.perform(Effect::Random { low, high })? {
            EffectResult::Number(number) => Ok(number.into()),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
