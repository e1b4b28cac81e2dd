//! From texts to a flow: imports depth first, each file evaluated once, all of it frozen.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, ASTNode, Engine, Expr, Module, OptimizationLevel, Position, Scope, Stmt};

use super::{AFTER_CALL, Compiled, marks};
use crate::coverage::Coverage;
use crate::diagnostic::Diagnostic;
use crate::failure::{self, Texts};
use crate::host::library;
use crate::host::limits::SOURCE_BYTES_MAX;
use crate::host::modules::{FrozenModules, import_target, is_library};
use crate::run::context;
use crate::source::{Sources, point};

pub(super) fn compile(
    path: &str,
    project: &Sources,
    library: &Sources,
    coverage: Option<&Coverage>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let modules = FrozenModules::default();
    let mut engine = crate::host::engine(modules.clone());
    if let Some(coverage) = coverage {
        marks::register(&mut engine, coverage);
    }
    let mut compiler = Compiler {
        engine,
        modules,
        project,
        library,
        coverage,
        texts: Texts { main: path.into(), files: Sources::new() },
        files: BTreeMap::new(),
        open: Vec::new(),
        found: Vec::new(),
    };
    let Some(main) = compiler.load(path) else {
        return Err(compiler.found);
    };
    if !compiler.found.is_empty() {
        return Err(compiler.found);
    }
    let Compiler { engine, texts, files, .. } = compiler;
    let after = after_call(&main);
    // The check reads what was written; calls run what is left of it when constants are folded.
    let mut main = engine.optimize_ast(&Scope::new(), main, OptimizationLevel::Simple);
    main.set_source(path);
    Ok(Compiled { name: path.into(), hash: hash(&texts.files), texts, engine, main, after, files })
}

struct Compiler<'a> {
    engine: Engine,
    modules: FrozenModules,
    project: &'a Sources,
    library: &'a Sources,
    coverage: Option<&'a Coverage>,
    texts: Texts,
    files: BTreeMap<String, AST>,
    /// Files whose imports are being read, the outermost first.
    open: Vec<String>,
    found: Vec<Diagnostic>,
}

