//! `opens("office")`: when does the calendar open next?

use rhai::Dynamic;

use super::info::{VerbInfo, VerbKind};
use crate::effect::{Effect, EffectResult};
use crate::values::Moment;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "opens",
    signatures: &["opens(calendar)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "a moment like that of `now()`, or `()` when it does not open within 400 days",
    doc: "Asks when a calendar of the project opens next: `say(opens(\"office\"), \"date\")`, `say(opens(\"office\"), \"time\")`. While it is open, that is the opening after this one.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let calendar = call.text(0, "the calendar")?;
        match call.perform(Effect::Opens(calendar))? {
            EffectResult::Text(text) if text.is_empty() => Ok(Dynamic::UNIT),
            EffectResult::Text(text) => match Moment::parse(&text) {
                Some(moment) => Ok(Dynamic::from(moment)),
                None => Err(call.unexpected(&EffectResult::Text(text))),
            },
            answer => Err(call.unexpected(&answer)),
        }
    },
};
