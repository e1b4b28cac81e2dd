//! Numbers, dates and money against tables made by other people's programs; each table names its
//! maker in its first line.

use callwright_speech::{Case, Form, Gender, Kind, say, spell, tokens, words};

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// The makers of the tables differ in writing ё.
fn without_yo(text: &str) -> String {
    text.replace('ё', "е")
}

#[test]
fn russian_numbers_agree_in_gender_and_case() {
    for row in rows(include_str!("golden_ru_numbers.tsv")) {
        let [number, gender, case, expected] = row[..] else { panic!("{row:?}") };
        let form = Form {
            gender: match gender {
                "masculine" => Gender::Masculine,
                "feminine" => Gender::Feminine,
                _ => Gender::Neuter,
            },
            case: match case {
                "nominative" => Case::Nominative,
                "accusative" => Case::Accusative,
                _ => Case::Genitive,
            },
        };
        let said = spell(&tokens(Kind::Number, number, "ru", form).unwrap());
        assert_eq!(without_yo(&said), without_yo(expected), "{number} {gender} {case}");
    }
}

#[test]
fn english_numbers_are_spelled_like_unicode_does() {
    for row in rows(include_str!("golden_en_numbers.tsv")) {
        assert_eq!(words(Kind::Number, row[0], "en").unwrap(), row[1], "{}", row[0]);
    }
}

#[test]
fn persian_numbers_are_spelled_like_unicode_does() {
    // Unicode writes «یک هزار» where people say «هزار».
    let as_said = |text: &str| {
        let text = text.replace("هیجده", "هجده");
        text.strip_prefix("یک هزار").map_or(text.clone(), |rest| format!("هزار{rest}")).replace(" و یک هزار", " و هزار")
    };
    for row in rows(include_str!("golden_fa_numbers.tsv")) {
        let said = words(Kind::Number, row[0], "fa").unwrap();
        assert_eq!(as_said(&said), as_said(row[1]), "{}", row[0]);
    }
}

#[test]
fn russian_days_and_years_are_ordinals() {
    for row in rows(include_str!("golden_ru_dates.tsv")) {
        let said = without_yo(&words(Kind::Date, row[0], "ru").unwrap());
        assert!(said.starts_with(&without_yo(row[1])), "{}: {said}", row[0]);
        // Unicode says the year 1900 as a plain number.
        if row[0].starts_with("1900") {
            assert!(said.ends_with("тысяча девятисотого года"), "{said}");
            continue;
        }
        let year = row[2].strip_prefix("одна ").unwrap_or(row[2]);
        assert!(said.ends_with(&format!("{} года", without_yo(year))), "{}: {said}", row[0]);
    }
}

#[test]
fn english_dates_end_in_a_year_of_two_halves() {
    for row in rows(include_str!("golden_en_dates.tsv")) {
        let said = words(Kind::Date, row[0], "en").unwrap();
        let (_, day_and_year) = said.split_once(' ').unwrap();
        assert_eq!(day_and_year, format!("{} {}", row[1], row[2].replace("oh-", "oh ")), "{}", row[0]);
    }
}

#[test]
fn persian_dates_are_jalali() {
    for row in rows(include_str!("golden_jalali.tsv")) {
        let [year, month, day] = row[1].split('-').collect::<Vec<_>>()[..] else { panic!("{row:?}") };
        let prompts = say(Kind::Date, row[0], "fa").unwrap();
        let number = |value| say(Kind::Number, value, "fa").unwrap();
        let expected = [number(day), vec![format!("digits/jmon-{month}")], number(year)].concat();
        assert_eq!(prompts, expected, "{}", row[0]);
    }
}

#[test]
fn russian_money_takes_the_right_plural() {
    for row in rows(include_str!("golden_ru_money.tsv")) {
        assert_eq!(
            without_yo(&words(Kind::Money, row[0], "ru").unwrap()),
            without_yo(&row[2].replace(',', "")),
            "{}",
            row[0]
        );
    }
}
