//! `tag("account", "4711")`: notes something about the call.

use rhai::Dynamic;

use super::info::{VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::effect::Effect;
use crate::values::to_json;

/// Most tags of one call.
const TAGS_MAX: usize = 100;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "tag",
    signatures: &["tag(name, value)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &[],
    gives: "nothing; `caller.tags` has it from then on",
    doc: "Notes something about the call. It stays with the call through transfers and stands in its record.",
    kind: VerbKind::Anywhere,
    run: tag,
};

fn tag(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let key = call.text(0, "the name")?;
    if key.is_empty() || key.len() > 64 || key.chars().any(char::is_control) {
        return Err(wrong(format!("a tag's name has 1 to 64 characters, not {key:?}")));
    }
    let value = to_json(&call.value(1)).map_err(|kind| wrong(format!("a tag cannot hold {kind}")))?;
    {
        let mut card = call.run().card().borrow_mut();
        if card.tags.len() >= TAGS_MAX && !card.tags.contains_key(&key) {
            return Err(wrong(format!("a call cannot have more than {TAGS_MAX} tags")));
        }
        card.tags.insert(key.clone(), value.clone());
    }
    call.done(Effect::Tag { key, value })
}
