//! A telephone number in the ways in which people and networks write it, to find every trace of it.

use serde::Serialize;
use serde_json::Value;

use crate::Numbering;

/// A number that is recognised with `+`, with `00`, with neither and as it is dialled at home, and never inside a longer
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenNumber {
    /// With its country, as far as that is known.
    digits: String,
    /// As it is dialled within its country, if that is ours.
    at_home: Option<String>,
}

impl WrittenNumber {
    /// Shorter numbers are extensions, and stand in the middle of many others.
    pub const DIGITS_MIN: usize = 5;

    /// Reads a number; none when something else is in it, or it is shorter than [`Self::DIGITS_MIN`].
    pub fn parse(text: &str, numbering: &Numbering) -> Option<Self> {
        let canonical = numbering.canonical(text);
        let digits = canonical.strip_prefix('+').unwrap_or(&canonical);
        let is_number = digits.len() >= Self::DIGITS_MIN && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self { digits: digits.to_owned(), at_home: numbering.at_home(&canonical) })
    }

    /// Without `+` and `00`.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Every way in which it may be written.
    pub fn forms(&self) -> [String; 4] {
        let at_home = self.at_home.as_ref().unwrap_or(&self.digits);
        [self.digits.clone(), format!("+{}", self.digits), format!("00{}", self.digits), at_home.clone()]
    }

    /// What all forms end in: in every text that holds the number.
    pub fn common_end(&self) -> &str {
        let common = |other: &String| {
            let pairs = self.digits.bytes().rev().zip(other.bytes().rev());
            pairs.take_while(|(one, other)| one == other).count()
        };
        let length = self.at_home.as_ref().map_or(self.digits.len(), common);
        &self.digits[self.digits.len() - length..]
    }

    /// Is it in this text?
    pub fn is_in(&self, text: &str) -> bool {
        self.removed_from(text).is_some()
    }

    /// Is it in any text of this value, as JSON tells it?
    pub fn is_told_by(&self, what: &impl Serialize) -> bool {
        let told = |text: &String| text.contains(self.common_end());
        // Most values are not about this number: only the rest is looked at text by text.
        serde_json::to_string(what).is_ok_and(|text| told(&text))
            && serde_json::to_value(what).is_ok_and(|mut value| self.remove_from(&mut value))
    }

    /// The text without the number; none when it is not in there. A longer number that contains it is another one.
    pub fn removed_from(&self, text: &str) -> Option<String> {
        let abroad = without(text, &self.digits, |before| match before.strip_suffix("00") {
            Some(start) if !ends_in_digit(start) => Some(start),
            _ if ends_in_digit(before) => None,
            _ => Some(before.strip_suffix('+').unwrap_or(before)),
        });
        let text = abroad.as_deref().unwrap_or(text);
        // After a plus the same digits are a number of another country.
        let whole = |before: &str| !ends_in_digit(before) && !before.ends_with('+');
        let at_home = self.at_home.as_ref();
        let at_home = at_home.and_then(|digits| without(text, digits, |before| whole(before).then_some(before)));
        at_home.or(abroad)
    }

    /// Removes the number from every text in a JSON value; was it there?
    pub fn remove_from(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.removed_from(text) {
                Some(left) => {
                    *text = left;
                    true
                }
                None => false,
            },
            Value::Array(items) => items.iter_mut().fold(false, |found, item| self.remove_from(item) | found),
            Value::Object(fields) => fields.values_mut().fold(false, |found, field| self.remove_from(field) | found),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// The text without `digits` wherever no digit follows them and `starts` gives what of the text before is left.
fn without(text: &str, digits: &str, starts: impl Fn(&str) -> Option<&str>) -> Option<String> {
    let mut left = String::new();
    let (mut rest, mut found) = (text, false);
    while let Some(at) = rest.find(digits) {
        let (before, after) = (&rest[..at], &rest[at + digits.len()..]);
        match starts(before).filter(|_| !after.starts_with(|c: char| c.is_ascii_digit())) {
            Some(start) => {
                found = true;
                left.push_str(start);
            }
            None => left.push_str(&rest[..at + digits.len()]),
        }
        rest = after;
    }
    left.push_str(rest);
    found.then_some(left)
}

fn ends_in_digit(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use serde_json::json;

    use super::*;
    use crate::Country;

    #[test]
    fn a_number_is_found_however_it_is_written_and_not_inside_another() {
        let nowhere = Numbering::default();
        let number = WrittenNumber::parse("+49 30 111111", &nowhere).unwrap();
        let left = |text| number.removed_from(text);
        assert_eq!(left("sip:+4930111111@host").as_deref(), Some("sip:@host"));
        assert_eq!(left("004930111111, 4930111111").as_deref(), Some(", "));
        assert_eq!(left("+493011111100"), None);
        assert_eq!(left("14930111111"), None);
        assert_eq!(left("14930111111 +4930111111").as_deref(), Some("14930111111 "));
        assert_eq!(WrittenNumber::parse("004930111111", &nowhere).unwrap().digits(), "4930111111");
        assert_eq!((WrittenNumber::parse("1234", &nowhere), WrittenNumber::parse("anna", &nowhere)), (None, None));
    }

    #[test]
    fn a_number_is_found_as_it_is_dialled_at_home_too() {
        let russia = Country { code: "7".into(), national_prefix: "8".into(), international_prefix: "810".into() };
        for asked in ["+7 495 1234567", "8 (495) 123-45-67"] {
            let number = WrittenNumber::parse(asked, &Numbering::of(russia.clone())).unwrap();
            assert_eq!(number.common_end(), "4951234567");
            let left = |text| number.removed_from(text);
            assert_eq!(left("84951234567, +74951234567; 74951234567").as_deref(), Some(", ; "));
            assert_eq!(left("+84951234567"), None, "that is a number in Vietnam");
            assert_eq!(left("184951234567"), None);
        }
    }

    #[test]
    fn any_text_of_a_value_tells_it() {
        let number = WrittenNumber::parse("+4930111111", &Numbering::default()).unwrap();
        assert!(number.is_told_by(&json!({ "tags": [{ "second": "004930111111" }] })));
        assert!(!number.is_told_by(&json!({ "number": "+49301111112" })));
    }
}
