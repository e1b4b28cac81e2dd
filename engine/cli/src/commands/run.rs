//! `callwright run`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use runtime::{Notice, ServeError, ServeOptions, Summary, serve};
use script::project::CONFIG_FILE;
use script::{Diagnostics, Severity};
use tracing_subscriber::EnvFilter;

use crate::{Ending, embedded, screen, workspace};

/// Where the office is unpacked when there is no project at all.
const UNPACKED_OFFICE: &str = "callwright-office";

/// Answers calls as a project says; a save goes live for the next call
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`, or a new `callwright-office`]
    dir: Option<PathBuf>,
    /// How the log is written
    #[arg(long, value_enum, default_value = "text")]
    log: LogFormat,
    /// Log only warnings and errors
    #[arg(long, conflicts_with = "verbose")]
    quiet: bool,
    /// Log SIP messages too, one line each
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// One readable line per event
    Text,
    /// One JSON object per event
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = folder(arguments.dir.as_deref())?;
    start_log(arguments)?;
    let options = ServeOptions {
        root: folder.clone(),
        shipped: embedded::shipped(),
        verify: Arc::new(super::test::verify),
        notify: notify(arguments.log, folder),
    };
    match serve(&options) {
        Ok(()) => Ok(Ending::Fine),
        Err(ServeError::Project(found)) => {
            screen::remark(found.render(screen::is_colorful_for_errors()));
            Err(format!("the project cannot be served: {}", screen::tally(&found)))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The project to serve; without any the shipped office is unpacked, so that it can be edited.
fn folder(named: Option<&Path>) -> Result<PathBuf, String> {
    if named.is_some() || workspace::project_folder(None).join(CONFIG_FILE).is_file() {
        return workspace::existing_project(named);
    }
    let office = PathBuf::from(UNPACKED_OFFICE);
    let unpacked = embedded::unpack(embedded::OFFICE, &office);
    unpacked.map_err(|error| format!("cannot unpack the office into `{UNPACKED_OFFICE}`: {error}"))?;
    Ok(office)
}

/// `RUST_LOG` wins over the options.
fn start_log(arguments: &Arguments) -> Result<(), String> {
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => "warn",
        (_, true) => "info,callwright=debug,callwright_runtime=debug",
        _ => "info,sqlx=warn",
    };
    let filter = match std::env::var("RUST_LOG") {
        Ok(wanted) if !wanted.is_empty() => {
            EnvFilter::try_new(&wanted).map_err(|error| format!("RUST_LOG: {error}"))?
        }
        _ => EnvFilter::new(level),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match arguments.log {
        LogFormat::Text => builder.with_ansi(screen::is_colorful_for_errors()).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| format!("cannot start the log: {error}"))
}

type Notify = Arc<dyn Fn(Notice) + Send + Sync>;

fn notify(format: LogFormat, folder: PathBuf) -> Notify {
    let serving = AtomicBool::new(false);
    Arc::new(move |notice| match format {
        LogFormat::Json => log_notice(&notice),
        LogFormat::Text => print_notice(notice, &folder, &serving),
    })
}

fn log_notice(notice: &Notice) {
    match notice {
        Notice::Serving { project, listening } => {
            tracing::info!(name = project.name, version = %project.version, ?listening, "serving");
        }
        Notice::Doubtful(found) => {
            for one in &found.list {
                tracing::error!("the project is served although it fails its own tests: {one}");
            }
        }
        Notice::Published(version) => tracing::info!(%version, "a version is live"),
        Notice::Refused(found) => {
            for one in &found.list {
                tracing::error!("the save is refused: {one}");
            }
        }
        Notice::Draining => tracing::info!("draining: live calls may finish"),
        Notice::Stopped => tracing::info!("stopped"),
    }
}

fn print_notice(notice: Notice, folder: &Path, serving: &AtomicBool) {
    let color = screen::is_colorful();
    match notice {
        Notice::Serving { project, listening } => {
            serving.store(true, Ordering::Relaxed);
            screen::say(greeting(&project, &listening, folder, color));
        }
        Notice::Doubtful(found) => {
            screen::say(errors_only(found).render(color));
            screen::say("the project fails its own tests and is served all the same; its next save must pass them");
        }
        // The first version is part of the greeting.
        Notice::Published(version) if serving.load(Ordering::Relaxed) => {
            screen::say(format!("{}: version {version} takes the next call", screen::verdict("reloaded", true, color)));
        }
        Notice::Published(_) => {}
        Notice::Refused(found) => {
            let word = screen::verdict("refused", false, color);
            let tally = screen::tally(&found);
            screen::say(errors_only(found).render(color));
            screen::say(format_args!("{word}: the save has {tally}; the old version goes on serving"));
        }
        Notice::Draining => screen::say("draining: live calls may finish, new ones are refused; again to end them"),
        Notice::Stopped => screen::say("stopped"),
    }
}

/// The warnings have been told by the version that serves, or wait for the one that will.
fn errors_only(mut found: Diagnostics) -> Diagnostics {
    found.list.retain(|one| one.severity == Severity::Error);
    found
}

fn greeting(project: &Summary, listening: &[String], folder: &Path, color: bool) -> String {
    let mut text = String::new();
    if !project.warnings.is_empty() {
        text.push_str(&project.warnings.render(color));
        text.push('\n');
    }
    let word = screen::verdict("serving", true, color);
    text.push_str(&format!("{word} {}, version {}, from {}\n", project.name, project.version, folder.display()));
    text.push_str(&format!("  listening  {}\n", listening.join(", ")));
    for (row, (number, flow)) in project.numbers.iter().enumerate() {
        let label = if row == 0 { "numbers" } else { "" };
        text.push_str(&format!("  {label:9}  {number:12} {flow}\n"));
    }
    if project.repaired > 0 {
        text.push_str(&format!("  repaired   {} of an earlier run\n", screen::count(project.repaired, "call")));
    }
    if let Some(address) = address_to_try(listening) {
        let number = &project.to_try;
        text.push_str(&format!("  try it     callwright call sip:{number}@{address} --press 1 --record heard.wav\n"));
    }
    text.push_str("  a save goes live for the next call; Ctrl-C ends");
    text
}

/// Where a caller on this machine reaches us: `127.0.0.1`, with the port when it is not SIP's.
fn address_to_try(listening: &[String]) -> Option<String> {
    let address: SocketAddr = listening.iter().find_map(|name| name.strip_prefix("udp:")?.parse().ok())?;
    let host = match (address.ip().is_unspecified(), address) {
        (true, SocketAddr::V4(_)) => "127.0.0.1".to_owned(),
        (true, SocketAddr::V6(_)) => "[::1]".to_owned(),
        (false, SocketAddr::V4(address)) => address.ip().to_string(),
        (false, SocketAddr::V6(address)) => format!("[{}]", address.ip()),
    };
    Some(if address.port() == 5060 { host } else { format!("{host}:{}", address.port()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_names_an_address_that_can_be_called() {
        let try_it = |listening: &str| address_to_try(&[listening.to_owned()]);
        assert_eq!(try_it("udp:0.0.0.0:5060").as_deref(), Some("127.0.0.1"));
        assert_eq!(try_it("udp:10.1.2.3:5070").as_deref(), Some("10.1.2.3:5070"));
        assert_eq!(try_it("udp:[::]:5060").as_deref(), Some("[::1]"));
        assert_eq!(try_it("tcp:0.0.0.0:5060"), None);
    }
}
