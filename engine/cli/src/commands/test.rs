//! `callwright test`

mod coverage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use runtime::{Clock, read_tree};
use script::{Diagnostics, Project};
use serde_json::{Value, json};
use simulator::day::{Watch, run_days};
use simulator::{Options, TestReport, TestResult, run_tests, scenario_files};

use self::coverage::Measured;
use crate::dry::Backstage;
use crate::{Ending, screen, workspace};

/// Runs a project's tests, `*.test.yaml` and `*.day.yaml`, in virtual time
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Only tests with this text in their names, and days with it in their files' names
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Decides all chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run all of it once more, and tell which lines of the project's scripts no test reaches
    #[arg(long)]
    coverage: bool,
    /// Show everything that happened in each test
    #[arg(long)]
    trace: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let clock = Clock::start();
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let project = Arc::new(workspace::load_or_explain(&folder)?);
    let tree = read_tree(&folder).map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
    let shown = folder.display().to_string();
    let options = Options { only: arguments.only.clone(), seed: arguments.seed, folder: shown };
    let backstage = Backstage::open(&folder, &project);
    let watch = Watch { trace: arguments.trace, ..Watch::default() };
    let report = backstage.with(|outside| {
        let mut report = run_tests(&project, &scenario_files(&tree), &options, outside);
        let days = run_days(&project, &tree, &options, watch, outside);
        report.tests.extend(days.tests);
        report.sources.extend(days.sources);
        report
    });
    if let Some(only) = arguments.only.as_ref().filter(|_| report.tests.is_empty()) {
        return Err(format!("no test of `{}` has `{only}` in its name", folder.display()));
    }
    let coverage = arguments.coverage.then(|| coverage::measure(&folder, &tree, &options)).transpose()?;
    let took = clock.now().since(model::Timestamp::ZERO);
    if arguments.json {
        super::print_json(&as_json(&report, took, arguments, coverage.as_ref()))?;
    } else {
        print(&report, took, arguments);
        if let Some(coverage) = coverage {
            screen::say(format_args!("\n{}", coverage.text(&tree, screen::is_colorful()).trim_end()));
        }
    }
    Ok(if report.failed() == 0 { Ending::Fine } else { Ending::Failed })
}

/// Refuses a version whose own scenarios fail. Days take longer than a save may wait.
pub(crate) fn verify(folder: &Path, project: &Arc<Project>) -> Result<(), Diagnostics> {
    let files = read_tree(folder).map(|tree| scenario_files(&tree)).unwrap_or_default();
    if files.is_empty() {
        return Ok(());
    }
    let options = Options { only: None, seed: 1, folder: folder.display().to_string() };
    let backstage = Backstage::open(folder, project);
    let report = backstage.with(|outside| run_tests(project, &files, &options, outside));
    if report.failed() == 0 {
        return Ok(());
    }
    let list = report.tests.into_iter().flat_map(|test| test.diagnostics).collect();
    Err(Diagnostics { list, sources: report.sources })
}

fn print(report: &TestReport, took: Duration, arguments: &Arguments) {
    let color = screen::is_colorful();
    if report.tests.is_empty() {
        return screen::say("no tests: they stand in files named `*.test.yaml` and `*.day.yaml`");
    }
    if arguments.trace {
        for test in &report.tests {
            screen::say(format_args!("{}: {}\n{}", test.file, test.name, test.trace));
        }
    }
    screen::say(format_args!("{}\n", report.render(color).trim_end()));
    let took = format!("{:.1}s", took.as_secs_f64());
    screen::say(format_args!("{} in {took}", screen::verdict(&report.summary(), report.failed() == 0, color)));
}

fn as_json(report: &TestReport, took: Duration, arguments: &Arguments, coverage: Option<&Measured>) -> Value {
    let one = |test: &TestResult| {
        let found = Diagnostics::from(test.diagnostics.clone());
        json!({
            "file": test.file,
            "name": test.name,
            "passed": test.passed(),
            "virtual_seconds": test.virtual_time.as_secs_f64(),
            "trace_hash": test.trace_hash,
            "diagnostics": found.to_json(),
            "trace": arguments.trace.then(|| test.trace.lines().collect::<Vec<_>>()),
        })
    };
    let virtual_time: Duration = report.tests.iter().map(|test| test.virtual_time).sum();
    let mut object = json!({
        "run": report.tests.len(),
        "passed": report.tests.len() - report.failed(),
        "failed": report.failed(),
        "seed": arguments.seed,
        "virtual_seconds": virtual_time.as_secs_f64(),
        "real_seconds": took.as_secs_f64(),
        "tests": report.tests.iter().map(one).collect::<Vec<_>>(),
    });
    if let Some(coverage) = coverage {
        object["coverage"] = coverage.json();
    }
    object
}
