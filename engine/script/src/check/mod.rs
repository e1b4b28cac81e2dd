//! What can be found wrong in a flow before a caller finds it.

use crate::diagnostic::Diagnostic;
use crate::failure::plain;
use crate::verbs::verbs;

/// A function that was not found at run time: `plya (&str | ImmutableString | String)`.
pub(crate) fn unknown_function(signature: &str) -> Diagnostic {
    let name = signature.split(" (").next().unwrap_or(signature).trim();
    Diagnostic::error(
        "unknown-function",
        format!("unknown function `{}`", plain(name)),
    )
    .suggest(name, verbs().iter().map(|verb| verb.name))
}

/// A parse error as a diagnostic.
pub(crate) fn syntax(
    file: &str,
    text: &std::sync::Arc<str>,
    error: &rhai::ParseError,
) -> Diagnostic {
    let diagnostic = Diagnostic::error("syntax", plain(&error.err_type().to_string()));
    crate::source::point(diagnostic, file, Some(text), error.position())
}
