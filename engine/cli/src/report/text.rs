//! A report for a terminal.

use std::fmt::Write as _;

use super::column::{Cell, clock};
use super::{Line, Report};

/// The whole report in aligned lines.
pub(crate) fn text(report: &Report) -> String {
    let mut out = format!("{}, {}\n\n", report.title, report.when());
    summary(&mut out, report);
    owed(&mut out, report);
    campaigns(&mut out, report);
    satisfaction(&mut out, report);
    evaluations(&mut out, report);
    out.push('\n');
    out += &table(report);
    out
}

fn summary(out: &mut String, report: &Report) {
    let (calls, visits) = (&report.whole.calls, &report.whole.visits);
    let mean = |line: &Line, column: super::Column| column.cell(line, report.level).text();
    let rows = [
        ("inbound calls", calls.inbound.to_string()),
        ("answered", calls.answered.to_string()),
        ("missed", calls.missed.to_string()),
        ("abandoned", format!("{}, {} of them short", calls.abandoned, calls.abandoned_short)),
        ("talk time", clock(calls.talk)),
        ("average wait", mean(&report.whole, super::Column::AverageWait)),
        ("longest wait", mean(&report.whole, super::Column::LongestWait)),
        (
            "service level",
            format!(
                "{} by {}: {}, in time = {}",
                Cell::Share(report.whole.counts().service_level(report.level)).text(),
                report.level,
                report.level.formula(),
                report.in_time
            ),
        ),
    ];
    for (name, value) in rows {
        let _ = writeln!(out, "{name:<16}{value}");
    }
    if calls.internal + calls.outbound > 0 {
        let _ = writeln!(
            out,
            "{:<16}{} from agents' phones, {} placed by the engine, {} of these reached",
            "other calls", calls.internal, calls.outbound, calls.reached
        );
    }
    let _ = writeln!(out, "\ncalls   {}", report.conservation());
    if visits.offered > 0 {
        let _ = writeln!(out, "queues  {}", report.conservation_in_queues());
    }
}

fn owed(out: &mut String, report: &Report) {
    let owed = &report.owed;
    if !(owed.callbacks.is_empty() && owed.messages.is_empty() && owed.deliveries.is_empty()) {
        out.push('\n');
    }
    for (queue, sums) in &owed.callbacks {
        let _ = writeln!(
            out,
            "callbacks {queue}: {} booked = {} done + {} gave up + {} cancelled + {} rang first + {} waiting",
            sums.booked, sums.done, sums.gave_up, sums.cancelled, sums.taken_over, sums.waiting
        );
    }
    for (mailbox, sums) in &owed.messages {
        let _ = writeln!(out, "messages {mailbox}: {} left, {} heard, {} urgent", sums.left, sums.heard, sums.urgent);
    }
    for (by, sums) in &owed.deliveries {
        let _ = writeln!(out, "deliveries {by}: {} wanted, {} done, {} failed", sums.wanted, sums.done, sums.failed);
    }
}

fn campaigns(out: &mut String, report: &Report) {
    if !report.campaigns.is_empty() {
        out.push('\n');
    }
    for campaign in &report.campaigns {
        let results: Vec<String> = campaign
            .results
            .iter()
            .map(|(word, calls)| format!(", {} {calls}", crate::screen::printable(word)))
            .collect();
        let _ = writeln!(
            out,
            "campaign {}: {} dialed, {} reached{}, {} contacts left",
            campaign.name,
            campaign.dialed,
            campaign.reached,
            results.concat(),
            campaign.left
        );
    }
}

fn satisfaction(out: &mut String, report: &Report) {
    let marks = &report.whole.marks;
    if !marks.0.is_empty() {
        out.push('\n');
    }
    for (name, counts) in &marks.0 {
        let Some((mean, calls)) = marks.mean(name) else { continue };
        let spread: Vec<String> = counts.iter().map(|(mark, calls)| format!("{mark}: {calls}")).collect();
        let _ = writeln!(out, "{name} {mean:.2} from {calls} calls ({})", spread.join(", "));
    }
}

/// Each form, and below it whose calls it is about beside what their callers said.
fn evaluations(out: &mut String, report: &Report) {
    for (form, score) in &report.whole.scores.0 {
        let mean = Cell::Share(score.mean()).text();
        let _ = writeln!(out, "\nevaluations {form}: {mean} from {}", score.filled);
        for line in &report.evaluated {
            let Some(own) = line.scores.0.get(form) else { continue };
            let rating = line.marks.mean("rating");
            let rating = rating.map_or(String::new(), |(mean, calls)| format!("; rating {mean:.2} from {calls} calls"));
            let (name, mean) = (crate::screen::printable(&line.name), Cell::Share(own.mean()).text());
            let _ = writeln!(out, "  {name}: {mean} from {}{rating}", own.filled);
        }
    }
}

/// The lines with their columns, numbers to the right.
fn table(report: &Report) -> String {
    let columns = report.by.columns();
    let mut rows: Vec<Vec<String>> = vec![
        std::iter::once(report.by.as_str())
            .chain(columns.iter().map(|column| column.title()))
            .map(str::to_owned)
            .collect(),
    ];
    let cells = |line: &Line| {
        let values = columns.iter().map(|column| column.cell(line, report.level).text());
        std::iter::once(crate::screen::printable(&line.name)).chain(values).collect()
    };
    rows.extend(report.lines.iter().map(cells));
    let widths: Vec<usize> = (0..=columns.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in &rows {
        let _ = write!(out, "{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    }
    if report.lines.is_empty() {
        out += "(nothing)\n";
    }
    out
}
