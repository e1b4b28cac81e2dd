//! YAML as a tree that remembers where everything stands.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Spanned};

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// What a value is, before anybody expects something of it.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing, or `~`.
    Null,
    /// Text in quotes, a block, or a plain word such as `main.rhai`.
    Text(String),
    /// A plain `12`, `+7`, `0049`, `true`: as it was written, because YAML would change it.
    Bare(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in its written order, duplicates included.
    Map(Vec<(Key, Node)>),
}

/// The name in front of a value.
#[derive(Debug, Clone)]
pub struct Key {
    /// As it was written, without quotes.
    pub text: String,
    /// Text, or something that YAML would have read as a number.
    pub quoted: Quoted,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// Would YAML have read a number, had it been asked for the type?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoted {
    /// No.
    Text,
    /// Yes.
    Bare,
}

/// Why a text is no YAML.
#[derive(Debug, Clone)]
pub struct Broken {
    /// One sentence.
    pub message: String,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// Reads a whole document; an empty one is [`Value::Null`].
///
/// # Errors
/// When the text is no YAML; says where.
pub fn parse(text: &str) -> Result<Node, Broken> {
    let options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
    };
    let raw: Option<Spanned<Raw>> = serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let start = error.location().map_or(0, |place| offset_of(text, place.line(), place.column()));
        let end = text[start..].chars().next().map_or(start, |c| start + c.len_utf8());
        let message = error.to_string();
        let sentence = message.split(" at line ").next().unwrap_or_default();
        Broken { message: format!("this is no YAML: {sentence}"), span: start..end }
    })?;
    Ok(raw.map_or(Node { value: Value::Null, span: 0..0 }, |raw| node(text, raw)))
}

/// A value as serde sees it: scalars that YAML interprets lose their spelling here.
enum Raw {
    Null,
    Text(String),
    Interpreted,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

fn node(text: &str, raw: Spanned<Raw>) -> Node {
    let span = place_of(text, &raw.referenced);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Text(written) => Value::Text(written),
        Raw::Interpreted => Value::Bare(spelling(text, &raw.defined)),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(text, item)).collect()),
        Raw::Map(rows) => {
            Value::Map(rows.into_iter().map(|(key, value)| (key_of(text, key), node(text, value))).collect())
        }
    };
    Node { value, span }
}

fn key_of(text: &str, raw: Spanned<Raw>) -> Key {
    let span = place_of(text, &raw.referenced);
    let spelled = spelling(text, &raw.defined);
    match raw.value {
        Raw::Text(written) => Key { text: written, quoted: Quoted::Text, span },
        _ => Key { text: spelled, quoted: Quoted::Bare, span },
    }
}

fn spelling(text: &str, place: &serde_yaml::Location) -> String {
    text.get(place_of(text, place)).unwrap_or_default().trim().to_owned()
}

fn place_of(text: &str, place: &serde_yaml::Location) -> Range<usize> {
    let span = place.span();
    let at = |offset: Option<u64>| offset.and_then(|offset| usize::try_from(offset).ok());
    let start = at(span.byte_offset()).unwrap_or(0).min(text.len());
    let length = at(span.byte_len()).unwrap_or(0);
    let end = text.ceil_char_boundary(start.saturating_add(length).min(text.len()));
    let start = text.floor_char_boundary(start);
    let trimmed = text[start..end].trim_end().len();
    start..start + trimmed
}

/// Syntax errors come with line and column only.
fn offset_of(text: &str, line: u64, column: u64) -> usize {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(row) = text.split_inclusive('\n').nth(skip) else {
        return text.len();
    };
    let before: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    before + row.char_indices().nth(column).map_or(row.trim_end().len(), |(at, _)| at)
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Interpreted)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Interpreted)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Interpreted)
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Interpreted)
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Interpreted)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Interpreted)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut rows: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(row) = rows.next_entry()? {
            list.push(row);
        }
        Ok(Raw::Map(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str, node: &Node) -> String {
        let at = &text[node.span.clone()];
        match &node.value {
            Value::Null => "null".into(),
            Value::Text(written) => format!("text({written} @ {at})"),
            Value::Bare(written) => format!("bare({written} @ {at})"),
            Value::List(items) => items.iter().map(|item| shape(text, item)).collect::<Vec<_>>().join(" "),
            Value::Map(rows) => rows
                .iter()
                .map(|(key, value)| format!("{} @ {} = {}\n", key.text, &text[key.span.clone()], shape(text, value)))
                .collect(),
        }
    }

    fn shown(text: &str) -> String {
        parse(text).map_or_else(|broken| format!("{} @ {:?}", broken.message, broken.span), |node| shape(text, &node))
    }

    #[test]
    fn every_value_keeps_its_spelling_and_its_place() {
        let text = "имя: Клиника\nnumber: +7916\nzero: 0049\nquoted: \"+7916\"\nyes: true\n201: [1, два, 'x']\nempty:\n2026-12-30: \"a\"\n";
        expect_test::expect![[r#"
            имя @ имя = text(Клиника @ Клиника)
            number @ number = bare(+7916 @ +7916)
            zero @ zero = bare(0049 @ 0049)
            quoted @ quoted = text(+7916 @ "+7916")
            yes @ yes = bare(true @ true)
            201 @ 201 = bare(1 @ 1) text(два @ два) text(x @ 'x')
            empty @ empty = null
            2026-12-30 @ 2026-12-30 = text(a @ "a")
        "#]]
        .assert_eq(&shown(text));
    }

    #[test]
    fn duplicate_keys_are_all_there_and_aliases_point_at_their_use() {
        expect_test::expect![[r#"
            a @ a = text(20s @ 20s)
            a @ a = text(20s @ *x)
            b @ b = bare(12 @ 12)
            c @ c = bare(12 @ *n)
        "#]]
        .assert_eq(&shown("a: &x 20s\na: *x\nb: &n 12\nc: *n\n"));
    }

    #[test]
    fn broken_yaml_says_where() {
        expect_test::expect!["this is no YAML: illegal placement of ':' indicator @ 10..11"]
            .assert_eq(&shown("a: [1, 2\nb: 3\n"));
        expect_test::expect!["null"].assert_eq(&shown(""));
        expect_test::expect!["this is no YAML: alias references unknown anchor @ 3..4"]
            .assert_eq(&shown("a: *nobody\n"));
        expect_test::expect!["this is no YAML: mapping values are not allowed in this context @ 4..5"]
            .assert_eq(&shown("a: b: c\n"));
    }
}
