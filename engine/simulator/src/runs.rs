//! The same day with several seeds: each figure as a mean with its interval.

use std::collections::BTreeMap;

use model::QueueId;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::figures::{DayFigures, Figures, Quantity};
use crate::statistics::Estimate;

/// Figures of several runs. As JSON it has the keys of one day, each a mean, and beside them `confidence` with the
/// interval of each.
#[derive(Debug, Clone, PartialEq)]
pub struct RunsFigures {
    /// How many runs.
    pub runs: usize,
    /// Calls that came to any queue.
    pub whole: Estimates,
    /// Entries by queue.
    pub queues: BTreeMap<QueueId, Estimates>,
    definition: String,
    within_seconds: f64,
}

/// An estimate for each figure; none where no run had a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimates(BTreeMap<Quantity, Option<Estimate>>);

impl RunsFigures {
    /// Takes the runs together.
    pub fn of(days: &[DayFigures]) -> Self {
        let first = days.first().map(|day| &day.whole);
        Self {
            runs: days.len(),
            whole: Estimates::of(&days.iter().map(|day| Some(&day.whole)).collect::<Vec<_>>()),
            queues: queue_names(days).into_iter().map(|id| (id.clone(), Estimates::of(&queue(days, id)))).collect(),
            definition: first.map(|whole| whole.service_level_definition.clone()).unwrap_or_default(),
            within_seconds: first.map_or(0.0, |whole| whole.service_level_within_seconds),
        }
    }
}

impl Estimates {
    fn of(runs: &[Option<&Figures>]) -> Self {
        Self(Quantity::ALL.into_iter().map(|quantity| (quantity, estimate(quantity, runs))).collect())
    }

    /// One of them.
    pub fn get(&self, quantity: Quantity) -> Option<Estimate> {
        self.0.get(&quantity).copied().flatten()
    }

    /// `88.8 % ± 1.2`, without the interval after a single run, `n/a` without a value.
    pub fn text(&self, quantity: Quantity) -> String {
        quantity.estimate_text(self.get(quantity))
    }
}

fn estimate(quantity: Quantity, runs: &[Option<&Figures>]) -> Option<Estimate> {
    let values: Vec<f64> = runs.iter().flatten().filter_map(|figures| quantity.of(figures)).collect();
    Estimate::of(&values)
}

/// Queues that any run knows.
pub(crate) fn queue_names(days: &[DayFigures]) -> Vec<&QueueId> {
    let names: std::collections::BTreeSet<&QueueId> = days.iter().flat_map(|day| day.queues.keys()).collect();
    names.into_iter().collect()
}

/// One queue in each run.
pub(crate) fn queue<'d>(days: &'d [DayFigures], id: &QueueId) -> Vec<Option<&'d Figures>> {
    days.iter().map(|day| day.queues.get(id)).collect()
}

impl Serialize for RunsFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.whole.entries(&mut map)?;
        map.serialize_entry("service_level_definition", &self.definition)?;
        map.serialize_entry("service_level_within_seconds", &self.within_seconds)?;
        map.serialize_entry("runs", &self.runs)?;
        map.serialize_entry("queues", &self.queues)?;
        map.end()
    }
}

impl Serialize for Estimates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

impl Estimates {
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for (quantity, estimate) in &self.0 {
            map.serialize_entry(quantity.key(), &estimate.map(|estimate| estimate.mean))?;
        }
        let confidence: BTreeMap<&str, Option<Estimate>> =
            self.0.iter().map(|(quantity, estimate)| (quantity.key(), *estimate)).collect();
        map.serialize_entry("confidence", &confidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::day_with;

    #[test]
    fn runs_give_means_with_intervals() {
        let days = [day_with(&[5, 10]), day_with(&[5, 30]), day_with(&[])];
        let runs = RunsFigures::of(&days);
        assert_eq!(runs.whole.text(Quantity::AsaSeconds), "12.5 s ± 63.5");
        assert_eq!(runs.whole.text(Quantity::ServiceLevel), "75.0 % ± 317.7");
        let json = serde_json::to_value(&runs).unwrap();
        assert_eq!(json["runs"], 3);
        assert_eq!(json["queues"]["support"]["answered"], 4.0 / 3.0);
        assert_eq!(json["confidence"]["asa_seconds"]["runs"], 2);
        assert!(json["confidence"]["asa_seconds"]["low"].as_f64().unwrap() < 12.5);
        assert_eq!(json["service_level_definition"], "sl_offered");
    }

    #[test]
    fn the_keys_are_those_of_a_single_day() {
        let day = serde_json::to_value(day_with(&[5])).unwrap();
        let runs = serde_json::to_value(RunsFigures::of(&[day_with(&[5])])).unwrap();
        for quantity in Quantity::ALL {
            let key = quantity.key();
            assert_eq!((key, day[key].as_f64()), (key, runs[key].as_f64()));
            assert!(day["queues"]["support"].get(key).is_some() && runs["queues"]["support"].get(key).is_some());
        }
    }
}
