//! Agents who serve the same queues are a group.

use std::collections::{BTreeMap, BTreeSet};

use model::{QueueId, Timestamp};
use serde::Serialize;

use super::agent::AgentDay;
use super::book::Book;
use super::day::Figures;
use super::tally::Tally;

/// What a group of agents did, beside the figures of the queues that it serves, taken together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupFigures {
    /// The queues that its agents serve.
    pub serves: BTreeSet<QueueId>,
    /// How many they are.
    pub members: u64,
    /// Calls of queues that they answered; others may have answered the rest.
    pub answered_by_members: u64,
    /// Offers to them.
    pub offers: u64,
    /// Entries of the queues together; occupancy, fairness and states are of the members.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Each group under the names of its queues, `sales+support`. Agents who serve no queue make none.
pub(super) fn groups(tally: &Tally, now: Timestamp) -> BTreeMap<String, GroupFigures> {
    let mut members: BTreeMap<&BTreeSet<QueueId>, Vec<&AgentDay>> = BTreeMap::new();
    for agent in tally.agents.values().filter(|agent| !agent.queues.is_empty()) {
        members.entry(&agent.queues).or_default().push(agent);
    }
    let group = |(queues, members): (&BTreeSet<QueueId>, Vec<&AgentDay>)| {
        let name = queues.iter().map(QueueId::as_str).collect::<Vec<_>>().join("+");
        let books: Vec<&Book> = queues.iter().filter_map(|queue| tally.queues.get(queue)).collect();
        let limits = match books.as_slice() {
            [only] => only.limits,
            _ => tally.settings.whole,
        };
        let figures = GroupFigures {
            serves: queues.clone(),
            members: members.len() as u64,
            answered_by_members: members.iter().map(|agent| agent.answered).sum(),
            offers: members.iter().map(|agent| agent.offers).sum(),
            figures: tally.scope(now, limits, &books, |agent| agent.queues == *queues),
        };
        (name, figures)
    };
    members.into_iter().map(group).collect()
}
