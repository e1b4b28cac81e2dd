//! English: number before noun, two-digit years, the 12-hour clock.

use crate::token::Token;
use crate::value::{Currency, Date, Digit, Duration, Money, Value};

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const ORDINAL_TENS: [&str; 6] = ["", "", "twentieth", "thirtieth", "fortieth", "fiftieth"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Longer queues are said as `queue-thereare` and a number.
const POSITION_SENTENCES_MAX: u64 = 20;

pub(crate) fn tokens(value: &Value) -> Vec<Token> {
    let mut out = Vec::new();
    match value {
        Value::Number(number) => signed(*number < 0, number.unsigned_abs(), &mut out),
        Value::Digits(digits) => out.extend(digits.iter().map(digit)),
        Value::Date(day) => date(*day, &mut out),
        Value::Time { hour, minute } => time(*hour, *minute, &mut out),
        Value::Duration(length) => duration(*length, &mut out),
        Value::Money(amount) => money(*amount, &mut out),
        Value::Position(place) => position(*place, &mut out),
    }
    out
}

fn signed(negative: bool, size: u64, out: &mut Vec<Token>) {
    if negative {
        out.push(Token::new("digits/minus", "minus"));
    }
    cardinal(size, out);
}

fn cardinal(number: u64, out: &mut Vec<Token>) {
    for (scale, word) in [(1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand"), (100, "hundred")] {
        if number >= scale {
            cardinal(number / scale, out);
            out.push(Token::new(format!("digits/{word}"), word));
            if !number.is_multiple_of(scale) {
                cardinal(number % scale, out);
            }
            return;
        }
    }
    below_hundred(number, out);
}

fn below_hundred(number: u64, out: &mut Vec<Token>) {
    match (number, number % 10) {
        (0..20, _) => out.push(unit(number)),
        (_, 0) => out.push(ten(number)),
        (_, last) => out.extend([ten(number - last), unit(last).hyphenated()]),
    }
}

fn unit(number: u64) -> Token {
    Token::new(format!("digits/{number}"), UNITS[number as usize % 20])
}

fn ten(number: u64) -> Token {
    Token::new(format!("digits/{number}"), TENS[number as usize / 10 % 10])
}

fn digit(digit: &Digit) -> Token {
    match digit {
        Digit::Number(number) => unit(u64::from(*number)),
        Digit::Star => Token::new("digits/star", "star"),
        Digit::Pound => Token::new("digits/pound", "hash"),
        Digit::Plus => Token::new("digits/plus", "plus"),
    }
}

fn date(date: Date, out: &mut Vec<Token>) {
    let month = date.month as usize - 1;
    out.push(Token::new(format!("digits/mon-{month}"), MONTHS[month]));
    let day = date.day as usize;
    match (day, day % 10) {
        (0..20, _) => out.push(Token::new(format!("digits/h-{day}"), ORDINALS[day])),
        (_, 0) => out.push(Token::new(format!("digits/h-{day}"), ORDINAL_TENS[day / 10])),
        (_, last) => {
            out.push(ten(u64::from(date.day) - last as u64));
            out.push(Token::new(format!("digits/h-{last}"), ORDINALS[last]).hyphenated());
        }
    }
    year(u64::from(date.year), out);
}

fn year(year: u64, out: &mut Vec<Token>) {
    let (century, rest) = (year / 100, year % 100);
    match rest {
        _ if year % 1000 < 10 => cardinal(year, out),
        0 => {
            below_hundred(century, out);
            out.push(Token::new("digits/hundred", "hundred"));
        }
        1..10 => {
            below_hundred(century, out);
            out.extend([Token::new("digits/oh", "oh"), unit(rest)]);
        }
        _ => {
            below_hundred(century, out);
            below_hundred(rest, out);
        }
    }
}

fn time(hour: u32, minute: u32, out: &mut Vec<Token>) {
    below_hundred(u64::from((hour + 11) % 12 + 1), out);
    match minute {
        0 => {}
        1..10 => out.extend([Token::new("digits/oh", "oh"), unit(u64::from(minute))]),
        _ => below_hundred(u64::from(minute), out),
    }
    out.push(if hour < 12 { Token::new("digits/a-m", "a m") } else { Token::new("digits/p-m", "p m") });
}

fn duration(length: Duration, out: &mut Vec<Token>) {
    let parts = [
        (length.hours, ["hour", "hours"]),
        (length.minutes, ["minute", "minutes"]),
        (length.seconds, ["second", "seconds"]),
    ];
    for (amount, noun) in parts {
        if amount > 0 {
            counted(amount, "", noun, out);
        }
    }
    if out.is_empty() {
        counted(0, "", ["second", "seconds"], out);
    }
}

fn counted(amount: u64, folder: &str, [one, many]: [&str; 2], out: &mut Vec<Token>) {
    cardinal(amount, out);
    let noun = if amount == 1 { one } else { many };
    out.push(Token::new(format!("{folder}{noun}"), noun));
}

fn money(amount: Money, out: &mut Vec<Token>) {
    let (major, minor) = match amount.currency {
        Currency::Euro => (["euro", "euros"], ["cent", "cents"]),
        Currency::Pound => (["pound", "pounds"], ["penny", "pence"]),
        Currency::Ruble => (["ruble", "rubles"], ["kopeck", "kopecks"]),
        Currency::Dollar => (["dollar", "dollars"], ["cent", "cents"]),
    };
    if amount.negative {
        out.push(Token::new("digits/minus", "minus"));
    }
    if amount.major > 0 || amount.minor == 0 {
        counted(amount.major, "money/", major, out);
    }
    if amount.major > 0 && amount.minor > 0 {
        out.push(Token::new("digits/and", "and"));
    }
    if amount.minor > 0 {
        counted(amount.minor, "money/", minor, out);
    }
}

fn position(place: u64, out: &mut Vec<Token>) {
    if place > POSITION_SENTENCES_MAX {
        out.push(Token::new("queue-thereare", "you are caller number"));
        return cardinal(place, out);
    }
    let (ten, last) = (place as usize / 10, place as usize % 10);
    let ordinal = match (place, last) {
        (0..20, _) => ORDINALS[place as usize].to_owned(),
        (_, 0) => ORDINAL_TENS[ten].to_owned(),
        _ => format!("{}-{}", TENS[ten], ORDINALS[last]),
    };
    out.push(Token::new(format!("queue-position-{place}"), format!("you are {ordinal} in the queue")));
}
