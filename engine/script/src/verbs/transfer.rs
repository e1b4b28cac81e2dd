//! `transfer("sip:desk@office")`: hands the caller over.

use super::bridge;
use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "transfer",
    signatures: &["transfer(target)", "transfer(target, options)"],
    args_min: 1,
    args_max: 2,
    options: bridge::OPTIONS,
    results: &["done", "failed"],
    gives: "`\"done\"` when the caller has been handed over, `\"failed\"` when he is still here",
    doc: "Hands the caller over with everything known about the call. Its options are those of `bridge`.",
    kind: VerbKind::Call,
    run: |call| {
        let target = bridge::request(call)?;
        call.word(Effect::Transfer(target))
    },
};
