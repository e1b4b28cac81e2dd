//! Calendars and directories of `callwright.yaml`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reader::{Fields, Reader};
use super::tree::{Key, Node};
use super::{DirectoryConfig, DirectoryKind, ReferenceKind, values};
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

    pub(super) fn directories(&mut self, node: &Node) -> BTreeMap<String, DirectoryConfig> {
        let rows = self.entries(node, "directories");
        let all = rows.into_iter().map(|(key, value)| Some((key.text.clone(), self.directory(value, key)?)));
        all.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn directory(&mut self, node: &Node, key: &Key) -> Option<DirectoryConfig> {
        let what = format!("directories.{}", key.text);
        let fields = self.fields(node, &what, &["csv", "key", "http", "sql", "dsn", "timeout"]);
        let timeout = fields
            .get("timeout")
            .and_then(|node| self.some_time(node, "timeout"))
            .unwrap_or(Duration::from_millis(800));
        let kinds: Vec<&str> = ["csv", "http", "sql"].into_iter().filter(|kind| fields.get(kind).is_some()).collect();
        let &[kind] = kinds.as_slice() else {
            self.error("bad-directory", &key.span, format!("`{what}` needs exactly one of `csv`, `http`, `sql`"));
            return None;
        };
        let source = fields.get(kind)?;
        if kind != "csv" {
            self.warning(
                "not-yet",
                &source.span,
                format!("`{kind}` directories come with a later version, lookups give `()`"),
            );
        }
        let from = match kind {
            "csv" => self.csv_directory(source, &fields, &what)?,
            "sql" => self.sql_directory(source, &fields, &what)?,
            _ => DirectoryKind::Http { url: self.parsed(source, "http", "bad-url", web_address)? },
        };
        Some(DirectoryConfig { from, timeout })
    }

    fn csv_directory(&mut self, source: &Node, fields: &Fields<'_>, what: &str) -> Option<DirectoryKind> {
        let file = self.parsed(source, "csv", "bad-path", values::project_path)?;
        self.refer(ReferenceKind::Csv, &file, &source.span);
        let Some(column) = fields.get("key") else {
            let message = format!("`{what}` does not say which column is the `key`");
            self.error("missing-key", &source.span, message);
            return None;
        };
        Some(DirectoryKind::Csv { file, key: self.text(column, "key")? })
    }

    fn sql_directory(&mut self, source: &Node, fields: &Fields<'_>, what: &str) -> Option<DirectoryKind> {
        let query = self.text(source, "sql")?;
        if !query.contains("$1") {
            let message = "the query says nowhere `$1`, the key that is looked for";
            self.error("bad-query", &source.span, message);
        }
        let Some(dsn) = fields.get("dsn") else {
            let message = format!("`{what}` does not say where, `dsn: env:NAME`");
            self.error("missing-key", &source.span, message);
            return None;
        };
        Some(DirectoryKind::Sql { query, dsn: self.secret(dsn, "dsn")? })
    }
}

fn web_address(text: &str) -> Result<String, String> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return Err(format!("`{text}` is no web address, write `https://crm.example/by-phone/{{key}}`"));
    }
    if text.contains("{key}") {
        Ok(text.to_owned())
    } else {
        Err("the address says nowhere `{key}`, what is looked for".into())
    }
}
