//! `callwright recording`

use std::path::{Path, PathBuf};

use model::{CallId, short_duration};
use runtime::recordings::{self, Keys, Whole};
use store::{MarkedRecording, marked_recordings};

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Lists the recordings of a call, or writes one as a plain WAV file
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Lists the recordings of a call with what happened when
    List(List),
    /// Writes a recording as a WAV file that everybody can play, with marks; opens sealed ones
    Export(Export),
}

#[derive(clap::Args)]
struct List {
    /// The call's number
    call: u64,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Export {
    /// The call's number, or a file as `recording list` shows it
    recording: String,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// The file to write; a call's further recordings get `-2`, `-3` in front of `.wav`
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    match &arguments.what {
        What::List(list) => show(list),
        What::Export(export) => write(export),
    }
}

fn show(list: &List) -> Result<Ending, String> {
    let history = History::open(&workspace::existing_project(list.dir.as_deref())?)?;
    let found = of_call(&history, CallId(list.call))?;
    if list.json {
        super::print_json(&found)?;
        return Ok(Ending::Fine);
    }
    if found.is_empty() {
        screen::say(format_args!("call {} was not recorded", list.call));
    }
    for recording in found {
        let length = recording.length.map_or("open".to_owned(), short_duration);
        screen::say(format_args!("{}  {}  {length}", recording.file, screen::printable(&recording.name)));
        for mark in &recording.marks {
            screen::say(format_args!("    {:>9}  {}", offset(mark.at), screen::printable(&mark.what)));
        }
    }
    Ok(Ending::Fine)
}

/// Minutes, seconds and tenths: what players show.
fn offset(at: std::time::Duration) -> String {
    format!("{}:{:02}.{}", at.as_secs() / 60, at.as_secs() % 60, at.subsec_millis() / 100)
}

fn of_call(history: &History, call: CallId) -> Result<Vec<MarkedRecording>, String> {
    let journal = history.tokio.block_on(history.store.journal(call)).map_err(|error| error.to_string())?;
    match journal.is_empty() {
        true => Err(format!("there is no call {call}; `callwright calls` lists them")),
        false => Ok(marked_recordings(&journal)),
    }
}

fn write(export: &Export) -> Result<Ending, String> {
    let folder = workspace::existing_project(export.dir.as_deref())?;
    let history = History::open(&folder)?;
    let keys = Keys::new(&history.config.recording.keys);
    let found = match export.recording.parse() {
        Ok(call) => of_call(&history, CallId(call))?,
        Err(_) => vec![named(&history, &export.recording)],
    };
    if found.is_empty() {
        return Err(format!("call {} was not recorded", export.recording));
    }
    for (index, recording) in found.iter().enumerate() {
        let file = folder.join(&recording.file);
        let opened = recordings::open(&file, &keys).map_err(|error| error.to_string())?;
        if opened.whole == Whole::Cut {
            screen::complain(&format!("`{}` has no end: a crash, or somebody, has cut it off", recording.file));
        }
        let marks = recording.marks.iter().map(|mark| (mark.at, mark.what.as_str()));
        let output = numbered(&export.output, index + 1);
        std::fs::write(&output, recordings::with_marks(&opened.wav, marks))
            .map_err(|error| format!("cannot write `{}`: {error}", output.display()))?;
        screen::say(format_args!("{} written from {}", output.display(), recording.file));
    }
    Ok(Ending::Fine)
}

/// A file by its name; its marks when it is a call's whose number it begins with.
fn named(history: &History, file: &str) -> MarkedRecording {
    let of_call = Path::new(file).file_name().and_then(|name| name.to_str()?.split('-').next()?.parse().ok());
    let known = of_call.and_then(|call| self::of_call(history, CallId(call)).ok()).unwrap_or_default();
    let plain = || MarkedRecording { file: file.into(), name: String::new(), length: None, marks: Vec::new() };
    known.into_iter().find(|recording| recording.file == file).unwrap_or_else(plain)
}

fn numbered(output: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return output.to_owned();
    }
    let stem = output.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let end = output.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    output.with_file_name(format!("{stem}-{number}{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_files_are_numbered() {
        assert_eq!(numbered(Path::new("a/call.wav"), 1), Path::new("a/call.wav"));
        assert_eq!(numbered(Path::new("a/call.wav"), 2), Path::new("a/call-2.wav"));
        assert_eq!(offset(std::time::Duration::from_millis(61_250)), "1:01.2");
    }
}
