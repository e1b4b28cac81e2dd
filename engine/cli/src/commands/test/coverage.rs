//! Which lines of a project's scripts its tests reach.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use script::{Coverage, Diagnostic, Diagnostics, FileCoverage, SourceTree};
use serde_json::{Value, json};
use simulator::day::{Watch, run_days};
use simulator::{Options, run_tests, scenario_files};

use crate::dry::Backstage;
use crate::screen;

/// What was reached.
pub(super) struct Measured {
    files: Vec<FileCoverage>,
    unmarked: Vec<String>,
}

/// Runs all tests once more with scripts that tell what they reach. What came of the tests is known already.
pub(super) fn measure(folder: &Path, tree: &SourceTree, options: &Options) -> Result<Measured, String> {
    let coverage = Coverage::default();
    let project = crate::workspace::load_watched(folder, &coverage)
        .map_err(|found| format!("`{}` has changed meanwhile: {}", folder.display(), screen::tally(&found)))?;
    let project = Arc::new(project);
    Backstage::open(folder, &project).with(|outside| {
        run_tests(&project, &scenario_files(tree), options, outside);
        run_days(&project, tree, options, Watch::default(), outside);
    });
    Ok(Measured { files: coverage.files(), unmarked: coverage.unmarked() })
}

impl Measured {
    /// A line for each script, then the places that nothing reaches.
    pub(super) fn text(&self, tree: &SourceTree, color: bool) -> String {
        let mut out = String::new();
        let width = self.files.iter().map(|file| file.file.chars().count()).max().unwrap_or(0);
        for file in &self.files {
            let (lines, reached) = (file.lines, file.reached_lines());
            let _ = write!(out, "{:<width$}  {:>6}  {reached} of {lines} lines", file.file, percent(reached, lines));
            match ranges(&file.missed_lines()).as_str() {
                "" => out.push('\n'),
                missed => {
                    let _ = writeln!(out, ", not {missed}");
                }
            }
        }
        for file in &self.unmarked {
            let _ = writeln!(out, "{file:<width$}       -  cannot be measured");
        }
        if self.files.len() > 1 {
            let (lines, reached) = self.sums();
            let _ = writeln!(out, "{:<width$}  {:>6}  {reached} of {lines} lines", "all", percent(reached, lines));
        }
        let found = self.diagnostics(tree);
        if !found.list.is_empty() {
            let _ = write!(out, "\n{}", found.render(color));
        }
        out
    }

    pub(super) fn json(&self) -> Value {
        let share =
            |reached: usize, lines: usize| (lines > 0).then(|| (reached as f64 * 1000.0 / lines as f64).round() / 10.0);
        let one = |file: &FileCoverage| {
            let reached = file.reached_lines();
            json!({
                "file": file.file,
                "lines": file.lines,
                "reached": reached,
                "percent": share(reached, file.lines),
                "not_reached": file.missed_lines(),
            })
        };
        let (lines, reached) = self.sums();
        json!({
            "lines": lines,
            "reached": reached,
            "percent": share(reached, lines),
            "files": self.files.iter().map(one).collect::<Vec<_>>(),
            "not_measured": self.unmarked,
        })
    }

    fn sums(&self) -> (usize, usize) {
        let reached = self.files.iter().map(FileCoverage::reached_lines).sum();
        (self.files.iter().map(|file| file.lines).sum(), reached)
    }

    /// One finding for each run of neighbouring places.
    fn diagnostics(&self, tree: &SourceTree) -> Diagnostics {
        let mut found = Diagnostics::default();
        for file in &self.files {
            let Some(text) = tree.text(&file.file) else { continue };
            found.sources.insert(file.file.as_str().into(), text.into());
            for lines in runs(&file.missed_lines()) {
                let first = file.missed.iter().find(|(line, _)| *line == lines.0);
                let last = file.missed.iter().rfind(|(line, _)| *line == lines.1);
                let (Some(first), Some(last)) = (first, last) else { continue };
                let (Some(start), Some(end)) = (byte(text, *first), byte(text, *last)) else { continue };
                let end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
                let message = format!("no test reaches {}", if lines.0 == lines.1 { "this" } else { "these lines" });
                let shown = start..start + text[start..end].trim_end().len();
                found.list.push(Diagnostic::warning("not-reached", message).at(file.file.as_str(), text, shown));
            }
        }
        found
    }
}

/// Lines one after the other, as first and last.
fn runs(lines: &[u32]) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match found.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => found.push((*line, *line)),
        }
    }
    found
}

/// `3, 5-7`
fn ranges(lines: &[u32]) -> String {
    let text = |(first, last): (u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    runs(lines).into_iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Never 100 % while something is missing.
fn percent(reached: usize, lines: usize) -> String {
    match lines {
        0 => "-".to_owned(),
        _ => format!("{:.1} %", (reached * 1000 / lines) as f64 / 10.0),
    }
}

/// The byte at a line and column, both from 1.
fn byte(text: &str, (line, column): (u32, u32)) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    text[start..].char_indices().nth(column).map(|(at, _)| start + at)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const FLOW: &str =
        "answer();\nif late {\n    play(\"closed\");\n    hangup();\n}\nswitch key { \"1\" => a(), _ => b() }\n";

    fn measured(missed: &[(u32, u32)]) -> Measured {
        let file = FileCoverage { file: "main.rhai".into(), lines: 5, missed: missed.to_vec() };
        let whole = FileCoverage { file: "after_hours.rhai".into(), lines: 3, missed: Vec::new() };
        Measured { files: vec![whole, file], unmarked: Vec::new() }
    }

    #[test]
    fn what_no_test_reaches_is_shown_in_its_place() {
        let tree = SourceTree::default().with("main.rhai", FLOW);
        expect![[r#"
            after_hours.rhai  100.0 %  3 of 3 lines
            main.rhai         40.0 %  2 of 5 lines, not 3-4, 6
            all               62.5 %  5 of 8 lines

            warning[not-reached]: no test reaches these lines
             --> main.rhai:3:5
              |
            3 | /     play("closed");
            4 | |     hangup();
              | |_____________^

            warning[not-reached]: no test reaches this
             --> main.rhai:6:31
              |
            6 | switch key { "1" => a(), _ => b() }
              |                               ^^^^^
        "#]]
        .assert_eq(&measured(&[(3, 5), (4, 5), (6, 31)]).text(&tree, false));
    }

    #[test]
    fn json_has_the_lines_and_never_rounds_to_everything() {
        let json = measured(&[(3, 5), (4, 5), (6, 31)]).json();
        assert_eq!((&json["lines"], &json["reached"], &json["percent"]), (&8.into(), &5.into(), &62.5.into()));
        assert_eq!(json["files"][1]["not_reached"], json!([3, 4, 6]));
        assert_eq!(percent(9_999, 10_000), "99.9 %");
    }
}
