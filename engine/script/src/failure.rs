//! A script's error as a diagnostic at the culprit, in words for people who never saw Rust.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, ImmutableString};

use crate::diagnostic::Diagnostic;
use crate::host::limits;
use crate::run::context::Stop;
use crate::source::{Sources, point};

/// Explains an error; none when the script was ended because the caller is gone.
///
/// In `ErrorInFunctionCall` the source names the file of the *called* function and the position
/// lies in the *calling* one, so the file of the culprit is the source of the innermost frame.
pub(crate) fn explain(error: &EvalAltResult, texts: &Texts) -> Option<Diagnostic> {
    let (root, file, frames) = root_of(error, &texts.main);
    let diagnostic = describe(root)?;
    let diagnostic = point(diagnostic, &file, texts.get(&file), root.position());
    Some(frames.into_iter().rev().fold(diagnostic, |diagnostic, frame| diagnostic.help(frame)))
}

/// The texts that a flow was compiled from.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) main: Arc<str>,
    pub(crate) files: Sources,
}

impl Texts {
    fn get(&self, file: &str) -> Option<&Arc<str>> {
        self.files.get(file)
    }
}

/// Walks to the innermost error: its file, and one line for each call on the way.
fn root_of<'e>(error: &'e EvalAltResult, main: &str) -> (&'e EvalAltResult, String, Vec<String>) {
    let (mut error, mut file, mut frames) = (error, main.to_owned(), Vec::new());
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
                let name = if name.starts_with("anon$") { "a closure" } else { name };
                let line = position.line().unwrap_or(0);
                frames.push(format!("in {name}, called from {file}:{line}"));
                if !source.is_empty() {
                    file.clone_from(source);
                }
                error = inner;
            }
            EvalAltResult::ErrorInModule(path, inner, _) => {
                file.clone_from(path);
                error = inner;
            }
            root => return (root, file, frames),
        }
    }
}

/// What went wrong, without its place; none when the caller is gone.
pub(crate) fn message(error: &EvalAltResult) -> Option<String> {
    describe(error).map(|diagnostic| diagnostic.message)
}

fn describe(error: &EvalAltResult) -> Option<Diagnostic> {
    let diagnostic = match error {
        EvalAltResult::ErrorTerminated(token, _) => return stopped(token),
        EvalAltResult::ErrorRuntime(value, _) => Diagnostic::error("script-error", thrown(value)),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => crate::check::unknown_function(signature),
        EvalAltResult::ErrorVariableNotFound(name, _) => {
            Diagnostic::error("unknown-variable", format!("unknown variable `{name}`"))
        }
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            Diagnostic::error("unknown-property", format!("there is no property `{name}` here"))
                .help("`value?.name` gives `()` when the value is not there, `\"name\" in map` asks for a key")
        }
        EvalAltResult::ErrorModuleNotFound(path, _) => {
            Diagnostic::error("unknown-import", format!("nothing can be imported from `{path}`"))
        }
        EvalAltResult::ErrorMismatchDataType(wanted, got, _)
        | EvalAltResult::ErrorMismatchOutputType(wanted, got, _) => {
            Diagnostic::error("wrong-type", format!("expected {}, got {}", type_words(wanted), type_words(got)))
        }
        EvalAltResult::ErrorDotExpr(text, _) | EvalAltResult::ErrorIndexingType(text, _) => {
            Diagnostic::error("wrong-type", format!("this value has no such property: {}", plain(text)))
        }
        EvalAltResult::ErrorStackOverflow(_) => Diagnostic::error(
            "too-deep",
            format!("functions call each other more than {} levels deep", limits::CALL_LEVELS_MAX),
        ),
        EvalAltResult::ErrorDataTooLarge(what, _) => {
            Diagnostic::error("too-large", format!("a value became too large: {}", plain(what)))
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            Diagnostic::error("too-many", format!("more than {} variables at once", limits::VARIABLES_MAX))
        }
        EvalAltResult::ErrorTooManyModules(_) => {
            Diagnostic::error("too-many", format!("more than {} imports", limits::MODULES_MAX))
        }
        EvalAltResult::ErrorSystem(text, cause) => {
            let text = if text.is_empty() { cause.to_string() } else { text.clone() };
            Diagnostic::error("engine-failure", text)
        }
        other => {
            let text = other.to_string();
            let text = text.rsplit_once(" (line ").map_or(text.as_str(), |(text, _)| text);
            Diagnostic::error("script-error", plain(text))
        }
    };
    Some(diagnostic)
}

fn stopped(token: &Dynamic) -> Option<Diagnostic> {
    match token.clone().try_cast::<Stop>() {
        Some(Stop::HungUp) => None,
        Some(Stop::EndlessVerbs) => Some(Diagnostic::error(
            "endless-loop",
            format!("the flow used more than {} verbs: it runs in circles", limits::EFFECTS_PER_RUN_MAX),
        )),
        Some(Stop::EndlessLoop) | None => Some(
            Diagnostic::error("endless-loop", "the flow runs in circles without waiting for anything")
                .help(format!("a flow may do {} operations between two verbs", limits::OPERATIONS_PER_STEP_MAX)),
        ),
    }
}

fn thrown(value: &Dynamic) -> String {
    match value.read_lock::<ImmutableString>() {
        Some(text) => text.to_string(),
        None => format!("the flow threw {value}"),
    }
}

/// Rhai's name of a type in words.
pub(crate) fn type_words(name: &str) -> &str {
    match name {
        "i64" => "a whole number",
        "f64" => "a number",
        "bool" => "true or false",
        "string" | "char" | "&str" | "String" | "ImmutableString" | "&str | ImmutableString | String" => "a text",
        "array" | "Array" => "an array",
        "map" | "Map" => "a map",
        "()" => "nothing `()`",
        "Fn" | "FnPtr" => "a function",
        other => other.rsplit("::").next().unwrap_or(other),
    }
}

/// A sentence of Rhai without its names of Rust types, lower case, without full stop.
pub(crate) fn plain(text: &str) -> String {
    let text = text
        .replace("&str | ImmutableString | String", "text")
        .replace("ImmutableString", "text")
        .replace("i64", "number")
        .replace("f64", "number");
    let mut letters = text.trim_end_matches('.').chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
