//! `answer()`: takes the call.

use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "answer",
    signatures: &["answer()"],
    args_min: 0,
    args_max: 0,
    options: &[],
    results: &[],
    gives: "nothing",
    doc: "Answers the call. Verbs that need audio do it by themselves, so it is seldom written.",
    kind: VerbKind::Call,
    run: |call| call.done(Effect::Answer),
};
