//! Which grammar a language tag means.

/// A grammar that this crate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// `en`, and every language without a grammar of its own.
    English,
    /// `ru`
    Russian,
    /// `fa`
    Persian,
}

impl Language {
    /// The grammar of a tag: `ru`, `ru_RU` and `ru-RU` are Russian.
    pub fn of(tag: &str) -> Self {
        let primary = tag.split(['_', '-']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "ru" => Self::Russian,
            "fa" => Self::Persian,
            _ => Self::English,
        }
    }
}
