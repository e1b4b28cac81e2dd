//! Which one in a row: only the last word of a compound is an ordinal.

use super::{Case, Form, below_thousand, cardinal};
use crate::token::Token;

/// Nominative masculine, 0 to 20.
const UNITS: [&str; 21] = [
    "",
    "первый",
    "второй",
    "третий",
    "четвёртый",
    "пятый",
    "шестой",
    "седьмой",
    "восьмой",
    "девятый",
    "десятый",
    "одиннадцатый",
    "двенадцатый",
    "тринадцатый",
    "четырнадцатый",
    "пятнадцатый",
    "шестнадцатый",
    "семнадцатый",
    "восемнадцатый",
    "девятнадцатый",
    "двадцатый",
];
const TENS: [&str; 10] = [
    "",
    "десятый",
    "двадцатый",
    "тридцатый",
    "сороковой",
    "пятидесятый",
    "шестидесятый",
    "семидесятый",
    "восьмидесятый",
    "девяностый",
];

/// «третий», for the sentences that tell a place in the queue.
pub(super) fn masculine(number: usize) -> &'static str {
    UNITS[number % UNITS.len()]
}

/// A day of the month: neuter, «двадцать первое», «двадцать первого».
pub(super) fn day(day: u32, case: Case, out: &mut Vec<Token>) {
    let number = last_ordinal(u64::from(day), out);
    out.push(match case {
        Case::Nominative | Case::Accusative => {
            Token::new(format!("digits/h-{number}n"), inflect(number, "ое", "третье"))
        }
        Case::Genitive => genitive(number),
    });
}

/// «две тысячи двадцать шестого», «тысяча девятьсот пятого», «двухтысячного».
pub(super) fn year_genitive(year: u64, out: &mut Vec<Token>) {
    if year == 2000 {
        return out.push(Token::new("digits/h-2000g", "двухтысячного"));
    }
    match year / 1000 {
        // A year is «тысяча девятьсот…», without «одна».
        1 => out.push(Token::new("digits/thousand", "тысяча")),
        thousands => cardinal(thousands * 1000, Form::default(), out),
    }
    let rest = year % 1000;
    if rest.is_multiple_of(100) {
        let word = if rest == 100 { "сотого" } else { "девятисотого" };
        return out.push(Token::new(format!("digits/h-{rest}g"), word));
    }
    below_thousand(rest / 100 * 100, Form::default(), out);
    let number = last_ordinal(rest % 100, out);
    out.push(genitive(number));
}

/// Says all of 1–99 but its last word; gives the number that the last word stands for.
fn last_ordinal(number: u64, out: &mut Vec<Token>) -> u64 {
    if number <= 20 || number.is_multiple_of(10) {
        return number;
    }
    below_thousand(number - number % 10, Form::default(), out);
    number % 10
}

fn genitive(number: u64) -> Token {
    Token::new(format!("digits/h-{number}g"), inflect(number, "ого", "третьего"))
}

/// 1–20 and round tens with another ending; «третий» keeps its own rule.
fn inflect(number: u64, ending: &str, third: &str) -> String {
    let word = if number <= 20 { UNITS[number as usize] } else { TENS[number as usize / 10 % 10] };
    match word.strip_suffix("ый").or_else(|| word.strip_suffix("ой")) {
        Some(stem) => format!("{stem}{ending}"),
        None => third.to_owned(),
    }
}
