//! Flows that a campaign calls with.

use rhai::{AST, ASTNode, Expr, Stmt};

use super::Checker;
use super::calls::literal;
use crate::diagnostic::Diagnostic;
use crate::flow::AFTER_CALL;

impl Checker<'_> {
    /// `tag("result", …)` in `after_call`: the contact's row is written when the call ends, before it runs.
    pub(super) fn late_results(&mut self, ast: &AST) {
        if !self.known.campaign_flows.contains(self.file) {
            return;
        }
        let mut late = Vec::new();
        let after = ast.clone_functions_only_filtered(|_, _, _, name, arity| name == AFTER_CALL && arity == 1);
        after.walk(&mut |path| {
            if let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) = path.last()
                && call.name == "tag"
                && call.args.first().and_then(literal).is_some_and(|(key, _)| key == "result")
            {
                late.push(*at);
            }
            true
        });
        for position in late {
            let message = "this does not become the contact's result: his row is written before `after_call` runs";
            let diagnostic = Diagnostic::warning("late-result", message);
            self.report(
                position,
                diagnostic.help("tag what is known so far during the call, and again when it changes"),
            );
        }
    }
}
