//! One form for each telephone number, however people and trunks write it.

/// Shorter numbers are extensions and short codes: nothing in front of so few digits is a prefix.
const DIGITS_MIN: usize = 5;
/// A number that begins with the country code and lacks its plus is at least so long.
const BARE_DIGITS_MIN: usize = 11;
/// Where no prefix tells national numbers, they are at least so long.
const NATIONAL_DIGITS_MIN: usize = 7;

/// How numbers are dialled where a business is at home (ITU-T E.164: country code and prefixes).
///
/// Without a country only `00` and `+` are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbering {
    home: Option<Country>,
}

/// `country:` of a project
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    /// Digits of the country code: `7`.
    pub code: String,
    /// What is dialled before a national number, `8`; empty where nothing is.
    pub national_prefix: String,
    /// What is dialled before a foreign country's code: `810`. `00` is understood too.
    pub international_prefix: String,
}

impl Numbering {
    /// That of a country.
    pub fn of(home: Country) -> Self {
        Self { home: Some(home) }
    }

    /// Is the country known?
    pub fn has_country(&self) -> bool {
        self.home.is_some()
    }

    /// The form in which two ways of writing a number are equal: `+` and digits, where the country can be told; else the
    /// number without spaces, dashes and brackets. Texts that are no numbers stay as they are.
    pub fn canonical(&self, text: &str) -> String {
        let number = plain(text);
        if number.starts_with('+') || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return number;
        }
        self.with_country(&number).map_or(number, |known| format!("+{known}"))
    }

    /// Country code and what follows, of a number without plus.
    fn with_country(&self, number: &str) -> Option<String> {
        let after = |prefix: &str| {
            let rest = number.strip_prefix(prefix).filter(|_| !prefix.is_empty())?;
            (rest.len() >= DIGITS_MIN).then_some(rest)
        };
        let abroad = self.home.as_ref().and_then(|home| after(&home.international_prefix)).or(after("00"));
        if let Some(rest) = abroad.filter(|rest| !rest.starts_with('0')) {
            return Some(rest.to_owned());
        }
        let home = self.home.as_ref()?;
        if let Some(rest) = after(&home.national_prefix) {
            return Some(format!("{}{rest}", home.code));
        }
        if number.len() >= BARE_DIGITS_MIN && number.starts_with(&home.code) {
            return Some(number.to_owned());
        }
        let national = home.national_prefix.is_empty() && number.len() >= NATIONAL_DIGITS_MIN;
        national.then(|| format!("{}{number}", home.code))
    }

    /// Are these one number?
    pub fn same(&self, one: &str, other: &str) -> bool {
        self.canonical(one) == self.canonical(other)
    }

    /// How a number of the own country is dialled within it; none for all others.
    pub fn at_home(&self, text: &str) -> Option<String> {
        let home = self.home.as_ref()?;
        let canonical = self.canonical(text);
        let rest = canonical.strip_prefix('+')?.strip_prefix(&home.code)?;
        (rest.len() >= DIGITS_MIN).then(|| format!("{}{rest}", home.national_prefix))
    }

    /// The ways to dial a number: as it is written, with its country, as at home. Each once, at least one.
    pub fn spellings(&self, text: &str) -> Vec<String> {
        let (written, canonical) = (plain(text), self.canonical(text));
        let at_home = self.at_home(&canonical);
        let mut all = vec![written];
        for spelling in [Some(canonical), at_home].into_iter().flatten() {
            if !all.contains(&spelling) {
                all.push(spelling);
            }
        }
        all
    }
}

/// The number without what people write between its digits; an optional `(0)` after the country goes too.
pub fn plain(text: &str) -> String {
    const BETWEEN: &str = " \t\u{a0}\u{2009}\u{202f}-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}()./";
    let begins = text.trim_start();
    let abroad = begins.starts_with('+') || begins.starts_with("00");
    let number = if abroad { text.replace("(0)", "") } else { text.to_owned() };
    let plain: String = number.chars().filter(|c| !BETWEEN.contains(*c)).collect();
    let is_number = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#'));
    if is_number { plain } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn russia() -> Numbering {
        Numbering::of(Country { code: "7".into(), national_prefix: "8".into(), international_prefix: "810".into() })
    }

    #[test]
    fn a_number_has_one_form_however_it_is_written() {
        let nowhere = Numbering::default();
        for text in ["+4940004", "004940004", "+49 (0) 40/004", "+49 40\u{2011}004", " 0049.40.004 "] {
            assert_eq!(nowhere.canonical(text), "+4940004", "{text}");
        }
        assert_eq!(nowhere.canonical("040 004-99"), "04000499", "no country is known");
        for text in ["+74951234567", "8 (495) 123-45-67", "810 7 495 1234567", "00 7 4951234567", "74951234567"] {
            assert_eq!(russia().canonical(text), "+74951234567", "{text}");
        }
    }

    #[test]
    fn short_codes_and_texts_stay_as_they_are() {
        for text in ["112", "8", "8112", "0012", "*21#", "anonymous", "sip:a-b@c.example", "", "+7"] {
            assert_eq!(russia().canonical(text), text, "{text}");
        }
    }

    #[test]
    fn countries_without_a_prefix_know_their_numbers_by_length() {
        let america =
            Numbering::of(Country { code: "1".into(), national_prefix: "".into(), international_prefix: "011".into() });
        for text in ["+1 212 555 0100", "(212) 555-0100", "12125550100", "011 1 212 555 0100"] {
            assert_eq!(america.canonical(text), "+12125550100", "{text}");
        }
        assert_eq!(america.canonical("911"), "911");
    }

    #[test]
    fn a_number_is_dialled_as_written_with_its_country_or_as_at_home() {
        assert_eq!(russia().spellings("8 809 123-45-67"), ["88091234567", "+78091234567"]);
        assert_eq!(russia().spellings("+78091234567"), ["+78091234567", "88091234567"]);
        assert_eq!(russia().spellings("+4940004"), ["+4940004"]);
        assert_eq!(Numbering::default().spellings("004940004"), ["004940004", "+4940004"]);
        assert_eq!(russia().spellings("112"), ["112"]);
    }
}