impl Compiler<'_> {
    /// Parses a file and everything that it imports.
    fn load(&mut self, file: &str) -> Option<AST> {
        let Some(text) = self.text(file) else {
            self.found.push(Diagnostic::error("missing-file", format!("there is no flow `{file}`")));
            return None;
        };
        self.texts.files.insert(file.to_owned(), text.clone());
        if text.len() > SOURCE_BYTES_MAX {
            let message = format!("`{file}` is longer than {} KiB", SOURCE_BYTES_MAX / 1024);
            self.found.push(Diagnostic::error("too-large", message).in_file(file));
            return None;
        }
        let mut ast = match self.engine.compile_with_scope(&visible(), &*text) {
            Ok(ast) => ast,
            Err(error) => {
                self.found.push(crate::check::syntax(file, &text, &error));
                return None;
            }
        };
        ast.set_source(file);
        self.open.push(file.to_owned());
        for import in imports(&ast) {
            self.import(file, &text, import);
        }
        self.open.pop();
        let runs = self.watched(file, &text, &ast);
        self.files.insert(file.to_owned(), ast.clone());
        Some(runs.unwrap_or(ast))
    }

    /// What runs instead of a script of the project when somebody wants to know which of its lines ran.
    fn watched(&self, file: &str, text: &str, ast: &AST) -> Option<AST> {
        let coverage = self.coverage.filter(|_| !is_library(file))?;
        let marked = marks::marked(&self.engine, ast, file, text, coverage);
        match self.engine.compile_with_scope(&visible(), marked) {
            Ok(mut ast) => {
                ast.set_source(file);
                Some(ast)
            }
            Err(_) => {
                coverage.give_up(file);
                None
            }
        }
    }

    fn import(&mut self, importer: &str, text: &Arc<str>, (path, position): (Option<String>, Position)) {
        let at = |diagnostic| point(diagnostic, importer, Some(text), position);
        let Some(path) = path else {
            let message = "an import names its file in quotes: it is frozen when the flow is published";
            self.found.push(at(Diagnostic::error("dynamic-import", message)));
            return;
        };
        let target = match import_target(importer, &path) {
            Ok(target) => target,
            Err(reason) => {
                self.found.push(at(Diagnostic::error("refused-import", reason)));
                return;
            }
        };
        if self.open.contains(&target) {
            let message = format!("`{target}` imports itself by way of `{importer}`");
            self.found.push(at(Diagnostic::error("import-cycle", message)));
        } else if self.text(&target).is_none() {
            let message = format!("there is no `{target}` to import");
            let names = self.importable();
            let diagnostic =
                Diagnostic::error("unknown-import", message).suggest(&path, names.iter().map(String::as_str));
            self.found.push(at(diagnostic));
        } else if self.modules.get(&target).is_none() && !self.files.contains_key(&target) {
            self.freeze(&target);
        }
    }

    /// Evaluates an imported file once.
    fn freeze(&mut self, file: &str) {
        let before = self.found.len();
        let Some(ast) = self.load(file) else { return };
        if self.found.len() > before {
            return;
        }
        context::compile_step();
        match Module::eval_ast_as_new(Scope::new(), &ast, &self.engine) {
            Ok(evaluated) => {
                let mut module = if is_library(file) { library::module(&ast) } else { evaluated };
                module.build_index();
                self.modules.insert(file.into(), module.into());
            }
            Err(error) => {
                let texts = Texts { main: file.into(), files: self.texts.files.clone() };
                self.found.extend(failure::explain(&error, &texts));
            }
        }
    }

    fn text(&self, file: &str) -> Option<Arc<str>> {
        match file.strip_prefix("std/") {
            Some(name) => self.library.get(&format!("{name}.rhai")).cloned(),
            None => self.project.get(file).cloned(),
        }
    }

    /// What an import could have meant.
    fn importable(&self) -> Vec<String> {
        let bare = |file: &String| file.strip_suffix(".rhai").map(str::to_owned);
        let library = self.library.keys().filter_map(bare).map(|name| format!("std/{name}"));
        library.chain(self.project.keys().filter_map(bare)).filter(|name| !self.open.contains(name)).collect()
    }
}

/// What every file sees without declaring it; `caller` itself lives in the engine.
fn visible() -> Scope<'static> {
    let mut scope = Scope::new();
    scope.push("caller", ());
    scope
}

/// Every import with its path, none when it is computed, in functions as well.
fn imports(ast: &AST) -> Vec<(Option<String>, Position)> {
    let mut found = Vec::new();
    ast.walk(&mut |nodes| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, _))) = nodes.last() {
            found.push(match &import.0 {
                Expr::StringConstant(path, position) => (Some(path.to_string()), *position),
                other => (None, other.position()),
            });
        }
        true
    });
    found
}

/// The syntax that `after_call` runs in: functions, constants and imports without the main path.
fn after_call(main: &AST) -> Option<AST> {
    main.iter_functions().find(|f| f.name == AFTER_CALL && f.params.len() == 1)?;
    let kept: Vec<Stmt> = main
        .statements()
        .iter()
        .filter(|statement| match statement {
            Stmt::Import(..) => true,
            Stmt::Var(_, flags, _) => flags.intersects(rhai::ASTFlags::CONSTANT),
            _ => false,
        })
        .cloned()
        .collect();
    let mut ast = AST::new(kept, main.shared_lib().clone());
    ast.set_source(main.source().unwrap_or_default());
    Some(ast)
}

fn hash(files: &Sources) -> String {
    let mut hasher = blake3::Hasher::new();
    for (file, text) in files {
        for part in [file.as_bytes(), text.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().to_hex().to_string()
}
