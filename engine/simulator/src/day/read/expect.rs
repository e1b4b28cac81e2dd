//! `expect:` of a day.

use std::ops::Range;
use std::time::Duration;

use model::QueueId;
use script::config::tree::Node;

use super::Page;
use crate::day::file::{Limit, Target, Unit};

/// Figures by name, in which units they can be bounded.
const FIGURES: [(&str, &[Unit]); 20] = [
    ("service_level", &[Unit::Share]),
    ("abandoned", &[Unit::Share, Unit::Count]),
    ("abandon_rate", &[Unit::Share]),
    ("occupancy", &[Unit::Share]),
    ("asa", &[Unit::Seconds]),
    ("asa_seconds", &[Unit::Seconds]),
    ("average_wait", &[Unit::Seconds]),
    ("average_wait_seconds", &[Unit::Seconds]),
    ("longest_wait", &[Unit::Seconds]),
    ("longest_wait_seconds", &[Unit::Seconds]),
    ("offered", &[Unit::Count]),
    ("answered", &[Unit::Share, Unit::Count]),
    ("voicemail", &[Unit::Share, Unit::Count]),
    ("callback", &[Unit::Share, Unit::Count]),
    ("overflowed", &[Unit::Share, Unit::Count]),
    ("waiting", &[Unit::Count]),
    ("aht_seconds", &[Unit::Seconds]),
    ("aht", &[Unit::Seconds]),
    ("short_abandons", &[Unit::Share, Unit::Count]),
    ("fairness", &[Unit::Share]),
];

impl Page<'_> {
    pub(super) fn targets(&mut self, node: &Node) -> Vec<Target> {
        let mut targets = Vec::new();
        self.targets_of(node, None, &mut targets);
        let first = targets.iter().find_map(|target| Some((target.within?, target.span.clone())));
        if let Some((within, _)) = first {
            let other = targets.iter().find(|target| target.within.is_some_and(|other| other != within));
            if let Some(span) = other.map(|other| other.span.clone()) {
                self.error(&span, "bad-bound", "all service levels of one day count the same time, `in 20s`");
            }
        }
        targets
    }

    fn targets_of(&mut self, node: &Node, queue: Option<&QueueId>, targets: &mut Vec<Target>) {
        for (key, value) in self.reader.entries(node, "`expect`") {
            if key.text == "queues" && queue.is_none() {
                for (name, value) in self.reader.entries(value, "`queues`") {
                    if let Some(queue) = self.known_queue(&name.text, &name.span) {
                        self.targets_of(value, Some(&queue), targets);
                    }
                }
                continue;
            }
            let Some((figure, units)) = FIGURES.iter().find(|(figure, _)| *figure == key.text) else {
                let known: Vec<&str> = FIGURES.iter().map(|(figure, _)| *figure).chain(["queues"]).collect();
                self.reader.unknown(key, "`expect`", &known);
                continue;
            };
            let Some(text) = self.reader.text(value, &key.text) else { continue };
            match bound(&text, *figure == "service_level") {
                Some((limit, within)) if units.contains(&limit.unit()) => {
                    let figure = (*figure).to_owned();
                    targets.push(Target { queue: queue.cloned(), figure, limit, within, span: value.span.clone() });
                }
                _ => self.bad_bound(&value.span, &text, figure, units),
            }
        }
    }

    fn bad_bound(&mut self, span: &Range<usize>, text: &str, figure: &str, units: &[Unit]) {
        let example = match units {
            _ if figure == "service_level" => "at least 80% in 20s",
            [Unit::Seconds, ..] => "at most 30s",
            [Unit::Share, ..] => "at most 5%",
            _ => "at least 100",
        };
        self.error(span, "bad-bound", format!("`{text}` is no limit of `{figure}`, write `{example}`"));
    }
}

/// `at least 80% in 20s`, `at most 30s`, `at most 12`
fn bound(text: &str, with_time: bool) -> Option<(Limit, Option<Duration>)> {
    let (make, rest): (fn(f64, Unit) -> Limit, &str) =
        match (text.strip_prefix("at least "), text.strip_prefix("at most ")) {
            (Some(rest), _) => (Limit::AtLeast, rest.trim()),
            (_, Some(rest)) => (Limit::AtMost, rest.trim()),
            _ => return None,
        };
    let (rest, within) = match rest.split_once(" in ") {
        Some((rest, time)) if with_time => (rest.trim(), Some(script::config::duration(time.trim()).ok()?)),
        Some(_) => return None,
        None => (rest, None),
    };
    if let Some(percent) = rest.strip_suffix('%') {
        let share = percent.trim().parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
        return Some((make(share / 100.0, Unit::Share), within));
    }
    if let Ok(number) = rest.parse::<f64>() {
        // `occupancy: at most 0.85`; a whole number is a count.
        let unit = if rest.contains('.') && number <= 1.0 { Unit::Share } else { Unit::Count };
        return (number >= 0.0).then(|| (make(number, unit), within));
    }
    let time = script::config::duration(rest).ok()?;
    Some((make(time.as_secs_f64(), Unit::Seconds), within))
}

impl Limit {
    pub(in crate::day) fn unit(self) -> Unit {
        match self {
            Limit::AtLeast(_, unit) | Limit::AtMost(_, unit) => unit,
        }
    }
}
