//! Tables of text: aligned columns, nothing else, so that they can be read, piped and compared.

use std::fmt;

use crate::figures::{DayFigures, Figures, Quantity};
use crate::runs::{Estimates, RunsFigures};

/// The figures that decide about staffing.
pub(crate) const STAFFING: [Quantity; 5] = [
    Quantity::ServiceLevel,
    Quantity::AsaSeconds,
    Quantity::AbandonRate,
    Quantity::LongestWaitSeconds,
    Quantity::Occupancy,
];

/// One number of agents and what became of the days with it.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRow {
    /// How many agents.
    pub agents: u32,
    /// The figures with so many.
    pub figures: RunsFigures,
    /// What the day's targets say.
    pub targets: Targets,
}

/// What became of a day's targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// The day has none.
    None,
    /// All were met.
    Met,
    /// At least one was missed.
    Missed,
}

impl Targets {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Targets::None => "",
            Targets::Met => "met",
            Targets::Missed => "missed",
        }
    }
}

/// Whether a column hugs its left or its right edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a heading. `Display` pads each column to its widest cell.
#[derive(Debug, Clone)]
pub struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let heading = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self { aligns: columns.iter().map(|(_, align)| *align).collect(), rows: vec![heading] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |row: &'_ Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let width = |column| self.rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.aligns.len()).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (align, width)) in self.aligns.iter().zip(&widths).enumerate() {
                let text = cell(row, column);
                line += &match align {
                    Align::Left => format!("{text:<width$}  "),
                    Align::Right => format!("{text:>width$}  "),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A day: a line for each figure, a column for all calls and one for each queue.
pub fn day_table(day: &DayFigures) -> Table {
    let queues = day.queues.iter().map(|(id, figures)| (id.as_str(), figures));
    let scopes: Vec<(&str, &Figures)> = std::iter::once(("all calls", &day.whole)).chain(queues).collect();
    figures_table(&scopes, |quantity, figures| quantity.text(quantity.of(figures)))
}

/// Several runs: the same, each figure with its interval.
pub fn runs_table(runs: &RunsFigures) -> Table {
    let queues = runs.queues.iter().map(|(id, estimates)| (id.as_str(), estimates));
    let scopes: Vec<(&str, &Estimates)> = std::iter::once(("all calls", &runs.whole)).chain(queues).collect();
    figures_table(&scopes, |quantity, estimates| estimates.text(quantity))
}

fn figures_table<F>(scopes: &[(&str, &F)], text: impl Fn(Quantity, &F) -> String) -> Table {
    let columns = scopes.iter().map(|(name, _)| (*name, Align::Right));
    let mut table = Table::new(&std::iter::once(("", Align::Left)).chain(columns).collect::<Vec<_>>());
    for quantity in Quantity::ALL {
        let texts = scopes.iter().map(|(_, figures)| text(quantity, figures));
        table.row(std::iter::once(quantity.title().to_owned()).chain(texts));
    }
    table
}

/// Who worked how much.
pub fn agents_table(day: &DayFigures) -> Table {
    let columns = ["agent", "answered", "talk", "wrap-up", "on duty", "occupancy", "missed", "refused"];
    let columns: Vec<(&str, Align)> =
        columns.iter().enumerate().map(|(i, name)| (*name, if i == 0 { Align::Left } else { Align::Right })).collect();
    let mut table = Table::new(&columns);
    for (id, agent) in &day.agents {
        table.row([
            id.to_string(),
            agent.answered.to_string(),
            clock(agent.talk_seconds),
            clock(agent.wrap_up_seconds),
            clock(agent.on_duty_seconds),
            Quantity::Occupancy.text(agent.occupancy),
            agent.rings_missed.to_string(),
            agent.rings_refused.to_string(),
        ]);
    }
    table
}

/// What a manager needs: how many agents give which service.
pub fn sweep_table(rows: &[SweepRow]) -> Table {
    let numbers = STAFFING.iter().map(|quantity| (quantity.title(), Align::Right));
    let columns: Vec<(&str, Align)> =
        std::iter::once(("agents", Align::Right)).chain(numbers).chain([("targets", Align::Left)]).collect();
    let mut table = Table::new(&columns);
    for row in rows {
        let texts = STAFFING.iter().map(|quantity| row.figures.whole.text(*quantity));
        let ends = [row.targets.as_str().to_owned()];
        table.row(std::iter::once(row.agents.to_string()).chain(texts).chain(ends));
    }
    table
}

/// `7:12:05`, hours, minutes and seconds.
pub(crate) fn clock(seconds: f64) -> String {
    let seconds = seconds.round().max(0.0) as u64;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::figures::tests::day_with;

    #[test]
    fn a_day_is_a_table() {
        let day = day_with(&[5, 30]);
        expect![[r#"
                             all calls  support
            offered                  2        2
            answered                 2        2
            abandoned                0        0
            voicemail                0        0
            callback                 0        0
            overflowed               0        0
            still waiting            0        0
            service level       50.0 %   50.0 %
            speed of answer     17.5 s   17.5 s
            abandon rate         0.0 %    0.0 %
            average wait        17.5 s   17.5 s
            occupancy           12.0 %   12.0 %
            longest wait        30.0 s   30.0 s
            handle time         60.0 s   60.0 s
            short abandons           0        0
            fairness             1.000    1.000
        "#]]
        .assert_eq(&day_table(&day).to_string());
        expect![[r#"
            agent  answered     talk  wrap-up  on duty  occupancy  missed  refused
            anna          2  0:02:00  0:00:00  0:16:40     12.0 %       0        0
        "#]]
        .assert_eq(&agents_table(&day).to_string());
    }

    #[test]
    fn runs_and_staffing_are_tables() {
        let runs = RunsFigures::of(&[day_with(&[5, 30]), day_with(&[6, 10])]);
        expect![[r#"
                                  all calls         support
            offered                       2               2
            answered                      2               2
            abandoned                     0               0
            voicemail                     0               0
            callback                      0               0
            overflowed                    0               0
            still waiting                 0               0
            service level    75.0 % ± 317.7  75.0 % ± 317.7
            speed of answer   12.8 s ± 60.4   12.8 s ± 60.4
            abandon rate              0.0 %           0.0 %
            average wait      12.8 s ± 60.4   12.8 s ± 60.4
            occupancy                12.0 %          12.0 %
            longest wait     20.0 s ± 127.1  20.0 s ± 127.1
            handle time              60.0 s          60.0 s
            short abandons                0               0
            fairness                  1.000           1.000
        "#]]
        .assert_eq(&runs_table(&runs).to_string());
        let rows = [
            SweepRow { agents: 9, figures: RunsFigures::of(&[day_with(&[30])]), targets: Targets::Missed },
            SweepRow { agents: 10, figures: runs, targets: Targets::Met },
        ];
        expect![[r#"
            agents   service level  speed of answer  abandon rate    longest wait  occupancy  targets
                 9           0.0 %           30.0 s         0.0 %          30.0 s      6.0 %  missed
                10  75.0 % ± 317.7    12.8 s ± 60.4         0.0 %  20.0 s ± 127.1     12.0 %  met
        "#]]
        .assert_eq(&sweep_table(&rows).to_string());
    }
}
