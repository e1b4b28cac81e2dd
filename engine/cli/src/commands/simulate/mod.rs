//! `callwright simulate`: one call, or a whole day.

mod call;
mod day;
mod day_json;
mod day_page;
mod day_text;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use script::config::duration;
use script::project::CONFIG_FILE;

use crate::{Ending, workspace};

/// Makes one call, or a whole day of them, in virtual time; the same arguments give the same calls
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A project's folder, one flow of it, or a day, `busy.day.yaml` [default: here, or `scripts`]
    #[arg(value_name = "PROJECT, FLOW or DAY")]
    target: Option<PathBuf>,
    /// The caller's number
    #[arg(long, value_name = "NUMBER", default_value = "+15550100")]
    from: String,
    /// The dialled number [default: the first one of the project]
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// When it calls, in the project's time zone
    #[arg(long, value_name = "TIME", default_value = "2026-03-02 10:00")]
    at: String,
    /// Keys and pauses: "1 w2s 3#" presses 1, waits two seconds, presses 3 and #
    #[arg(long, value_name = "KEYS", default_value = "", hide_default_value = true)]
    press: String,
    /// The caller loses patience then
    #[arg(long, value_name = "TIME", value_parser = duration)]
    hang_up_after: Option<Duration>,
    /// Decides all chance [default: 1, or what the day says]
    #[arg(long)]
    seed: Option<u64>,
    /// A day: repeat it with so many seeds, for confidence intervals
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), hide_default_value = true)]
    runs: u16,
    /// A day: try each of these numbers of agents in its first row
    #[arg(long, value_name = "8..16", value_parser = span)]
    agents: Option<RangeInclusive<u32>>,
    /// A day: run it with another project too, and show side by side what differs
    #[arg(long, value_name = "PROJECT", conflicts_with = "agents")]
    compare: Option<PathBuf>,
    /// A day: write a page with pictures
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Show everything that happened
    #[arg(long)]
    trace: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    match arguments.target.as_deref().filter(|path| path.to_string_lossy().ends_with(".day.yaml")) {
        Some(file) => day::run(arguments, file),
        None if arguments.is_for_days() => {
            Err("`--runs`, `--agents`, `--compare` and `--report` are for days: name a file, `busy.day.yaml`"
                .to_owned())
        }
        None => call::run(arguments),
    }
}

impl Arguments {
    fn is_for_days(&self) -> bool {
        self.runs > 1 || self.agents.is_some() || self.compare.is_some() || self.report.is_some()
    }
}

/// The project that a file belongs to, and the file's path in it.
fn project_of(file: &Path, what: &str) -> Result<(PathBuf, String), String> {
    if !file.is_file() {
        return Err(format!("there is no {what} `{}`", file.display()));
    }
    let mut folders = file.ancestors().skip(1);
    let here = |folder: &Path| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() };
    let root = folders.find(|folder| here(folder).join(CONFIG_FILE).is_file());
    let root =
        root.ok_or_else(|| format!("`{}` belongs to no project: no `{CONFIG_FILE}` above it", file.display()))?;
    let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
    Ok((here(root), name))
}

/// The project, and the flow when one is named: `examples/clinic/main.rhai`.
fn project_or_flow(named: Option<&Path>) -> Result<(PathBuf, Option<String>), String> {
    match named.filter(|path| path.extension().is_some_and(|extension| extension == "rhai")) {
        Some(file) => project_of(file, "flow").map(|(root, flow)| (root, Some(flow))),
        None => Ok((workspace::existing_project(named)?, None)),
    }
}

/// `8..16`, both ends included.
fn span(text: &str) -> Result<RangeInclusive<u32>, String> {
    let wrong = || format!("`{text}` is no range, write `8..16`");
    let (low, high) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim_start_matches('=').trim().parse::<u32>().map_err(|_| wrong());
    let (low, high) = (number(low)?, number(high)?);
    if low > high || high > 10_000 || high - low >= 1000 {
        return Err(wrong());
    }
    Ok(low..=high)
}
