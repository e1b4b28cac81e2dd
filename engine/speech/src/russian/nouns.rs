//! What is counted, in the forms that numerals ask for.

use super::{Case, Gender};
use crate::token::Token;
use crate::value::Currency;

/// A noun: its gender, and prompt and word of each form that can follow a numeral.
pub(super) struct Noun {
    pub(super) gender: Gender,
    /// After 1, 21, 101.
    one: (&'static str, &'static str),
    /// The same in the accusative.
    one_accusative: (&'static str, &'static str),
    /// After 2–4, 22–24; the genitive of `one` as well.
    few: (&'static str, &'static str),
    /// After all others, and after every number but 1, 21 in the genitive.
    many: (&'static str, &'static str),
}

impl Noun {
    /// The form that follows `amount`.
    pub(super) fn after(&self, amount: u64, case: Case) -> Token {
        let (prompt, word) = match (Plural::of(amount), case) {
            (Plural::One, Case::Nominative) => self.one,
            (Plural::One, Case::Accusative) => self.one_accusative,
            (Plural::One, Case::Genitive) => self.few,
            (Plural::Few, Case::Nominative | Case::Accusative) => self.few,
            (Plural::Few, Case::Genitive) | (Plural::Many, _) => self.many,
        };
        Token::new(prompt, word)
    }
}

enum Plural {
    One,
    Few,
    Many,
}

impl Plural {
    fn of(amount: u64) -> Self {
        match (amount % 100, amount % 10) {
            (11..=14, _) => Self::Many,
            (_, 1) => Self::One,
            (_, 2..=4) => Self::Few,
            _ => Self::Many,
        }
    }
}

pub(super) const THOUSAND: &Noun = &Noun {
    gender: Gender::Feminine,
    one: ("digits/thousand", "тысяча"),
    one_accusative: ("digits/thousand-a", "тысячу"),
    few: ("digits/thousand-2", "тысячи"),
    many: ("digits/thousands", "тысяч"),
};
pub(super) const MILLION: &Noun =
    &masculine(("digits/million", "миллион"), ("digits/million-2", "миллиона"), ("digits/millions", "миллионов"));
pub(super) const BILLION: &Noun =
    &masculine(("digits/billion", "миллиард"), ("digits/billion-2", "миллиарда"), ("digits/billions", "миллиардов"));
pub(super) const HOUR: &Noun = &masculine(("hour", "час"), ("hour-2", "часа"), ("hours", "часов"));
pub(super) const MINUTE: &Noun = &Noun {
    gender: Gender::Feminine,
    one: ("minute", "минута"),
    one_accusative: ("minute-a", "минуту"),
    few: ("minute-2", "минуты"),
    many: ("minutes", "минут"),
};
pub(super) const SECOND: &Noun = &Noun {
    gender: Gender::Feminine,
    one: ("second", "секунда"),
    one_accusative: ("second-a", "секунду"),
    few: ("second-2", "секунды"),
    many: ("seconds", "секунд"),
};
const EURO: &Noun = &masculine(("money/euro", "евро"), ("money/euro", "евро"), ("money/euro", "евро"));
const DOLLAR: &Noun =
    &masculine(("money/dollar", "доллар"), ("money/dollar-2", "доллара"), ("money/dollars", "долларов"));
const CENT: &Noun = &masculine(("money/cent", "цент"), ("money/cent-2", "цента"), ("money/cents", "центов"));
const POUND: &Noun = &masculine(("money/pound", "фунт"), ("money/pound-2", "фунта"), ("money/pounds", "фунтов"));
const PENNY: &Noun = &masculine(("money/penny", "пенс"), ("money/penny-2", "пенса"), ("money/pence", "пенсов"));
const RUBLE: &Noun = &masculine(("money/ruble", "рубль"), ("money/ruble-2", "рубля"), ("money/rubles", "рублей"));
const KOPECK: &Noun = &Noun {
    gender: Gender::Feminine,
    one: ("money/kopeck", "копейка"),
    one_accusative: ("money/kopeck-a", "копейку"),
    few: ("money/kopeck-2", "копейки"),
    many: ("money/kopecks", "копеек"),
};

/// Both names of a currency.
pub(super) fn currency(currency: Currency) -> (&'static Noun, &'static Noun) {
    match currency {
        Currency::Euro => (EURO, CENT),
        Currency::Pound => (POUND, PENNY),
        Currency::Ruble => (RUBLE, KOPECK),
        Currency::Dollar => (DOLLAR, CENT),
    }
}

/// Things: their accusative is the nominative.
const fn masculine(
    one: (&'static str, &'static str),
    few: (&'static str, &'static str),
    many: (&'static str, &'static str),
) -> Noun {
    Noun { gender: Gender::Masculine, one, one_accusative: one, few, many }
}
