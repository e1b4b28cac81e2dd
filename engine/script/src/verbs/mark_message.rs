//! `mark_message(id, "heard")`: what becomes of a message.

use model::MessageState;

use super::info::{VerbInfo, VerbKind};
use super::invocation::{ScriptError, VerbCall, wrong};
use crate::effect::{ChangeMessage, Effect, MessageChange};

/// What a message can be.
pub(crate) const STATES: &[&str] = &["new", "heard", "deleted"];

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "mark_message",
    signatures: &["mark_message(id, state)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &["done", "unknown", "failed"],
    gives: "`\"done\"`, `\"unknown\"` when there is no such message, or `\"failed\"` when the store did not take it",
    doc: "Makes a message `\"heard\"`, `\"new\"` again, or `\"deleted\"`; `id` comes from `messages`. Lamps follow.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let message = id(call)?;
        let word = call.text(1, "the state")?;
        let state = match word.as_str() {
            "new" => MessageState::New,
            "heard" => MessageState::Heard,
            "deleted" => MessageState::Deleted,
            _ => return Err(wrong(format!("`mark_message` cannot make a message `{word}`"))),
        };
        call.word(Effect::ChangeMessage(ChangeMessage { message, to: MessageChange::State(state), by: by(call) }))
    },
};

/// The first argument as the number of a message.
pub(super) fn id(call: &mut VerbCall<'_, '_>) -> Result<u64, ScriptError> {
    let number = call.whole(0, "the message")?;
    u64::try_from(number).map_err(|_| wrong(format!("{number} is no message")))
}

/// Who does it: the agent at his own phone, else the caller's number.
pub(super) fn by(call: &VerbCall<'_, '_>) -> String {
    let card = call.run().card().borrow();
    if card.agent.is_empty() { card.number.clone() } else { card.agent.clone() }
}
