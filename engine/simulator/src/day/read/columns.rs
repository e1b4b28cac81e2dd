//! CSV files of a project: arrivals and times that were measured.

use std::time::Duration;

use jiff::civil::DateTime;
use script::Diagnostic;
use script::config::tree::{Node, Value};

use super::Page;
use crate::day::clock::since_midnight;

/// Names of the column that holds times of arrival, when none is named.
const ARRIVAL_COLUMNS: [&str; 5] = ["at", "time", "arrived", "start", "calldate"];
/// Names of the column that holds callers' numbers.
const NUMBER_COLUMNS: [&str; 5] = ["number", "from", "caller", "phone", "src"];
/// More rows are a mistake, or need another tool.
const ROWS_MAX: usize = 2_000_000;

/// A file's header and rows.
struct Table {
    header: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    fn any_of(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.column(name))
    }
}

impl Page<'_> {
    /// Durations of a column, in seconds or written like `1m30s`.
    pub(super) fn observed(&mut self, csv: &Node, column: Option<&Node>) -> Option<Vec<Duration>> {
        let table = self.table(csv)?;
        let index = match column {
            Some(node) => self.column(&table, node)?,
            None => 0,
        };
        let mut times = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let text = row.get(index).unwrap_or_default().trim();
            match measured(text) {
                Some(time) => times.push(time),
                None => return self.bad_cell(csv, row, text, "duration, write seconds or `1m30s`"),
            }
        }
        if times.is_empty() {
            self.error(&csv.span, "empty-file", "there is no row in this file");
            return None;
        }
        Some(times)
    }

    /// Numbers of telephones from a column.
    pub(super) fn numbers(&mut self, csv: &Node, column: Option<&Node>) -> Option<Vec<String>> {
        let table = self.table(csv)?;
        let index = match column {
            Some(node) => self.column(&table, node)?,
            None => table.any_of(&NUMBER_COLUMNS).unwrap_or(0),
        };
        let cells = table.rows.iter().filter_map(|row| row.get(index)).map(str::trim);
        Some(cells.filter(|cell| !cell.is_empty()).map(str::to_owned).collect())
    }

    /// Times of calls and, where they are known, callers' numbers, in order. Dates count from the first row's.
    pub(super) fn arrivals(
        &mut self,
        csv: &Node,
        column: Option<&Node>,
        number: Option<&Node>,
    ) -> Option<Vec<(Duration, Option<String>)>> {
        let table = self.table(csv)?;
        let at = match column {
            Some(node) => self.column(&table, node)?,
            None => self.arrival_column(&table, csv)?,
        };
        let number = match number {
            Some(node) => Some(self.column(&table, node)?),
            None => table.any_of(&NUMBER_COLUMNS).filter(|index| *index != at),
        };
        let mut first_date = None;
        let mut arrivals = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let text = row.get(at).unwrap_or_default().trim();
            let Some(time) = self.moment(text, &mut first_date) else {
                return self.bad_cell(csv, row, text, "time, write `09:30:15` or `2026-03-02 09:30:15`");
            };
            let from = number.and_then(|index| row.get(index)).map(str::trim).filter(|cell| !cell.is_empty());
            arrivals.push((time, from.map(str::to_owned)));
        }
        arrivals.sort_by_key(|(time, _)| *time);
        Some(arrivals)
    }

    fn arrival_column(&mut self, table: &Table, csv: &Node) -> Option<usize> {
        let only = (table.header.len() == 1).then_some(0);
        let index = table.any_of(&ARRIVAL_COLUMNS).or(only);
        if index.is_none() {
            let known = ARRIVAL_COLUMNS.join(", ");
            let message = format!("no column is called {known}: write `arrivals: {{ csv: FILE, column: NAME }}`");
            self.error(&csv.span, "unknown-column", message);
        }
        index
    }

    fn moment(&self, text: &str, first: &mut Option<jiff::civil::Date>) -> Option<Duration> {
        if let Ok(seconds) = text.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds).ok();
        }
        if let Some(time) = since_midnight(text) {
            return Some(self.clock.offset(0, time));
        }
        // An offset or zone in the text is read and left: what counts is what the clock on the wall said.
        let time: DateTime = text.parse().ok()?;
        let first = *first.get_or_insert(time.date());
        let day = u32::try_from(time.date().since(first).ok()?.get_days()).ok()?;
        let late = Duration::try_from(time.time().duration_since(jiff::civil::Time::midnight())).ok()?;
        Some(self.clock.offset(day, late))
    }

    fn column(&mut self, table: &Table, node: &Node) -> Option<usize> {
        let name = self.reader.text(node, "column")?;
        let index = table.column(&name);
        if index.is_none() {
            let message = format!("the file has no column `{name}`, only {}", table.header.join(", "));
            self.error(&node.span, "unknown-column", message);
        }
        index
    }

    /// A file of the project, by its path from the project's root or from the day's folder.
    fn table(&mut self, node: &Node) -> Option<Table> {
        let Value::Text(path) = &node.value else {
            self.error(&node.span, "bad-value", "a `csv` is the path of a file");
            return None;
        };
        let beside = self.name.rsplit_once('/').map(|(folder, _)| format!("{folder}/{path}"));
        let text = beside.and_then(|beside| self.files.text(&beside)).or_else(|| self.files.text(path));
        let Some(text) = text else {
            let known = self.files.iter().map(|(path, _)| path).filter(|path| path.ends_with(".csv"));
            let missing = Diagnostic::error("missing-file", format!("there is no file `{path}` in the project"));
            self.reader.report(missing.suggest(path, known), &node.span);
            return None;
        };
        match read_table(text) {
            Ok(table) => Some(table),
            Err(message) => {
                self.error(&node.span, "bad-csv", format!("`{path}` cannot be read: {message}"));
                None
            }
        }
    }

    fn bad_cell<T>(&mut self, csv: &Node, row: &csv::StringRecord, text: &str, wanted: &str) -> Option<T> {
        let line = row.position().map_or(0, csv::Position::line);
        self.error(&csv.span, "bad-csv", format!("line {line} of this file: `{text}` is no {wanted}"));
        None
    }
}

fn read_table(text: &str) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header =
        reader.headers().map_err(|error| error.to_string())?.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = Vec::new();
    for row in reader.into_records() {
        rows.push(row.map_err(|error| error.to_string())?);
        if rows.len() > ROWS_MAX {
            return Err(format!("it has more than {ROWS_MAX} rows"));
        }
    }
    Ok(Table { header, rows })
}

/// `90`, `90.5`, `1m30s`, `0:01:30`
fn measured(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    if let Ok(time) = script::config::duration(text) {
        return Some(time);
    }
    let parts: Option<Vec<u64>> = text.split(':').map(|part| part.parse().ok()).collect();
    match parts?.as_slice() {
        [minutes, seconds] => Some(Duration::from_secs(minutes * 60 + seconds)),
        [hours, minutes, seconds] => Some(Duration::from_secs(hours * 3600 + minutes * 60 + seconds)),
        _ => None,
    }
}
