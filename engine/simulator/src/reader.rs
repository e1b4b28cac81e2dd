//! Reading YAML with places: every complaint points at its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use script::Diagnostic;
use script::config::tree::{Key, Node, Value};

pub(crate) struct Reader<'t> {
    name: &'t str,
    text: &'t str,
    pub(crate) found: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(name: &'t str, text: &'t str) -> Self {
        Self { name, text, found: Vec::new() }
    }

    pub(crate) fn error(&mut self, span: &Range<usize>, code: &'static str, message: impl Into<String>) {
        self.report(Diagnostic::error(code, message), span);
    }

    /// Points `diagnostic` at a place.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic, span: &Range<usize>) {
        // A whole mapping under the caret says nothing: its first line does.
        let end = self.text[span.clone()].find('\n').map_or(span.end, |line| span.start + line);
        self.found.push(diagnostic.at(self.name, self.text, span.start..end));
    }

    pub(crate) fn unknown(&mut self, key: &Key, what: &str, known: &[&str]) {
        let diagnostic = Diagnostic::error("unknown-key", format!("{what} has no `{}`", key.text))
            .suggest(&key.text, known.iter().copied());
        self.report(diagnostic, &key.span);
    }

    /// Every entry of a mapping.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Key, &'n Node)> {
        match &node.value {
            Value::Map(rows) => rows.iter().map(|(key, value)| (key, value)).collect(),
            Value::Null => Vec::new(),
            _ => {
                self.error(&node.span, "bad-value", format!("{what} is a mapping, `key: value`"));
                Vec::new()
            }
        }
    }

    /// A mapping with known keys only, each once.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> BTreeMap<&'n str, &'n Node> {
        let mut fields = BTreeMap::new();
        for (key, value) in self.entries(node, what) {
            if !known.contains(&key.text.as_str()) {
                self.unknown(key, what, known);
            } else if fields.insert(key.text.as_str(), value).is_some() {
                self.error(&key.span, "duplicate-key", format!("`{}` stands here twice", key.text));
            }
        }
        fields
    }

    pub(crate) fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => {
                self.error(&node.span, "bad-value", format!("`{what}` is a list"));
                &[]
            }
        }
    }

    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.value {
            Value::Text(text) | Value::Bare(text) => Some(text.clone()),
            _ => {
                self.error(&node.span, "bad-value", format!("`{what}` is a text"));
                None
            }
        }
    }

    pub(crate) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let text = self.text(node, what)?;
        script::config::duration(&text).map_err(|error| self.error(&node.span, "bad-duration", error)).ok()
    }

    pub(crate) fn is_true(&mut self, node: &Node, what: &str) -> bool {
        match self.text(node, what).as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => {
                self.error(&node.span, "bad-value", format!("`{what}` is `true` or `false`"));
                false
            }
        }
    }
}
