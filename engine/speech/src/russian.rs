//! Russian: numerals agree with the noun's gender and with the case that the phrase before asks
//! for; the noun takes one of three plural forms; thousands are feminine.

mod nouns;
mod ordinals;

use crate::token::Token;
use crate::value::{Date, Digit, Duration, Money, Value};
use nouns::Noun;

/// Gender of what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Gender {
    /// один, два
    #[default]
    Masculine,
    /// одна, две
    Feminine,
    /// одно, два
    Neuter,
}

/// Case that the phrase before a number asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Case {
    /// After a colon: «Время ожидания: одна минута».
    #[default]
    Nominative,
    /// After «через», «составляет»: «через одну минуту».
    Accusative,
    /// After «около», «менее», «более»: «около одной минуты».
    Genitive,
}

/// Gender and case; money and durations bring their own gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Form {
    /// Gender of what is counted.
    pub gender: Gender,
    /// Case that the phrase before asks for.
    pub case: Case,
}

const UNITS: [&str; 20] = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];
const UNITS_GENITIVE: [&str; 20] = [
    "ноля",
    "одного",
    "двух",
    "трёх",
    "четырёх",
    "пяти",
    "шести",
    "семи",
    "восьми",
    "девяти",
    "десяти",
    "одиннадцати",
    "двенадцати",
    "тринадцати",
    "четырнадцати",
    "пятнадцати",
    "шестнадцати",
    "семнадцати",
    "восемнадцати",
    "девятнадцати",
];
const TENS: [&str; 10] =
    ["", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"];
const TENS_GENITIVE: [&str; 10] =
    ["", "", "двадцати", "тридцати", "сорока", "пятидесяти", "шестидесяти", "семидесяти", "восьмидесяти", "девяноста"];
const HUNDREDS: [&str; 10] =
    ["", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"];
const HUNDREDS_GENITIVE: [&str; 10] =
    ["", "ста", "двухсот", "трёхсот", "четырёхсот", "пятисот", "шестисот", "семисот", "восьмисот", "девятисот"];
const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];
/// Longer queues are said as `queue-thereare` and a number.
const POSITION_SENTENCES_MAX: u64 = 20;

pub(crate) fn tokens(value: &Value, form: Form) -> Vec<Token> {
    let mut out = Vec::new();
    match value {
        Value::Number(number) => {
            minus(*number < 0, &mut out);
            cardinal(number.unsigned_abs(), form, &mut out);
        }
        Value::Digits(digits) => out.extend(digits.iter().map(digit)),
        Value::Date(day) => date(*day, form.case, &mut out),
        Value::Time { hour, minute } => time(*hour, *minute, form.case, &mut out),
        Value::Duration(length) => duration(*length, form.case, &mut out),
        Value::Money(amount) => money(*amount, form.case, &mut out),
        Value::Position(place) => position(*place, &mut out),
    }
    out
}

fn minus(negative: bool, out: &mut Vec<Token>) {
    if negative {
        out.push(Token::new("digits/minus", "минус"));
    }
}

/// A number whose last word agrees with `form`; zero is said as such.
fn cardinal(number: u64, form: Form, out: &mut Vec<Token>) {
    if number == 0 {
        return out.push(small(0, form));
    }
    let mut rest = number;
    for (scale, noun) in [(1_000_000_000, nouns::BILLION), (1_000_000, nouns::MILLION), (1000, nouns::THOUSAND)] {
        if rest >= scale {
            counted(rest / scale, noun, form.case, out);
            rest %= scale;
        }
    }
    below_thousand(rest, form, out);
}

/// Nothing for zero: it ends a larger number.
fn below_thousand(number: u64, form: Form, out: &mut Vec<Token>) {
    let (hundreds, tens, units) = (number / 100 * 100, number % 100 / 10 * 10, number % 10);
    if hundreds > 0 {
        out.push(round(hundreds, HUNDREDS[hundreds as usize / 100], HUNDREDS_GENITIVE[hundreds as usize / 100], form));
    }
    if tens == 10 {
        return out.push(small(number % 100, form));
    }
    if tens > 0 {
        out.push(round(tens, TENS[tens as usize / 10], TENS_GENITIVE[tens as usize / 10], form));
    }
    if units > 0 {
        out.push(small(units, form));
    }
}

fn round(number: u64, plain: &str, genitive: &str, form: Form) -> Token {
    match form.case {
        Case::Nominative | Case::Accusative => Token::new(format!("digits/{number}"), plain),
        Case::Genitive => Token::new(format!("digits/{number}g"), genitive),
    }
}

/// 0 to 19: only one and two know gender.
fn small(number: u64, form: Form) -> Token {
    use {Case::*, Gender::*};
    match (number, form.gender, form.case) {
        (1, Feminine, Nominative) => Token::new("digits/1f", "одна"),
        (1, Feminine, Accusative) => Token::new("digits/1fa", "одну"),
        (1, Feminine, Genitive) => Token::new("digits/1fg", "одной"),
        (1, Neuter, Nominative | Accusative) => Token::new("digits/1n", "одно"),
        (2, Feminine, Nominative | Accusative) => Token::new("digits/2f", "две"),
        _ => round(number, UNITS[number as usize % 20], UNITS_GENITIVE[number as usize % 20], form),
    }
}

/// A number and the noun it counts: «двадцать одна минута», «двух минут».
fn counted(amount: u64, noun: &Noun, case: Case, out: &mut Vec<Token>) {
    cardinal(amount, Form { gender: noun.gender, case }, out);
    out.push(noun.after(amount, case));
}

fn digit(digit: &Digit) -> Token {
    match digit {
        Digit::Number(number) => small(u64::from(*number), Form::default()),
        Digit::Star => Token::new("digits/star", "звёздочка"),
        Digit::Pound => Token::new("digits/pound", "решётка"),
        Digit::Plus => Token::new("digits/plus", "плюс"),
    }
}

/// «двадцать первое ноября две тысячи двадцать шестого года»
fn date(date: Date, case: Case, out: &mut Vec<Token>) {
    ordinals::day(date.day, case, out);
    let month = date.month as usize - 1;
    out.push(Token::new(format!("digits/mon-{month}"), MONTHS[month]));
    ordinals::year_genitive(u64::from(date.year), out);
    out.push(Token::new("digits/year-g", "года"));
}

fn time(hour: u32, minute: u32, case: Case, out: &mut Vec<Token>) {
    counted(u64::from(hour), nouns::HOUR, case, out);
    if minute > 0 {
        counted(u64::from(minute), nouns::MINUTE, case, out);
    }
}

fn duration(length: Duration, case: Case, out: &mut Vec<Token>) {
    for (amount, noun) in
        [(length.hours, nouns::HOUR), (length.minutes, nouns::MINUTE), (length.seconds, nouns::SECOND)]
    {
        if amount > 0 {
            counted(amount, noun, case, out);
        }
    }
    if out.is_empty() {
        counted(0, nouns::SECOND, case, out);
    }
}

fn money(amount: Money, case: Case, out: &mut Vec<Token>) {
    let (major, minor) = nouns::currency(amount.currency);
    minus(amount.negative, out);
    if amount.major > 0 || amount.minor == 0 {
        counted(amount.major, major, case, out);
    }
    if amount.minor > 0 {
        counted(amount.minor, minor, case, out);
    }
}

fn position(place: u64, out: &mut Vec<Token>) {
    if place > POSITION_SENTENCES_MAX {
        out.push(Token::new("queue-thereare", "ваш номер в очереди"));
        return cardinal(place, Form::default(), out);
    }
    let ordinal = ordinals::masculine(place as usize);
    out.push(Token::new(format!("queue-position-{place}"), format!("вы {ordinal} в очереди")));
}
