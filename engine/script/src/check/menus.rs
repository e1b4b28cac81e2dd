//! `switch`: branches for words that never come, keys without a branch.

use std::collections::BTreeSet;
use std::ops::Range;

use rhai::{Expr, FnCallExpr, Position};

use super::Checker;
use super::calls::literals;
use super::tokens::{Kind, tokens};
use super::words::never_given;
use crate::diagnostic::Diagnostic;
use crate::source::offset;

/// The branches of one `switch`, read from the text: the syntax tree keeps only their hashes.
#[derive(Default)]
struct Branches {
    texts: Vec<(String, Range<usize>)>,
    /// `_`, or a branch that is no text.
    catches_others: bool,
}

impl Checker<'_> {
    pub(super) fn switch(&mut self, value: &Expr, position: Position) {
        let Some(start) = offset(self.text, position) else {
            return;
        };
        let branches = branches(self.text, start);
        if let Some(verb) = self.verb_behind(value) {
            for (word, span) in &branches.texts {
                if let Some(diagnostic) = never_given(verb, word) {
                    self.found.push(diagnostic.at(self.file, self.text, span.clone()));
                }
            }
        }
        if let Expr::FnCall(call, at) = value
            && let Some(keys) = offered(call)
        {
            self.keys(&keys, &branches, *at);
        }
    }

    fn keys(&mut self, keys: &BTreeSet<String>, branches: &Branches, menu: Position) {
        for (key, span) in branches.texts.iter().filter(|(key, _)| !key.is_empty() && !keys.contains(key)) {
            let message = format!("the menu does not offer `{key}`");
            self.found.push(Diagnostic::error("unoffered-key", message).at(self.file, self.text, span.clone()));
        }
        let handled: BTreeSet<&str> = branches.texts.iter().map(|(key, _)| key.as_str()).collect();
        for key in keys.iter().filter(|key| !branches.catches_others && !handled.contains(key.as_str())) {
            let message = format!("the key `{key}` of this menu has no branch");
            self.report(
                menu,
                Diagnostic::error("unhandled-key", message).help("add a branch, or `_ =>` for all others"),
            );
        }
    }
}

/// The keys of `menu::ask(prompt, #{ keys: […] })` and `collect(#{ keys: […] })`.
fn offered(call: &FnCallExpr) -> Option<BTreeSet<String>> {
    if !matches!(call.name.as_str(), "ask" | "collect") {
        return None;
    }
    let Expr::Map(map, _) = call.args.last()? else {
        return None;
    };
    if map.0.iter().any(|(key, _)| key.name == "otherwise") {
        return None;
    }
    let (_, keys) = map.0.iter().find(|(key, _)| key.name == "keys")?;
    Some(literals(keys).into_iter().map(|(key, _)| key).collect())
}

/// Reads the branches of the `switch` that begins at `start`.
fn branches(text: &str, start: usize) -> Branches {
    let mut branches = Branches::default();
    // Depth 0 is the value, depth 1 the branches; a pattern ends at its arrow.
    let (mut depth, mut parentheses, mut in_pattern) = (0_usize, 0_usize, false);
    let mut maps = 0_usize;
    for token in tokens(text).into_iter().filter(|token| token.span.start >= start) {
        let word = &text[token.span.clone()];
        match word {
            "(" | "[" => parentheses += 1,
            ")" | "]" => parentheses = parentheses.saturating_sub(1),
            "{" if depth == 0 && parentheses > 0 => maps += 1,
            "}" if depth == 0 && maps > 0 => maps -= 1,
            "{" => {
                depth += 1;
                in_pattern = depth == 1;
            }
            "}" if depth <= 1 => break,
            "}" => {
                depth -= 1;
                in_pattern = depth == 1;
            }
            "," if depth == 1 && parentheses == 0 => in_pattern = true,
            "=>" if depth == 1 => in_pattern = false,
            "|" | "if" => (),
            _ if depth == 1 && in_pattern => match token.kind {
                Kind::Text => branches.texts.push((word.trim_matches('"').to_owned(), token.span.clone())),
                _ => branches.catches_others = true,
            },
            _ => (),
        }
    }
    branches
}
