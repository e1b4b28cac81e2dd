//! `log("text")`: one line in the trace of the call.

use super::info::{VerbInfo, VerbKind};
use crate::effect::Effect;
use crate::values::printed;

pub(super) const VERB: VerbInfo = VerbInfo {
    name: "log",
    signatures: &["log(text)"],
    args_min: 1,
    args_max: 1,
    options: &[],
    results: &[],
    gives: "nothing",
    doc: "Writes one line into the trace of the call; any value may be written.",
    kind: VerbKind::Anywhere,
    run: |call| {
        let line = one_line(&printed(&call.value(0)));
        call.done(Effect::Log(line))
    },
};

/// Longest line of a trace, in characters.
const LINE_MAX: usize = 1000;

/// A text from a script or a peer as one line.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().take(LINE_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
