//! Open deliveries and when each is due. Pure: time and chance are arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{Delivery, Fact, Parcel, WallTime, WorkState, WrittenNumber};
use script::config::OutboxConfig;

/// Why a delivery did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It never will.
    Final(String),
    /// It may next time, not before `after` if the other side said so.
    Later { error: String, after: Option<Duration> },
}

impl Trouble {
    pub(super) fn later(error: impl Into<String>) -> Self {
        Self::Later { error: error.into(), after: None }
    }
}

/// What one receiver's troubles must not hold up for others: mail, short messages, each webhook.
type Line = String;

#[derive(Debug, Default)]
pub(super) struct Book {
    waiting: BTreeMap<Line, BTreeMap<(WallTime, String), Delivery>>,
    /// Where in `waiting` a key is.
    places: BTreeMap<String, (Line, WallTime)>,
    under_way: BTreeMap<String, Delivery>,
}

impl Book {
    /// A delivery that is open; what is under way is not begun again.
    pub(super) fn take_in(&mut self, delivery: Delivery) {
        if delivery.state == WorkState::Open && !self.under_way.contains_key(&delivery.key) {
            let (line, at, key) = (line(&delivery.what), delivery.next_at, delivery.key.clone());
            if let Some((line, at)) = self.places.insert(key.clone(), (line.clone(), at)) {
                self.waiting.entry(line).or_default().remove(&(at, key.clone()));
            }
            self.waiting.entry(line).or_default().insert((at, key), delivery);
        }
    }

    /// Forgets what names this number; what becomes of that which is under way is told to nobody.
    pub(super) fn forget(&mut self, number: &WrittenNumber) {
        self.under_way.retain(|_, delivery| !number.is_told_by(delivery));
        for waiting in self.waiting.values_mut() {
            waiting.retain(|(_, key), delivery| {
                let stays = !number.is_told_by(delivery);
                if !stays {
                    self.places.remove(key);
                }
                stays
            });
        }
    }

    /// The next delivery that is due, of a line with less than `at_once` under way.
    pub(super) fn begin(&mut self, now: WallTime, at_once: u32) -> Option<Delivery> {
        let free: BTreeSet<Line> = self.free_lines(at_once).cloned().collect();
        for line in free {
            let waiting = self.waiting.get_mut(&line)?;
            if let Some(first) = waiting.first_entry().filter(|first| first.key().0 <= now) {
                let delivery = first.remove();
                self.places.remove(&delivery.key);
                self.under_way.insert(delivery.key.clone(), delivery.clone());
                return Some(delivery);
            }
        }
        None
    }

    /// When something will be due that may begin.
    pub(super) fn wake_at(&self, at_once: u32) -> Option<WallTime> {
        let first = |line: &Line| self.waiting[line].first_key_value().map(|((at, _), _)| *at);
        self.free_lines(at_once).filter_map(first).min()
    }

    fn free_lines(&self, at_once: u32) -> impl Iterator<Item = &Line> {
        let mut busy: BTreeMap<Line, u32> = BTreeMap::new();
        for delivery in self.under_way.values() {
            *busy.entry(line(&delivery.what)).or_default() += 1;
        }
        self.waiting.keys().filter(move |line| busy.get(*line).copied().unwrap_or(0) < at_once)
    }

    /// What became of a delivery: its new row and what the journal says. `chance` from 0 to 1 spreads retries.
    pub(super) fn settle(
        &mut self,
        now: WallTime,
        key: &str,
        result: Result<(), Trouble>,
        (policy, chance): (&OutboxConfig, f64),
    ) -> Option<(Delivery, Fact)> {
        let mut delivery = self.under_way.remove(key)?;
        delivery.attempts += 1;
        let (error, wait) = match result {
            Ok(()) => (None, None),
            Err(Trouble::Final(error)) => (Some(error), None),
            Err(Trouble::Later { error, after }) => {
                let wait =
                    back_off(delivery.attempts, policy, chance).max(after.unwrap_or_default().min(policy.longest));
                (Some(error), (delivery.attempts < policy.attempts).then_some(wait))
            }
        };
        delivery.state = match (&error, wait) {
            (None, _) => WorkState::Done,
            (Some(_), Some(_)) => WorkState::Open,
            (Some(_), None) => WorkState::Failed,
        };
        delivery.next_at = now + wait.unwrap_or_default();
        delivery.error = error.unwrap_or_default();
        let fact = fact(&delivery);
        self.take_in(delivery.clone());
        Some((delivery, fact))
    }
}

fn line(what: &Parcel) -> Line {
    match what {
        Parcel::Webhook { name, .. } => format!("webhook {name}"),
        other => other.by().to_owned(),
    }
}

/// Doubles from `first` to `longest`, a fifth sooner or later, so that many failures do not come back as one crowd.
fn back_off(attempts: u32, policy: &OutboxConfig, chance: f64) -> Duration {
    let doubled = policy.first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    doubled.min(policy.longest).mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0))
}

