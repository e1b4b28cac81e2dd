//! `play_recording(message.file)`: plays what was recorded.

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "play_recording",
    signatures: &["play_recording(file)", "play_recording(file, options)"],
    args_min: 1,
    args_max: 2,
    options: &[OptionInfo {
        name: "barge_in",
        kind: OptionKind::Flag,
        default: "true",
        doc: "A key interrupts and stays typed ahead.",
    }],
    results: &[],
    gives: "`()`",
    doc: "Plays a recording by its file, as `messages` and `record` give it; no other file can be played.",
    kind: VerbKind::Call,
    run: |call| {
        let file = call.text(0, "the file")?;
        let barge_in = call.options(1)?.flag("barge_in")?.unwrap_or(true);
        call.done(Effect::PlayRecording { file, barge_in })
    },
};
