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

later!(RECORD_CALL, "record_call", "record_call(on)", 1, 2, "Records the conversation.");
later!(PAUSE_RECORDING, "pause_recording", "pause_recording()", 0, 0, "Pauses the recording of the conversation.");
later!(
    RESUME_RECORDING,
    "resume_recording",
    "resume_recording()",
    0,
    0,
    "Goes on with the recording of the conversation."
);
later!(SMS, "sms", "sms(to, text)", 2, 3, "Sends a short message.");
later!(EMAIL, "email", "email(to, subject, text)", 3, 4, "Sends an e-mail.");
later!(WEBHOOK, "webhook", "webhook(name, values)", 1, 3, "Tells another system.");
later!(HTTP, "http", "http(request)", 1, 3, "Asks another system.");
