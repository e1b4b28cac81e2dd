//! `campaigns:` of a day: which of them call, and what the called people do.

use std::time::Duration;

use script::config::tree::Node;

use super::Page;
use super::callers::{SAYS, TALKS};
use crate::day::draw::Draw;
use crate::day::file::{Arrivals, Called, Callers, From};

const KEYS: [&str; 9] =
    ["name", "answers", "busy", "answers_after", "presses", "patience", "talks", "says", "hangs_up"];
/// What people do who are not described.
const ANSWERS: f64 = 0.6;
const ANSWERS_AFTER: Draw = Draw::Fixed(Duration::from_secs(8));

impl Page<'_> {
    /// Each campaign's people behave like a row of callers that nobody of is due.
    pub(super) fn campaigns(&mut self, node: &Node, callers: &mut Vec<Callers>) -> Vec<Called> {
        let mut all = Vec::new();
        for item in self.reader.items(node, "campaigns") {
            let fields = self.reader.fields(item, "a row of `campaigns`", &KEYS);
            let Some(name) = fields.get("name").and_then(|node| self.reader.text(node, "name")) else {
                self.error(&item.span, "missing-key", "this row of `campaigns` has no `name`");
                continue;
            };
            let outgoing = &self.project.config.outgoing;
            if !outgoing.contains_key(&name) {
                let unknown = script::Diagnostic::error("unknown-campaign", format!("unknown campaign `{name}`"));
                self.reader.report(unknown.suggest(&name, outgoing.keys().map(String::as_str)), &item.span);
            }
            let answers = fields.get("answers").and_then(|node| self.share(node, "answers")).unwrap_or(ANSWERS);
            let busy = fields.get("busy").and_then(|node| self.share(node, "busy")).unwrap_or(0.0);
            if answers + busy > 1.0 {
                self.error(&item.span, "bad-share", "`answers` and `busy` together are more than everybody");
            }
            let answers_after = fields.get("answers_after").and_then(|node| self.draw(node, "answers_after"));
            let row = Callers {
                to: String::new(),
                arrivals: Arrivals::Given(Vec::new()),
                from: From::OneOf(Vec::new()),
                presses: fields.get("presses").map_or_else(|| vec![(1.0, Vec::new())], |node| self.presses(node)),
                patience: fields.get("patience").and_then(|node| self.draw(node, "patience")),
                talks: fields.get("talks").and_then(|node| self.draw(node, "talks")).unwrap_or(TALKS),
                says: fields.get("says").and_then(|node| self.draw(node, "says")).unwrap_or(SAYS),
                hangs_up: fields.get("hangs_up").and_then(|node| self.draw(node, "hangs_up")),
                redial: None,
            };
            all.push(Called {
                campaign: name,
                row: callers.len(),
                answers,
                busy,
                answers_after: answers_after.unwrap_or(ANSWERS_AFTER),
            });
            callers.push(row);
        }
        all
    }
}
