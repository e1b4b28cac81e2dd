//! `callwright queues`

use std::path::PathBuf;

use serde_json::Value;

use crate::{Ending, screen};

/// Shows the queues and agents of a running server: who waits, who is free, how well callers are served
///
/// Counts are those since the server started; those of agents are of today. The service level is `sl_offered`:
/// answered in time / (answered + abandoned); --json has the five other definitions by their names.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print one JSON object: the centre, groups of agents with the same queues, every queue, every agent
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let answer = super::ask_server(arguments.dir.as_deref())?;
    let centre = &answer["centre"];
    if arguments.json {
        super::print_json(centre)?;
        return Ok(Ending::Fine);
    }
    show_queues(centre);
    screen::say("");
    show_agents(&centre["agents"]);
    Ok(Ending::Fine)
}

fn show_queues(centre: &Value) {
    screen::say(format_args!(
        "{:<16}{:>8}{:>9}{:>6}{:>6}{:>9}{:>10}{:>7}{:>8}",
        "queue", "waiting", "longest", "free", "busy", "answered", "abandoned", "level", "ASA"
    ));
    for (name, queue) in centre["queues"].as_object().into_iter().flatten() {
        show_queue(name, queue);
    }
    show_queue("(all)", &centre["centre"]);
}

fn show_queue(name: &str, queue: &Value) {
    let agents = &queue["agents"];
    let busy: u64 = ["reserved", "talking", "wrap_up"].iter().filter_map(|state| agents[*state].as_u64()).sum();
    screen::say(format_args!(
        "{name:<16}{:>8}{:>9}{:>6}{busy:>6}{:>9}{:>10}{:>7}{:>8}",
        number(&queue["waiting"]),
        clock(&queue["longest_wait_seconds"]),
        number(&agents["free"]),
        number(&queue["answered"]),
        number(&queue["abandoned"]),
        percent(&queue["service_level"]),
        clock(&queue["asa_seconds"]),
    ));
}

fn show_agents(agents: &Value) {
    screen::say(format_args!("{:<16}{:<26}{:>6}{:>9}{:>10}", "agent", "state", "calls", "talked", "occupancy"));
    for (name, agent) in agents.as_object().into_iter().flatten() {
        let word = |key: &str| agent[key].as_str().filter(|word| !word.is_empty()).map(str::to_owned);
        let mut state = word("state").unwrap_or_default();
        for more in [word("reason"), word("at").map(|at| format!("at {at}"))].into_iter().flatten() {
            state = format!("{state}, {more}");
        }
        screen::say(format_args!(
            "{name:<16}{state:<26}{:>6}{:>9}{:>10}",
            number(&agent["calls"]),
            clock(&agent["talk_seconds"]),
            percent(&agent["occupancy"]),
        ));
    }
}

/// `1:05`, `-` for nothing.
fn clock(seconds: &Value) -> String {
    let Some(seconds) = seconds.as_f64() else { return "-".into() };
    let seconds = seconds.round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `82%`, `-` when nothing was counted.
fn percent(share: &Value) -> String {
    share.as_f64().map_or("-".into(), |share| format!("{:.0}%", share * 100.0))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}
