//! Errors of the parser, in words, with the way out.

use std::collections::BTreeSet;
use std::sync::Arc;

use rhai::{ParseError, ParseErrorType};

use super::tokens::{Kind, tokens};
use crate::diagnostic::Diagnostic;
use crate::failure::plain;
use crate::host::limits;
use crate::source::point;

/// A parse error as a diagnostic.
pub(crate) fn syntax(file: &str, text: &Arc<str>, error: &ParseError) -> Diagnostic {
    let diagnostic = match error.err_type() {
        ParseErrorType::VariableUndefined(name) => unknown_variable(name, text),
        ParseErrorType::ModuleUndefined(name) => {
            Diagnostic::error("unknown-import", format!("nothing is imported as `{name}`"))
                .help(format!("write `import \"…\" as {name};` at the top of the file"))
        }
        ParseErrorType::Reserved(word) => {
            Diagnostic::error("reserved-word", format!("`{word}` is a word of the language and cannot be a name"))
        }
        ParseErrorType::BadInput(inner) => Diagnostic::error("syntax", bad_input(&plain(&inner.to_string()))),
        ParseErrorType::ExprTooDeep => Diagnostic::error("too-deep", "this is nested too deeply").help(format!(
            "at most {} levels, {} in a function",
            limits::EXPRESSION_DEPTH_MAX,
            limits::FUNCTION_EXPRESSION_DEPTH_MAX
        )),
        ParseErrorType::UnexpectedEOF => Diagnostic::error("syntax", "the file ends in the middle of something"),
        other => Diagnostic::error("syntax", plain(&other.to_string())),
    };
    point(diagnostic, file, Some(text), error.position())
}

fn bad_input(text: &str) -> String {
    match text.strip_prefix("disabled symbol: ").or_else(|| text.strip_prefix("invalid symbol encountered: ")) {
        Some(symbol) => format!("{symbol} cannot be used in flows"),
        None => text.to_owned(),
    }
}

fn unknown_variable(name: &str, text: &str) -> Diagnostic {
    let (declared, constants) = declarations(text);
    let diagnostic = Diagnostic::error("unknown-variable", format!("unknown variable `{name}`"));
    if constants.contains(name) {
        return diagnostic.help(format!("functions see constants of the file as `global::{name}`"));
    }
    if declared.contains(name) {
        return diagnostic.help(format!(
            "functions do not see the variables of the flow: pass `{name}` as a value, or declare it with `const` and write `global::{name}`"
        ));
    }
    let names = declared.iter().chain(&constants).copied().chain(["caller"]);
    diagnostic.suggest(name, names)
}

/// Variables and constants that are declared anywhere in the text.
fn declarations(text: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let (mut variables, mut constants) = (BTreeSet::new(), BTreeSet::new());
    for pair in tokens(text).windows(2) {
        let (word, name) = (&text[pair[0].span.clone()], &text[pair[1].span.clone()]);
        match word {
            "let" | "for" if pair[1].kind == Kind::Word => variables.insert(name),
            "const" if pair[1].kind == Kind::Word => constants.insert(name),
            _ => false,
        };
    }
    (variables, constants)
}
