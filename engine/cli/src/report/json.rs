//! A report as JSON: everything that it knows.

use acd::ServiceLevel;
use serde_json::{Map, Value, json};

use super::column::{Cell, Column};
use super::{Line, Marks, Report, Score, Scores};

/// One object; durations in seconds, shares as fractions of 1, null where there is nothing to average.
pub(crate) fn json(report: &Report) -> Value {
    let time = |at: model::WallTime| {
        let time = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(report.zone.clone());
        time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    let counts = report.whole.counts();
    let levels: Map<String, Value> =
        ServiceLevel::ALL.iter().map(|level| (level.to_string(), json!(counts.service_level(*level)))).collect();
    let (calls, visits) = (&report.whole.calls, &report.whole.visits);
    json!({
        "from": time(report.span.from),
        "until": time(report.span.until),
        "time_zone": report.zone.iana_name(),
        "service_level": {
            "definition": report.level.to_string(),
            "formula": report.level.formula(),
            "in_time": report.in_time,
            "by_definition": levels,
        },
        "calls": {
            "figures": line(&report.whole, Column::OF_CALLS, report.level),
            "served": calls.served,
            "rejected": calls.rejected,
            "failed": calls.failed,
            "going_on": calls.going_on,
            "internal": calls.internal,
            "outbound": calls.outbound,
            "reached": calls.reached,
            "conservation": report.conservation(),
            "unaccounted": calls.unaccounted() as i64,
        },
        "queues": {
            "figures": line(&report.whole, Column::OF_QUEUES, report.level),
            "conservation": if visits.offered > 0 { json!(report.conservation_in_queues()) } else { Value::Null },
        },
        "callbacks": report.owed.callbacks.iter().map(|(queue, sums)| (queue.clone(), json!({
            "booked": sums.booked, "done": sums.done, "gave_up": sums.gave_up, "cancelled": sums.cancelled,
            "taken_over": sums.taken_over, "waiting": sums.waiting,
        }))).collect::<Map<_, _>>(),
        "messages": report.owed.messages.iter().map(|(mailbox, sums)| (mailbox.clone(), json!({
            "left": sums.left, "heard": sums.heard, "urgent": sums.urgent,
        }))).collect::<Map<_, _>>(),
        "deliveries": report.owed.deliveries.iter().map(|(by, sums)| (by.clone(), json!({
            "wanted": sums.wanted, "done": sums.done, "failed": sums.failed,
        }))).collect::<Map<_, _>>(),
        "campaigns": report.campaigns.iter().map(|campaign| (campaign.name.clone(), json!({
            "dialed": campaign.dialed, "reached": campaign.reached, "left": campaign.left,
            "results": campaign.results.iter().map(|(word, calls)| (word.clone(), json!(calls))).collect::<Map<_, _>>(),
        }))).collect::<Map<_, _>>(),
        "satisfaction": satisfaction(&report.whole.marks),
        "evaluations": evaluations(report),
        "by": report.by.as_str(),
        "lines": report.lines.iter().map(|one| {
            let mut object = line(one, report.by.columns(), report.level);
            object.insert("name".to_owned(), json!(one.name));
            object.insert("marks".to_owned(), satisfaction(&one.marks));
            object.insert("forms".to_owned(), forms(&one.scores));
            Value::Object(object)
        }).collect::<Vec<_>>(),
    })
}

fn line(line: &Line, columns: &[Column], level: ServiceLevel) -> Map<String, Value> {
    columns.iter().map(|column| (column.key().to_owned(), json!(column.cell(line, level).number()))).collect()
}

fn satisfaction(marks: &Marks) -> Value {
    let of = |name: &String| {
        let (mean, calls) = marks.mean(name)?;
        let spread: Map<String, Value> =
            marks.0.get(name)?.iter().map(|(mark, calls)| (mark.to_string(), json!(calls))).collect();
        Some((name.clone(), json!({ "mean": mean, "calls": calls, "distribution": spread })))
    };
    Value::Object(marks.0.keys().filter_map(of).collect())
}

/// Forms with the agents whose calls they are about, and the marks that callers gave these.
fn evaluations(report: &Report) -> Value {
    let of = |(form, score): (&String, &Score)| {
        let agent = |line: &Line| {
            let mut object = filled(*line.scores.0.get(form)?);
            object.insert("satisfaction".to_owned(), json!(line.marks.mean("rating").map(|(mean, _)| mean)));
            Some((line.name.clone(), Value::Object(object)))
        };
        let mut object = filled(*score);
        object.insert("agents".to_owned(), Value::Object(report.evaluated.iter().filter_map(agent).collect()));
        (form.clone(), Value::Object(object))
    };
    Value::Object(report.whole.scores.0.iter().map(of).collect())
}

fn forms(scores: &Scores) -> Value {
    Value::Object(scores.0.iter().map(|(form, score)| (form.clone(), Value::Object(filled(*score)))).collect())
}

fn filled(score: Score) -> Map<String, Value> {
    let score_of = Cell::Share(score.mean()).number();
    Map::from_iter([("score".to_owned(), json!(score_of)), ("filled".to_owned(), json!(score.filled))])
}
