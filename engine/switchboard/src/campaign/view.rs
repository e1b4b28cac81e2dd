//! How far campaigns are, for terminals and the console.

use std::collections::BTreeMap;

use model::{ContactState, Timestamp};
use serde_json::{Value, json};

use super::book::drops;
use super::drive::{Drive, Stage};
use crate::board::Switchboard;

impl Switchboard {
    /// The campaigns of the published version. `next_at` is microseconds since 1970; `drop_rate` is null while nobody
    /// answered.
    pub fn campaigns_json(&self, now: Timestamp) -> Value {
        let wall = self.desk.wall(now);
        let names = self.published().into_iter().flat_map(|project| project.config.outgoing.keys());
        let campaigns = names.filter_map(|name| Some(view(self.desk.campaigns.all.get(name)?, wall)));
        json!({ "campaigns": campaigns.collect::<Vec<_>>() })
    }
}

fn view(drive: &Drive, wall: model::WallTime) -> Value {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut calls, mut reached) = (0_u64, 0_usize);
    for contact in drive.contacts.values().map(|listed| &listed.contact) {
        *states.entry(contact.state.as_str()).or_default() += 1;
        calls += u64::from(contact.attempts);
        reached += usize::from(contact.call.is_some());
        if !contact.result.is_empty() && !matches!(contact.state, ContactState::Dialing) {
            *results.entry(&contact.result).or_default() += 1;
        }
    }
    let count = |state: ContactState| states.get(state.as_str()).copied().unwrap_or(0);
    let stage = |stage| drive.flights.values().filter(|flight| flight.stage == stage).count();
    let (answered, dropped) = drops(&drive.book, wall);
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let rate = (answered > 0).then(|| dropped as f64 / answered as f64);
    json!({
        "campaign": drive.book.name,
        "state": drive.book.state.as_str(),
        "contacts": drive.contacts.len(),
        "waiting": count(ContactState::Waiting),
        "done": count(ContactState::Done),
        "gave_up": count(ContactState::GaveUp),
        "excluded": count(ContactState::Excluded),
        "in_flight": drive.flights.len(),
        "talking_or_waiting": stage(Stage::Answered) + stage(Stage::Waits) + stage(Stage::Served),
        "calls": calls,
        "reached": reached,
        "results": results,
        "next_at": drive.next_due().map(|at| at.0),
        "answered_30_days": answered,
        "dropped_30_days": dropped,
        "drop_rate": rate,
    })
}
