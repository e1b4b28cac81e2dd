//! How far campaigns are, as a table and as lines that move.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::screen;

/// One line per campaign, then what came of its contacts; times are those of `zone`.
pub(in crate::commands) fn table(campaigns: &[Value], zone: &TimeZone) {
    if campaigns.is_empty() {
        return super::nothing();
    }
    screen::say(format_args!(
        "{:<16}{:<10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>8}",
        "campaign", "state", "contacts", "through", "reached", "waiting", "calling", "answered", "drops"
    ));
    for one in campaigns {
        let number = |key: &str| one[key].as_u64().unwrap_or(0);
        screen::say(format_args!(
            "{:<16}{:<10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>8}",
            word(&one["campaign"]),
            word(&one["state"]),
            number("contacts"),
            through(one),
            number("reached"),
            number("waiting"),
            number("in_flight"),
            number("answered_30_days"),
            percent(&one["drop_rate"]),
        ));
    }
    for one in campaigns {
        let results = one["results"].as_object().into_iter().flatten();
        let results: Vec<String> =
            results.map(|(result, count)| format!("{} {count}", screen::printable(result))).collect();
        if !results.is_empty() {
            screen::say(format_args!("{}: {}", word(&one["campaign"]), results.join(", ")));
        }
        if let Some(at) = one["next_at"].as_i64().filter(|at| *at > 0 && one["state"] == "running") {
            screen::say(format_args!("{}: the next is due {}", word(&one["campaign"]), local(at, zone)));
        }
    }
}

/// Microseconds since 1970 as a clock shows them.
fn local(at: i64, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_microsecond(at).map(|at| at.to_zoned(zone.clone()));
    at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()).unwrap_or_default()
}

/// Who of `asked` contacts was not added, and why.
pub(super) fn left_out(rows: &[Value], asked: usize) {
    for row in rows {
        screen::say(format_args!("left out {}: {}", screen::printable(word(&row["number"])), word(&row["why"])));
    }
    screen::say(format_args!("{} of {asked} added", asked - rows.len().min(asked)));
    if rows.iter().any(|row| word(&row["why"]).starts_with("was called to the end")) {
        screen::say("`import FILE --again` and `add NUMBER` call those anew who were called to the end");
    }
}

/// Whoever will not be called any more.
fn through(one: &Value) -> u64 {
    ["done", "gave_up", "excluded", "withdrawn"].iter().filter_map(|key| one[*key].as_u64()).sum()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn percent(share: &Value) -> String {
    share.as_f64().map_or("-".into(), |share| format!("{:.1}%", share * 100.0))
}

/// A line per campaign that moves on a terminal.
#[derive(Default)]
pub(super) struct Bars {
    all: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl Bars {
    pub(super) fn show(&mut self, campaigns: &[Value]) {
        while self.bars.len() < campaigns.len() {
            let style = ProgressStyle::with_template("{prefix:16} {bar:30} {pos}/{len} {msg}");
            let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bars.push(self.all.add(bar));
        }
        for (bar, one) in self.bars.iter().zip(campaigns) {
            let number = |key: &str| one[key].as_u64().unwrap_or(0);
            bar.set_prefix(word(&one["campaign"]).to_owned());
            bar.set_length(number("contacts"));
            bar.set_position(through(one));
            bar.set_message(format!(
                "{}, {} reached, {} calling",
                word(&one["state"]),
                number("reached"),
                number("in_flight")
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_project_to_the_second() {
        let at = "2026-11-23T09:00:30.123456Z".parse::<jiff::Timestamp>().unwrap().as_microsecond();
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        assert_eq!(local(at, &moscow), "2026-11-23 12:00:30 +03:00");
    }
}
