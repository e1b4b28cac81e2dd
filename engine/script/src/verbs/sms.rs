//! `sms(to, text)`: a short message.

use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "sms",
    signatures: &["sms(to, text)"],
    args_min: 2,
    args_max: 2,
    options: &[],
    results: &["queued", "refused"],
    gives: "`\"queued\"` when it is safe; it is delivered with retries. `\"refused\"` for what is no number, text without end, a project without `sms:`, a store that does not take it",
    doc: "Sends a short message.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let to = call.text(0, "the number")?;
        let text = call.text(1, "the text")?;
        call.word(Effect::Send(model::Parcel::Sms { to, text }))
    },
};
