//! `check_pin("anna", "4711")`: is that the agent's PIN?

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "check_pin",
    signatures: &["check_pin(agent, pin)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &[],
    gives: "`true` or `false`; `false` for an agent who has no PIN",
    doc: "Compares digits with an agent's PIN. Collect them with `secret: true`, so that no trace shows them.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let agent = call.text(0, "the agent")?;
        let pin = call.text(1, "the PIN")?;
        match call.perform(Effect::CheckPin { agent, pin })? {
            EffectResult::Bool(fits) => Ok(fits.into()),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
