//! Takes a YAML tree apart and notes every mistake on the way, so that all are reported at once.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::tree::{Key, Node, Quoted, Value};
use super::values::NUMBER_MAX;
use super::{Reference, ReferenceKind};
use crate::diagnostic::{Diagnostic, Severity, line_and_column};

/// What the reading of one file has found so far.
pub(super) struct Reader<'a> {
    file: Arc<str>,
    text: &'a str,
    env: &'a dyn Fn(&str) -> Option<String>,
    read_secret: &'a dyn Fn(&str) -> io::Result<String>,
    pub(super) found: Vec<Diagnostic>,
    pub(super) references: Vec<Reference>,
}

/// The values of one map by their known keys.
pub(super) struct Fields<'n> {
    rows: Vec<(&'n Key, &'n Node)>,
    /// Where the map stands.
    pub(super) span: Range<usize>,
}

impl<'n> Fields<'n> {
    /// The value of a key; a key without a value counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        let row = self.rows.iter().find(|(known, _)| known.text == key)?;
        (!matches!(row.1.value, Value::Null)).then_some(row.1)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        file: &str,
        text: &'a str,
        env: &'a dyn Fn(&str) -> Option<String>,
        read_secret: &'a dyn Fn(&str) -> io::Result<String>,
    ) -> Self {
        Self { file: file.into(), text, env, read_secret, found: Vec::new(), references: Vec::new() }
    }

    pub(super) fn failed(&self) -> bool {
        self.found.iter().any(|one| one.severity == Severity::Error)
    }

    /// Notes an error; the caller may add a label and help to it.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.note(Diagnostic::error(code, message), span)
    }

    /// Notes a warning.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.note(Diagnostic::warning(code, message), span)
    }

    fn note(&mut self, one: Diagnostic, span: &Range<usize>) -> &mut Diagnostic {
        self.found.push(one.at(Arc::clone(&self.file), self.text, span.clone()));
        self.found.last_mut().expect("one was pushed just now")
    }

    /// An error about a name that does not exist, with the close one that does.
    pub(super) fn unknown<'c>(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        kind: &str,
        name: &str,
        known: impl IntoIterator<Item = &'c str>,
    ) {
        self.unknown_as(code, span, format!("unknown {kind} `{name}`"), name, known);
    }

    /// The same in other words.
    fn unknown_as<'c>(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: String,
        name: &str,
        known: impl IntoIterator<Item = &'c str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let one = self.error(code, span, message);
        if let Some(close) = crate::did_you_mean(name, known.iter().copied()) {
            one.help.push(format!("did you mean `{close}`?"));
        } else if known.is_empty() {
            one.help.push("the project has none".into());
        } else if known.len() <= 30 {
            one.help.push(format!("known are {}", listed(&known)));
        }
    }

    pub(super) fn refer(&mut self, kind: ReferenceKind, name: &str, span: &Range<usize>) {
        self.references.push(Reference { kind, name: name.to_owned(), span: span.clone() });
    }

    /// The fields of a map whose keys are fixed.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Fields<'n> {
        let rows = self.entries(node, what);
        for (key, _) in &rows {
            if !known.contains(&key.text.as_str()) {
                let message = format!("unknown key `{}` in `{what}`", key.text);
                self.unknown_as("unknown-key", &key.span, message, &key.text, known.iter().copied());
            }
        }
        Fields { rows, span: node.span.clone() }
    }

    /// The rows of a map whose keys are names; repeated keys are reported and left out.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Key, &'n Node)> {
        let rows = match &node.value {
            Value::Map(rows) => rows,
            Value::Null => return Vec::new(),
            _ => {
                self.wrong_type(node, what, "a map, `key: value`");
                return Vec::new();
            }
        };
        let mut unique: Vec<(&Key, &Node)> = Vec::new();
        for (key, value) in rows {
            match unique.iter().find(|(known, _)| known.text == key.text) {
                None => unique.push((key, value)),
                Some((first, _)) => {
                    let (line, _) = line_and_column(self.text, first.span.start);
                    self.error("duplicate-key", &key.span, format!("`{}` stands twice in `{what}`", key.text))
                        .help
                        .push(format!("the first one is in line {line}; keep one of them"));
                }
            }
        }
        unique
    }

    /// The items of a list; a single value counts as a list of one.
    pub(super) fn items<'n>(&self, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(node),
        }
    }

    /// A scalar as it was written.
    pub(super) fn scalar<'n>(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) | Value::Bare(text) => Some(text),
            _ => {
                self.wrong_type(node, what, expected);
                None
            }
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.scalar(node, what, "a text")?.trim();
        if text.is_empty() {
            self.error("empty-value", &node.span, format!("`{what}` is empty"));
            return None;
        }
        Some(text.to_owned())
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let names = || words.iter().map(|(word, _)| *word);
        let text = self.scalar(node, what, &format!("one of {}", listed(&names().collect::<Vec<_>>())))?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let message = format!("`{what}` cannot be `{text}`");
            self.unknown_as("unknown-word", &node.span, message, text, names());
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn yes_no(&mut self, node: &Node, what: &str) -> Option<bool> {
        self.word(node, what, &[("true", true), ("false", false)])
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, node: &Node, what: &str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let text = self.scalar(node, what, "a number")?;
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            let message =
                format!("`{what}` is a whole number from {} to {}, not `{text}`", bounds.start(), bounds.end());
            self.error("bad-number", &node.span, message);
        }
        number
    }

    /// Parses a scalar by `parse`, whose error is the message.
    pub(super) fn parsed<T>(
        &mut self,
        node: &Node,
        what: &str,
        code: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.scalar(node, what, "a text")?;
        match parse(text.trim()) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(code, &node.span, message);
                None
            }
        }
    }

    /// A telephone number, extension or PIN. YAML reads bare digits as a number and loses zeros and `+`.
    pub(super) fn digits(&mut self, node: &Node, what: &str) -> Option<String> {
        if let Value::Bare(text) = &node.value {
            self.unquoted(&node.span, what, text);
            return None;
        }
        let text = self.text(node, what)?;
        if super::values::is_phone_number(&text) {
            return Some(text);
        }
        self.error("bad-phone-number", &node.span, format!("`{text}` is no number to dial"))
            .help
            .push(format!("digits, `*` and `#`, at most {NUMBER_MAX}, with a `+` in front of an international number"));
        None
    }

    /// Reports a key or value that had to be quoted.
    pub(super) fn unquoted(&mut self, span: &Range<usize>, what: &str, text: &str) {
        let one = self.error("unquoted-number", span, format!("`{what}` must be quoted"));
        one.label = "YAML reads a number here".into();
        one.help.push(format!("write \"{text}\""));
    }

    /// Was this key written so that YAML keeps it?
    pub(super) fn key_is_text(&mut self, key: &Key) -> bool {
        if key.quoted == Quoted::Bare {
            self.unquoted(&key.span, &key.text, &key.text);
        }
        key.quoted == Quoted::Text
    }

    /// `env:NAME`, `file:path`, or the secret itself, which is warned about.
    pub(super) fn secret(&mut self, node: &Node, what: &str) -> Option<super::Secret> {
        let text = self.scalar(node, what, "`env:NAME` or `file:path`")?;
        let (resolved, origin) = if let Some(name) = text.strip_prefix("env:") {
            let missing = || format!("the environment variable `{name}` of `{what}` is not set");
            ((self.env)(name).ok_or_else(missing), format!("the environment variable `{name}`"))
        } else if let Some(path) = text.strip_prefix("file:") {
            let unreadable = |error| format!("the secret file `{path}` of `{what}` cannot be read: {error}");
            ((self.read_secret)(path).map_err(unreadable), format!("the secret file `{path}`"))
        } else {
            self.warning("literal-secret", &node.span, format!("`{what}` is a secret that everybody can read here"))
                .help
                .push("keep it in the environment, `env:NAME`, or in a file, `file:path`".into());
            (Ok(text.to_owned()), format!("`{what}`"))
        };
        match resolved {
            Ok(secret) if secret.trim_end_matches(['\r', '\n']).is_empty() => {
                self.error("missing-secret", &node.span, format!("{origin} is empty"));
                None
            }
            Ok(secret) => Some(super::Secret::new(secret.trim_end_matches(['\r', '\n']))),
            Err(message) => {
                self.error("missing-secret", &node.span, message);
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, node: &Node, what: &str, expected: &str) {
        let is = match &node.value {
            Value::Null => "nothing",
            Value::Text(_) | Value::Bare(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        };
        self.error("wrong-type", &node.span, format!("`{what}` is {expected}, not {is}"));
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
