//! Result words: comparing with a word that a verb never gives is always false.

use std::collections::BTreeMap;

use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};

use super::Checker;
use super::calls::literal;
use crate::diagnostic::Diagnostic;
use crate::verbs::{VerbInfo, verb};

/// Variables that are declared once, with the result of a verb; `None` for all others.
pub(super) fn results(ast: &AST) -> BTreeMap<String, Option<&'static VerbInfo>> {
    let mut found: BTreeMap<String, Option<&'static VerbInfo>> = BTreeMap::new();
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(variable, ..))) => {
                let result = verb_of(&variable.1);
                found.entry(variable.0.name.to_string()).and_modify(|verb| *verb = None).or_insert(result);
            }
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                if let Expr::Variable(variable, ..) = &assignment.1.lhs {
                    found.insert(variable.1.to_string(), None);
                }
            }
            _ => (),
        }
        true
    });
    for function in ast.iter_functions() {
        for parameter in function.params {
            found.insert(parameter.to_owned(), None);
        }
    }
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::If(flow, _))) = path.last()
            && flow.body.statements().last().is_some_and(leaves)
        {
            // `if customer == () { return; }`: whatever follows has a customer.
            let asked =
                found.iter_mut().filter(|(name, verb)| verb.is_some_and(may_be_nothing) && asks(&flow.expr, name));
            asked.for_each(|(_, verb)| *verb = None);
        }
        true
    });
    found
}

/// Does the verb give `()` when there is nothing?
pub(super) fn may_be_nothing(verb: &VerbInfo) -> bool {
    matches!(verb.name, "lookup" | "agent" | "http")
}

/// Does nothing after this statement run?
fn leaves(statement: &Stmt) -> bool {
    let ends = |expr: &Expr| matches!(expr, Expr::FnCall(call, _) if matches!(call.name.as_str(), "hangup" | "reject"));
    match statement {
        Stmt::Return(..) | Stmt::BreakLoop(..) => true,
        Stmt::FnCall(call, _) => matches!(call.name.as_str(), "hangup" | "reject"),
        Stmt::Expr(expr) => ends(expr),
        _ => false,
    }
}

/// The verb whose result an expression is.
fn verb_of(expr: &Expr) -> Option<&'static VerbInfo> {
    match expr {
        Expr::FnCall(call, _) if call.namespace.is_empty() => verb(&call.name),
        _ => None,
    }
}

impl Checker<'_> {
    /// `bridge(…) == "noanswer"`.
    pub(super) fn compared(&mut self, call: &FnCallExpr) {
        if !matches!(call.name.as_str(), "==" | "!=") || call.args.len() != 2 {
            return;
        }
        for (value, word) in [(&call.args[0], &call.args[1]), (&call.args[1], &call.args[0])] {
            if let (Some(verb), Some((word, position))) = (self.verb_behind(value), literal(word))
                && let Some(diagnostic) = never_given(verb, &word)
            {
                self.report(position, diagnostic);
            }
        }
    }

    /// The verb whose result an expression or a variable is.
    pub(super) fn verb_behind(&self, expr: &Expr) -> Option<&'static VerbInfo> {
        match expr {
            Expr::Variable(variable, ..) => self.results.get(variable.1.as_str()).copied().flatten(),
            other => verb_of(other),
        }
    }
}

/// A word that a verb never gives.
pub(super) fn never_given(verb: &'static VerbInfo, word: &str) -> Option<Diagnostic> {
    let gives = |result: &&str| result.strip_suffix('*').map_or(*result == word, |start| word.starts_with(start));
    if verb.results.is_empty() || verb.results.iter().any(gives) {
        return None;
    }
    let message = format!("`{}` never gives `{word}`", verb.name);
    let diagnostic = Diagnostic::error("wrong-word", message).suggest(word, verb.results.iter().copied());
    Some(diagnostic.help(format!("it gives {}", verb.results.join(", "))))
}

/// Is there a condition around a place that asks whether `name` is there?
pub(super) fn mentions_guard(path: &[ASTNode<'_>], name: &str) -> bool {
    path.iter().rev().skip(1).any(|node| match node {
        ASTNode::Stmt(Stmt::If(flow, _)) => asks(&flow.expr, name),
        ASTNode::Expr(Expr::And(parts, _) | Expr::Or(parts, _)) => parts.iter().any(|part| asks(part, name)),
        _ => false,
    })
}

/// Does a condition use `name?.…`, compare it, or ask for its type?
fn asks(condition: &Expr, name: &str) -> bool {
    let is_name = |expr: &Expr| matches!(expr, Expr::Variable(variable, ..) if variable.1 == name);
    let mut found = false;
    condition.walk(&mut Vec::new(), &mut |path| {
        found |= match path.last() {
            Some(ASTNode::Expr(Expr::Dot(dot, flags, _))) => {
                flags.intersects(rhai::ASTFlags::NEGATED) && is_name(&dot.lhs)
            }
            Some(ASTNode::Expr(Expr::FnCall(call, _))) => call.args.iter().any(is_name),
            _ => false,
        };
        !found
    });
    found
}
