//! A script with a mark before everything that can run, so that a simulation can tell what did.
//!
//! Rhai says where statements begin but not where cases of a `switch` end, so both its syntax tree and its tokens are
//! read. Marks stand within the lines: a marked script has the lines of the original, at other columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt, Token};

use crate::coverage::Coverage;
use crate::diagnostic::line_and_column;
use crate::source::offset;

/// What a mark calls; flows do not know it, `check` reads the unmarked script.
pub(super) const REACHED: &str = "__callwright_reached";

/// Lets the engine take marks.
pub(super) fn register(engine: &mut Engine, coverage: &Coverage) {
    let coverage = coverage.clone();
    engine.register_fn(REACHED, move |number: i64| coverage.reach(usize::try_from(number).unwrap_or(usize::MAX)));
}

/// The text with its marks; `ast` is its syntax.
pub(super) fn marked(engine: &Engine, ast: &AST, file: &str, text: &str, coverage: &Coverage) -> String {
    let tokens = tokens(engine, text);
    let file: Arc<str> = file.into();
    let mark = |at: usize| format!("{REACHED}({});", coverage.number(&file, line_and_column(text, at)));
    let mut inserted: Vec<(usize, String)> = Vec::new();
    for case in cases(&tokens) {
        // What ends a case comes before whatever is at the same place.
        inserted.push((case.end, "}".to_owned()));
        inserted.push((case.start, format!("{{{}", mark(case.start))));
    }
    inserted.extend(statements(ast, text, &tokens).into_iter().map(|at| (at, mark(at))));
    inserted.sort_by(|(a, x), (b, y)| (a, x != "}").cmp(&(b, y != "}")));
    let mut whole = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (at, what) in inserted {
        whole += &text[done..at];
        whole += &what;
        done = at;
    }
    whole + &text[done..]
}

/// Tokens with the bytes where they begin, without comments.
fn tokens(engine: &Engine, text: &str) -> Vec<(Token, usize)> {
    let parts = [text];
    let (stream, control) = engine.lex(&parts);
    let mut found: Vec<(Token, usize)> = Vec::new();
    // Whether each open brace stands in a text, `${`.
    let mut braces = Vec::new();
    for (token, position) in stream {
        match token {
            // Behind the end there is no end of ends.
            Token::EOF | Token::LexError(_) => break,
            Token::LeftBrace => {
                braces.push(matches!(found.last(), Some((Token::InterpolatedString(_), _))));
            }
            Token::MapStart => braces.push(false),
            Token::RightBrace if braces.pop() == Some(true) => control.borrow_mut().is_within_text = true,
            _ => {}
        }
        if let (false, Some(at)) = (matches!(token, Token::Comment(_)), offset(text, position)) {
            found.push((token, at));
        }
    }
    found
}

/// What a `switch` does in a case, when it has no braces.
struct Case {
    start: usize,
    end: usize,
}

fn cases(tokens: &[(Token, usize)]) -> Vec<Case> {
    let arrows = tokens.iter().enumerate().filter(|(_, (token, _))| *token == Token::DoubleArrow);
    let case = |(arrow, _): (usize, _)| {
        let (first, start) = tokens.get(arrow + 1)?;
        let end = end_of_case(&tokens[arrow + 1..])?;
        (*first != Token::LeftBrace).then_some(Case { start: *start, end })
    };
    arrows.filter_map(case).collect()
}

/// The next comma, or the brace that ends the `switch`, that is in no bracket of the case's own.
fn end_of_case(tokens: &[(Token, usize)]) -> Option<usize> {
    let mut depth = 0_usize;
    for (token, at) in tokens {
        match token {
            Token::Comma | Token::RightBrace if depth == 0 => return Some(*at),
            Token::LeftBrace | Token::MapStart | Token::LeftParen | Token::LeftBracket | Token::QuestionBracket => {
                depth += 1;
            }
            Token::RightBrace | Token::RightParen | Token::RightBracket => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Where statements begin before which another one may stand.
fn statements(ast: &AST, text: &str, tokens: &[(Token, usize)]) -> BTreeSet<usize> {
    let numbers: BTreeMap<usize, usize> = tokens.iter().enumerate().map(|(number, (_, at))| (*at, number)).collect();
    let mut found = BTreeSet::new();
    ast.walk(&mut |nodes| {
        if let Some(ASTNode::Stmt(statement)) = nodes.last() {
            let number = start(statement).and_then(|at| offset(text, at)).and_then(|at| numbers.get(&at).copied());
            found.extend(number.and_then(|number| first_token(tokens, number)));
        }
        true
    });
    found
}

/// The place of a statement's first word, as far as its syntax tells.
fn start(statement: &Stmt) -> Option<Position> {
    match statement {
        Stmt::Noop(_) | Stmt::Share(_) => None,
        Stmt::Assignment(parts) => Some(leftmost(&parts.1.lhs)),
        Stmt::FnCall(call, at) => Some(of_call(call, *at)),
        Stmt::Expr(expression) => Some(leftmost(expression)),
        other => Some(other.position()),
    }
}

fn leftmost(expression: &Expr) -> Position {
    match expression {
        Expr::FnCall(call, at) => of_call(call, *at),
        other => other.start_position(),
    }
}

/// An operator between two values is a call whose place is the operator's.
fn of_call(call: &FnCallExpr, at: Position) -> Position {
    match call.args.first() {
        Some(first) if call.op_token.is_some() && call.args.len() == 2 => leftmost(first),
        _ => at,
    }
}

/// Where a mark can stand for the statement to which a token belongs: before `menu::` and `export`.
fn first_token(tokens: &[(Token, usize)], mut number: usize) -> Option<usize> {
    loop {
        match number.checked_sub(1).map(|before| &tokens[before].0) {
            None | Some(Token::LeftBrace | Token::RightBrace | Token::SemiColon) => return Some(tokens[number].1),
            Some(Token::DoubleColon) => number = number.checked_sub(2)?,
            Some(Token::Export) => number -= 1,
            Some(_) => return None,
        }
    }
}
