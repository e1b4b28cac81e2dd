//! Calendars of `callwright.yaml`.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::tree::{Key, Node};
use super::{ReferenceKind, values};
use crate::calendar::{Calendar, Yearly, parse_date};

impl Reader<'_> {
    pub(super) fn calendars(&mut self, node: &Node) -> BTreeMap<String, Calendar> {
        let rows = self.entries(node, "calendars");
        rows.into_iter().map(|(key, value)| (key.text.clone(), self.calendar(value, &key.text))).collect()
    }

    fn calendar(&mut self, node: &Node, name: &str) -> Calendar {
        let what = format!("calendars.{name}");
        let fields = self.fields(node, &what, &["hours", "holidays", "moved", "exceptions"]);
        let hours = fields.get("hours").and_then(|node| {
            self.parsed(node, "hours", "bad-hours", |text| Calendar::weekly(text).map_err(|error| error.to_string()))
        });
        if fields.get("hours").is_none() {
            self.error("missing-key", &fields.span, format!("`{what}` has no `hours`"))
                .help
                .push("write `hours: \"Mon-Fri 08:00-18:00\"`".into());
        }
        let mut calendar = hours.unwrap_or_default();
        for item in fields.get("holidays").map(|node| self.items(node)).unwrap_or_default() {
            self.holiday(item, name, &mut calendar);
        }
        for (key, value) in fields.get("exceptions").map(|node| self.entries(node, "exceptions")).unwrap_or_default() {
            let Some(day) = self.day(key) else { continue };
            self.parsed(value, "exceptions", "bad-hours", |text| {
                calendar.add_exception(day, text).map_err(|error| error.to_string())
            });
        }
        for (key, value) in fields.get("moved").map(|node| self.entries(node, "moved")).unwrap_or_default() {
            let Some(day) = self.day(key) else { continue };
            self.parsed(value, "moved", "bad-day", |text| {
                calendar.move_day(day, text).map_err(|error| error.to_string())
            });
        }
        calendar
    }

    fn day(&mut self, key: &Key) -> Option<jiff::civil::Date> {
        let day = parse_date(&key.text);
        if day.is_none() {
            self.error("bad-date", &key.span, format!("`{}` is no date, write `2026-12-31`", key.text));
        }
        day
    }

    /// `2026-12-31`, `2027-01-01..2027-01-08`, `12-24..12-26`, `jalali:01-01..01-04`, `ru-2027.ics`
    fn holiday(&mut self, node: &Node, calendar_name: &str, calendar: &mut Calendar) {
        let Some(text) = self.scalar(node, "holidays", "a date or a file") else {
            return;
        };
        if text.to_ascii_lowercase().ends_with(".ics") {
            if self.parsed(node, "holidays", "bad-path", values::project_path).is_some() {
                self.refer(ReferenceKind::Holidays(calendar_name.to_owned()), text, &node.span);
            }
            return;
        }
        if let Some(days) = Yearly::parse(text.trim()) {
            return calendar.add_yearly(days);
        }
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let same_almanac = format!("jalali:{}", last.trim());
        let last = if first.starts_with("jalali:") && !last.starts_with("jalali:") { &same_almanac } else { last };
        match (parse_date(first.trim()), parse_date(last.trim())) {
            (Some(first), Some(last)) if first <= last => calendar.add_holiday(first..=last),
            (Some(_), Some(_)) => {
                self.error("bad-date", &node.span, format!("`{text}` ends before it begins"));
            }
            _ => {
                self.error("bad-date", &node.span, format!("`{text}` is no holiday")).help.push(
                    "write `2026-12-31`, `2027-01-01..2027-01-08`, `12-25` or `jalali:01-13` for every year, \
                     or the name of an `.ics` file"
                        .into(),
                );
            }
        }
    }
}
