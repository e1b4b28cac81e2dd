//! `callback_time(caller.number, "14:00")`: when is it that o'clock for the customer, and may he be called then?

use rhai::Dynamic;

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;
use crate::effect::{Effect, EffectResult};
use crate::values::Moment;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "callback_time",
    signatures: &["callback_time(number, time)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &[],
    gives: "a moment by the clock of the number's owner, for `say` and, as `at.to_string()`, for `callback`; `()` when there are no such hours",
    doc: "Asks when it is next `\"14:00\"` for the owner of a number, whose zone `callbacks.zones` tells. Outside `callbacks.hours` it is the opening after that.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let number = call.text(0, "the number")?;
        let time = call.text(1, "the time")?;
        let time: jiff::civil::Time =
            time.parse().map_err(|_| wrong(format!("`callback_time` needs a time like \"14:00\", not {time:?}")))?;
        match call.perform(Effect::CallbackTime { number, time })? {
            EffectResult::Text(text) if text.is_empty() => Ok(Dynamic::UNIT),
            EffectResult::Text(text) => match Moment::parse(&text) {
                Some(moment) => Ok(Dynamic::from(moment)),
                None => Err(call.unexpected(&EffectResult::Text(text))),
            },
            answer => Err(call.unexpected(&answer)),
        }
    },
};
