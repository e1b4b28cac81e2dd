//! The words of a text with their places: what the syntax tree does not keep.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A number, without sign.
    Number,
    /// A text with its quotes.
    Text,
    /// Everything else; `=>` is one token.
    Symbol,
}

/// One token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// All tokens without comments and spaces.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            c if c.is_whitespace() => (None, c.len_utf8()),
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, block_comment(rest)),
            '"' | '`' | '\'' => (Some(Kind::Text), quoted(rest, first)),
            c if c.is_alphabetic() || c == '_' => {
                (Some(Kind::Word), rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()))
            }
            c if c.is_ascii_digit() => (Some(Kind::Number), number(rest)),
            _ if rest.starts_with("=>") => (Some(Kind::Symbol), 2),
            c => (Some(Kind::Symbol), c.len_utf8()),
        };
        if let Some(kind) = kind {
            found.push(Token { kind, span: at..at + length });
        }
        at += length;
    }
    found
}

fn number(rest: &str) -> usize {
    let digits = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    // `1.5` is one number, `1.seconds` and `0..9` are not.
    let fraction = rest[digits..].strip_prefix('.').filter(|after| after.starts_with(|c: char| c.is_ascii_digit()));
    match fraction {
        Some(after) => digits + 1 + after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()),
        None => digits,
    }
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return at + 1,
            _ => (),
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}
