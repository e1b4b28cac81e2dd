//! Who talked to whom last, so that a customer meets a familiar voice.

use std::collections::{BTreeMap, VecDeque};

use model::{AgentId, WrittenNumber};

/// Numbers remembered; the longest unheard is forgotten first.
const NUMBERS_MAX: usize = 100_000;

#[derive(Default)]
pub(crate) struct LastAgents {
    by_number: BTreeMap<String, AgentId>,
    order: VecDeque<String>,
}

impl LastAgents {
    pub(crate) fn note(&mut self, number: &str, agent: &AgentId) {
        if number.is_empty() {
            return;
        }
        if self.by_number.insert(number.to_owned(), agent.clone()).is_none() {
            self.order.push_back(number.to_owned());
        }
        if self.order.len() > NUMBERS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_number.remove(&oldest);
        }
    }

    pub(crate) fn forget(&mut self, number: &WrittenNumber) {
        self.by_number.retain(|known, _| !number.is_in(known));
        self.order.retain(|known| !number.is_in(known));
    }

    pub(crate) fn of(&self, number: &str) -> Option<&AgentId> {
        self.by_number.get(number)
    }
}
