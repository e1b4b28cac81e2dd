//! `email(to, subject, text)`: a mail, with a recording if it shall have one.

use super::info::{OptionInfo, OptionKind, VerbInfo, VerbKind};
use crate::effect::Effect;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "email",
    signatures: &["email(to, subject, text)", "email(to, subject, text, options)"],
    args_min: 3,
    args_max: 4,
    options: &[OptionInfo {
        name: "attach",
        kind: OptionKind::Text,
        default: "nothing",
        doc: "A recording that goes with it: the `file` that `record` gives.",
    }],
    results: &["queued", "refused"],
    gives: "`\"queued\"` when it is safe; it is delivered with retries. `\"refused\"` for what is no address, text without end, a project without `mail:`, a store that does not take it",
    doc: "Sends an e-mail.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let to = call.text(0, "the address")?;
        let subject = call.text(1, "the subject")?;
        let text = call.text(2, "the text")?;
        let attachment = call.options(3)?.text("attach")?;
        call.word(Effect::Send(model::Parcel::Email { to, subject, text, attachment }))
    },
};