fn fact(delivery: &Delivery) -> Fact {
    let (key, by, to) = (delivery.key.clone(), delivery.what.by().to_owned(), delivery.what.to().to_owned());
    if delivery.state == WorkState::Done {
        return Fact::Delivered { key, by, to, attempts: delivery.attempts };
    }
    let (error, gave_up) = (delivery.error.clone(), delivery.state == WorkState::Failed);
    Fact::DeliveryFailed { key, by, to, error, gave_up }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> WallTime {
        WallTime(seconds * 1_000_000)
    }

    fn webhook(key: &str, name: &str) -> Delivery {
        Delivery {
            key: key.into(),
            call: None,
            about: String::new(),
            what: Parcel::Webhook { name: name.into(), body: serde_json::Value::Null },
            made_at: at(0),
            attempts: 0,
            next_at: at(0),
            state: WorkState::Open,
            error: String::new(),
        }
    }

    fn begin(book: &mut Book, seconds: i64) -> Option<String> {
        book.begin(at(seconds), 2).map(|delivery| delivery.key)
    }

    #[test]
    fn a_system_that_is_down_is_tried_twelve_times_ever_more_rarely_and_then_given_up() {
        let policy = OutboxConfig::default();
        let mut book = Book::default();
        book.take_in(webhook("a", "crm"));
        let (mut now, mut waits, mut last) = (at(0), Vec::new(), None);
        while let Some(delivery) = book.begin(now, 4) {
            let down = Err(Trouble::later("503"));
            let (row, fact) = book.settle(now, &delivery.key, down, (&policy, 0.5)).unwrap();
            if row.state == WorkState::Open {
                waits.push((row.next_at.0 - now.0) / 1_000_000);
            }
            now = row.next_at;
            last = Some((row, fact));
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        let (row, fact) = last.unwrap();
        assert_eq!((row.attempts, row.state, row.error.as_str()), (12, WorkState::Failed, "503"));
        assert!(matches!(fact, Fact::DeliveryFailed { gave_up: true, .. }));
        assert_eq!(book.wake_at(4), None);
    }

    #[test]
    fn what_was_delivered_or_refused_for_good_is_not_tried_again() {
        let policy = OutboxConfig::default();
        let mut book = Book::default();
        for (key, result, state) in
            [("a", Ok(()), WorkState::Done), ("b", Err(Trouble::Final("404".into())), WorkState::Failed)]
        {
            book.take_in(webhook(key, "crm"));
            assert_eq!(begin(&mut book, 0).as_deref(), Some(key));
            let (row, _) = book.settle(at(1), key, result, (&policy, 0.5)).unwrap();
            assert_eq!((row.attempts, row.state), (1, state));
        }
        assert_eq!(begin(&mut book, 9_999), None);
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it_within_reason() {
        let policy = OutboxConfig::default();
        let mut book = Book::default();
        for (wished, waits) in [(120, 120), (1, 10), (999_999, 3600)] {
            book.take_in(webhook("a", "crm"));
            begin(&mut book, 0);
            let busy = Trouble::Later { error: "429".into(), after: Some(Duration::from_secs(wished)) };
            let (row, _) = book.settle(at(0), "a", Err(busy), (&policy, 0.5)).unwrap();
            assert_eq!(row.next_at, at(waits));
            book = Book::default();
        }
    }

    #[test]
    fn one_dead_system_does_not_hold_up_the_others() {
        let mut book = Book::default();
        for key in ["a", "b", "c"] {
            book.take_in(webhook(key, "dead"));
        }
        assert_eq!((begin(&mut book, 0), begin(&mut book, 0)), (Some("a".into()), Some("b".into())));
        assert_eq!(begin(&mut book, 0), None, "two at once");
        assert_eq!(book.wake_at(2), None, "nothing may begin before one is back");
        book.take_in(webhook("d", "crm"));
        assert_eq!(begin(&mut book, 0), Some("d".into()));
    }

    #[test]
    fn a_delivery_is_never_under_way_twice() {
        let mut book = Book::default();
        book.take_in(webhook("a", "crm"));
        book.take_in(webhook("a", "crm"));
        assert_eq!((begin(&mut book, 0), begin(&mut book, 0)), (Some("a".into()), None));
        book.take_in(webhook("a", "crm"));
        assert_eq!(begin(&mut book, 0), None);
    }

    #[test]
    fn what_names_a_forgotten_number_is_not_sent_and_nothing_comes_of_what_is_under_way() {
        let policy = OutboxConfig::default();
        let about = |key: &str, number: &str| Delivery { about: number.into(), ..webhook(key, "crm") };
        let mut book = Book::default();
        book.take_in(about("a", "+4930111"));
        assert_eq!(begin(&mut book, 0).as_deref(), Some("a"));
        for (key, number) in [("b", "004930111"), ("c", "+49301112")] {
            book.take_in(about(key, number));
        }
        book.forget(&WrittenNumber::parse("+49 30 111", &model::Numbering::default()).unwrap());
        assert!(book.settle(at(1), "a", Err(Trouble::later("503")), (&policy, 0.5)).is_none());
        assert_eq!((begin(&mut book, 9_999), begin(&mut book, 9_999)), (Some("c".into()), None));
    }

    #[test]
    fn retries_spread() {
        let policy = OutboxConfig::default();
        assert_eq!(back_off(1, &policy, 0.0), Duration::from_secs(8));
        assert_eq!(back_off(1, &policy, 1.0), Duration::from_secs(12));
        assert_eq!(back_off(u32::MAX, &policy, 0.5), Duration::from_secs(3600));
    }
}
