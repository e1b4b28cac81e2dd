//! Did the day reach what its file expects?

use model::short_duration;
use script::Diagnostic;

use super::file::{Day, Limit, Target, Unit};
use super::run::DayResult;
use crate::figures::{Figures, Quantity};
use crate::picture::{Target as Judged, Verdict};
use crate::statistics::Estimate;

impl Day {
    /// Every target that was missed, pointing into the day's `text`. Several runs are judged by their mean.
    pub fn verdict(&self, text: &str, runs: &[DayResult]) -> Vec<Diagnostic> {
        let broken = runs.iter().flat_map(|run| &run.broken).map(|what| {
            Diagnostic::error("broken-day", format!("the books do not agree: {what}")).in_file(self.name.as_str())
        });
        let missed = self.targets.iter().filter_map(|target| {
            let judged = target.judge(runs);
            let seeds = match runs {
                [run] => format!("with seed {}", run.seed),
                _ => format!("in the mean of {} runs", runs.len()),
            };
            let message = format!("{} was {}, not {}", judged.figure, judged.got, judged.wanted);
            let diagnostic = Diagnostic::error("target-missed", message);
            let diagnostic = diagnostic.at(self.name.as_str(), text, target.span.clone()).label(seeds);
            (judged.verdict == Verdict::Missed).then_some(diagnostic)
        });
        broken.chain(missed).collect()
    }

    /// Every target, and what became of it in the mean of these runs.
    pub fn judge(&self, runs: &[DayResult]) -> Vec<Judged> {
        self.targets.iter().map(|target| target.judge(runs)).collect()
    }

    /// The share that the file wants answered in time.
    pub fn service_level_goal(&self) -> Option<f64> {
        self.targets.iter().find_map(|target| match target.limit {
            Limit::AtLeast(share, _) if target.figure == "service_level" => Some(share),
            _ => None,
        })
    }
}

impl Target {
    fn judge(&self, runs: &[DayResult]) -> Judged {
        let whose = self.queue.as_ref().map(|queue| format!(" of {queue}")).unwrap_or_default();
        let within = self.within.map(|time| format!(" in {}", short_duration(time))).unwrap_or_default();
        let (words, limit) = match self.limit {
            Limit::AtLeast(limit, _) => ("at least", limit),
            Limit::AtMost(limit, _) => ("at most", limit),
        };
        let values: Vec<f64> = runs.iter().filter_map(|run| self.value(run)).collect();
        let estimate = Estimate::of(&values);
        let met = estimate.is_some_and(|estimate| match self.limit {
            Limit::AtLeast(limit, _) => estimate.mean >= limit,
            Limit::AtMost(limit, _) => estimate.mean <= limit,
        });
        let error = estimate.and_then(|estimate| estimate.half_width());
        let error = error.map(|half| format!(" ± {}", self.written(half))).unwrap_or_default();
        let got = estimate.map_or("nothing that could be counted".to_owned(), |one| self.written(one.mean));
        Judged {
            figure: format!("{}{whose}", self.figure.replace('_', " ")),
            wanted: format!("{words} {}{within}", self.written(limit)),
            got: format!("{got}{error}"),
            verdict: if met { Verdict::Met } else { Verdict::Missed },
        }
    }

    fn value(&self, run: &DayResult) -> Option<f64> {
        let figures = match &self.queue {
            Some(queue) => run.figures.queues.get(queue)?,
            None => &run.figures.whole,
        };
        let quantity = self.quantity()?;
        let value = quantity.of(figures)?;
        let of_offered = self.limit.unit() == Unit::Share && quantity.unit() == crate::figures::Unit::Count;
        if of_offered { share_of_offered(value, figures) } else { Some(value) }
    }

    fn quantity(&self) -> Option<Quantity> {
        if self.figure == "abandoned" && self.limit.unit() == Unit::Share {
            return Some(Quantity::AbandonRate);
        }
        let in_seconds = format!("{}_seconds", self.figure);
        Quantity::ALL.into_iter().find(|quantity| quantity.key() == self.figure || quantity.key() == in_seconds)
    }

    fn written(&self, value: f64) -> String {
        match self.limit.unit() {
            Unit::Share => format!("{:.1} %", value * 100.0),
            Unit::Seconds => format!("{value:.1} s"),
            Unit::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Unit::Count => format!("{value:.1}"),
        }
    }
}

fn share_of_offered(value: f64, figures: &Figures) -> Option<f64> {
    (figures.offered > 0).then(|| value / figures.offered as f64)
}
