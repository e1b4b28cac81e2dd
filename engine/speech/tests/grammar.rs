//! What callers hear, as text.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "helpers of tests read better")]

use callwright_speech::{Case, Form, Kind, say, spell, tokens, words};
use expect_test::{Expect, expect};

fn said(language: &str, kind: Kind, values: &[&str], expected: Expect) {
    let lines: Vec<String> =
        values.iter().map(|value| format!("{value}: {}\n", words(kind, value, language).unwrap())).collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn english_durations() {
    said(
        "en",
        Kind::Duration,
        &["0", "1", "61", "90", "3600", "7322.6"],
        expect![[r#"
            0: zero seconds
            1: one second
            61: one minute one second
            90: one minute thirty seconds
            3600: one hour
            7322.6: two hours two minutes three seconds
        "#]],
    );
}

#[test]
fn russian_durations_agree_with_minutes_and_seconds() {
    said(
        "ru",
        Kind::Duration,
        &["0", "1", "62", "300", "660", "1260", "3600", "75723"],
        expect![[r#"
            0: ноль секунд
            1: одна секунда
            62: одна минута две секунды
            300: пять минут
            660: одиннадцать минут
            1260: двадцать одна минута
            3600: один час
            75723: двадцать один час две минуты три секунды
        "#]],
    );
}

#[test]
fn persian_durations_keep_the_noun_singular() {
    said(
        "fa",
        Kind::Duration,
        &["0", "62", "300", "3725"],
        expect![[r#"
            0: صفر ثانیه
            62: یک دقیقه و دو ثانیه
            300: پنج دقیقه
            3725: یک ساعت و دو دقیقه و پنج ثانیه
        "#]],
    );
}

#[test]
fn russian_minutes_after_a_phrase_that_asks_for_a_case() {
    let minutes = |case| {
        ["60", "120", "300", "1260"]
            .map(|value| spell(&tokens(Kind::Duration, value, "ru", Form { case, ..Form::default() }).unwrap()))
            .join(", ")
    };
    expect!["одну минуту, две минуты, пять минут, двадцать одну минуту"].assert_eq(&minutes(Case::Accusative));
    expect!["одной минуты, двух минут, пяти минут, двадцати одной минуты"].assert_eq(&minutes(Case::Genitive));
}

#[test]
fn places_in_the_queue() {
    said(
        "en",
        Kind::Position,
        &["1", "3", "20", "21"],
        expect![[r#"
        1: you are first in the queue
        3: you are third in the queue
        20: you are twentieth in the queue
        21: you are caller number twenty-one
    "#]],
    );
    said(
        "ru",
        Kind::Position,
        &["1", "3", "20", "21"],
        expect![[r#"
        1: вы первый в очереди
        3: вы третий в очереди
        20: вы двадцатый в очереди
        21: ваш номер в очереди двадцать один
    "#]],
    );
    said(
        "fa",
        Kind::Position,
        &["1", "3", "11"],
        expect![[r#"
        1: شما نفرِ اول در صف هستید
        3: شما نفرِ سوم در صف هستید
        11: شمارهٔ شما در صف یازده
    "#]],
    );
}

#[test]
fn times_of_day() {
    said(
        "en",
        Kind::Time,
        &["00:00", "09:05", "12:30", "23:59"],
        expect![[r#"
            00:00: twelve a m
            09:05: nine oh five a m
            12:30: twelve thirty p m
            23:59: eleven fifty-nine p m
        "#]],
    );
    said(
        "ru",
        Kind::Time,
        &["00:00", "09:05", "12:30", "21:01"],
        expect![[r#"
            00:00: ноль часов
            09:05: девять часов пять минут
            12:30: двенадцать часов тридцать минут
            21:01: двадцать один час одна минута
        "#]],
    );
    said(
        "fa",
        Kind::Time,
        &["09:05", "21:00"],
        expect![[r#"
        09:05: ساعت نه و پنج دقیقه
        21:00: ساعت بیست و یک
    "#]],
    );
}

#[test]
fn dates() {
    said(
        "en",
        Kind::Date,
        &["2026-11-21", "1905-01-30", "2000-02-29"],
        expect![[r#"
            2026-11-21: november twenty-first twenty twenty-six
            1905-01-30: january thirtieth nineteen oh five
            2000-02-29: february twenty-ninth two thousand
        "#]],
    );
    said(
        "ru",
        Kind::Date,
        &["2026-11-21", "1905-01-30", "2000-02-29"],
        expect![[r#"
            2026-11-21: двадцать первое ноября две тысячи двадцать шестого года
            1905-01-30: тридцатое января тысяча девятьсот пятого года
            2000-02-29: двадцать девятое февраля двухтысячного года
        "#]],
    );
    said(
        "fa",
        Kind::Date,
        &["2026-11-21"],
        expect![[r#"
        2026-11-21: سی آبان هزار و چهارصد و پنج
    "#]],
    );
}

#[test]
fn money() {
    let amounts = ["12.50 EUR", "1.01 USD", "0.02 GBP", "-1000 RUB", "0 RUB", "21.22 RUB"];
    said(
        "en",
        Kind::Money,
        &amounts,
        expect![[r#"
        12.50 EUR: twelve euros and fifty cents
        1.01 USD: one dollar and one cent
        0.02 GBP: two pence
        -1000 RUB: minus one thousand rubles
        0 RUB: zero rubles
        21.22 RUB: twenty-one rubles and twenty-two kopecks
    "#]],
    );
    said(
        "ru",
        Kind::Money,
        &amounts,
        expect![[r#"
        12.50 EUR: двенадцать евро пятьдесят центов
        1.01 USD: один доллар один цент
        0.02 GBP: два пенса
        -1000 RUB: минус одна тысяча рублей
        0 RUB: ноль рублей
        21.22 RUB: двадцать один рубль двадцать две копейки
    "#]],
    );
    said(
        "fa",
        Kind::Money,
        &amounts[..2],
        expect![[r#"
        12.50 EUR: دوازده یورو و پنجاه سنت
        1.01 USD: یک دلار و یک سنت
    "#]],
    );
}

#[test]
fn telephone_numbers_are_said_digit_by_digit() {
    said(
        "en",
        Kind::Digits,
        &["+49 (30) 12-0", "*7#", "۴۲"],
        expect![[r#"
            +49 (30) 12-0: plus four nine three zero one two zero
            *7#: star seven hash
            ۴۲: four two
        "#]],
    );
    said(
        "ru",
        Kind::Digits,
        &["+7 916", "*7#"],
        expect![[r#"
        +7 916: плюс семь девять один шесть
        *7#: звёздочка семь решётка
    "#]],
    );
}

#[test]
fn prompts_are_named_as_in_the_packs() {
    assert_eq!(
        say(Kind::Number, "1121", "ru_RU").unwrap().join(" "),
        "digits/1f digits/thousand digits/100 digits/20 digits/1"
    );
    assert_eq!(say(Kind::Duration, "120", "ru").unwrap(), ["digits/2f", "minute-2"]);
    assert_eq!(say(Kind::Number, "-21", "de").unwrap(), ["digits/minus", "digits/20", "digits/1"]);
}

#[test]
fn an_error_names_value_and_kind() {
    let error = say(Kind::Number, "seven", "en").unwrap_err();
    expect!["cannot say `seven` as number: expected a whole number of at most 12 digits"].assert_eq(&error.to_string());
    let error = say(Kind::Money, "12 XAU", "ru").unwrap_err();
    expect!["cannot say `12 XAU` as money: expected an amount such as 12.50 EUR, in EUR, GBP, RUB or USD"]
        .assert_eq(&error.to_string());
}

#[test]
fn every_kind_has_a_word() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.word()), Some(kind));
    }
    assert_eq!(Kind::parse("text"), None);
}

#[test]
fn no_text_makes_it_panic() {
    const PIECES: [&str; 16] =
        ["", "-", "9", "09", "2026", "٣", "۹", ":", "T", " ", ".", "EUR", "+", "é", "999999999999", "\u{200f}"];
    for number in 0..PIECES.len().pow(3) {
        let text = [number / 256, number / 16 % 16, number % 16].map(|piece| PIECES[piece]).concat();
        for kind in Kind::ALL {
            for language in ["en", "ru", "fa", "", "_"] {
                if let Ok(prompts) = say(kind, &text, language) {
                    assert!(!prompts.is_empty(), "{kind} {text}");
                }
            }
        }
    }
}
