//! Errors and warnings that point into the user's file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

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
    pub span: Range<usize>,
    /// Line from 1, 0 when there is no place.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Text under the caret.
    pub label: String,
    /// Lines after the snippet: `= help: did you mean `support`?`
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// A warning without a place yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    /// Points at the bytes `span` of `text`, which is the content of `file`.
    ///
    /// A span that does not fit the text is moved to the nearest character borders.
    #[must_use]
    pub fn at(mut self, file: impl Into<Arc<str>>, text: &str, span: Range<usize>) -> Self {
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
        (self.line, self.column) = line_and_column(text, start);
        self.span = start..end;
        self.file = Some(file.into());
        self
    }

    /// Concerns a file as a whole.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<Arc<str>>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Text under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// One more line after the snippet.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The help line for a misspelt `word`, when one of `candidates` is close.
    #[must_use]
    pub fn suggest<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match did_you_mean(word, candidates) {
            Some(close) => {
                let help = format!("did you mean `{close}`?");
                self.help(help)
            }
            None => self,
        }
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self {
            severity,
            code,
            message,
            file: None,
            span: 0..0,
            line: 0,
            column: 0,
            label: String::new(),
            help: Vec::new(),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "code": self.code,
            "message": self.message,
            "file": self.file.as_deref(),
            "line": self.line,
            "column": self.column,
            "help": self.help,
        })
    }
}

impl std::fmt::Display for Diagnostic {
    /// One line: `main.rhai:3:5: unknown verb `plya``.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.file {
            Some(file) if self.line > 0 => {
                write!(f, "{file}:{}:{}: {}", self.line, self.column, self.message)
            }
            Some(file) => write!(f, "{file}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Findings together with the texts that they point into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// What was found, in the order of finding.
    pub list: Vec<Diagnostic>,
    /// Project-relative file → its text, secrets masked.
    pub sources: BTreeMap<Arc<str>, Arc<str>>,
}

impl Diagnostics {
    /// Is there something that makes the project unusable?
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|one| one.severity == Severity::Error)
    }

    /// Is there nothing at all?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All findings as `rustc` prints its own, a blank line between them.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut all = String::new();
        for one in &self.list {
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(renderer.render(&[self.group(one)]).trim_end());
            all.push('\n');
        }
        all
    }

    /// An array of `{severity, code, message, file, line, column, help}`.
    pub fn to_json(&self) -> serde_json::Value {
        self.list.iter().map(Diagnostic::to_json).collect()
    }

    fn group<'a>(&'a self, one: &'a Diagnostic) -> Group<'a> {
        let level = match one.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(one.message.as_str()).id(one.code);
        let mut group = match &one.file {
            None => Group::with_title(title),
            Some(file) => match self.sources.get(file).filter(|text| one.line > 0 && fits(text, &one.span)) {
                Some(text) => {
                    let mut mark = AnnotationKind::Primary.span(one.span.clone());
                    if !one.label.is_empty() {
                        mark = mark.label(one.label.as_str());
                    }
                    title.element(Snippet::source(&**text).path(&**file).annotation(mark))
                }
                None => title.element(origin(file, one)),
            },
        };
        for help in &one.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        group
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(list: Vec<Diagnostic>) -> Self {
        Self { list, sources: BTreeMap::new() }
    }
}

/// The candidate that `word` is probably a misspelling of.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    // One slip in four letters is a slip; more is another word.
    let slips = 1 + wanted.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= slips && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Line and column, both from 1, of a byte offset; the column counts characters.
pub fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

fn fits(text: &str, span: &Range<usize>) -> bool {
    text.is_char_boundary(span.start) && text.is_char_boundary(span.end)
}

fn origin<'a>(file: &'a str, one: &Diagnostic) -> annotate_snippets::Origin<'a> {
    let origin = annotate_snippets::Origin::path(file);
    if one.line == 0 {
        return origin;
    }
    origin.line(one.line as usize).char_column(one.column as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn shown(text: &str, found: Diagnostic) -> String {
        let sources = BTreeMap::from([(Arc::from("main.rhai"), Arc::from(text))]);
        Diagnostics { list: vec![found], sources }.render(false)
    }

    #[test]
    fn a_finding_is_shown_as_rustc_shows_its_own() {
        let text = "answer();\nплай(\"привет\");\nplya(\"welcome\");\n";
        let at = text.find("plya").unwrap();
        let found = Diagnostic::error("unknown-verb", "unknown verb `plya`")
            .at("main.rhai", text, at..at + 4)
            .label("not a verb")
            .suggest("plya", ["answer", "play"]);
        assert_eq!((found.line, found.column), (3, 1));
        expect![[r#"
            error[unknown-verb]: unknown verb `plya`
             --> main.rhai:3:1
              |
            3 | plya("welcome");
              | ^^^^ not a verb
              |
              = help: did you mean `play`?
        "#]]
        .assert_eq(&shown(text, found));
    }

    #[test]
    fn columns_count_characters_and_spans_keep_to_their_borders() {
        let text = "play(\"привет\"); plya();";
        let at = text.find("plya").unwrap();
        let found = Diagnostic::error("x", "x").at("main.rhai", text, at..at + 4);
        assert_eq!((found.line, found.column), (1, 17));
        // 7 lies inside `п`.
        assert_eq!(Diagnostic::error("x", "x").at("main.rhai", text, 7..7).span, 6..8);
        assert_eq!(Diagnostic::error("x", "x").at("main.rhai", text, 900..901).span, text.len()..text.len());
    }

    #[test]
    fn a_finding_without_its_source_still_says_where() {
        let found = Diagnostic::warning("slow", "slow lookup").at("gone.rhai", "a\nbc", 3..4).help("add `timeout`");
        expect![[r#"
            warning[slow]: slow lookup
            --> gone.rhai:2:2
             = help: add `timeout`
        "#]]
        .assert_eq(&shown("", found));
        expect![[r#"
            error[no-project]: no `callwright.yaml`
        "#]]
        .assert_eq(&shown("", Diagnostic::error("no-project", "no `callwright.yaml`")));
    }

    #[test]
    fn misspelt_words_are_found_and_other_words_are_not() {
        assert_eq!(did_you_mean("suport", ["sales", "support"]), Some("support"));
        assert_eq!(did_you_mean("Longest_idel", ["longest_idle"]), Some("longest_idle"));
        assert_eq!(did_you_mean("billing", ["sales", "support"]), None);
        assert_eq!(did_you_mean("a", ["b"]), None);
    }

    #[test]
    fn json_carries_place_and_way_out() {
        let list = vec![Diagnostic::error("x", "bad").at("a.rhai", "ab", 1..2).help("do")];
        expect![[
            r#"[{"code":"x","column":2,"file":"a.rhai","help":["do"],"line":1,"message":"bad","severity":"error"}]"#
        ]]
        .assert_eq(&Diagnostics::from(list).to_json().to_string());
    }
}
