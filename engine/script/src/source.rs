//! Texts by path, and places in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rhai::Position;

use crate::diagnostic::Diagnostic;

/// Texts by path, from the project root, with `/`: `main.rhai`, `helpers/office.rhai`.
pub type Sources = BTreeMap<String, Arc<str>>;

/// Points a diagnostic at the word that begins at `position` of `file`.
pub(crate) fn point(diagnostic: Diagnostic, file: &str, text: Option<&Arc<str>>, position: Position) -> Diagnostic {
    match (text, offset(text.map_or("", |text| text), position)) {
        (Some(text), Some(start)) => diagnostic.at(file, text, word_at(text, start)),
        _ => diagnostic.in_file(file),
    }
}

/// Byte offset of a position; none when it has none or the text is another one.
pub(crate) fn offset(text: &str, position: Position) -> Option<usize> {
    let (line, column) = (position.line()?, position.position().unwrap_or(1));
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let rest = &text[start..];
    let in_line = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    Some(start + in_line)
}

/// The word, string or single character that begins at `start`.
pub(crate) fn word_at(text: &str, start: usize) -> Range<usize> {
    let rest = &text[start..];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = match rest.chars().next() {
        Some('"') => rest[1..].find(['"', '\n']).map_or(rest.len(), |at| at + 2),
        Some(c) if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        Some(c) => c.len_utf8(),
        None => 0,
    };
    start..start + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_spans_count_bytes() {
        let text = "let имя = 1;\nplya(\"да\");";
        let at = |line, column| offset(text, Position::new(line, column)).unwrap();
        assert_eq!(&text[word_at(text, at(1, 5))], "имя");
        assert_eq!(&text[word_at(text, at(2, 1))], "plya");
        assert_eq!(&text[word_at(text, at(2, 6))], "\"да\"");
        assert_eq!(offset(text, Position::new(9, 1)), None);
    }
}
