//! What a command prints: lines, colours, plurals.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use script::{Diagnostics, Severity};

/// Prints a line. Whoever closed the pipe wants to read no more: that is no error.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(stdout(), "{line}");
}

/// Prints a line beside the result.
pub(crate) fn remark(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}

/// May we write colours to standard output?
pub(crate) fn is_colorful() -> bool {
    stdout().is_terminal() && no_color_is_unset()
}

/// May we write colours to standard error?
pub(crate) fn is_colorful_for_errors() -> bool {
    stderr().is_terminal() && no_color_is_unset()
}

/// <https://no-color.org>: set and not empty means no colours.
fn no_color_is_unset() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Says why a command could not run.
pub(crate) fn complain(message: &str) {
    let label = if is_colorful_for_errors() { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
    remark(format_args!("{label}: {message}"));
}

/// Green or red, when there are colours.
pub(crate) fn verdict(word: &str, passed: bool, color: bool) -> String {
    match (color, passed) {
        (false, _) => word.to_owned(),
        (true, true) => format!("\u{1b}[32m{word}\u{1b}[0m"),
        (true, false) => format!("\u{1b}[1;31m{word}\u{1b}[0m"),
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// `2 errors, 1 warning`; what there is none of is left out.
pub(crate) fn tally(found: &Diagnostics) -> String {
    let of = |severity| found.list.iter().filter(|one| one.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => "no errors".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// What strangers send us must not move the cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
