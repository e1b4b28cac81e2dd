//! `play("welcome")`: prompts by name.

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use crate::effect::{Effect, Play};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "play",
    signatures: &["play(prompts)", "play(prompts, options)"],
    args_min: 1,
    args_max: 2,
    options: &[OptionInfo {
        name: "barge_in",
        kind: OptionKind::Flag,
        default: "true",
        doc: "A digit interrupts the prompts and stays typed ahead for the next verb.",
    }],
    results: &[],
    gives: "nothing",
    doc: "Plays prompts by name, one or an array of them, in the caller's language.",
    kind: VerbKind::Call,
    run: |call| {
        let prompts = call.texts(0, "the prompt")?;
        let mut options = call.options(1)?;
        let barge_in = options.flag("barge_in")?.unwrap_or(true);
        call.done(Effect::Play(Play { prompts, barge_in }))
    },
};
