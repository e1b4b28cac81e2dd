//! `forward_message(id, "boris")`: a copy into another box.

use super::info::{VerbInfo, VerbKind};
use super::mark_message::{by, id};
use crate::effect::{ChangeMessage, Effect, MessageChange};

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "forward_message",
    signatures: &["forward_message(id, box)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &["done", "unknown", "failed"],
    gives: "`\"done\"`, `\"unknown\"` when there is no such message or box, or `\"failed\"` when the store did not take it",
    doc: "Lays a new copy of a message into another box, which is mailed like any message of that box.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let message = id(call)?;
        let to = MessageChange::Forward(call.text(1, "the box")?);
        call.word(Effect::ChangeMessage(ChangeMessage { message, to, by: by(call) }))
    },
};
