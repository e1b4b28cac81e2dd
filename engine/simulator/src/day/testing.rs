//! Days as tests of a project: one line each beside the scenarios.

use std::sync::Arc;

use script::{Project, SourceTree};

use super::file::Day;
use super::read::day_files;
use super::run::Watch;
use crate::outside::Outside;
use crate::scenario::{Options, TestReport, TestResult};

/// Runs every day of a project once, with its own seed, and judges it by what it expects.
pub fn run_days(
    project: &Arc<Project>,
    files: &SourceTree,
    options: &Options,
    watch: Watch,
    outside: Outside<'_>,
) -> TestReport {
    let mut report = TestReport::default();
    let wanted = |name: &String| options.only.as_ref().is_none_or(|only| name.contains(only));
    for (name, text) in day_files(files).into_iter().filter(|(name, _)| wanted(name)) {
        report.sources.insert(name.as_str().into(), text.as_str().into());
        report.tests.push(run_day(&name, &text, project, files, watch, outside));
    }
    report
}

fn run_day(
    name: &str,
    text: &str,
    project: &Project,
    files: &SourceTree,
    watch: Watch,
    outside: Outside<'_>,
) -> TestResult {
    let mut test = TestResult {
        file: name.to_owned(),
        name: "the day".to_owned(),
        diagnostics: Vec::new(),
        virtual_time: std::time::Duration::ZERO,
        trace: String::new(),
        trace_hash: String::new(),
    };
    match Day::read(name, text, project, files) {
        Err(found) => test.diagnostics = found,
        Ok(day) => {
            let result = day.run(project, day.seed, watch, outside);
            test.virtual_time = day.runs_for;
            test.trace = result.trace.iter().map(|line| format!("{line}\n")).collect();
            test.trace_hash.clone_from(&result.trace_hash);
            test.diagnostics = day.verdict(text, &[result]);
        }
    }
    test
}
