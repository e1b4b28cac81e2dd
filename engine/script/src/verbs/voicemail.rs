//! `voicemail("reception")`: leaves a message in a box.

use model::BridgeResult;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult, Voicemail};

const RESULTS: &[&str] = &["saved", "too_short", "failed", "operator", "no_operator"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "voicemail",
    signatures: &["voicemail(box)", "voicemail(box, options)"],
    args_min: 1,
    args_max: 2,
    options: &[OptionInfo {
        name: "greeting",
        kind: OptionKind::Greeting,
        default: "\"busy\"",
        doc: "What the caller hears before the tone: the box's greeting of that name, or a prompt.",
    }],
    results: RESULTS,
    gives: "`\"saved\"` when the message is safe, `\"too_short\"` when nothing was said, `\"failed\"` when it could not be kept, `\"operator\"` after a talk with the box's operator, `\"no_operator\"` when he did not answer",
    doc: "Takes a message for a box: greeting, tone, recording. `#` ends it; with `review: true` the caller may hear it, say it again and mark it as urgent; `0` leads to the box's `operator`: what was said until then is kept, and whoever said nothing and does not reach him has the tone. Whoever hangs up after the tone has left his message, too.",
    kind: VerbKind::Call,
    run: |call| {
        let mailbox = call.text(0, "the box")?;
        let greeting = call.options(1)?.text("greeting")?;
        match call.perform(Effect::Voicemail(Voicemail { mailbox, greeting }))? {
            EffectResult::Word(word) if RESULTS.contains(&word.as_str()) => Ok(word.into()),
            // The answers of the operator's telephone or queue.
            EffectResult::Bridged(BridgeResult::Answered) => Ok("operator".into()),
            EffectResult::Word(word) if word == "answered" => Ok("operator".into()),
            EffectResult::Bridged(_) | EffectResult::Word(_) => Ok("no_operator".into()),
            answer => Err(call.unexpected(&answer)),
        }
    },
};
