//! `record_call(true)`, `pause_recording()`, `resume_recording()`: the recording of the whole call.

use std::time::Duration;

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::effect::Effect;

/// Longer pauses are mistakes.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

pub(super) const RECORD_CALL: VerbInfo = VerbInfo {
    name: "record_call",
    signatures: &["record_call(on)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &["recording", "off", "declined", "failed"],
    gives: "`\"recording\"` once it runs, `\"declined\"` when the caller does not want it, `\"off\"`, or `\"failed\"`",
    doc: "Records everything from now on into one stereo file, or nothing any more, whatever the queues say. The caller hears `recording: { consent }` first, once per call.",
    kind: VerbKind::Call,
    run: |call| {
        let on = call.value(0);
        let on = on.as_bool().map_err(|_| wrong("`record_call` takes true or false"))?;
        call.word(Effect::RecordCall(on))
    },
};

pub(super) const PAUSE_RECORDING: VerbInfo = VerbInfo {
    name: "pause_recording",
    signatures: &["pause_recording()", "pause_recording(options)"],
    args_min: 0,
    args_max: 1,
    options: &[OptionInfo {
        name: "at_most",
        kind: OptionKind::Duration,
        default: "`recording: { pause_at_most }`",
        doc: "Voices are recorded again after so long, an hour at most.",
    }],
    results: &[],
    gives: "nothing",
    doc: "Records silence from now on, because a card number or the like follows; it holds for a recording that begins during the pause, too.",
    kind: VerbKind::Call,
    run: pause,
};

pub(super) const RESUME_RECORDING: VerbInfo = VerbInfo {
    name: "resume_recording",
    signatures: &["resume_recording()"],
    args_min: 0,
    args_max: 0,
    options: &[],
    results: &[],
    gives: "nothing",
    doc: "Records voices again after `pause_recording`.",
    kind: VerbKind::Call,
    run: |call| call.done(Effect::ResumeRecording),
};

fn pause(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let at_most = call.options(0)?.duration("at_most")?;
    match at_most.and_then(no_pause) {
        Some(problem) => Err(wrong(problem)),
        None => call.done(Effect::PauseRecording { at_most }),
    }
}

/// What is wrong with the length of `at_most`.
pub(super) fn no_pause(length: Duration) -> Option<&'static str> {
    let wrong = length.is_zero() || length > PAUSE_MAX;
    wrong.then_some("`at_most` of `pause_recording` is longer than nothing and an hour at most")
}
