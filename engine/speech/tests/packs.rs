//! The shipped packs have every prompt that can be said, and it says what we spell.

#![allow(clippy::unwrap_used, reason = "helpers of tests read better")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use callwright_speech::{Case, Form, Gender, Kind, Token, tokens};

const LANGUAGES: [&str; 3] = ["en", "ru", "fa"];

fn sounds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sounds")
}

/// `name: { en: "…", ru: "…" }` of the catalogue as language → text.
fn catalogue() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = std::fs::read_to_string(sounds().join("catalog.yaml")).unwrap();
    let mut prompts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, texts) = line.split_once(": { ").expect(line);
        let texts = texts.strip_suffix("\" }").expect(line).split("\", ");
        let texts = texts.map(|text| text.split_once(": \"").expect(line));
        let texts = texts.map(|(language, text)| (language.to_owned(), text.to_owned())).collect();
        assert_eq!(prompts.insert(name.to_owned(), texts), None, "`{name}` twice");
    }
    prompts
}

/// As our tokens spell: lower case, no punctuation.
fn spelled(text: &str) -> String {
    text.to_lowercase().replace(['.', ',', ':'], "")
}

fn forms() -> Vec<Form> {
    let genders = [Gender::Masculine, Gender::Feminine, Gender::Neuter];
    let cases = [Case::Nominative, Case::Accusative, Case::Genitive];
    genders.iter().flat_map(|&gender| cases.map(|case| Form { gender, case })).collect()
}

fn everything(language: &str) -> BTreeMap<String, Token> {
    let mut values: Vec<(Kind, String)> = Vec::new();
    for number in (0..130_i64).chain((130..1_000_000).step_by(2_997)).chain([1_000_000, 2_000_000, 5_000_000_000]) {
        values.push((Kind::Number, number.to_string()));
        values.push((Kind::Position, (number + 1).to_string()));
        values.push((Kind::Duration, number.to_string()));
        for currency in ["EUR", "GBP", "RUB", "USD"] {
            values.push((Kind::Money, format!("-{number}.{:02} {currency}", number % 100)));
        }
    }
    values.extend([1_000_000_000_i64, 2_000_000_000].map(|number| (Kind::Number, number.to_string())));
    values.push((Kind::Digits, "+0123456789*#".to_owned()));
    for month in 1..=12 {
        values.extend((1..=28).map(|day| (Kind::Date, format!("2026-{month:02}-{day:02}"))));
    }
    values.extend((29..=31).map(|day| (Kind::Date, format!("2026-01-{day}"))));
    values.extend((1900..2200).map(|year| (Kind::Date, format!("{year}-05-05"))));
    values.extend((0..24).map(|hour| (Kind::Time, format!("{hour:02}:00"))));
    values.extend((0..60).map(|minute| (Kind::Time, format!("12:{minute:02}"))));
    let mut all = BTreeMap::new();
    for (kind, value) in values {
        for form in forms() {
            for token in tokens(kind, &value, language, form).unwrap() {
                all.insert(token.prompt.clone(), token);
            }
        }
    }
    all
}

#[test]
fn every_prompt_that_can_be_said_is_in_the_pack_and_says_our_words() {
    let catalogue = catalogue();
    for language in LANGUAGES {
        for (name, token) in everything(language) {
            let text = catalogue.get(&name).and_then(|texts| texts.get(language));
            let text = text.unwrap_or_else(|| panic!("`{name}` ({}) is not in the {language} catalogue", token.words));
            assert_eq!(spelled(text), token.words, "{language} {name}");
            let file = sounds().join(language).join(format!("{name}.wav"));
            assert!(file.is_file(), "{} is not rendered: run sounds/build.sh", file.display());
        }
    }
}

#[test]
fn the_catalogue_and_the_packs_have_the_same_prompts() {
    let mut named = 0;
    for (name, texts) in catalogue() {
        for language in texts.keys() {
            named += 1;
            let file = sounds().join(language).join(format!("{name}.wav"));
            let length = std::fs::metadata(&file).map(|file| file.len()).unwrap_or(0);
            assert!(length > 3_000, "{language}/{name}.wav is missing or empty: run sounds/build.sh");
        }
    }
    let rendered: usize = LANGUAGES.iter().map(|language| count_wav(&sounds().join(language))).sum();
    assert_eq!(rendered, named, "files in the packs that the catalogue does not name");
}

fn count_wav(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(
            |path| {
                if path.is_dir() { count_wav(&path) } else { usize::from(path.extension().is_some_and(|e| e == "wav")) }
            },
        )
        .sum()
}
