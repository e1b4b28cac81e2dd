//! Two versions of a project on the same days: what changed, and whether it is more than chance.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::QueueId;
use serde::Serialize;

use crate::figures::{Better, DayFigures, Figures, Quantity};
use crate::runs;
use crate::statistics::Estimate;
use crate::tables::{Align, Table};

/// One version of a project and its days.
#[derive(Debug, Clone, Copy)]
pub struct Side<'d> {
    /// What to call it: a folder, a version.
    pub name: &'d str,
    /// A day per seed, in the same order of seeds on both sides.
    pub days: &'d [DayFigures],
}

/// Two versions side by side. `Display` is the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The first version.
    pub a: String,
    /// The second.
    pub b: String,
    /// Seeds that both were run with.
    pub runs: usize,
    /// Calls that came to any queue.
    pub whole: Vec<Row>,
    /// Entries by queue; a queue that one side does not have shows n/a there.
    pub queues: BTreeMap<QueueId, Vec<Row>>,
}

/// One figure on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its key in JSON.
    pub figure: &'static str,
    /// The first version.
    pub a: Option<Estimate>,
    /// The second.
    pub b: Option<Estimate>,
    /// `b − a`, seed by seed.
    pub difference: Option<Estimate>,
    /// What to make of it.
    pub verdict: Verdict,
    #[serde(skip)]
    quantity: Quantity,
}

/// What a difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval of the difference holds 0: it may be chance.
    Unclear,
    /// No run differs.
    Same,
    /// The second version is better.
    Better,
    /// The second version is worse.
    Worse,
    /// It changed, and that is neither good nor bad.
    Changed,
    /// A single run, or a figure that a side does not have: nothing can be said.
    Unknown,
}

impl Comparison {
    /// Pairs the days by their place in the lists.
    pub fn of(a: Side<'_>, b: Side<'_>) -> Self {
        let runs = a.days.len().min(b.days.len());
        let (days_a, days_b) = (&a.days[..runs], &b.days[..runs]);
        let queues: BTreeSet<&QueueId> =
            runs::queue_names(days_a).into_iter().chain(runs::queue_names(days_b)).collect();
        let queue = |id: &QueueId| rows(&runs::queue(days_a, id), &runs::queue(days_b, id));
        Self {
            a: a.name.to_owned(),
            b: b.name.to_owned(),
            runs,
            whole: rows(&wholes(days_a), &wholes(days_b)),
            queues: queues.into_iter().map(|id| (id.clone(), queue(id))).collect(),
        }
    }
}

fn wholes(days: &[DayFigures]) -> Vec<Option<&Figures>> {
    days.iter().map(|day| Some(&day.whole)).collect()
}

fn rows(a: &[Option<&Figures>], b: &[Option<&Figures>]) -> Vec<Row> {
    let row = |quantity: Quantity| {
        let values = |side: &[Option<&Figures>]| -> Vec<Option<f64>> {
            side.iter().map(|figures| figures.and_then(|figures| quantity.of(figures))).collect()
        };
        let (a, b) = (values(a), values(b));
        let difference = Estimate::of_differences(&a, &b);
        let mean = |side: &[Option<f64>]| Estimate::of(&side.iter().flatten().copied().collect::<Vec<_>>());
        let verdict = Verdict::of(quantity, difference);
        Row { figure: quantity.key(), a: mean(&a), b: mean(&b), difference, verdict, quantity }
    };
    Quantity::ALL.into_iter().map(row).collect()
}

impl Verdict {
    fn of(quantity: Quantity, difference: Option<Estimate>) -> Self {
        let Some(difference) = difference else { return Verdict::Unknown };
        match (difference.standard_error, quantity.better()) {
            (None, _) => Verdict::Unknown,
            (Some(0.0), _) if difference.mean == 0.0 => Verdict::Same,
            _ if !difference.excludes(0.0) => Verdict::Unclear,
            (_, Better::Neither) => Verdict::Changed,
            (_, Better::Higher) if difference.mean > 0.0 => Verdict::Better,
            (_, Better::Lower) if difference.mean < 0.0 => Verdict::Better,
            _ => Verdict::Worse,
        }
    }

