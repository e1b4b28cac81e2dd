//! `callwright trace`

use std::path::PathBuf;

use model::{CallId, Fact};

use crate::history::History;
use crate::{Ending, screen, workspace};

/// Shows everything that happened in one call
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The call's number, as `callwright calls` shows it
    call: u64,
    /// The project's folder [default: here, or `scripts`]
    dir: Option<PathBuf>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let folder = workspace::existing_project(arguments.dir.as_deref())?;
    let history = History::open(&folder)?;
    let call = CallId(arguments.call);
    let entries = history.tokio.block_on(history.store.journal(call)).map_err(|error| error.to_string())?;
    let Some(first) = entries.first() else {
        return Err(format!("there is no call {call}; `callwright calls` lists them"));
    };
    if arguments.json {
        super::print_json(&entries)?;
        return Ok(Ending::Fine);
    }
    screen::say(format!("call {call}, {}", history.local(first.wall, "%A %Y-%m-%d")));
    for entry in &entries {
        let mut lines = lines(&entry.fact).into_iter().map(|line| screen::printable(&line));
        let time = history.local(entry.wall, "%H:%M:%S%.3f");
        screen::say(format!("{time}  {}", lines.next().unwrap_or_default()));
        lines.for_each(|line| screen::say(format!("{:1$}    {line}", "", time.len())));
    }
    Ok(Ending::Fine)
}

/// A fact on a line of its own; why somebody was chosen is too much for one.
fn lines(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::OfferMade { agent, why, .. } => {
            let reasons = why.split("; ").filter(|reason| !reason.is_empty()).map(str::to_owned);
            std::iter::once(format!("offered to {agent}")).chain(reasons).collect()
        }
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use model::{AgentId, QueueId};

    use super::*;

    #[test]
    fn why_an_agent_was_chosen_has_a_line_for_each_reason() {
        let why = "longest idle, 2 free: anna (idle 40s), ben (idle 12s); 1 talking; 1 free without the skills";
        let (queue, agent) = (QueueId::parse("support").expect("a name"), AgentId::parse("anna").expect("a name"));
        let told = lines(&Fact::OfferMade { queue, agent, why: why.into() });
        let expected = [
            "offered to anna",
            "longest idle, 2 free: anna (idle 40s), ben (idle 12s)",
            "1 talking",
            "1 free without the skills",
        ];
        assert_eq!(told, expected);
    }
}
