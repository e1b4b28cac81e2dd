//! `lookup("customers", caller.number)`: a directory, with its deadline.

use rhai::Dynamic;

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall};
use crate::effect::{Effect, EffectResult, Lookup};
use crate::values::from_json;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "lookup",
    signatures: &["lookup(directory, key)", "lookup(directory, key, options)"],
    args_min: 2,
    args_max: 3,
    options: &[OptionInfo {
        name: "meanwhile",
        kind: OptionKind::Prompt,
        default: "none",
        doc: "Plays if the answer takes longer than 300 ms.",
    }],
    results: &[],
    gives: "a map, or `()` when nothing was found or the deadline passed",
    doc: "Looks something up in a directory of the project. Write `found?.name`: nothing may have been found.",
    kind: VerbKind::Anywhere,
    run: lookup,
};

fn lookup(call: &mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError> {
    let directory = call.text(0, "the directory")?;
    let key = call.text(1, "the key")?;
    let meanwhile = call.options(2)?.text("meanwhile")?;
    match call.perform(Effect::Lookup(Lookup { directory, key, meanwhile }))? {
        EffectResult::Value(value) => Ok(from_json(&value)),
        answer => Err(call.unexpected(&answer)),
    }
}
