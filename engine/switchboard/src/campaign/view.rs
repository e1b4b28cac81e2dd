//! How far campaigns are, for terminals and the console.

use std::collections::BTreeMap;

use model::{CampaignState, ContactState, Reached, Timestamp};
use serde_json::{Value, json};

use super::book::drops;
use super::drive::{Drive, Stage};
use crate::board::Switchboard;

impl Switchboard {
    /// The campaigns of the published version, and those of earlier ones that called somebody. `next_at` is
    /// microseconds since 1970; `drop_rate` is null while nobody answered.
    pub fn campaigns_json(&self, now: Timestamp) -> Value {
        let wall = self.desk.wall(now);
        let known = |name: &String| self.published().is_some_and(|project| project.config.outgoing.contains_key(name));
        let campaigns = self.desk.campaigns.all.iter().filter_map(|(name, drive)| match known(name) {
            true => Some(view(drive, drive.book.state, wall)),
            false if drive.contacts.is_empty() => None,
            false => Some(view(drive, CampaignState::Removed, wall)),
        });
        json!({ "campaigns": campaigns.collect::<Vec<_>>() })
    }
}

fn view(drive: &Drive, state: CampaignState, wall: model::WallTime) -> Value {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut calls, mut reached, mut keyed) = (0_u64, 0_usize, 0_usize);
    for contact in drive.contacts.values().map(|listed| &listed.contact) {
        *states.entry(contact.state.as_str()).or_default() += 1;
        calls += u64::from(contact.attempts);
        reached += usize::from(contact.call.is_some());
        keyed += usize::from(contact.reached >= Reached::Key);
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
        "state": state.as_str(),
        "contacts": drive.contacts.len(),
        "waiting": count(ContactState::Waiting),
        "done": count(ContactState::Done),
        "gave_up": count(ContactState::GaveUp),
        "excluded": count(ContactState::Excluded),
        "withdrawn": count(ContactState::Withdrawn),
        "in_flight": drive.flights.len(),
        "talking_or_waiting": stage(Stage::Answered) + stage(Stage::Waits) + stage(Stage::Served),
        "calls": calls,
        "reached": reached,
        "pressed_or_talked": keyed,
        "results": results,
        "next_at": drive.next_due().map(|at| at.0),
        "answered_30_days": answered,
        "dropped_30_days": dropped,
        "drop_rate": rate,
    })
}
