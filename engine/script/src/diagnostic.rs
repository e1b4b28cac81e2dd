//! Errors and warnings that point into the user's file.

use std::sync::Arc;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The project cannot be used.
    Error,
    /// It can, but a caller will notice.
    Warning,
}

/// One finding: what, where, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// Stable short name: `unknown-verb`, `missing-prompt`.
    pub code: &'static str,
    /// One sentence, lower case, no full stop; names the thing.
    pub message: String,
    /// Project-relative file; none when it concerns the whole project.
    pub file: Option<Arc<str>>,
    /// Byte range in that file's text.
    pub span: std::ops::Range<usize>,
    /// Line from 1, 0 when there is no place.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Text under the caret.
    pub label: String,
    /// Lines after the snippet: `= help: did you mean `support`?`
    pub help: Vec<String>,
}
