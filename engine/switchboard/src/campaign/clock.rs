//! When somebody may be called, by his own clock.

use jiff::tz::TimeZone;
use model::{Contact, WallTime};
use script::calendar::Opening;
use script::config::{Config, OutgoingConfig};
use serde_json::Value;

/// What the callee's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// He may be called now.
    Open,
    /// Not before.
    OpensAt(WallTime),
    /// Never: the hours of the campaign do not come within a year.
    Never,
}

/// The zone where a contact lives: his column, the beginning of his number, the project's.
pub(super) fn zone_of(config: &Config, campaign: &OutgoingConfig, contact: &Contact) -> TimeZone {
    let column = campaign.zone.as_ref().and_then(|column| contact.tags.get(column)).and_then(Value::as_str);
    let by_column = column.and_then(|name| TimeZone::get(name).ok());
    let by_number = || campaign.zone_by_prefix(&contact.number).cloned();
    by_column.or_else(by_number).unwrap_or_else(|| config.time_zone.clone())
}

pub(super) fn clock_of(config: &Config, campaign: &OutgoingConfig, contact: &Contact, wall: WallTime) -> Clock {
    let Some(calendar) = campaign.calendar(config) else { return Clock::Never };
    let zone = zone_of(config, campaign, contact);
    if calendar.is_open_at(wall, &zone) {
        return Clock::Open;
    }
    match calendar.next_change(wall, &zone) {
        Some(change) if change.becomes == Opening::Open => Clock::OpensAt(change.at),
        _ => Clock::Never,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::ContactState;

    use super::super::testing::config;
    use super::*;

    fn contact(number: &str, zone: &str) -> Contact {
        Contact {
            campaign: "debts".into(),
            number: number.into(),
            tags: BTreeMap::from([("tz".to_owned(), if zone.is_empty() { Value::Null } else { zone.into() })]),
            source: Default::default(),
            attempts: 0,
            next_at: WallTime(0),
            state: ContactState::Waiting,
            result: String::new(),
            reached: Default::default(),
            call: None,
        }
    }

    /// Monday 2026-11-23, by the clock of UTC.
    fn at(time: &str) -> WallTime {
        let stamp: jiff::Timestamp = format!("2026-11-23T{time}:00Z").parse().expect("a time");
        WallTime(stamp.as_microsecond())
    }

    #[test]
    fn people_are_called_within_hours_of_their_own_clock() {
        let config = config(
            ", hours: \"Mon-Fri 10:00-20:00\", zone: tz, zones: { \"+7\": Europe/Moscow, \"+73\": Asia/Yekaterinburg }",
        );
        let debts = &config.outgoing["debts"];
        let says = |number: &str, zone: &str, time| clock_of(&config, debts, &contact(number, zone), at(time));
        assert_eq!(says("+7495", "", "07:00"), Clock::Open, "10:00 in Moscow");
        assert_eq!(says("+7495", "", "06:59"), Clock::OpensAt(at("07:00")));
        assert_eq!(says("+7343", "", "05:00"), Clock::Open, "the longer beginning counts: 10:00 in Yekaterinburg");
        assert_eq!(says("+7495", "Asia/Vladivostok", "07:00"), Clock::Open, "the column counts before the number");
        assert_eq!(
            says("+7495", "Asia/Vladivostok", "11:00"),
            Clock::OpensAt(at("00:00") + std::time::Duration::from_secs(86_400))
        );
        assert_eq!(says("+49", "", "07:00"), Clock::OpensAt(at("10:00")), "the project's own zone");
    }

    #[test]
    fn hours_that_never_come_are_never() {
        let config = config(", hours: never");
        assert_eq!(clock_of(&config, &config.outgoing["debts"], &contact("+49", ""), at("12:00")), Clock::Never);
    }
}
