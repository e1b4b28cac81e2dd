//! The reference of all verbs, written from the same list that registers them.

use std::fmt::Write as _;

use super::{VerbInfo, VerbKind, verbs};

/// Every verb with its signatures, options and results, as Markdown.
pub fn reference_markdown() -> String {
    let mut text = String::new();
    for verb in verbs() {
        // Writing into a string cannot fail.
        let _ = write_verb(&mut text, verb);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn write_verb(text: &mut String, verb: &VerbInfo) -> std::fmt::Result {
    writeln!(text, "### {}\n", verb.name)?;
    writeln!(text, "```rhai\n{}\n```\n", verb.signatures.join("\n"))?;
    writeln!(text, "{}\n", verb.doc)?;
    if !verb.options.is_empty() {
        writeln!(text, "| option | holds | when not given | |\n|---|---|---|---|")?;
        for option in verb.options {
            let kind = option.kind.in_words();
            writeln!(text, "| `{}` | {kind} | {} | {} |", option.name, option.default, option.doc)?;
        }
        writeln!(text)?;
    }
    write!(text, "Gives {}.", verb.gives)?;
    if !verb.results.is_empty() {
        let words: Vec<String> = verb.results.iter().map(|word| format!("`\"{word}\"`")).collect();
        write!(text, " Words: {}.", words.join(", "))?;
    }
    if verb.kind == VerbKind::Anywhere {
        write!(text, " May be used in `after_call`.")?;
    }
    writeln!(text, "\n")
}
