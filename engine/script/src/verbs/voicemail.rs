//! `voicemail("reception")`: leaves a message in a box.

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use crate::effect::{Effect, Voicemail};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "voicemail",
    signatures: &["voicemail(box)", "voicemail(box, options)"],
    args_min: 1,
    args_max: 2,
    options: &[OptionInfo {
        name: "greeting",
        kind: OptionKind::Prompt,
        default: "none",
        doc: "Prompt before the tone.",
    }],
    results: &["saved", "too_short", "failed"],
    gives: "`\"saved\"` when the message is safe",
    doc: "Takes a message for a box.",
    kind: VerbKind::Call,
    run: |call| {
        let mailbox = call.text(0, "the box")?;
        let greeting = call.options(1)?.text("greeting")?;
        call.word(Effect::Voicemail(Voicemail { mailbox, greeting }))
    },
};
