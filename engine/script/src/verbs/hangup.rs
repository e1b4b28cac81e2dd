//! `hangup()`: ends the call and the flow.

use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "hangup",
    signatures: &["hangup()"],
    args_min: 0,
    args_max: 0,
    options: &[],
    results: &[],
    gives: "nothing: the flow ends here",
    doc: "Ends the call. Nothing after it runs, except `after_call`.",
    kind: VerbKind::Call,
    run: |call| call.done(Effect::Hangup),
};
