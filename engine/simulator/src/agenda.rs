//! What will happen, in order of time and then of being planned.

use std::collections::BTreeMap;

use model::Timestamp;

/// A heap of plans. Two plans for the same time happen in the order of their making.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    plans: BTreeMap<(Timestamp, u64), T>,
    made: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { plans: BTreeMap::new(), made: 0 }
    }
}

impl<T> Agenda<T> {
    pub(crate) fn plan(&mut self, at: Timestamp, what: T) {
        self.made += 1;
        self.plans.insert((at, self.made), what);
    }

    pub(crate) fn next_time(&self) -> Option<Timestamp> {
        self.plans.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first plan.
    pub(crate) fn take(&mut self) -> Option<(Timestamp, T)> {
        self.plans.pop_first().map(|((at, _), what)| (at, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_happen_by_time_and_then_by_their_making() {
        let mut agenda = Agenda::default();
        let at = Timestamp::from_micros;
        agenda.plan(at(2), "second");
        agenda.plan(at(1), "first");
        agenda.plan(at(2), "third");
        let order: Vec<_> = std::iter::from_fn(|| agenda.take()).map(|(_, what)| what).collect();
        assert_eq!(order, ["first", "second", "third"]);
    }
}
