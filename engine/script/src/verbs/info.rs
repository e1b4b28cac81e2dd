//! What is known about a verb: feeds its registration, `check` and the reference.

use crate::verbs::invocation::{ScriptError, VerbCall};
use rhai::Dynamic;

/// One verb of the language.
pub struct VerbInfo {
    /// Its name.
    pub name: &'static str,
    /// How it is written: `play(prompts)`, `play(prompts, options)`. One per number of arguments.
    pub signatures: &'static [&'static str],
    /// Fewest arguments.
    pub args_min: usize,
    /// Most arguments; the last one is the map of options, when it takes one.
    pub args_max: usize,
    /// Keys of the map of options.
    pub options: &'static [OptionInfo],
    /// Words that it may give; empty when it gives something else.
    pub results: &'static [&'static str],
    /// What it gives, in words.
    pub gives: &'static str,
    /// One sentence, then what surprises.
    pub doc: &'static str,
    /// When it may be used.
    pub kind: VerbKind,
    pub(crate) run: fn(&mut VerbCall<'_, '_>) -> Result<Dynamic, ScriptError>,
}

impl std::fmt::Debug for VerbInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerbInfo").field("name", &self.name).finish_non_exhaustive()
    }
}

/// When a verb may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerbKind {
    /// It needs a caller on the line.
    Call,
    /// It may be used in `after_call` as well.
    Anywhere,
}

/// One key of a verb's map of options.
#[derive(Debug, Clone, Copy)]
pub struct OptionInfo {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub kind: OptionKind,
    /// What holds when it is not given, in words.
    pub default: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

/// What an option holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Count,
    /// A duration with its unit.
    Duration,
    /// Free text.
    Text,
    /// Keys of a telephone, `"0*#"`.
    Keys,
    /// An array of texts that are keys.
    KeyList,
    /// The name of a prompt.
    Prompt,
    /// One name of a prompt or several.
    Prompts,
    /// The greeting of a box, or a prompt.
    Greeting,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Names of skills with least levels.
    Skills,
    /// The name of a queue.
    Queue,
    /// The name of an agent.
    Agent,
    /// A map of texts.
    Texts,
    /// Anything that JSON can hold.
    Json,
}

impl OptionKind {
    /// The kind in words, for messages: `a duration like 20.seconds`.
    pub const fn in_words(self) -> &'static str {
        match self {
            OptionKind::Flag => "true or false",
            OptionKind::Count => "a whole number",
            OptionKind::Duration => "a duration like `20.seconds`",
            OptionKind::Text => "a text",
            OptionKind::Keys => "a text of keys like `\"0*\"`",
            OptionKind::KeyList => "an array of texts like `[\"1\", \"2\"]`",
            OptionKind::Prompt => "the name of a prompt",
            OptionKind::Prompts => "the name of a prompt or an array of names",
            OptionKind::Greeting => "`\"busy\"`, `\"closed\"` or the name of a prompt",
            OptionKind::Word(_) => "one of its words",
            OptionKind::Skills => "a map like `#{ english: 3 }` or an array of names",
            OptionKind::Queue => "the name of a queue",
            OptionKind::Agent => "the name of an agent",
            OptionKind::Texts => "a map of texts like `#{ accept: \"text/plain\" }`",
            OptionKind::Json => "a map, an array, a text, a number",
        }
    }
}
