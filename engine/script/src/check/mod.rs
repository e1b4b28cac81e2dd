//! What can be found wrong in a flow before a caller finds it.

mod calls;
mod campaigns;
mod library;
mod menus;
mod names;
mod order;
mod reach;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;
mod values;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::{AST, ASTNode, Engine, Expr, Position, Stmt};

use crate::diagnostic::Diagnostic;
use crate::failure::plain;
use crate::host::modules::import_target;
use crate::source::{Sources, point};
use crate::verbs::verbs;

pub(crate) use syntax::syntax;

/// Names that exist in the project, for flows that mention them literally.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Prompts, without extension.
    pub prompts: BTreeSet<String>,
    /// Queues.
    pub queues: BTreeSet<String>,
    /// Message boxes.
    pub boxes: BTreeSet<String>,
    /// Calendars.
    pub calendars: BTreeSet<String>,
    /// Directories.
    pub directories: BTreeSet<String>,
    /// Agents.
    pub agents: BTreeSet<String>,
    /// What at least one agent can do.
    pub skills: BTreeSet<String>,
    /// What may leave the house.
    pub reach: crate::config::Reach,
    /// A text-to-speech command is there, so that `say` can read text.
    pub speaks_text: bool,
    /// Flows that campaigns call with.
    pub campaign_flows: BTreeSet<String>,
    /// No row of `dial` lets anybody outside be called.
    pub dials_nobody: bool,
}

/// Functions that the language itself brings and that appear in no list.
const LANGUAGE: [&str; 12] = [
    "Fn",
    "call",
    "curry",
    "type_of",
    "print",
    "debug",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "is_anonymous",
    "import",
    "range",
];

/// Names of every native function of an engine.
pub(crate) fn native_names(engine: &Engine) -> BTreeSet<String> {
    let signatures = engine.gen_fn_signatures(true);
    let names = signatures.iter().filter_map(|signature| signature.split('(').next());
    names.map(|name| name.trim().to_owned()).chain(LANGUAGE.map(str::to_owned)).collect()
}

/// One file while it is checked.
struct Checker<'a> {
    file: &'a str,
    text: &'a Arc<str>,
    known: &'a Known,
    natives: &'a BTreeSet<String>,
    /// The file's own functions with their numbers of arguments.
    functions: BTreeMap<String, BTreeSet<usize>>,
    /// Imported files by the name that they have here.
    imports: BTreeMap<String, Option<&'a AST>>,
    /// Variables that hold the result of one verb and nothing else.
    results: BTreeMap<String, Option<&'static crate::verbs::VerbInfo>>,
    found: Vec<Diagnostic>,
}

/// Checks one file of a flow.
pub(crate) fn file(
    file: &str,
    ast: &AST,
    texts: &Sources,
    asts: &BTreeMap<String, AST>,
    natives: &BTreeSet<String>,
    known: &Known,
) -> Vec<Diagnostic> {
    let Some(text) = texts.get(file) else {
        return Vec::new();
    };
    let mut checker = Checker {
        file,
        text,
        known,
        natives,
        functions: functions(ast),
        imports: imports(file, ast, asts),
        results: words::results(ast),
        found: Vec::new(),
    };
    checker.names(ast);
    checker.globals(ast);
    checker.numbers();
    checker.late_results(ast);
    checker.order(ast.statements());
    ast.walk(&mut |path| {
        checker.node(path);
        true
    });
    let mut found = checker.found;
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    found.dedup();
    found
}

impl Checker<'_> {
    fn node(&mut self, path: &[ASTNode<'_>]) {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, position)) | ASTNode::Stmt(Stmt::FnCall(call, position))) => {
                self.call(call, *position);
            }
            Some(ASTNode::Expr(Expr::MethodCall(call, position))) => self.method(call, *position),
            Some(ASTNode::Expr(Expr::Dot(dot, flags, _))) => self.dot(&dot.lhs, &dot.rhs, *flags, path),
            Some(ASTNode::Expr(Expr::Stmt(block))) => self.order(block.statements()),
            Some(ASTNode::Stmt(statement)) => self.statement(statement),
            _ => (),
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Switch(switch, position) => self.switch(&switch.0, *position),
            Stmt::Block(block) => self.order(block.statements()),
            Stmt::If(flow, _) | Stmt::While(flow, _) | Stmt::Do(flow, ..) | Stmt::TryCatch(flow, _) => {
                self.order(flow.body.statements());
                self.order(flow.branch.statements());
            }
            Stmt::For(parts, _) => self.order(parts.2.body.statements()),
            _ => (),
        }
    }

    /// Reports something at a place of this file.
    fn report(&mut self, position: Position, diagnostic: Diagnostic) {
        self.found.push(point(diagnostic, self.file, Some(self.text), position));
    }
}

/// A function that was not found at run time: `plya (&str | ImmutableString | String)`.
pub(crate) fn unknown_function(signature: &str) -> Diagnostic {
    let name = signature.split(" (").next().unwrap_or(signature).trim();
    let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
    if is_name {
        Diagnostic::error("unknown-function", format!("unknown function `{name}`"))
            .suggest(name, verbs().iter().map(|verb| verb.name))
    } else {
        Diagnostic::error("wrong-type", format!("`{}` does not work with these values", plain(name)))
    }
}

fn functions(ast: &AST) -> BTreeMap<String, BTreeSet<usize>> {
    let mut functions: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for function in ast.iter_functions() {
        functions.entry(function.name.to_owned()).or_default().insert(function.params.len());
    }
    functions
}

fn imports<'a>(file: &str, ast: &AST, asts: &'a BTreeMap<String, AST>) -> BTreeMap<String, Option<&'a AST>> {
    let mut imports = BTreeMap::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, _))) = path.last()
            && let Expr::StringConstant(target, _) = &import.0
        {
            let target = import_target(file, target).ok().and_then(|target| asts.get(&target));
            imports.insert(import.1.name.to_string(), target);
        }
        true
    });
    imports
}
