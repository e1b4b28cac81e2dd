//! Verbs whose names are taken, for versions to come: they say so plainly instead of being unknown.

/// The sentence that every one of them gives.
pub(crate) fn refusal(name: &str) -> String {
    format!("`{name}` comes with a later version of Callwright")
}
