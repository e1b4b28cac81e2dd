//! A day's figures as one JSON object.

use script::Diagnostics;
use serde::Serialize;
use serde_json::{Map, Value, json};
use simulator::compare::Comparison;
use simulator::day::hash_of_runs;
use simulator::runs::RunsFigures;

use super::Arguments;
use super::day::Played;
use super::day_text::figures;

/// The contract's object: figures of the whole, below it `queues`, and what makes the run repeatable.
pub(super) fn day(arguments: &Arguments, played: &Played) -> Value {
    let mut object = match played.results.as_slice() {
        [run] => object_of(&run.figures),
        runs => object_of(&RunsFigures::of(&figures(runs))),
    };
    if let [run] = played.results.as_slice()
        && !run.campaigns.is_empty()
    {
        object.insert("campaigns".into(), run.campaigns.clone().into());
    }
    let found = Diagnostics::from(played.missed.clone());
    object.insert("day".into(), played.day.name.clone().into());
    object.insert("seed".into(), played.results.first().map(|run| run.seed).into());
    object.insert("runs".into(), played.results.len().into());
    object.insert("trace_hash".into(), hash_of_runs(&played.results).into());
    object.insert("targets_met".into(), played.missed.is_empty().into());
    object.insert("diagnostics".into(), found.to_json());
    if arguments.trace {
        let traces: Vec<&Vec<String>> = played.results.iter().map(|run| &run.trace).collect();
        object.insert("trace".into(), if let [one] = traces.as_slice() { json!(one) } else { json!(traces) });
    }
    Value::Object(object)
}

/// One object for each number of agents.
pub(super) fn staffing(arguments: &Arguments, several: &[Played]) -> Value {
    let one = |played: &Played| {
        let mut value = day(arguments, played);
        value["agents_counted"] = played.day.agents_counted().into();
        value
    };
    json!({ "staffing": several.iter().map(one).collect::<Vec<_>>() })
}

/// Both days, and the differences.
pub(super) fn comparison(arguments: &Arguments, a: &Played, b: &Played, comparison: &Comparison) -> Value {
    json!({ "a": day(arguments, a), "b": day(arguments, b), "comparison": comparison })
}

fn object_of(figures: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(figures) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
