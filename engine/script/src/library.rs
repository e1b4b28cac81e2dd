//! The reference of the standard library, written from its own `///` lines.

use std::fmt::Write as _;

use rhai::{FnAccess, ScriptFnMetadata};

use crate::host::modules::FrozenModules;
use crate::source::Sources;

/// Every module with its functions, as Markdown; a file that is no Rhai is left out.
pub fn library_markdown(library: &Sources) -> String {
    let engine = crate::host::engine(FrozenModules::default());
    let mut scope = rhai::Scope::new();
    scope.push("caller", ());
    let mut text = String::new();
    for (file, source) in library {
        let Ok(ast) = engine.compile_with_scope(&scope, &**source) else { continue };
        let name = file.trim_end_matches(".rhai");
        // Writing into a string cannot fail.
        let _ = writeln!(text, "### std/{name}\n\n{}\n", head(source));
        let mut functions: Vec<ScriptFnMetadata<'_>> =
            ast.iter_functions().filter(|function| function.access == FnAccess::Public).collect();
        functions.sort_by_key(|function| place(source, function));
        for function in functions {
            let _ =
                writeln!(text, "- `{name}::{}({})`: {}", function.name, function.params.join(", "), words(&function));
        }
        text.push('\n');
    }
    text
}

/// The `//!` lines at the top.
fn head(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    lines.collect::<Vec<_>>().join("\n")
}

/// The `///` lines as one paragraph.
fn words(function: &ScriptFnMetadata<'_>) -> String {
    let lines = function.comments.iter().flat_map(|comment| comment.lines());
    let texts = lines.map(|line| line.trim_start_matches('/').trim()).filter(|line| !line.is_empty());
    texts.collect::<Vec<_>>().join(" ")
}

/// Where the function stands in its file, so that the reference keeps the order of the author.
fn place(source: &str, function: &ScriptFnMetadata<'_>) -> usize {
    let declared = format!("fn {}({})", function.name, function.params.join(", "));
    source.find(&declared).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Known;
    use crate::diagnostic::Diagnostic;
    use crate::flow::Flow;

    /// The names of the shipped prompts.
    fn prompts() -> std::collections::BTreeSet<String> {
        let catalog = include_str!("../../../sounds/catalog.yaml");
        let names = catalog.lines().filter_map(|line| line.split_once(": {")).map(|(name, _)| name.to_owned());
        names.chain(["hold/default".to_owned()]).collect()
    }

    #[test]
    fn the_check_finds_nothing_in_the_standard_library() {
        let known = Known { prompts: prompts(), ..Known::default() };
        for (file, source) in crate::testing::library() {
            let project = [("main.rhai".to_owned(), source)].into();
            let flow = Flow::compile("main.rhai", &project, &crate::testing::library());
            let found: Vec<Diagnostic> = flow.map_or_else(|found| found, |flow| flow.check(&known));
            assert!(found.is_empty(), "std/{file}: {found:#?}");
        }
    }

    #[test]
    fn every_prompt_that_the_library_plays_is_shipped() {
        let known = prompts();
        let named =
            |word: &&str| word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || "-/15".contains(c));
        for (file, source) in crate::testing::library() {
            let code =
                source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            for word in code.split('"').skip(1).step_by(2).filter(named) {
                assert!(known.contains(word), "std/{file} plays `{word}`, which sounds/catalog.yaml does not have");
            }
        }
    }

    #[test]
    fn every_function_of_the_library_says_what_it_does() {
        let text = library_markdown(&crate::testing::library());
        for (function, words) in
            text.lines().filter(|line| line.starts_with("- `")).filter_map(|line| line.split_once("`: "))
        {
            assert!(words.len() > 20 && words.ends_with(['.', ')', '?']), "{function}: {words}");
        }
        assert!(text.contains("- `menu::ask(prompt, options)`: Plays `prompt` and gives the key"), "{text}");
    }
}
