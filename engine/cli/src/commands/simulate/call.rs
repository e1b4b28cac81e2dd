//! `callwright simulate PROJECT`: one call.

use std::sync::Arc;

use jiff::tz::TimeZone;
use model::{Outcome, WallTime, short_duration};
use script::Project;
use serde_json::json;
use simulator::{Call, FakeDirectories, People, Report, parse_keys, simulate};

use super::{Arguments, project_or_flow};
use crate::dry::Backstage;
use crate::{Ending, screen, workspace};

pub(super) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let (folder, flow) = project_or_flow(arguments.target.as_deref())?;
    let mut project = workspace::load_or_explain(&folder)?;
    if let Some(flow) = flow {
        route_everything_to(&mut project, flow)?;
    }
    let to = arguments.to.clone().unwrap_or_else(|| project.config.numbers.to_try().to_owned());
    let call = Call {
        from: arguments.from.clone(),
        to,
        at: clock(&arguments.at, &project.config.time_zone)?,
        keys: parse_keys(&arguments.press).map_err(|error| format!("--press: {error}"))?,
        hang_up_after: arguments.hang_up_after,
        seed: arguments.seed.unwrap_or(1),
        people: People::default(),
        directories: FakeDirectories::default(),
    };
    let project = Arc::new(project);
    let report = Backstage::open(&folder, &project).with(|outside| simulate(&project, &call, outside));
    if arguments.json {
        crate::commands::print_json(&as_json(arguments, &call, &report))?;
    } else {
        print(arguments, &call, &report);
    }
    let went_well = !matches!(report.outcome, None | Some(Outcome::Failed));
    Ok(if went_well { Ending::Fine } else { Ending::Failed })
}

fn route_everything_to(project: &mut Project, flow: String) -> Result<(), String> {
    if !project.flows.contains_key(&flow) {
        let flows: Vec<&str> = project.flows.keys().map(String::as_str).collect();
        return Err(format!("`{flow}` answers no calls; flows of this project are {}", flows.join(", ")));
    }
    let numbers = &mut project.config.numbers;
    numbers.exact.clear();
    numbers.prefixes.clear();
    numbers.main = None;
    numbers.default = Some(flow);
    Ok(())
}

fn clock(text: &str, zone: &TimeZone) -> Result<WallTime, String> {
    let wrong = || format!("--at: `{text}` is no time, write \"2026-03-02 09:00\"");
    let time: jiff::civil::DateTime = text.parse().map_err(|_| wrong())?;
    let time = time.to_zoned(zone.clone()).map_err(|_| wrong())?;
    Ok(WallTime(time.timestamp().as_microsecond()))
}

fn print(arguments: &Arguments, call: &Call, report: &Report) {
    screen::say(format_args!("call from {} to {} at {}, seed {}", call.from, call.to, arguments.at, call.seed));
    if arguments.trace {
        screen::say(report.to_string().trim_end());
    } else {
        for heard in &report.heard {
            screen::say(format_args!("  hears {heard}"));
        }
    }
    let outcome = report.outcome.map_or("never ended", Outcome::as_str);
    let good = !matches!(report.outcome, None | Some(Outcome::Failed));
    let outcome = screen::verdict(outcome, good, screen::is_colorful());
    screen::say(format_args!("{outcome} after {}, trace {}", short_duration(report.lasted), report.trace_hash));
}

fn as_json(arguments: &Arguments, call: &Call, report: &Report) -> serde_json::Value {
    json!({
        "from": call.from,
        "to": call.to,
        "at": arguments.at,
        "seed": call.seed,
        "outcome": report.outcome.map(Outcome::as_str),
        "lasted_seconds": report.lasted.as_secs_f64(),
        "heard": report.heard,
        "trace_hash": report.trace_hash,
        "trace": arguments.trace.then(|| report.to_string().lines().map(str::to_owned).collect::<Vec<_>>()),
    })
}
