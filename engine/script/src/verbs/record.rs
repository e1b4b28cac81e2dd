//! `record("complaint", #{ max: 2.minutes })`: records the caller.

use std::time::Duration;

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::effect::{Effect, EffectResult, Record};
use crate::values;

const OPTIONS: &[OptionInfo] = &[
    OptionInfo { name: "max", kind: OptionKind::Duration, default: "3.minutes", doc: "Longest recording." },
    OptionInfo {
        name: "silence",
        kind: OptionKind::Duration,
        default: "5.seconds",
        doc: "So much silence ends it; `0.seconds` never does.",
    },
    OptionInfo { name: "beep", kind: OptionKind::Flag, default: "true", doc: "A tone before." },
    OptionInfo { name: "end", kind: OptionKind::Keys, default: "any key", doc: "Keys that end it." },
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "record",
    signatures: &["record(name)", "record(name, options)"],
    args_min: 1,
    args_max: 2,
    options: OPTIONS,
    results: &[],
    gives: "a map `#{ file, seconds, ended_by }`; `ended_by` is `\"silence\"`, `\"digit:#\"`, `\"max\"` or `\"failed\"`",
    doc: "Records the caller into a file, of which nobody is told: a message to somebody is `voicemail`. The name becomes part of the file's name.",
    kind: VerbKind::Call,
    run: record,
};

fn record(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let name = call.text(0, "the name")?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if name.is_empty() || name.len() > 64 || !plain {
        return Err(wrong(format!("`record` names a file with letters, digits, `_` and `-`, not {name:?}")));
    }
    let mut options = call.options(1)?;
    let effect = Effect::Record(Record {
        name,
        max: options.duration("max")?.unwrap_or(Duration::from_secs(180)),
        silence: options.duration("silence")?.unwrap_or(Duration::from_secs(5)),
        beep: options.flag("beep")?.unwrap_or(true),
        end: options.keys("end")?.unwrap_or_else(|| "0123456789*#ABCD".to_owned()),
    });
    match call.perform(effect)? {
        EffectResult::Recorded { file, length, ended_by } => Ok(values::map([
            ("file", file.into()),
            ("seconds", i64::try_from(length.as_secs()).unwrap_or(i64::MAX).into()),
            ("ended_by", ended_by.into()),
        ])),
        answer => Err(call.unexpected(&answer)),
    }
}
