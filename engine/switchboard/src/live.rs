//! The centre at this moment, for supervisors: queues, groups and agents as one JSON object.

use std::time::Duration;

use acd::{AgentView, Counts, GroupView, QueueView, ServiceLevel, StandingCounts};
use model::{AgentId, Timestamp};
use serde_json::{Map, Value, json};

use crate::board::Switchboard;
use crate::centre::state_words;

impl Switchboard {
    /// `{ centre, groups, queues: { name: … }, agents: { name: … } }`. Times are seconds; shares are 0 to 1, null when
    /// nothing was counted yet; counts are of this run of the engine, agents' own of today.
    pub fn live(&self, now: Timestamp) -> Value {
        let acd = self.queues();
        let config = self.published().map(|project| &project.config);
        let queues = config.iter().flat_map(|config| config.queues.keys());
        let queues: Map<String, Value> =
            queues.filter_map(|id| Some((id.to_string(), queue(&acd.queue(now, id)?)))).collect();
        let agents = config.iter().flat_map(|config| config.agents.keys());
        let agents: Map<String, Value> =
            agents.filter_map(|id| Some((id.to_string(), self.agent(now, id, &acd.agent(now, id)?)))).collect();
        let groups: Vec<Value> = acd.groups(now).iter().map(group).collect();
        json!({ "centre": group(&acd.centre(now)), "groups": groups, "queues": queues, "agents": agents })
    }

    fn agent(&self, now: Timestamp, id: &AgentId, view: &AgentView) -> Value {
        let (state, reason) = state_words(&view.state);
        let left_alone = view.backing_off_until.map(|until| seconds(until.since(now)));
        json!({
            "state": state,
            "reason": reason,
            "left_alone_for_seconds": left_alone,
            "at": self.desk.centre.post(id),
            "phones": self.desk.phones.get(id).map_or(0, Vec::len),
            "calls": view.calls,
            "talk_seconds": seconds(view.talk),
            "wrap_up_seconds": seconds(view.wrap_up),
            "on_duty_seconds": seconds(view.on_duty),
            "occupancy": view.occupancy,
        })
    }
}

fn queue(view: &QueueView) -> Value {
    let mut figures = counted(&view.counts);
    let standing = StandingCounts {
        free: view.agents_free,
        backing_off: view.agents_backing_off,
        reserved: view.agents_reserved,
        talking: view.agents_talking,
        wrapping_up: view.agents_wrapping_up,
        not_ready: view.agents_not_ready,
        signed_out: view.agents_signed_out,
    };
    add_load(&mut figures, (view.waiting.len(), view.longest_wait), (view.occupancy, view.fairness), standing);
    let estimator = view.estimator.map(|(by, error)| json!({ "speaks": by.to_string(), "errs_by_seconds": error }));
    figures.insert("estimator".into(), estimator.into());
    figures.into()
}

fn group(view: &GroupView) -> Value {
    let mut figures = counted(&view.counts);
    add_load(&mut figures, (view.waiting, view.longest_wait), (view.occupancy, view.fairness), view.standing);
    figures.insert("queues".into(), view.queues.iter().map(ToString::to_string).collect::<Vec<_>>().into());
    figures.insert("members".into(), view.agents.iter().map(ToString::to_string).collect::<Vec<_>>().into());
    figures.insert("answered_by_them".into(), view.answered_by_them.into());
    figures.into()
}

/// Who waits, how busy the agents are, what they do.
fn add_load(
    figures: &mut Map<String, Value>,
    (waiting, longest): (usize, Duration),
    (occupancy, fairness): (Option<f64>, Option<f64>),
    agents: StandingCounts,
) {
    figures.insert("waiting".into(), waiting.into());
    figures.insert("longest_wait_seconds".into(), seconds(longest).into());
    figures.insert("occupancy".into(), occupancy.into());
    figures.insert("fairness".into(), fairness.into());
    let agents = json!({
        "free": agents.free, "reserved": agents.reserved, "talking": agents.talking, "wrap_up": agents.wrapping_up,
        "left_alone": agents.backing_off, "not_ready": agents.not_ready, "signed_out": agents.signed_out,
    });
    figures.insert("agents".into(), agents);
}

fn counted(counts: &Counts) -> Map<String, Value> {
    let levels = counts.service_levels().map(|(level, share)| (level.to_string(), share.into()));
    let levels: Map<String, Value> = levels.into_iter().collect();
    let figures = [
        ("offered", counts.offered.into()),
        ("answered", counts.answered.into()),
        ("abandoned", counts.abandoned.into()),
        ("voicemail", counts.voicemail.into()),
        ("callback", counts.callback.into()),
        ("overflowed", counts.overflowed.into()),
        ("talking", counts.talking.into()),
        ("service_level", counts.service_level(ServiceLevel::Offered).into()),
        ("service_levels", levels.into()),
        ("abandon_rate", counts.abandon_rate().into()),
        ("asa_seconds", counts.average_speed_of_answer().map(seconds).into()),
        ("handle_time_seconds", counts.average_handle_time().map(seconds).into()),
        ("talk_time_seconds", counts.average_talk_time().map(seconds).into()),
    ];
    figures.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect()
}

/// Seconds to the millisecond.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
