//! `callers:` of a day.

use std::collections::BTreeMap;
use std::time::Duration;

use script::Diagnostic;
use script::config::tree::{Node, Value};

use super::Page;
use crate::call::{Key, number_of_flow, parse_keys};
use crate::day::draw::Draw;
use crate::day::file::{Arrivals, Callers, From, Redial};

const KEYS: [&str; 11] =
    ["flow", "to", "per_hour", "arrivals", "from", "presses", "patience", "talks", "says", "hangs_up", "redial"];
/// What callers do who are not described.
pub(super) const TALKS: Draw = Draw::Exponential { mean: Duration::from_secs(180) };
pub(super) const SAYS: Draw = Draw::Fixed(Duration::from_secs(15));
const REDIALS_AFTER: Draw = Draw::Exponential { mean: Duration::from_secs(300) };
/// Of callers' numbers when none are given; each of them gets seven digits more.
const USUAL_PREFIX: &str = "+1555";
/// A million calls an hour is a slip of the pen.
const PER_HOUR_MAX: f64 = 1_000_000.0;

type Fields<'n> = BTreeMap<&'n str, &'n Node>;

impl Page<'_> {
    pub(super) fn all_callers(&mut self, node: &Node) -> Vec<Callers> {
        let rows = self.reader.items(node, "callers");
        if rows.is_empty() {
            self.error(&node.span, "bad-value", "`callers` is a list of those who call, `- { per_hour: 120 }`");
        }
        rows.iter().map(|row| self.callers(row)).collect()
    }

    fn callers(&mut self, node: &Node) -> Callers {
        let fields = self.reader.fields(node, "a row of `callers`", &KEYS);
        Callers {
            to: self.dialled(node, &fields).unwrap_or_default(),
            arrivals: self.when(node, &fields).unwrap_or(Arrivals::Given(Vec::new())),
            from: fields.get("from").and_then(|node| self.from(node)).unwrap_or(From::Prefix(USUAL_PREFIX.to_owned())),
            presses: fields.get("presses").map_or_else(|| vec![(1.0, Vec::new())], |node| self.presses(node)),
            patience: fields.get("patience").and_then(|node| self.draw(node, "patience")),
            talks: fields.get("talks").and_then(|node| self.draw(node, "talks")).unwrap_or(TALKS),
            says: fields.get("says").and_then(|node| self.draw(node, "says")).unwrap_or(SAYS),
            hangs_up: fields.get("hangs_up").and_then(|node| self.draw(node, "hangs_up")),
            redial: fields.get("redial").and_then(|node| self.redial(node)),
        }
    }

    /// The number they dial: given, of the flow, or the project's first.
    fn dialled(&mut self, node: &Node, fields: &Fields<'_>) -> Option<String> {
        let numbers = &self.project.config.numbers;
        if let Some(to) = fields.get("to") {
            let number = self.reader.text(to, "to")?;
            if numbers.flow_for(&number).is_none() {
                self.error(&to.span, "no-number", format!("no flow answers the number `{number}`"));
            }
            return Some(number);
        }
        let Some(flow) = fields.get("flow") else {
            self.error(&node.span, "missing-key", "neither `flow` nor `to` says whom these callers reach");
            return None;
        };
        let name = self.reader.text(flow, "flow")?;
        let number = number_of_flow(numbers, &name);
        if number.is_none() {
            let known = numbers.exact.values().chain(numbers.prefixes.values()).chain(&numbers.default);
            let message = format!("no number of `numbers:` leads to `{name}`");
            let diagnostic = Diagnostic::error("no-number", message).suggest(&name, known.map(String::as_str));
            self.reader.report(diagnostic, &flow.span);
        }
        number
    }

    fn when(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Arrivals> {
        match (fields.get("per_hour"), fields.get("arrivals")) {
            (Some(rate), None) => self.rates(rate).map(Arrivals::PerHour),
            (None, Some(given)) => self.given(given).map(Arrivals::Given),
            (Some(_), Some(given)) => {
                self.error(&given.span, "bad-value", "callers come `per_hour` or by their `arrivals`, not both");
                None
            }
            (None, None) => {
                self.error(&node.span, "missing-key", "neither `per_hour` nor `arrivals` says when these callers call");
                None
            }
        }
    }

    /// `120`, or `{ "08:00": 60, "10:00": 120 }`
    fn rates(&mut self, node: &Node) -> Option<Vec<(Duration, f64)>> {
        let Value::Map(rows) = &node.value else {
            return Some(vec![(Duration::ZERO, self.number(node, "per_hour", PER_HOUR_MAX)?)]);
        };
        let mut rates = vec![(Duration::ZERO, 0.0)];
        for (key, value) in rows {
            let Some(from) = self.clock.time_of_day(&key.text) else {
                let message = format!("`{}` is no time of day, write `per_hour: {{ \"08:00\": 60 }}`", key.text);
                self.error(&key.span, "bad-time", message);
                continue;
            };
            let rate = self.number(value, "per_hour", PER_HOUR_MAX)?;
            match rates.last_mut() {
                Some((last, of_last)) if *last == from => *of_last = rate,
                Some((last, _)) if *last > from => {
                    self.error(&key.span, "bad-time", format!("`{}` comes before the time above it", key.text));
                }
                _ => rates.push((from, rate)),
            }
        }
        Some(rates)
    }

    /// `history.csv`, or `{ csv: history.csv, column: start, number: src }`
    fn given(&mut self, node: &Node) -> Option<Vec<(Duration, Option<String>)>> {
        if !matches!(node.value, Value::Map(_)) {
            return self.arrivals(node, None, None);
        }
        let fields = self.reader.fields(node, "`arrivals`", &["csv", "column", "number"]);
        let Some(csv) = fields.get("csv") else {
            self.error(&node.span, "missing-key", "`arrivals` need a `csv`, the path of a file");
            return None;
        };
        self.arrivals(csv, fields.get("column").copied(), fields.get("number").copied())
    }

    /// `"+4930111111"`, `"+4930*"`, a list, or `{ csv: customers.csv, column: phone }`
    fn from(&mut self, node: &Node) -> Option<From> {
        match &node.value {
            Value::List(items) => {
                let numbers = items.iter().filter_map(|item| self.reader.text(item, "from"));
                Some(From::OneOf(numbers.collect())).filter(|from| *from != From::OneOf(Vec::new()))
            }
            Value::Map(_) => {
                let fields = self.reader.fields(node, "`from`", &["csv", "column"]);
                let csv = fields.get("csv")?;
                let numbers = self.numbers(csv, fields.get("column").copied())?;
                if numbers.is_empty() {
                    self.error(&csv.span, "empty-file", "there is no number in this file");
                    return None;
                }
                Some(From::OneOf(numbers))
            }
            _ => {
                let text = self.reader.text(node, "from")?;
                Some(match text.strip_suffix('*') {
                    Some(prefix) => From::Prefix(prefix.to_owned()),
                    None => From::OneOf(vec![text]),
                })
            }
        }
    }

    /// `["1", "w2s 3#"]`, or `[{ keys: ["1"], share: 60% }, …]`
    pub(super) fn presses(&mut self, node: &Node) -> Vec<(f64, Vec<Key>)> {
        let Value::List(items) = &node.value else { return vec![(1.0, self.keys(node))] };
        if !items.iter().any(|item| matches!(item.value, Value::Map(_))) {
            return vec![(1.0, self.keys(node))];
        }
        let mut scripts = Vec::new();
        for item in items {
            let fields = self.reader.fields(item, "a row of `presses`", &["keys", "share"]);
            let keys = fields.get("keys").map(|node| self.keys(node)).unwrap_or_default();
            match fields.get("share") {
                Some(node) => scripts.extend(self.share(node, "share").map(|share| (share, keys))),
                None => self.error(&item.span, "missing-key", "each row of `presses` has a `share` of the callers"),
            }
        }
        let sum: f64 = scripts.iter().map(|(share, _)| share).sum();
        if scripts.len() == items.len() && (sum - 1.0).abs() > 0.005 {
            let message = format!("the shares of `presses` add up to {:.0} %, not to 100 %", sum * 100.0);
            self.error(&node.span, "bad-share", message);
        }
        scripts
    }

    /// One text of keys and pauses, or a list of them.
    fn keys(&mut self, node: &Node) -> Vec<Key> {
        let nodes = match &node.value {
            Value::List(items) => items.as_slice(),
            Value::Null => &[],
            _ => std::slice::from_ref(node),
        };
        let mut keys = Vec::new();
        for node in nodes {
            let Some(text) = self.reader.text(node, "presses") else { continue };
            match parse_keys(&text) {
                Ok(more) => keys.extend(more),
                Err(error) => self.error(&node.span, "bad-keys", error.to_string()),
            }
        }
        keys
    }

    /// `{ p: 50%, after: 2m }`
    fn redial(&mut self, node: &Node) -> Option<Redial> {
        let fields = self.reader.fields(node, "`redial`", &["p", "after"]);
        let Some(p) = fields.get("p") else {
            self.error(&node.span, "missing-key", "`redial` needs `p`, the share of those who call again");
            return None;
        };
        let p = self.share(p, "p")?;
        let after = fields.get("after").and_then(|node| self.draw(node, "after")).unwrap_or(REDIALS_AFTER);
        Some(Redial { p, after })
    }
}
