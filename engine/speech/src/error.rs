//! Why a value cannot be said.

use std::fmt;

use crate::Kind;

/// A value does not fit its kind; the text names both and says what would fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SayError {
    /// What it was to be said as.
    pub kind: Kind,
    /// What was given, shortened.
    pub value: String,
    /// What would have fitted.
    pub wanted: &'static str,
}

// A flow's value may be a whole document; an error stays one line.
const VALUE_SHOWN_MAX: usize = 40;

impl SayError {
    pub(crate) fn new(kind: Kind, value: &str, wanted: &'static str) -> Self {
        let mut shown: String = value.chars().filter(|c| !c.is_control()).take(VALUE_SHOWN_MAX).collect();
        if value.chars().count() > VALUE_SHOWN_MAX {
            shown.push('…');
        }
        Self { kind, value: shown, wanted }
    }
}

impl fmt::Display for SayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot say `{}` as {}: expected {}", self.value, self.kind, self.wanted)
    }
}

impl std::error::Error for SayError {}
