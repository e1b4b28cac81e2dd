//! `callwright report`

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use acd::ServiceLevel;
use model::{AgentId, QueueId};
use store::{QueueLog, Span};

use crate::history::History;
use crate::report::{self, By, Detail, Language, Question};
use crate::{Ending, workspace};

/// Adds up calls: answered, missed, waits, service level, agents, callbacks, messages, campaigns, satisfaction
///
/// Times are those of the project's zone. Without dates it covers the last seven days, today included. It reads the
/// store beside a running server.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// The first day, or a moment: 2026-03-02, 2026-03-02T12:00, today, yesterday
    #[arg(long, value_parser = report::parse_moment)]
    from: Option<report::Moment>,
    /// The last day, or the moment after the last one [default: today]
    #[arg(long, value_parser = report::parse_moment)]
    to: Option<report::Moment>,
    /// What each line is
    #[arg(long, value_enum, default_value_t = By::Queue)]
    by: By,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write to this file
    #[arg(long)]
    output: Option<PathBuf>,
    /// What "service level" means
    #[arg(long, default_value = "sl_offered", value_parser = level)]
    level: ServiceLevel,
    /// Language of the HTML page
    #[arg(long, value_enum, default_value_t = Language::En)]
    language: Language,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people
    Table,
    /// One row for each line and one for everything
    Csv,
    /// One object with everything
    Json,
    /// A page with charts that needs nothing else
    Html,
    /// Asterisk's queue_log, for tools that read it
    #[value(name = "queue_log")]
    QueueLog,
}

fn level(text: &str) -> Result<ServiceLevel, String> {
    let found = ServiceLevel::ALL.into_iter().find(|level| level.to_string() == text);
    found.ok_or_else(|| {
        let names: Vec<String> =
            ServiceLevel::ALL.iter().map(|level| format!("{level} = {}", level.formula())).collect();
        format!("known are\n  {}", names.join("\n  "))
    })
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let history = History::open(&folder)?;
    let now = runtime::Clock::start().wall();
    let span = report::span(arguments.from, arguments.to, now, &history.config.time_zone)?;
    let mut out = open(arguments.output.as_deref())?;
    if arguments.format == Format::QueueLog {
        queue_log(&history, span, &mut out)?;
    } else {
        let title = title(&history.config.name, &folder);
        let detail = if arguments.format == Format::Html { Detail::Page } else { Detail::Lines };
        let question = Question { title, span, by: arguments.by, level: arguments.level, detail };
        let asked = report::gather(&history.store, &history.config, question);
        let report = history.tokio.block_on(asked).map_err(|error| error.to_string())?;
        let text = match arguments.format {
            Format::Table | Format::QueueLog => report::text(&report),
            Format::Csv => report::csv(&report)?,
            Format::Json => pretty(&report::json(&report))?,
            Format::Html => report::page(&report, arguments.language),
        };
        write(&mut out, text.as_bytes())?;
    }
    out.flush().or_else(|error| unless_closed(&error))?;
    Ok(Ending::Fine)
}

/// What the project calls itself, else the name of its folder.
fn title(name: &str, folder: &Path) -> String {
    if !name.trim().is_empty() {
        return name.trim().to_owned();
    }
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn open(output: Option<&Path>) -> Result<Box<dyn Write>, String> {
    match output {
        None => Ok(Box::new(BufWriter::new(std::io::stdout().lock()))),
        Some(file) => match File::create(file) {
            Ok(file) => Ok(Box::new(BufWriter::new(file))),
            Err(error) => Err(format!("cannot write `{}`: {error}", file.display())),
        },
    }
}

fn write(out: &mut impl Write, bytes: &[u8]) -> Result<(), String> {
    out.write_all(bytes).or_else(|error| unless_closed(&error))
}

/// Whoever closed the pipe wants to read no more: that is no error.
fn unless_closed(error: &std::io::Error) -> Result<(), String> {
    if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(format!("cannot write: {error}")) }
}

fn pretty(value: &serde_json::Value) -> Result<String, String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| format!("cannot write JSON: {error}"))?;
    Ok(text + "\n")
}

/// Writes the log a page of the journal at a time: years of it never stand in memory.
fn queue_log(history: &History, span: Span, out: &mut impl Write) -> Result<(), String> {
    let members: BTreeMap<AgentId, Vec<QueueId>> =
        history.config.agents.iter().map(|(id, agent)| (id.clone(), agent.queues.keys().cloned().collect())).collect();
    let mut log = QueueLog::new(members);
    let mut at = store::JournalPlace::default();
    loop {
        let page = history.tokio.block_on(history.store.queue_log_entries(span, at));
        let (entries, next) = page.map_err(|error| error.to_string())?;
        for entry in &entries {
            for line in log.take(entry) {
                write(out, line.as_bytes())?;
                write(out, b"\n")?;
            }
        }
        match next {
            Some(next) => at = next,
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_bears_the_name_of_the_business_else_of_the_folder() {
        assert_eq!(title("Клиника «Липы»", Path::new("/srv/clinic")), "Клиника «Липы»");
        assert_eq!(title(" ", Path::new("/srv/clinic")), "clinic");
    }
}
