//! `callwright campaign`

mod contacts;
mod progress;

pub(super) use progress::table;

use std::path::{Path, PathBuf};
use std::time::Duration;

use runtime::{CampaignSwitch, ControlRequest, request_server};
use script::project::CONFIG_FILE;
use serde_json::Value;

use crate::{Ending, screen, workspace};

/// Shows, starts, pauses and fills campaigns, and tells what came of them
///
/// `callwright campaign` shows all of them, `callwright campaign debts start` lets one call, `callwright campaign DIR
/// debts export` names the project's folder too.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = false, subcommand_precedence_over_arg = true)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`] and the campaign, which may be left out when there is only one
    #[arg(num_args = 0..=2, value_names = ["DIR", "NAME"])]
    words: Vec<String>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Shows how far campaigns are
    Status {
        /// Go on showing until all have finished or are paused
        #[arg(long)]
        follow: bool,
    },
    /// Calls whoever is due
    Start,
    /// Calls nobody more; calls in flight end as they do
    Pause,
    /// Goes on after a pause
    Resume,
    /// Adds one contact; whoever was called to the end is called anew
    Add {
        /// Number to call
        number: String,
        /// What the flow reads in `caller.tags`, `name=Anna`
        #[arg(long = "tag", value_name = "KEY=VALUE")]
        tags: Vec<String>,
    },
    /// Adds the contacts of a CSV file with the columns of the campaign's list; whoever was called to the end stays so
    Import {
        /// The file
        file: PathBuf,
        /// Call those anew who were called to the end
        #[arg(long)]
        again: bool,
    },
    /// Prints every contact and what came of him; no server is needed
    Export {
        /// How
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One row per contact
    Csv,
    /// A JSON array
    Json,
}

/// How often `--follow` looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let (folder, name) = place(&arguments.words)?;
    let folder = workspace::existing_project(folder.as_deref())?;
    match &arguments.what {
        None => status(&folder, name.as_deref(), arguments.json, false),
        Some(What::Status { follow }) => status(&folder, name.as_deref(), arguments.json, *follow),
        Some(What::Start) => switch(&folder, name, CampaignSwitch::Start, arguments.json),
        Some(What::Pause) => switch(&folder, name, CampaignSwitch::Pause, arguments.json),
        Some(What::Resume) => switch(&folder, name, CampaignSwitch::Resume, arguments.json),
        Some(What::Add { number, tags }) => {
            let contact = contacts::one(number, tags)?;
            add(&folder, name, (&[contact], true), arguments.json)
        }
        Some(What::Import { file, again }) => {
            let name = named(&folder, name)?;
            let contacts = contacts::from_file(&folder, &name, file)?;
            add(&folder, Some(name), (&contacts, *again), arguments.json)
        }
        Some(What::Export { format }) => {
            let format = if arguments.json { Format::Json } else { *format };
            contacts::export(&folder, name.as_deref(), format == Format::Json)
        }
    }
}

/// A folder and a name, either of which may be missing.
fn place(words: &[String]) -> Result<(Option<PathBuf>, Option<String>), String> {
    match words {
        [] => Ok((None, None)),
        [folder, name] => Ok((Some(folder.into()), Some(name.clone()))),
        [word] if Path::new(word).join(CONFIG_FILE).is_file() => Ok((Some(word.into()), None)),
        [word] if word.contains('/') => Err(format!("there is no project in `{word}`")),
        [word] => Ok((None, Some(word.clone()))),
        _ => Err("name at most a folder and a campaign".into()),
    }
}

/// The campaign that is meant: the one that was named, or the only one.
fn named(folder: &Path, name: Option<String>) -> Result<String, String> {
    let names = contacts::campaigns(folder)?;
    match (name, names.as_slice()) {
        (Some(name), _) => Ok(name),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err("the project has no campaign, `outgoing:` in its `callwright.yaml`".into()),
        (None, _) => Err(format!("name a campaign: {}", names.join(", "))),
    }
}

fn ask(folder: &Path, request: &ControlRequest) -> Result<Value, String> {
    request_server(folder, request).map_err(|error| match error.kind() {
        std::io::ErrorKind::Other => error.to_string(),
        _ => format!("no server answers for `{}`: {error}; start it with `callwright run`", folder.display()),
    })
}

fn switch(folder: &Path, name: Option<String>, to: CampaignSwitch, json: bool) -> Result<Ending, String> {
    let name = named(folder, name)?;
    show_one(folder, &ask(folder, &ControlRequest::SwitchCampaign { name, to })?, json)
}

/// Contacts that go to the server in one request.
const CONTACTS_AT_ONCE: usize = 500;

/// Adds contacts, those too who were called to the end if it is `again`.
fn add(
    folder: &Path,
    name: Option<String>,
    (contacts, again): (&[contacts::NewContact], bool),
    json: bool,
) -> Result<Ending, String> {
    let name = named(folder, name)?;
    if contacts.is_empty() {
        return Err("there is nobody to add".into());
    }
    let (mut answer, mut left_out) = (Value::Null, Vec::new());
    for (part, contacts) in contacts.chunks(CONTACTS_AT_ONCE).enumerate() {
        let request = ControlRequest::AddContacts { name: name.clone(), contacts: contacts.to_vec(), again };
        answer = ask(folder, &request).map_err(|error| match part {
            0 => error,
            _ => format!("the first {} are added, then: {error}", part * CONTACTS_AT_ONCE),
        })?;
        left_out.extend(answer["left_out"].as_array().cloned().unwrap_or_default());
    }
    let nobody = left_out.len() == contacts.len();
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("left_out".into(), left_out.clone().into());
    }
    show_one(folder, &answer, json)?;
    if !json {
        progress::left_out(&left_out, contacts.len());
    }
    Ok(if nobody { Ending::Failed } else { Ending::Fine })
}

fn show_one(folder: &Path, campaign: &Value, json: bool) -> Result<Ending, String> {
    if json {
        super::print_json(campaign)?;
    } else {
        progress::table(std::slice::from_ref(campaign), &contacts::zone(folder));
    }
    Ok(Ending::Fine)
}

fn status(folder: &Path, name: Option<&str>, json: bool, follow: bool) -> Result<Ending, String> {
    let mut bars = follow.then(progress::Bars::default).filter(|_| !json);
    loop {
        let answer = ask(folder, &ControlRequest::Campaigns)?;
        let all = answer["campaigns"].as_array().cloned().unwrap_or_default();
        let all: Vec<Value> = all.into_iter().filter(|one| name.is_none_or(|name| one["campaign"] == name)).collect();
        if let (Some(name), []) = (name, all.as_slice()) {
            return Err(format!("no campaign `{name}`"));
        }
        let over = !follow || all.iter().all(|one| one["state"] != "running" && one["in_flight"] == 0);
        match &mut bars {
            Some(bars) if !over => bars.show(&all),
            _ if over && json => super::print_json(&all)?,
            _ if over => progress::table(&all, &contacts::zone(folder)),
            _ => {}
        }
        if over {
            return Ok(Ending::Fine);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A line when there is nothing to show.
fn nothing() {
    screen::say("no campaigns: `outgoing:` in `callwright.yaml` names none");
}
