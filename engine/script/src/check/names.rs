//! Names: of the project, of variables, of telephones that lost their zeros.

use std::collections::BTreeSet;

use rhai::{AST, ASTFlags, ASTNode, Expr, Stmt};

use super::Checker;
use super::calls::{literal, literals};
use super::tokens::{Kind, tokens};
use super::words::{may_be_nothing, mentions_guard};
use crate::diagnostic::Diagnostic;
use crate::verbs::verb;

impl Checker<'_> {
    /// Names that would be mistaken: `caller`, verbs.
    pub(super) fn names(&mut self, ast: &AST) {
        for function in ast.iter_functions() {
            if function.params.contains(&"caller") {
                let message =
                    format!("`{}` has a parameter `caller`, which is always the caller of this call", function.name);
                self.declared(function.name, "caller", message);
            }
            if verb(function.name).is_some() {
                let message = format!("a function cannot be called `{}`: that is a verb", function.name);
                self.declared(function.name, function.name, message);
            }
        }
        ast.walk(&mut |path| {
            if let Some(ASTNode::Stmt(Stmt::Var(variable, ..))) = path.last()
                && variable.0.name == "caller"
            {
                let message = "a variable cannot be called `caller`: that is the caller of this call";
                self.report(variable.0.pos, Diagnostic::error("reserved-name", message));
            }
            true
        });
    }

    /// `global::X` on the main path: functions write that, the main path writes `X`.
    pub(super) fn globals(&mut self, ast: &AST) {
        let mut found = Vec::new();
        for statement in ast.statements() {
            statement.walk(&mut Vec::new(), &mut |path| {
                if let Some(ASTNode::Expr(Expr::Variable(variable, _, position))) = path.last()
                    && !variable.2.is_empty()
                    && variable.2.root() == "global"
                {
                    found.push((variable.1.to_string(), *position));
                }
                true
            });
        }
        for (name, position) in found {
            let diagnostic = Diagnostic::error("unknown-variable", format!("unknown variable `global::{name}`"));
            self.report(position, diagnostic.help(format!("outside functions a constant is written `{name}`")));
        }
    }

    /// Reports `word` in the declaration of `function`.
    fn declared(&mut self, function: &str, word: &str, message: String) {
        let all = tokens(self.text);
        let start = all.windows(2).position(|pair| {
            self.text.get(pair[0].span.clone()) == Some("fn") && self.text.get(pair[1].span.clone()) == Some(function)
        });
        let from = start.unwrap_or(0);
        let token = all[from..].iter().skip(1).find(|token| self.text.get(token.span.clone()) == Some(word));
        let span = token.map_or(0..0, |token| token.span.clone());
        self.found.push(Diagnostic::error("reserved-name", message).at(self.file, self.text, span));
    }

    /// `0049301234` is a number without its zeros.
    pub(super) fn numbers(&mut self) {
        for token in tokens(self.text) {
            let digits = &self.text[token.span.clone()];
            let leading =
                digits.len() > 1 && digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit() || c == '_');
            if token.kind == Kind::Number && leading {
                let diagnostic =
                    Diagnostic::error("leading-zero", format!("the number {digits} loses its leading zeros"))
                        .help(format!("numbers of telephones are texts: write \"{digits}\""));
                self.found.push(diagnostic.at(self.file, self.text, token.span));
            }
        }
    }

    /// Literal names of the project, one or an array.
    pub(super) fn name(&mut self, expr: Option<&Expr>, what: &str, known: &BTreeSet<String>) {
        let named = expr.map(literals).unwrap_or_default();
        for (name, position) in named.into_iter().filter(|(name, _)| !known.contains(name)) {
            let diagnostic = Diagnostic::error("unknown-name", format!("unknown {what} `{name}`"))
                .suggest(&name, known.iter().map(String::as_str));
            self.report(position, diagnostic);
        }
    }

    /// A literal agent of `agent(who)`: extensions and mobiles are digits and may come and go.
    pub(super) fn agent(&mut self, expr: Option<&Expr>) {
        if expr.and_then(literal).is_some_and(|(who, _)| who.starts_with(char::is_alphabetic)) {
            self.name(expr, "agent", &self.known.agents);
        }
    }

    /// Literal targets that are neither digits nor an address: only agents have such names.
    pub(super) fn targets(&mut self, expr: Option<&Expr>) {
        let known = self.known;
        for (name, position) in expr.map(literals).unwrap_or_default() {
            let is_name = name.starts_with(char::is_alphabetic) && !name.contains([':', '@']);
            if is_name && !known.agents.contains(&name) {
                let diagnostic = Diagnostic::warning("unknown-name", format!("there is no agent `{name}` to ring"));
                self.report(position, diagnostic.suggest(&name, known.agents.iter().map(String::as_str)));
            }
        }
    }

    /// Literal agents of `prefer`, one or several; `"last"` is whoever talked to the caller last.
    pub(super) fn preferred(&mut self, expr: &Expr) {
        let known = self.known;
        for (name, position) in literals(expr) {
            if name != "last" && !known.agents.contains(&name) {
                let names = known.agents.iter().map(String::as_str).chain(["last"]);
                let diagnostic = Diagnostic::error("unknown-name", format!("unknown agent `{name}`"));
                self.report(position, diagnostic.suggest(&name, names));
            }
        }
    }

    /// Literal names of skills: a caller who needs what nobody can do waits for ever.
    pub(super) fn skills(&mut self, expr: &Expr) {
        let known = self.known;
        let named: Vec<_> = match expr {
            Expr::Map(map, _) => map.0.iter().map(|(key, _)| (key.name.to_string(), key.pos)).collect(),
            other => literals(other),
        };
        for (name, position) in named.into_iter().filter(|(name, _)| !known.skills.contains(name)) {
            let diagnostic = Diagnostic::warning("unknown-skill", format!("no agent has the skill `{name}`"));
            self.report(position, diagnostic.suggest(&name, known.skills.iter().map(String::as_str)));
        }
    }

    /// Literal names of prompts.
    pub(super) fn prompts(&mut self, expr: Option<&Expr>) {
        let known = &self.known.prompts;
        for (name, position) in expr.map(literals).unwrap_or_default() {
            if !name.is_empty() && !known.contains(&name) {
                let diagnostic = Diagnostic::error("missing-prompt", format!("there is no prompt `{name}`"))
                    .suggest(&name, known.iter().map(String::as_str));
                self.report(position, diagnostic);
            }
        }
    }

    /// `customer.name` where nothing may have been found.
    pub(super) fn dot(&mut self, value: &Expr, property: &Expr, flags: ASTFlags, path: &[ASTNode<'_>]) {
        let (Expr::Variable(variable, _, position), Expr::Property(name, _)) = (value, property) else {
            return self.caller_property(value, property);
        };
        if variable.1 == "caller" {
            return self.caller_property(value, property);
        }
        let is_lookup = self.results.get(variable.1.as_str()).copied().flatten().is_some_and(may_be_nothing);
        if !is_lookup || flags.intersects(ASTFlags::NEGATED) || mentions_guard(path, &variable.1) {
            return;
        }
        let (variable, property) = (&variable.1, &name.2);
        let message = format!("`{variable}` is `()` when nothing was found, and has no `{property}` then");
        let diagnostic =
            Diagnostic::warning("unchecked-lookup", message).help(format!("write `{variable}?.{property}`"));
        self.report(*position, diagnostic);
    }

    fn caller_property(&mut self, value: &Expr, property: &Expr) {
        let (Expr::Variable(variable, ..), Expr::Property(name, position)) = (value, first_of(property)) else {
            return;
        };
        let known = crate::values::CALLER_PROPERTIES;
        if variable.1 == "caller" && !known.contains(&name.2.as_str()) {
            let diagnostic =
                Diagnostic::error("unknown-property", format!("`caller` has no `{}`", name.2)).suggest(&name.2, known);
            self.report(*position, diagnostic);
        }
    }
}

/// The first property of a chain: `tags` in `tags.blocked`.
fn first_of(expr: &Expr) -> &Expr {
    match expr {
        Expr::Dot(dot, ..) | Expr::Index(dot, ..) => first_of(&dot.lhs),
        other => other,
    }
}
