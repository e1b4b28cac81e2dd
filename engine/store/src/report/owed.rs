//! What was promised in a span and how far it is: calls back, messages, deliveries.

use std::collections::BTreeMap;

use model::{CallbackState, MessageState, WallTime, Work, WorkState};

use crate::sql::sql;
use crate::word::from_json;
use crate::{Store, StoreError};

use super::Span;

/// Everything that was promised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwedSums {
    /// Calls back, by queue.
    pub callbacks: BTreeMap<String, CallbackSums>,
    /// Messages, by box.
    pub messages: BTreeMap<String, MessageSums>,
    /// Deliveries, by `email`, `sms`, `webhook`.
    pub deliveries: BTreeMap<String, DeliverySums>,
    /// Contacts whom campaigns have not called yet or will call again, by campaign.
    pub contacts_left: BTreeMap<String, u64>,
}

/// Calls back that were booked: booked = done + gave up + cancelled + taken over + waiting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackSums {
    /// Promised.
    pub booked: u64,
    /// The customer talked to somebody.
    pub done: u64,
    /// Every attempt failed.
    pub gave_up: u64,
    /// Taken back.
    pub cancelled: u64,
    /// The customer rang first.
    pub taken_over: u64,
    /// Still to be done.
    pub waiting: u64,
}

/// Messages that were left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageSums {
    /// Left.
    pub left: u64,
    /// Somebody has heard them, those that are gone included.
    pub heard: u64,
    /// Of those left: urgent.
    pub urgent: u64,
}

/// Deliveries that were wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliverySums {
    /// Wanted.
    pub wanted: u64,
    /// Delivered.
    pub done: u64,
    /// Given up.
    pub failed: u64,
}

impl Store {
    /// What was promised in a span, as it is now.
    pub async fn owed_sums(&self, span: Span) -> Result<OwedSums, StoreError> {
        // Nothing is promised after it last changed; contacts wait since their list was read.
        let select = "SELECT body FROM work WHERE (changed_at >= $1 AND kind IN ('callback', 'message', 'delivery')) \
            OR (kind = 'contact' AND state = 'open')";
        let mut sums = OwedSums::default();
        for row in self.database().rows(sql(select).bind(span.from.0)).await? {
            sums.add(&from_json(row.get("body")?, || "a unit of work".to_owned())?, span);
        }
        Ok(sums)
    }
}

impl Store {
    /// One unit of work, by its kind and id.
    pub async fn unit_of_work(&self, kind: &str, id: &str) -> Result<Option<Work>, StoreError> {
        let select = sql("SELECT body FROM work WHERE kind = $1 AND id = $2").bind(kind).bind(id);
        let row = self.database().row(select).await?;
        row.map(|row| from_json(row.get("body")?, || format!("{kind} {id}"))).transpose()
    }
}

impl OwedSums {
    fn add(&mut self, work: &Work, span: Span) {
        let inside = |at: WallTime| at >= span.from && at < span.until;
        match work {
            Work::Callback(callback) if inside(callback.booked_at) => {
                let sums = self.callbacks.entry(callback.queue.to_string()).or_default();
                sums.booked += 1;
                *match callback.state {
                    CallbackState::Waiting | CallbackState::Stuck | CallbackState::Dialing => &mut sums.waiting,
                    CallbackState::Done => &mut sums.done,
                    CallbackState::GaveUp => &mut sums.gave_up,
                    CallbackState::Cancelled => &mut sums.cancelled,
                    CallbackState::TakenOver => &mut sums.taken_over,
                } += 1;
            }
            Work::Message(message) if inside(message.left_at) => {
                let sums = self.messages.entry(message.mailbox.clone()).or_default();
                sums.left += 1;
                sums.heard += u64::from(message.state != MessageState::New);
                sums.urgent += u64::from(message.urgent);
            }
            Work::Delivery(delivery) if inside(delivery.made_at) => {
                let sums = self.deliveries.entry(delivery.what.by().to_owned()).or_default();
                sums.wanted += 1;
                sums.done += u64::from(delivery.state == WorkState::Done);
                sums.failed += u64::from(delivery.state == WorkState::Failed);
            }
            Work::Contact(contact) => *self.contacts_left.entry(contact.campaign.clone()).or_default() += 1,
            _ => {}
        }
    }
}
