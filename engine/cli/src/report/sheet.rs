//! A report as CSV: one row per line and one for everything.

use super::{Line, Report};

/// The rows with a header; seconds and fractions of 1, empty where there is nothing to average.
pub(crate) fn csv(report: &Report) -> Result<String, String> {
    let columns = report.by.columns();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once(report.by.as_str()).chain(columns.iter().map(|column| column.key()));
    writer.write_record(header).map_err(|error| error.to_string())?;
    let total = report.total();
    let lines: Vec<&Line> = report.lines.iter().chain(std::iter::once(&total)).collect();
    for line in lines {
        let number = |number: f64| number.to_string();
        let values =
            columns.iter().map(|column| column.cell(line, report.level).number().map(number).unwrap_or_default());
        let row: Vec<String> = std::iter::once(harmless(&line.name)).chain(values).collect();
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// A spreadsheet must not take what a stranger dialled for a formula.
fn harmless(name: &str) -> String {
    if name.starts_with(['=', '@', '-']) { format!("'{name}") } else { name.to_owned() }
}
