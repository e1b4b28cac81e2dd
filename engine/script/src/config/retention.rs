//! `retention:`: how long calls, facts, recordings and messages are kept.

use std::time::Duration;

use super::reader::Reader;
use super::tree::Node;

/// `retention:`; what is not named is kept for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Calls since they arrived, with their facts, and finished work.
    pub calls: Option<Duration>,
    /// Facts in the journal.
    pub journal: Option<Duration>,
    /// Recordings that are not messages.
    pub recordings: Option<Duration>,
    /// Messages since they were last touched.
    pub messages: Option<Duration>,
}

impl Reader<'_> {
    pub(super) fn retention(&mut self, node: &Node) -> Retention {
        let fields = self.fields(node, "retention", &["calls", "journal", "recordings", "messages"]);
        let mut age = |key| fields.get(key).and_then(|node| self.parsed(node, key, "bad-age", age)).flatten();
        Retention {
            calls: age("calls"),
            journal: age("journal"),
            recordings: age("recordings"),
            messages: age("messages"),
        }
    }
}

/// `30 days`, `26 weeks`, `2 years` of 365 days, or `forever`.
fn age(text: &str) -> Result<Option<Duration>, String> {
    const DAY: u64 = 86_400;
    const DAYS_MAX: u64 = 100 * 365; // More is a slip of the pen.
    let wrong = || format!("`{text}` is no age, write `90 days`, `2 years` or `forever`");
    if text == "forever" {
        return Ok(None);
    }
    let (count, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let days = match unit.trim() {
        "d" | "day" | "days" => 1,
        "week" | "weeks" => 7,
        "year" | "years" => 365,
        _ => return Err(wrong()),
    };
    let days = count.parse::<u64>().ok().and_then(|count| count.checked_mul(days));
    let days = days.filter(|days| (1..=DAYS_MAX).contains(days)).ok_or_else(wrong)?;
    Ok(Some(Duration::from_secs(days * DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_days_weeks_or_years() {
        let days = |days: u64| Ok(Some(Duration::from_secs(days * 86_400)));
        for (text, expected) in [("90 days", 90), ("1 day", 1), ("30d", 30), ("2 years", 730), ("26 weeks", 182)] {
            assert_eq!(age(text), days(expected), "{text}");
        }
        assert_eq!(age("forever"), Ok(None));
        for text in ["", "0 days", "90", "days", "2 moons", "101 years", "99999999999999999999 days", "-1 days"] {
            age(text).unwrap_err();
        }
    }
}
