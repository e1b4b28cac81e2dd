//! `set_greeting("anna", "temporary", file)`: a box greets with a recording.

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;
use crate::effect::Effect;

/// Occasions of a greeting.
pub(crate) const GREETINGS: &[&str] = &["busy", "closed", "temporary"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "set_greeting",
    signatures: &["set_greeting(box, greeting)", "set_greeting(box, greeting, file)"],
    args_min: 2,
    args_max: 3,
    options: &[],
    results: &["done", "failed"],
    gives: "`\"done\"`, or `\"failed\"` when the store did not take it",
    doc: "Makes a recording the greeting of a box: `\"busy\"`, `\"closed\"`, or `\"temporary\"`, which is heard instead of both while it is set. Without a file the box goes back to its prompt.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let mailbox = call.text(0, "the box")?;
        let greeting = call.text(1, "the greeting")?;
        if !GREETINGS.contains(&greeting.as_str()) {
            return Err(wrong(format!(
                "a box has no greeting `{greeting}`, write \"busy\", \"closed\" or \"temporary\""
            )));
        }
        let file = if call.count() > 2 { Some(call.text(2, "the file")?) } else { None };
        call.word(Effect::SetGreeting { mailbox, greeting, file })
    },
};
