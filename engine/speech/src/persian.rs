//! Persian: parts joined by «و», the noun singular after every number, the Jalali calendar.

use crate::jalali;
use crate::token::Token;
use crate::value::{Currency, Date, Digit, Duration, Money, Value};

const UNITS: [&str; 20] = [
    "صفر",
    "یک",
    "دو",
    "سه",
    "چهار",
    "پنج",
    "شش",
    "هفت",
    "هشت",
    "نه",
    "ده",
    "یازده",
    "دوازده",
    "سیزده",
    "چهارده",
    "پانزده",
    "شانزده",
    "هفده",
    "هجده",
    "نوزده",
];
const TENS: [&str; 10] = ["", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"];
const HUNDREDS: [&str; 10] = ["", "صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد"];
const ORDINALS: [&str; 11] = ["", "اول", "دوم", "سوم", "چهارم", "پنجم", "ششم", "هفتم", "هشتم", "نهم", "دهم"];
const MONTHS: [&str; 12] =
    ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"];
/// Longer queues are said as `queue-thereare` and a number.
const POSITION_SENTENCES_MAX: u64 = 10;

pub(crate) fn tokens(value: &Value) -> Vec<Token> {
    let mut out = Vec::new();
    match value {
        Value::Number(number) => {
            minus(*number < 0, &mut out);
            cardinal(number.unsigned_abs(), &mut out);
        }
        Value::Digits(digits) => out.extend(digits.iter().map(digit)),
        Value::Date(day) => date(*day, &mut out),
        Value::Time { hour, minute } => time(*hour, *minute, &mut out),
        Value::Duration(length) => duration(*length, &mut out),
        Value::Money(amount) => money(*amount, &mut out),
        Value::Position(place) => position(*place, &mut out),
    }
    out
}

fn minus(negative: bool, out: &mut Vec<Token>) {
    if negative {
        out.push(Token::new("digits/minus", "منفی"));
    }
}

fn and(out: &mut Vec<Token>) {
    if !out.is_empty() {
        out.push(Token::new("digits/and", "و"));
    }
}

fn cardinal(number: u64, out: &mut Vec<Token>) {
    if number == 0 {
        return out.push(unit(0));
    }
    let mut parts: Vec<Vec<Token>> = Vec::new();
    let mut rest = number;
    for (scale, prompt, word) in [
        (1_000_000_000, "digits/billion", "میلیارد"),
        (1_000_000, "digits/million", "میلیون"),
        (1000, "digits/thousand", "هزار"),
    ] {
        if rest >= scale {
            let mut part = Vec::new();
            // 1000 alone is «هزار», never «یک هزار».
            if (rest / scale, scale) != (1, 1000) {
                cardinal(rest / scale, &mut part);
            }
            part.push(Token::new(prompt, word));
            parts.push(part);
            rest %= scale;
        }
    }
    below_thousand(rest, &mut parts);
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            and(out);
        }
        out.extend(part);
    }
}

fn below_thousand(number: u64, parts: &mut Vec<Vec<Token>>) {
    let (hundreds, rest) = (number / 100, number % 100);
    if hundreds > 0 {
        parts.push(vec![Token::new(format!("digits/{hundreds}00"), HUNDREDS[hundreds as usize % 10])]);
    }
    let (tens, last) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
    if tens > 0 {
        parts.push(vec![Token::new(format!("digits/{tens}0"), TENS[tens as usize])]);
    }
    if last > 0 {
        parts.push(vec![unit(last)]);
    }
}

fn unit(number: u64) -> Token {
    Token::new(format!("digits/{number}"), UNITS[number as usize % 20])
}

fn digit(digit: &Digit) -> Token {
    match digit {
        Digit::Number(number) => unit(u64::from(*number)),
        Digit::Star => Token::new("digits/star", "ستاره"),
        Digit::Pound => Token::new("digits/pound", "مربع"),
        Digit::Plus => Token::new("digits/plus", "به علاوه"),
    }
}

fn date(gregorian: Date, out: &mut Vec<Token>) {
    let date = jalali::from_gregorian(gregorian);
    cardinal(u64::from(date.day), out);
    out.push(Token::new(format!("digits/jmon-{}", date.month), MONTHS[(date.month as usize + 11) % 12]));
    cardinal(u64::from(date.year), out);
}

fn time(hour: u32, minute: u32, out: &mut Vec<Token>) {
    out.push(Token::new("hour", "ساعت"));
    cardinal(u64::from(hour), out);
    if minute > 0 {
        and(out);
        counted(u64::from(minute), "minute", "دقیقه", out);
    }
}

fn counted(amount: u64, prompt: &str, noun: &str, out: &mut Vec<Token>) {
    cardinal(amount, out);
    out.push(Token::new(prompt, noun));
}

fn duration(length: Duration, out: &mut Vec<Token>) {
    let parts =
        [(length.hours, "hour", "ساعت"), (length.minutes, "minute", "دقیقه"), (length.seconds, "second", "ثانیه")];
    for (amount, prompt, noun) in parts {
        if amount > 0 {
            and(out);
            counted(amount, prompt, noun, out);
        }
    }
    if out.is_empty() {
        counted(0, "second", "ثانیه", out);
    }
}

fn money(amount: Money, out: &mut Vec<Token>) {
    let (major, minor) = match amount.currency {
        Currency::Euro => (("money/euro", "یورو"), ("money/cent", "سنت")),
        Currency::Pound => (("money/pound", "پوند"), ("money/penny", "پنی")),
        Currency::Ruble => (("money/ruble", "روبل"), ("money/kopeck", "کوپک")),
        Currency::Dollar => (("money/dollar", "دلار"), ("money/cent", "سنت")),
    };
    minus(amount.negative, out);
    if amount.major > 0 || amount.minor == 0 {
        counted(amount.major, major.0, major.1, out);
    }
    if amount.minor > 0 {
        if amount.major > 0 {
            and(out);
        }
        counted(amount.minor, minor.0, minor.1, out);
    }
}

fn position(place: u64, out: &mut Vec<Token>) {
    if place > POSITION_SENTENCES_MAX {
        out.push(Token::new("queue-thereare", "شمارهٔ شما در صف"));
        return cardinal(place, out);
    }
    let ordinal = ORDINALS[place as usize];
    out.push(Token::new(format!("queue-position-{place}"), format!("شما نفرِ {ordinal} در صف هستید")));
}
