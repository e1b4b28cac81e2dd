//! `country:` – how numbers are dialled at home, and which patterns fit a number in any of its forms.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use model::{Country, Numbering};

use super::Config;
use super::reader::Reader;
use super::routes::matches_pattern;
use super::tree::{Node, Value};

/// Does a pattern name this number, in whatever form either is written?
pub(super) fn fits(numbering: &Numbering, pattern: &str, number: &str) -> bool {
    let forms = forms(numbering, number);
    let with_plus = with_plus(pattern);
    forms.iter().any(|form| matches_pattern(pattern, form) || matches_pattern(&with_plus, form))
}

/// The zone of the longest beginning that a number has.
pub(super) fn zone_of<'a>(
    numbering: &Numbering,
    zones: &'a BTreeMap<String, TimeZone>,
    number: &str,
) -> Option<&'a TimeZone> {
    let forms = forms(numbering, number);
    // Beginnings may be of different forms: the one that leaves fewest digits says most.
    let left = |prefix: &String| {
        let rests = forms.iter().filter_map(|form| form.strip_prefix(&model::plain(prefix)));
        rests.map(str::len).min()
    };
    let known = zones.iter().filter_map(|(prefix, zone)| Some((left(&with_plus(prefix))?, zone)));
    known.min_by_key(|(left, _)| *left).map(|(_, zone)| zone)
}

/// The ways to dial a number, one with `00` among them when it is abroad or nobody knows.
fn forms(numbering: &Numbering, number: &str) -> Vec<String> {
    let mut forms = numbering.spellings(number);
    let canonical = numbering.canonical(number);
    let abroad = canonical.strip_prefix('+').filter(|_| numbering.at_home(&canonical).is_none());
    forms.extend(abroad.map(|digits| format!("00{digits}")));
    forms
}

/// `0049*` is `+49*`; `00*` alone means everything abroad and stays.
fn with_plus(pattern: &str) -> String {
    match pattern.strip_prefix("00") {
        Some(rest) if rest.starts_with(|c: char| matches!(c, '1'..='9')) => format!("+{rest}"),
        _ => pattern.to_owned(),
    }
}

impl Reader<'_> {
    /// `{ code: "+7", national_prefix: "8", international_prefix: "810" }`
    pub(super) fn country(&mut self, node: &Node) -> Option<Numbering> {
        let fields = self.fields(node, "country", &["code", "national_prefix", "international_prefix"]);
        let (Some(code), Some(national)) = (fields.get("code"), fields.get("national_prefix")) else {
            self.error("missing-key", &fields.span, "`country` needs `code` and `national_prefix`").help.push(
                "write `country: { code: \"+7\", national_prefix: \"8\" }`, or \"\" where none is dialled".into(),
            );
            return None;
        };
        let code = self.prefix(code, "code", |text| text.strip_prefix('+').unwrap_or(text));
        let national_prefix = self.prefix(national, "national_prefix", |text| text);
        let international = fields.get("international_prefix");
        let international_prefix =
            international.and_then(|node| self.prefix(node, "international_prefix", |text| text));
        let (code, national_prefix) = (code?, national_prefix?);
        if code.is_empty() {
            self.error("bad-phone-number", &fields.span, "`code` is empty, write \"+7\"");
            return None;
        }
        let international_prefix = international_prefix.unwrap_or_else(|| "00".to_owned());
        Some(Numbering::of(Country { code, national_prefix, international_prefix }))
    }

    fn prefix(&mut self, node: &Node, what: &str, digits: fn(&str) -> &str) -> Option<String> {
        if let Value::Bare(text) = &node.value {
            self.unquoted(&node.span, what, text);
            return None;
        }
        self.parsed(node, what, "bad-phone-number", |text| {
            let digits = digits(text);
            let fits = digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| digits.to_owned()).ok_or_else(|| format!("`{what}` is at most four digits, not `{text}`"))
        })
    }

    /// Numbers that are dialled as at home pass rules that know only numbers with `+`.
    pub(super) fn advise_numbers(&mut self, node: &Node, config: &Config) {
        let international = |pattern: &String| pattern.starts_with('+') || pattern.starts_with("00");
        let refuse = &config.callbacks.refuse;
        let Value::Map(rows) = &node.value else { return };
        let Some((_, node)) = rows.iter().find(|(key, _)| key.text == "refuse") else { return };
        if config.numbering.has_country() || refuse.is_empty() || !refuse.iter().all(international) {
            return;
        }
        let national = |to: &&str| to.ends_with('*') && !to.starts_with("00") && !to.starts_with(['+', 's']);
        if let Some(to) = config.dial.iter().map(|rule| rule.to.as_str()).find(national) {
            let message = format!("`dial` lets `{to}` out as at home, `refuse` knows numbers with their country only");
            self.warning("national-numbers", &node.span, message)
                .help
                .push("say how numbers are dialled: `country: { code: \"+7\", national_prefix: \"8\" }`".into());
        }
    }
}
