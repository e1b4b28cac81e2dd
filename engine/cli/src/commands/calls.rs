//! `callwright calls`

use std::path::PathBuf;

use model::short_duration;
use store::CallRecord;

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Lists the latest calls
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// At most so many, the newest
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    last: u32,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let history = History::open(&folder)?;
    let records = history.tokio.block_on(history.store.recent(arguments.last)).map_err(|error| error.to_string())?;
    if arguments.json {
        super::print_json(&records)?;
    } else if records.is_empty() {
        screen::say("no calls yet");
    } else {
        screen::say(table(&history, &records).trim_end());
    }
    Ok(Ending::Fine)
}

const COLUMNS: usize = 11;
const HEADER: [&str; COLUMNS] =
    ["call", "arrived", "from", "to", "outcome", "queue", "waited", "agent", "talked", "pressed", "flow"];
/// Columns that stand empty in a project without queues, and are then left out.
const OF_QUEUES: std::ops::Range<usize> = 5..8;

fn table(history: &History, records: &[CallRecord]) -> String {
    let mut rows = vec![HEADER.map(str::to_owned)];
    rows.extend(records.iter().map(|record| row(history, record)));
    let queues = records.iter().any(|record| !record.queues.is_empty());
    let columns: Vec<usize> = (0..COLUMNS).filter(|column| queues || !OF_QUEUES.contains(column)).collect();
    let width = |column: &usize| rows.iter().map(|row| row[*column].chars().count()).max().unwrap_or(0);
    let widths: Vec<(usize, usize)> = columns.iter().map(|column| (*column, width(column))).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = widths.iter().map(|(column, width)| format!("{:width$}", row[*column]));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(history: &History, record: &CallRecord) -> [String; COLUMNS] {
    [
        record.call.to_string(),
        history.local(record.arrived_at, "%Y-%m-%d %H:%M:%S"),
        screen::printable(&record.from),
        screen::printable(&record.to),
        record.end.map_or("going on", |end| end.outcome.as_str()).to_owned(),
        record.queue().map(ToString::to_string).unwrap_or_default(),
        if record.queues.is_empty() { String::new() } else { short_duration(record.waited()) },
        record.agent().map(ToString::to_string).unwrap_or_default(),
        short_duration(record.talked()),
        record.digits.iter().filter(|digits| !digits.is_empty()).cloned().collect::<Vec<_>>().join(" "),
        record.flow.clone().unwrap_or_default(),
    ]
}
