//! `collect(#{ prompt: "pin", max: 4 })`: digits.

use std::time::Duration;

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use super::options::is_key;
use crate::effect::{Collect, Effect, EffectResult};

/// Most digits of one answer.
pub(crate) const DIGITS_MAX: i64 = 64;

const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "prompt",
        kind: OptionKind::Prompts,
        default: "none",
        doc: "Played first; the first digit cuts it.",
    },
    OptionInfo { name: "min", kind: OptionKind::Count, default: "1", doc: "Fewest digits; fewer give `\"\"`." },
    OptionInfo {
        name: "max",
        kind: OptionKind::Count,
        default: "1",
        doc: "Most digits, at most 64; the last one ends the input.",
    },
    OptionInfo {
        name: "end",
        kind: OptionKind::Keys,
        default: "\"#\" when `max` is above 1",
        doc: "Keys that end the input and are not part of it.",
    },
    OptionInfo {
        name: "first",
        kind: OptionKind::Duration,
        default: "5.seconds",
        doc: "Time for the first digit, counted from the end of the prompt.",
    },
    OptionInfo { name: "next", kind: OptionKind::Duration, default: "3.seconds", doc: "Time for each further digit." },
    OptionInfo {
        name: "secret",
        kind: OptionKind::Flag,
        default: "false",
        doc: "The journal shows dots in place of the digits; what the flow does with them, like a lookup, it does openly.",
    },
    OptionInfo {
        name: "keys",
        kind: OptionKind::KeyList,
        default: "none",
        doc: "Complete answers known beforehand; an unambiguous one ends the input at once.",
    },
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "collect",
    signatures: &["collect()", "collect(options)"],
    args_min: 0,
    args_max: 1,
    options: OPTIONS,
    results: &[],
    gives: "the digits as a text, `\"\"` when nothing came",
    doc: "Collects digits. Digits that were typed ahead count.",
    kind: VerbKind::Call,
    run: collect,
};

fn collect(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let mut options = call.options(0)?;
    let keys = options.texts("keys")?.unwrap_or_default();
    if let Some(key) = keys.iter().find(|key| key.is_empty() || !key.chars().all(is_key)) {
        return Err(wrong(format!("option `keys` of `collect` holds answers made of 0-9 * # A-D, not {key:?}")));
    }
    let longest = keys.iter().map(String::len).max().map_or(1, |n| i64::try_from(n).unwrap_or(DIGITS_MAX));
    let min = options.count("min", 0, DIGITS_MAX)?.unwrap_or(1);
    let max = options.count("max", 1, DIGITS_MAX)?.unwrap_or(longest.max(min).clamp(1, DIGITS_MAX));
    if min > max {
        return Err(wrong(format!("`collect` cannot give at least {min} and at most {max} digits")));
    }
    let end = options.keys("end")?.unwrap_or_else(|| {
        // `#` may be an answer of its own.
        let is_answer = keys.iter().any(|key| key.contains('#'));
        if max > 1 && !is_answer { "#".to_owned() } else { String::new() }
    });
    let effect = Effect::Collect(Collect {
        prompts: options.texts("prompt")?.unwrap_or_default(),
        min: usize::try_from(min).unwrap_or(1),
        max: usize::try_from(max).unwrap_or(1),
        end,
        first: options.duration("first")?.unwrap_or(Duration::from_secs(5)),
        next: options.duration("next")?.unwrap_or(Duration::from_secs(3)),
        secret: options.flag("secret")?.unwrap_or(false),
        keys,
    });
    match call.perform(effect)? {
        EffectResult::Digits(digits) | EffectResult::Text(digits) => Ok(digits.into()),
        answer => Err(call.unexpected(&answer)),
    }
}
