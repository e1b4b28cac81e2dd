//! `bridge("+7916…", #{ ring_for: 20.seconds })`: rings others and connects the first.

use std::time::Duration;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use super::options::Options;
use crate::effect::{Bridge, BridgeOrder, Effect, ShowNumber};

/// Most targets of one bridge.
const TARGETS_MAX: usize = 32;
const ORDERS: &[&str] = &["all", "in_order", "cumulative", "random"];

pub(super) const OPTIONS: &[OptionInfo] = &[
    OptionInfo {
        name: "ring_for",
        kind: OptionKind::Duration,
        default: "30.seconds",
        doc: "Ring time of each target.",
    },
    OptionInfo {
        name: "how",
        kind: OptionKind::Word(ORDERS),
        default: "\"all\"",
        doc: "`\"all\"` at once, `\"in_order\"`, `\"cumulative\"` (one more each time) or `\"random\"`.",
    },
    OptionInfo {
        name: "confirm",
        kind: OptionKind::Keys,
        default: "none",
        doc: "The one key that whoever answers must press before he is connected.",
    },
    OptionInfo {
        name: "show",
        kind: OptionKind::Text,
        default: "the caller's number",
        doc: "Number shown to the targets; `\"hidden\"` shows none.",
    },
    OptionInfo {
        name: "whisper",
        kind: OptionKind::Prompt,
        default: "none",
        doc: "Prompt that only whoever answers hears first.",
    },
    OptionInfo {
        name: "music",
        kind: OptionKind::Prompt,
        default: "the country's ring tone",
        doc: "What the caller hears meanwhile.",
    },
];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "bridge",
    signatures: &["bridge(targets)", "bridge(targets, options)"],
    args_min: 1,
    args_max: 2,
    options: OPTIONS,
    results: &["answered", "busy", "no_answer", "declined", "failed"],
    gives: "`\"answered\"` after the conversation, else why there was none",
    doc: "Rings telephones and connects the first that answers. A target is a number, a SIP address, an agent or an extension; several are given as an array.",
    kind: VerbKind::Call,
    run: |call| {
        let bridge = request(call)?;
        call.word(Effect::Bridge(bridge))
    },
};

/// Targets and options of `bridge` and `transfer`.
pub(super) fn request(call: &mut VerbCall<'_, '_>) -> Result<Bridge, ScriptError> {
    let targets = call.texts(0, "the target")?;
    if targets.is_empty() || targets.len() > TARGETS_MAX {
        return Err(wrong(format!("it takes 1 to {TARGETS_MAX} targets, not {}", targets.len())));
    }
    if let Some(target) = targets.iter().find(|target| !is_target(target)) {
        return Err(wrong(format!("{target:?} is no number, SIP address, agent or extension")));
    }
    let mut options = call.options(1)?;
    Ok(Bridge {
        targets,
        ring_for: options.duration("ring_for")?.unwrap_or(Duration::from_secs(30)),
        how: match options.word("how", ORDERS)?.as_deref() {
            Some("in_order") => BridgeOrder::InOrder,
            Some("cumulative") => BridgeOrder::Cumulative,
            Some("random") => BridgeOrder::Random,
            _ => BridgeOrder::All,
        },
        confirm: confirm(&mut options)?,
        show: match options.text("show")? {
            None => ShowNumber::Caller,
            Some(word) if word == "hidden" => ShowNumber::Hidden,
            Some(number) => ShowNumber::Number(number),
        },
        whisper: options.text("whisper")?,
        music: options.text("music")?,
    })
}

fn confirm(options: &mut Options) -> Result<Option<char>, ScriptError> {
    let Some(keys) = options.keys("confirm")? else {
        return Ok(None);
    };
    let mut letters = keys.chars();
    match (letters.next(), letters.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(wrong(format!("option `confirm` is one key, not {keys:?}"))),
    }
}

/// No spaces, quotes, line ends: nothing that could become a second header or a second target.
fn is_target(target: &str) -> bool {
    let fits = !target.is_empty() && target.len() <= 256;
    fits && target.chars().all(|c| c.is_alphanumeric() || "+*#-_.:@;=?&%[]~!$'()/".contains(c))
}
