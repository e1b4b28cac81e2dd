//! A compiled flow: checked once, shared by all calls that run it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Scope};

use crate::check::Known;
use crate::coverage::Coverage;
use crate::diagnostic::Diagnostic;
use crate::effect::{CallerCard, Step};
use crate::failure::Texts;
use crate::host::modules::is_library;
use crate::run::Run;
use crate::source::Sources;
use crate::values::from_json;

mod compile;
#[cfg(test)]
mod coverage_tests;
mod marks;

/// Name of the function that runs when the call is over.
pub(crate) const AFTER_CALL: &str = "after_call";

/// A compiled flow with frozen imports. Cloning it is cheap.
#[derive(Clone)]
pub struct Flow(Arc<Compiled>);

struct Compiled {
    name: Arc<str>,
    hash: String,
    texts: Texts,
    engine: Engine,
    main: AST,
    /// Imports and constants of `main` with its functions: what `after_call` needs around it.
    after: Option<AST>,
    /// Every file's syntax, for the check.
    files: BTreeMap<String, AST>,
}

/// Where a run begins.
pub(crate) enum Entry {
    /// At the first line.
    Top,
    /// In `after_call`, with what is known about the call.
    AfterCall(Dynamic),
}

impl Flow {
    /// Compiles `path` of the project with everything that it imports; `library` holds the files of
    /// the standard library by name: `menu.rhai`.
    ///
    /// # Errors
    /// Everything that keeps the flow from running: syntax, imports, misspelt variables.
    pub fn compile(path: &str, project: &Sources, library: &Sources) -> Result<Flow, Vec<Diagnostic>> {
        compile::compile(path, project, library, None).map(|compiled| Flow(Arc::new(compiled)))
    }

    /// The same, and `coverage` learns which of the project's lines run. Columns in its places are not the script's.
    ///
    /// # Errors
    /// As [`Flow::compile`].
    pub fn compile_watched(
        path: &str,
        project: &Sources,
        library: &Sources,
        coverage: &Coverage,
    ) -> Result<Flow, Vec<Diagnostic>> {
        compile::compile(path, project, library, Some(coverage)).map(|compiled| Flow(Arc::new(compiled)))
    }

    /// Path from the project root: `main.rhai`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Hash of every text that the flow consists of, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.0.hash
    }

    /// The files that the flow consists of, its imports among them; the library's as `std/menu`.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.0.texts.files.keys().map(String::as_str)
    }

    /// Runs the flow for one call until its first verb.
    pub fn start(&self, caller: CallerCard) -> (Run, Step) {
        Run::start(self, caller, Entry::Top)
    }

    /// Does the flow want to run when the call is over?
    pub fn has_after_call(&self) -> bool {
        self.0.after.is_some()
    }

    /// Runs `after_call(outcome)`; verbs that need the caller are refused in it.
    pub fn start_after_call(&self, caller: CallerCard, outcome: &BTreeMap<String, serde_json::Value>) -> (Run, Step) {
        let outcome: rhai::Map = outcome.iter().map(|(key, value)| (key.as_str().into(), from_json(value))).collect();
        Run::start(self, caller, Entry::AfterCall(outcome.into()))
    }

    /// Everything suspicious in the flow's own files: what would fail, or surprise a caller.
    pub fn check(&self, known: &Known) -> Vec<Diagnostic> {
        let natives = crate::check::native_names(&self.0.engine);
        let files = self.0.files.iter().filter(|(file, _)| !is_library(file));
        files
            .flat_map(|(file, ast)| crate::check::file(file, ast, &self.0.texts.files, &self.0.files, &natives, known))
            .collect()
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.0.texts
    }

    /// Runs to the end; on the coroutine's stack.
    pub(crate) fn execute(&self, entry: Entry) -> Result<(), Box<EvalAltResult>> {
        let mut scope = Scope::new();
        match (entry, &self.0.after) {
            (Entry::Top, _) => self.0.engine.run_ast_with_scope(&mut scope, &self.0.main),
            (Entry::AfterCall(outcome), Some(after)) => {
                let options = CallFnOptions::new().eval_ast(true);
                self.0
                    .engine
                    .call_fn_with_options::<Dynamic>(options, &mut scope, after, AFTER_CALL, (outcome,))
                    .map(|_| ())
            }
            (Entry::AfterCall(_), None) => Ok(()),
        }
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("name", &self.0.name).field("hash", &self.0.hash).finish()
    }
}
