//! What stands below a trace: where the time went, who took part, what was said of it.

use model::short_duration;
use store::CallRecord;

/// Lines about the call as a whole.
pub(crate) fn summary(record: &CallRecord) -> Vec<String> {
    let mut lines = Vec::new();
    let stages: Vec<String> =
        record.stages.named().iter().map(|(name, time)| format!("{name} {}", short_duration(*time))).collect();
    let whole: std::time::Duration = record.stages.named().iter().map(|(_, time)| *time).sum();
    let mut times = format!("stages: {}, altogether {}", stages.join(", "), short_duration(whole));
    if !record.wrap_up().is_zero() {
        times += &format!("; wrap-up {}", short_duration(record.wrap_up()));
    }
    lines.push(times);
    for visit in &record.queues {
        let waited =
            visit.waited.map_or_else(|| "waiting".to_owned(), |waited| format!("waited {}", short_duration(waited)));
        let agent = visit.agent.as_ref().map(|agent| format!(" by {agent}")).unwrap_or_default();
        lines.push(format!(
            "queue {}: {}{agent}, {waited}, {} of it rang",
            visit.queue,
            visit.result().as_str(),
            short_duration(visit.rang)
        ));
    }
    if let Some(end) = &record.end {
        lines.push(format!("outcome: {}", end.outcome));
    }
    for (key, value) in &record.tags {
        lines.push(format!("tag {key}: {value}"));
    }
    if let (Some(flow), Some(version)) = (&record.flow, &record.version) {
        lines.push(format!("flow {flow}, version {version}"));
    }
    lines
}
