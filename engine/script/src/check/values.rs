//! Literal values of options that the verb would refuse in the middle of a call.

use std::time::Duration;

use rhai::{Dynamic, Expr, FnCallExpr};

use super::Checker;
use crate::diagnostic::Diagnostic;
use crate::values::FlowDuration;
use crate::verbs::{VerbInfo, refused_value};

impl Checker<'_> {
    /// What [`refused_value`] says about each literal option of a call.
    pub(super) fn literal_values(&mut self, verb: &'static VerbInfo, call: &FnCallExpr) {
        let maps = call.args.iter().filter_map(|arg| if let Expr::Map(map, _) = arg { Some(&map.0) } else { None });
        for (key, value) in maps.flatten() {
            let Some(literal) = value_of(value) else { continue };
            if let Some(message) = refused_value(verb.name, &key.name, &literal) {
                self.report(value.position(), Diagnostic::error("wrong-option", message));
            }
        }
    }
}

/// A literal, or a duration like `2.hours`.
fn value_of(expr: &Expr) -> Option<Dynamic> {
    let Expr::Dot(dot, ..) = expr else { return expr.get_literal_value(None) };
    let Expr::Property(unit, _) = &dot.rhs else { return None };
    let number = dot.lhs.get_literal_value(None)?;
    let number = number.as_float().ok().or_else(|| number.as_int().ok().map(|whole| whole as f64))?;
    let seconds = number * crate::values::seconds_of(&unit.2)?;
    // Any longer one is refused, too.
    let length = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    Some(Dynamic::from(FlowDuration(length)))
}
