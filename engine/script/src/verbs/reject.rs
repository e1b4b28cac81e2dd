//! `reject("busy")`: refuses the call.

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;
use crate::diagnostic::did_you_mean;
use crate::effect::Effect;

/// Why a call may be refused.
pub(crate) const REASONS: &[&str] = &["busy", "declined", "not_found", "unavailable"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "reject",
    signatures: &["reject()", "reject(reason)"],
    args_min: 0,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "nothing: the flow ends here",
    doc: "Refuses the call without answering it: `\"busy\"` (also when no reason is given), `\"declined\"`, `\"not_found\"` or `\"unavailable\"`. After an answer it hangs up.",
    kind: VerbKind::Call,
    run: |call| {
        let reason = if call.count() == 0 { "busy".to_owned() } else { call.text(0, "the reason")? };
        if !REASONS.contains(&reason.as_str()) {
            let hint = did_you_mean(&reason, REASONS.iter().copied()).map_or_else(
                || format!("it is one of {}", REASONS.join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(wrong(format!("`reject` cannot say `{reason}`, {hint}")));
        }
        call.done(Effect::Reject(reason))
    },
};
