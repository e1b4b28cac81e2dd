//! `ring()`: lets the caller hear that it rings.

use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "ring",
    signatures: &["ring()"],
    args_min: 0,
    args_max: 0,
    options: &[],
    results: &[],
    gives: "nothing",
    doc: "Tells the caller's side that it rings, without answering.",
    kind: VerbKind::Call,
    run: |call| call.done(Effect::Ring),
};
