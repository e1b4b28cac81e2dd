//! `callwright trace`

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use model::{CallId, Entry, Fact, Work};
use serde_json::json;
use store::CallRecord;

use crate::history::History;
use crate::trace::{self, Ladder, Lane};
use crate::{Ending, screen, workspace};

/// Shows everything that happened in one call, on one time line
///
/// Each line has its time, what it is about, and for signalling the message: `<- 2 180` came from leg 2, `-> 2 BYE`
/// went to it. Below stand the time in each stage, queues, tags and deliveries.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The call's number, as `callwright calls` shows it
    call: u64,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print one JSON object: the record, and every entry with its lane and message
    #[arg(long)]
    json: bool,
    /// Show digits as stars; those that flows keep secret always are
    #[arg(long)]
    mask: bool,
    /// Write its SIP messages to this capture file instead; the running server keeps those of recent calls
    #[arg(long, conflicts_with_all = ["json", "mask"])]
    pcap: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let call = CallId(arguments.call);
    if let Some(file) = &arguments.pcap {
        return capture(&folder, call, file);
    }
    let history = History::open(&folder)?;
    let entries = history.tokio.block_on(history.store.journal(call)).map_err(|error| error.to_string())?;
    if entries.is_empty() {
        return Err(format!("there is no call {call}; `callwright calls` lists them"));
    }
    let shown = |entry: &Entry| if arguments.mask { trace::masked(entry) } else { entry.clone() };
    let entries: Vec<Entry> = entries.iter().map(shown).collect();
    let record = history.tokio.block_on(history.store.call(call)).map_err(|error| error.to_string())?;
    let record = record.map(|mut record| {
        if arguments.mask {
            record.digits.iter_mut().for_each(|digits| *digits = "*".repeat(digits.chars().count()));
        }
        record
    });
    let deliveries = deliveries(&history, &entries)?;
    if arguments.json {
        print(&entries, record.as_ref(), &deliveries)?;
    } else {
        show(&history, &entries, record.as_ref(), &deliveries);
    }
    Ok(Ending::Fine)
}

/// Asks the running server for the messages and writes them.
fn capture(folder: &Path, call: CallId, file: &Path) -> Result<Ending, String> {
    let request = runtime::ControlRequest::Messages { call: call.0 };
    let answer = runtime::request_server(folder, &request)
        .map_err(|error| format!("the server of `{}` gives no messages of call {call}: {error}", folder.display()))?;
    let cannot = |error: std::io::Error| format!("cannot write `{}`: {error}", file.display());
    let written = trace::pcap::write(BufWriter::new(File::create(file).map_err(cannot)?), &answer)?;
    screen::say(format_args!("{written} SIP messages of call {call} in `{}`; audio is not kept", file.display()));
    Ok(Ending::Fine)
}

/// What the call sent, as far as it is now.
fn deliveries(history: &History, entries: &[Entry]) -> Result<Vec<Work>, String> {
    let mut found = Vec::new();
    for entry in entries {
        if let Fact::DeliveryQueued { key, .. } = &entry.fact {
            let asked = history.store.unit_of_work("delivery", key);
            found.extend(history.tokio.block_on(asked).map_err(|error| error.to_string())?);
        }
    }
    Ok(found)
}

fn print(entries: &[Entry], record: Option<&CallRecord>, deliveries: &[Work]) -> Result<(), String> {
    let mut ladder = Ladder::default();
    let entries: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            let sip = trace::rung(&mut ladder, &entry.fact);
            json!({
                "at_us": entry.at.as_micros(), "wall_us": entry.wall.0, "lane": Lane::of(&entry.fact), "sip": sip,
                "text": entry.fact.to_string(), "fact": entry.fact,
            })
        })
        .collect();
    super::print_json(&json!({ "call": record, "entries": entries, "deliveries": deliveries }))
}

fn show(history: &History, entries: &[Entry], record: Option<&CallRecord>, deliveries: &[Work]) {
    let Some(first) = entries.first() else { return };
    let call = first.call.map(|call| call.to_string()).unwrap_or_default();
    screen::say(format!("call {call}, {}", history.local(first.wall, "%A %Y-%m-%d")));
    let mut ladder = Ladder::default();
    for entry in entries {
        let rung = trace::rung(&mut ladder, &entry.fact);
        let mut lines = trace::lines(&entry.fact).into_iter().map(|line| screen::printable(&line));
        let time = history.local(entry.wall, "%H:%M:%S%.3f");
        let lane = Lane::of(&entry.fact).as_str();
        screen::say(format!("{time}  {lane:<5}  {rung:<17}  {}", lines.next().unwrap_or_default()).trim_end());
        lines.for_each(|line| screen::say(format!("{:1$}    {line}", "", time.len() + 26)));
    }
    screen::say("");
    for line in record.map(trace::summary).unwrap_or_default() {
        screen::say(screen::printable(&line));
    }
    for work in deliveries {
        if let Work::Delivery(delivery) = work {
            let error = if delivery.error.is_empty() { String::new() } else { format!(": {}", delivery.error) };
            let (by, to, state) = (delivery.what.by(), delivery.what.to(), delivery.state.as_str());
            screen::say(screen::printable(&format!("{by} to {to}: {state}, {} attempts{error}", delivery.attempts)));
        }
    }
}
