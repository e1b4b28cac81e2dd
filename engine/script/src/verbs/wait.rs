//! `wait(2.seconds)`: does nothing for a while.

use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "wait",
    signatures: &["wait(duration)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "nothing",
    doc: "Waits. Digits stay typed ahead; in a simulation it takes no real time.",
    kind: VerbKind::Call,
    run: |call| {
        let duration = call.duration(0, "the duration")?;
        call.done(Effect::Wait(duration))
    },
};
