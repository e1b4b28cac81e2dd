//! Verbs whose names are taken, for versions to come: they say so plainly instead of being unknown.

use super::info::{VerbInfo, VerbKind};
use super::invocation::wrong;

/// The sentence that every one of them gives.
pub(crate) fn refusal(name: &str) -> String {
    format!("`{name}` comes with a later version of Callwright")
}

macro_rules! later {
    ($const:ident, $name:literal, $signature:literal, $min:literal, $max:literal, $doc:literal) => {
        pub(super) const $const: VerbInfo = VerbInfo {
            name: $name,
            signatures: &[$signature],
            args_min: $min,
            args_max: $max,
            options: &[],
            results: &[],
            gives: "",
            doc: $doc,
            kind: VerbKind::Later,
            run: |_| Err(wrong(refusal($name))),
        };
    };
}

later!(SMS, "sms", "sms(to, text)", 2, 3, "Sends a short message.");
later!(EMAIL, "email", "email(to, subject, text)", 3, 4, "Sends an e-mail.");
later!(WEBHOOK, "webhook", "webhook(name, values)", 1, 3, "Tells another system.");
later!(HTTP, "http", "http(request)", 1, 3, "Asks another system.");