    /// How pages colour it: like a target met or missed.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Verdict::Better => "met",
            Verdict::Worse => "missed",
            _ => "even",
        }
    }

    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Unclear => "may be chance",
            Verdict::Same => "same",
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Changed => "changed",
            Verdict::Unknown => "",
        }
    }
}

impl Row {
    /// Tables leave out what neither side has, or what is zero in every run.
    pub(crate) fn says_something(&self) -> bool {
        let zero = |side: Option<Estimate>| side.is_none_or(|side| side.mean == 0.0);
        !zero(self.a) || !zero(self.b)
    }

    /// The words of the figure.
    pub fn title(&self) -> &'static str {
        self.quantity.title()
    }

    /// The first version, with its interval.
    pub fn a_text(&self) -> String {
        self.quantity.estimate_text(self.a)
    }

    /// The second version, with its interval.
    pub fn b_text(&self) -> String {
        self.quantity.estimate_text(self.b)
    }

    /// The difference, with its interval; shares in percentage points.
    pub fn difference_text(&self) -> String {
        let text = self.quantity.estimate_text(self.difference).replace('%', "pp");
        if self.difference.is_some_and(|difference| difference.mean > 0.0) { format!("+{text}") } else { text }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes = self.queues.iter().map(|(id, rows)| (format!("queue {id}"), rows));
        for (name, rows) in std::iter::once(("all calls".to_owned(), &self.whole)).chain(scopes) {
            let mut table = Table::new(&[
                (&name, Align::Left),
                (&self.a, Align::Right),
                (&self.b, Align::Right),
                ("difference", Align::Right),
                ("", Align::Left),
            ]);
            for row in rows.iter().filter(|row| row.says_something()) {
                let cells = [row.title().to_owned(), row.a_text(), row.b_text(), row.difference_text()];
                table.row(cells.into_iter().chain([row.verdict.as_str().to_owned()]));
            }
            writeln!(f, "{table}")?;
        }
        let seeds = if self.runs == 1 { "one seed".to_owned() } else { format!("{} seeds", self.runs) };
        writeln!(f, "{seeds}, the same on both sides; ± is half of the 95 % interval")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::figures::tests::day_with;

    #[test]
    fn a_faster_version_is_seen_to_be_faster() {
        let slow = [day_with(&[30, 10]), day_with(&[40, 10]), day_with(&[30, 30])];
        let fast = [day_with(&[10, 10]), day_with(&[19, 10]), day_with(&[10, 11])];
        let text = Comparison::of(Side { name: "old", days: &slow }, Side { name: "new", days: &fast }).to_string();
        let all = text.split("queue support").next().unwrap();
        expect![[r#"
            all calls                  old            new       difference
            offered                      2              2                0  same
            answered                     2              2                0  same
            service level    33.3 % ± 71.7        100.0 %  +66.7 pp ± 71.7  may be chance
            speed of answer  25.0 s ± 12.4   11.7 s ± 6.1   -13.3 s ± 13.3  better
            average wait     25.0 s ± 12.4   11.7 s ± 6.1   -13.3 s ± 13.3  better
            occupancy               12.0 %         12.0 %           0.0 pp  same
            longest wait     33.3 s ± 14.3  13.3 s ± 12.3    -20.0 s ± 2.5  better
            handle time             60.0 s         60.0 s            0.0 s  same
            fairness                 1.000          1.000            0.000  same

        "#]]
        .assert_eq(all);
        assert!(text.ends_with("3 seeds, the same on both sides; ± is half of the 95 % interval\n"));
    }

    #[test]
    fn one_run_proves_nothing_and_a_missing_queue_is_no_number() {
        let (a, b) = ([day_with(&[30])], [day_with(&[10])]);
        let comparison = Comparison::of(Side { name: "a", days: &a }, Side { name: "b", days: &b });
        assert!(comparison.whole.iter().all(|row| row.verdict == Verdict::Unknown));
        let nothing = Comparison::of(Side { name: "a", days: &a }, Side { name: "b", days: &[] });
        assert_eq!((nothing.runs, nothing.whole[0].a), (0, None));
    }
}
