//! A day as a page with pictures.

use std::fs;
use std::path::Path;

use script::Project;
use simulator::compare::Comparison;
use simulator::picture::Picture;
use simulator::runs::RunsFigures;
use simulator::tables::SweepRow;

use super::day::Played;
use super::day_text::figures;

/// Writes the page of a day; what it is compared with stands below.
pub(super) fn write(
    file: &Path,
    project: &Project,
    played: &Played,
    sweep: &[SweepRow],
    comparison: Option<&Comparison>,
) -> Result<(), String> {
    let Some(first) = played.results.first() else { return Ok(()) };
    let runs = (played.results.len() > 1).then(|| RunsFigures::of(&figures(&played.results)));
    let page = Picture {
        title: &played.day.name,
        begins: played.day.starts,
        zone: &project.config.time_zone,
        seed: first.seed,
        trace_hash: &first.trace_hash,
        day: &first.figures,
        runs: runs.as_ref(),
        service_level_goal: played.day.service_level_goal(),
        targets: &played.day.judge(&played.results),
        sweep,
        comparison,
    };
    fs::write(file, page.html()).map_err(|error| format!("cannot write `{}`: {error}", file.display()))
}
