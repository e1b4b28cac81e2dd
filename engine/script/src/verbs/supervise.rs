//! `supervise("anna", "listen")`: takes part in an agent's conversation.

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;
use crate::diagnostic::did_you_mean;
use crate::effect::{Effect, Supervision};

/// How one may take part.
pub(crate) const MANNERS: &[&str] = &["listen", "whisper", "join"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "supervise",
    signatures: &["supervise(agent, how)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &["done", "not_talking"],
    gives: "`\"done\"` when the conversation is over, `\"not_talking\"` when the agent has none",
    doc: "Lets the caller take part in an agent's conversation until it ends: `\"listen\"` hears both and is heard by nobody, `\"whisper\"` is heard by the agent alone, `\"join\"` by both. The flow says who may: see `std/agents`.",
    kind: VerbKind::Call,
    run: |call| {
        let agent = call.text(0, "the agent")?;
        let word = call.text(1, "the second value")?;
        let known = [Supervision::Listen, Supervision::Whisper, Supervision::Join];
        let Some(how) = known.into_iter().find(|how| how.as_str() == word) else {
            let hint = did_you_mean(&word, MANNERS.iter().copied()).map_or_else(
                || format!("it is one of {}", MANNERS.join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(wrong(format!("`supervise` cannot `{word}`, {hint}")));
        };
        call.word(Effect::Supervise { agent, how })
    },
};
