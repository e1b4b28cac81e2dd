//! A report as CSV: one row per line and one for everything.

use super::column::Cell;
use super::{Line, Report};
use crate::spreadsheet::harmless;

/// The rows with a header; seconds and fractions of 1, empty where there is nothing to average.
pub(crate) fn csv(report: &Report) -> Result<String, String> {
    let columns = report.by.columns();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let forms: Vec<&String> = report.whole.scores.0.keys().collect();
    let fixed = std::iter::once(report.by.as_str()).chain(columns.iter().map(|column| column.key()));
    // A form's name is letters, digits, `-` and `_`.
    let of_forms = forms.iter().flat_map(|form| [format!("evaluations_{form}"), format!("evaluation_score_{form}")]);
    writer.write_record(fixed.map(str::to_owned).chain(of_forms)).map_err(|error| error.to_string())?;
    let total = report.total();
    let lines: Vec<&Line> = report.lines.iter().chain(std::iter::once(&total)).collect();
    for line in lines {
        let number = |number: f64| number.to_string();
        let values =
            columns.iter().map(|column| column.cell(line, report.level).number().map(number).unwrap_or_default());
        let of_forms = forms.iter().flat_map(|form| {
            let score = line.scores.0.get(*form).copied().unwrap_or_default();
            let mean = Cell::Share(score.mean()).number().map(number).unwrap_or_default();
            [score.filled.to_string(), mean]
        });
        let row: Vec<String> =
            std::iter::once(harmless(&line.name).into_owned()).chain(values).chain(of_forms).collect();
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
