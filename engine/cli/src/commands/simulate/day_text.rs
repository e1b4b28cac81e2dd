//! A day's figures as tables.

use std::fmt::Display;

use simulator::compare::{Comparison, Side};
use simulator::figures::DayFigures;
use simulator::runs::RunsFigures;
use simulator::tables::{SweepRow, Targets, agents_table, day_table, runs_table, sweep_table};

use super::Arguments;
use super::day::Played;
use crate::screen;

/// One day, or several runs of it; times are those of `zone`.
pub(super) fn print_day(arguments: &Arguments, played: &Played, zone: &jiff::tz::TimeZone) {
    if arguments.trace {
        for run in &played.results {
            screen::say(run.trace.join("\n"));
        }
    }
    match played.results.as_slice() {
        [run] => {
            say_under(&format!("seed {}, trace {}", run.seed, run.trace_hash), played, &day_table(&run.figures));
            screen::say(format_args!("\n{}", agents_table(&run.figures).to_string().trim_end()));
            if !run.campaigns.is_empty() {
                screen::say("");
                crate::commands::campaign::table(&run.campaigns, zone);
            }
        }
        runs => say_under(&played.seeds(), played, &runs_table(&RunsFigures::of(&figures(runs)))),
    }
}

/// What each number of agents gives.
pub(super) fn staffing(several: &[Played]) -> Vec<SweepRow> {
    let row = |played: &Played| SweepRow {
        agents: played.day.agents_counted().unwrap_or_default(),
        figures: RunsFigures::of(&figures(&played.results)),
        targets: played.targets(),
    };
    several.iter().map(row).collect()
}

/// The table that a manager chooses by; `first` knows the seeds.
pub(super) fn print_staffing(first: &Played, rows: &[SweepRow]) {
    say_under(&first.seeds(), first, &sweep_table(rows));
}

/// Both sides of a comparison, named by their folders.
pub(super) fn compared(a: (&str, &Played), b: (&str, &Played)) -> Comparison {
    let (days_a, days_b) = (figures(&a.1.results), figures(&b.1.results));
    Comparison::of(Side { name: a.0, days: &days_a }, Side { name: b.0, days: &days_b })
}

pub(super) fn figures(runs: &[simulator::day::DayResult]) -> Vec<DayFigures> {
    runs.iter().map(|run| run.figures.clone()).collect()
}

impl Played {
    fn seeds(&self) -> String {
        let seed = self.results.first().map_or(0, |run| run.seed);
        match self.results.len() {
            1 => format!("seed {seed}"),
            runs => format!("{runs} runs from seed {seed}; ± is half of the 95 % interval"),
        }
    }

    fn targets(&self) -> Targets {
        match (self.day.has_targets(), self.missed.is_empty()) {
            (false, true) => Targets::None,
            (_, true) => Targets::Met,
            (_, false) => Targets::Missed,
        }
    }
}

fn say_under(title: &str, played: &Played, table: &impl Display) {
    screen::say(format_args!("{}, {title}\n\n{}", played.day.name, table.to_string().trim_end()));
}
