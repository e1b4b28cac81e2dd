//! A spoken word and the prompt that says it.

/// One prompt and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Name of the prompt, without language and extension: `digits/21`.
    pub prompt: String,
    /// What it says, lower case, without punctuation.
    pub words: String,
    /// How it is written after the word before it.
    pub(crate) joint: Joint,
}

/// How a word is written after the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joint {
    Space,
    /// English `twenty-one`.
    Hyphen,
}

impl Token {
    pub(crate) fn new(prompt: impl Into<String>, words: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), words: words.into(), joint: Joint::Space }
    }

    pub(crate) fn hyphenated(mut self) -> Self {
        self.joint = Joint::Hyphen;
        self
    }
}

/// The words of `tokens` as one line.
pub fn spell(tokens: &[Token]) -> String {
    let mut line = String::new();
    for token in tokens {
        if !line.is_empty() {
            line.push(match token.joint {
                Joint::Space => ' ',
                Joint::Hyphen => '-',
            });
        }
        line.push_str(&token.words);
    }
    line
}
