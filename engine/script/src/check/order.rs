//! Statements that are never reached.

use rhai::{Expr, FnCallExpr, Stmt};

use super::Checker;
use crate::diagnostic::Diagnostic;

impl Checker<'_> {
    /// One block: nothing may follow the end of the call.
    pub(super) fn order(&mut self, block: &[Stmt]) {
        for pair in block.windows(2) {
            let Some(verb) = ends_the_call(&pair[0]) else {
                continue;
            };
            let message = format!("this is never reached: `{verb}` has ended the call");
            self.report(pair[1].position(), Diagnostic::warning("unreachable", message));
        }
    }
}

fn ends_the_call(statement: &Stmt) -> Option<&str> {
    let call: &FnCallExpr = match statement {
        Stmt::FnCall(call, _) => call,
        Stmt::Expr(expr) => match &**expr {
            Expr::FnCall(call, _) => call,
            _ => return None,
        },
        _ => return None,
    };
    let name = call.name.as_str();
    (call.namespace.is_empty() && matches!(name, "hangup" | "reject")).then_some(name)
}
