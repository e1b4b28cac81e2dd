//! `check_box_pin("reception", "1234")`: is that the box's PIN?

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "check_box_pin",
    signatures: &["check_box_pin(box, pin)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &[],
    gives: "`true` or `false`; `false` for a box that does not exist or has no PIN",
    doc: "Compares digits with a box's PIN; the box of an agent without a PIN of its own has the agent's. Whoever guesses locks it for a while. Collect them with `secret: true`.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let mailbox = call.text(0, "the box")?;
        let pin = call.text(1, "the PIN")?;
        match call.perform(Effect::CheckBoxPin { mailbox, pin })? {
            EffectResult::Bool(fits) => Ok(fits.into()),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
