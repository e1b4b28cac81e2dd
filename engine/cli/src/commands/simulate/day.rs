//! `callwright simulate busy.day.yaml`: a whole day, several of them, or several staffings.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use runtime::read_tree;
use script::{Diagnostic, Diagnostics, Project, SourceTree};
use simulator::day::{Day, DayResult, Runs, Watch, run_all};

use super::{Arguments, day_json, day_page, day_text, project_of};
use crate::dry::{Backstage, Questions};
use crate::{Ending, screen, workspace};

/// A project whose flows answer a day's calls.
pub(crate) struct Bench {
    project: Project,
    tree: SourceTree,
    backstage: Backstage,
}

/// A day and what came of it.
pub(super) struct Played {
    pub(super) day: Day,
    pub(super) results: Vec<DayResult>,
    pub(super) missed: Vec<Diagnostic>,
}

impl Bench {
    pub(crate) fn open(folder: &Path) -> Result<Bench, String> {
        let project = workspace::load_or_explain(folder)?;
        let tree = read_tree(folder).map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
        let backstage = Backstage::open(folder, &project);
        Ok(Bench { project, tree, backstage })
    }

    /// The day as this project has it; its faults are printed.
    fn read(&self, name: &str, text: &str) -> Result<Day, String> {
        Day::read(name, text, &self.project, &self.tree).map_err(|list| {
            let found = explained(list, name, text);
            screen::remark(found.render(screen::is_colorful_for_errors()));
            format!("`{name}` has {}", screen::tally(&found))
        })
    }
}

pub(super) fn run(arguments: &Arguments, file: &Path) -> Result<Ending, String> {
    let (folder, name): (PathBuf, String) = project_of(file, "day")?;
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    let bench = Bench::open(&folder)?;
    let day = bench.read(&name, &text)?;
    if let Some(counts) = &arguments.agents {
        return sweep(arguments, &bench, &day, counts.clone(), &text);
    }
    let other = arguments.compare.as_deref().map(|folder| Bench::open(folder).map(|bench| (folder, bench)));
    let other = other.transpose()?;
    let mut tasks = vec![(&bench, day)];
    if let Some((_, bench)) = &other {
        tasks.push((bench, bench.read(&name, &text)?));
    }
    let played = play(arguments, tasks, &text);
    let Some((one, others)) = played.split_first() else { return Ok(Ending::Fine) };
    let comparison = others.first().zip(other.as_ref()).map(|(b, (other, _))| {
        let names = [folder.display().to_string(), other.display().to_string()];
        (b, day_text::compared((&names[0], one), (&names[1], b)))
    });
    match &comparison {
        Some((b, comparison)) if arguments.json => {
            crate::commands::print_json(&day_json::comparison(arguments, one, b, comparison))?;
        }
        Some((_, comparison)) => screen::say(comparison),
        None if arguments.json => crate::commands::print_json(&day_json::day(arguments, one))?,
        None => day_text::print_day(arguments, one, &bench.project.config.time_zone),
    }
    if let Some(file) = &arguments.report {
        let comparison = comparison.as_ref().map(|(_, comparison)| comparison);
        day_page::write(file, &bench.project, one, &[], comparison)?;
    }
    if one.missed.is_empty() {
        return Ok(Ending::Fine);
    }
    let found = explained(one.missed.clone(), &name, &text);
    screen::remark(found.render(screen::is_colorful_for_errors()).trim_end());
    Ok(Ending::Failed)
}

/// Asks what would be with each of these numbers of agents: a target that too few miss is an answer, not a failure.
fn sweep(
    arguments: &Arguments,
    bench: &Bench,
    day: &Day,
    counts: RangeInclusive<u32>,
    text: &str,
) -> Result<Ending, String> {
    if day.agents_counted().is_none() {
        let name = &day.name;
        return Err(format!("`--agents` changes the `count` of the first row of `agents`; `{name}` has none there"));
    }
    let played = play(arguments, counts.map(|count| (bench, day.with_agents(count))).collect(), text);
    let rows = day_text::staffing(&played);
    if arguments.json {
        crate::commands::print_json(&day_json::staffing(arguments, &played))?;
    } else if let Some(first) = played.first() {
        day_text::print_staffing(first, &rows);
    }
    let as_written = played.iter().find(|one| one.day.agents_counted() == day.agents_counted());
    if let Some((file, one)) = arguments.report.as_ref().zip(as_written.or(played.first())) {
        day_page::write(file, &bench.project, one, &rows, None)?;
    }
    Ok(Ending::Fine)
}

/// Runs every day with every seed, showing how far it is.
fn play(arguments: &Arguments, days: Vec<(&Bench, Day)>, text: &str) -> Vec<Played> {
    let count = usize::from(arguments.runs);
    let watch = Watch { trace: arguments.trace, ..Watch::default() };
    let bar = progress(days.len() * count);
    let questions: Vec<Questions<'_>> = days.iter().map(|(bench, _)| bench.backstage.questions()).collect();
    let runs: Vec<Runs<'_>> = days
        .iter()
        .zip(&questions)
        .map(|((bench, day), questions)| {
            let first_seed = arguments.seed.unwrap_or(day.seed);
            Runs { day, project: &bench.project, outside: questions.outside(), first_seed, count }
        })
        .collect();
    let results = run_all(&runs, watch, &|| bar.inc(1));
    bar.finish_and_clear();
    let judged = |((_, day), results): ((&Bench, Day), Vec<DayResult>)| {
        let missed = day.verdict(text, &results);
        Played { day, results, missed }
    };
    days.into_iter().zip(results).map(judged).collect()
}

/// A bar on a terminal, for several runs; nothing elsewhere.
fn progress(runs: usize) -> ProgressBar {
    if runs < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} days, {eta} left");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(runs as u64).with_style(style)
}

fn explained(list: Vec<Diagnostic>, name: &str, text: &str) -> Diagnostics {
    Diagnostics { list, sources: [(name.into(), text.into())].into() }
}
