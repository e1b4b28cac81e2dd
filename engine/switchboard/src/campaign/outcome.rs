//! What a call came to: done, again later, given up, or never again.

use std::time::Duration;

use model::{Contact, ContactState, LegFailure, Outcome, Reached, WallTime};
use script::config::OutgoingConfig;
use serde_json::Value;

use super::drive::{DO_NOT_CALL, Drive};
use crate::owed::ErrandEnd;

/// Nothing was dialled, for a reason of ours: the attempt is given back and made after this.
const OURS_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// The tag in which a flow says what came of a call.
const RESULT: &str = "result";

impl Drive {
    /// A call is over, whether or not the project still has the campaign. Gives the contact as he is now; none when
    /// nobody of this number was called.
    pub(super) fn over(&mut self, number: &str, end: &ErrandEnd, wall: WallTime) -> Option<Contact> {
        self.flights.remove(number)?;
        let campaign = self.terms.clone()?;
        let mut contact = self.contacts.get(number)?.contact.clone();
        match end {
            end if end.is_undialled() => give_back(&mut contact, wall),
            ErrandEnd::NotReached(failure) => {
                failure.as_str().clone_into(&mut contact.result);
                contact.reached = Reached::Nobody;
                let hopeless = matches!(failure, LegFailure::NotFound | LegFailure::NotAllowed);
                try_again(&mut contact, wall, &campaign, Some(*failure).filter(|_| !hopeless));
            }
            ErrandEnd::NotKept | ErrandEnd::NotServed => {}
            ErrandEnd::Over { reached, outcome, tags, call } => {
                contact.call = Some(*call);
                contact.reached = *reached;
                let said = tags.get(RESULT).map(word).filter(|word| !word.is_empty());
                contact.result = said.clone().unwrap_or_else(|| outcome.to_string());
                match (said.as_deref(), outcome) {
                    (Some(DO_NOT_CALL), _) => contact.state = ContactState::Excluded,
                    (None, Outcome::Failed) => try_again(&mut contact, wall, &campaign, Some(LegFailure::Failed)),
                    _ => contact.state = ContactState::Done,
                }
            }
        }
        contact.state = self.judged(&contact);
        self.put(contact.clone(), None);
        Some(contact)
    }
}

/// Nobody's telephone rang: the attempt does not count.
fn give_back(contact: &mut Contact, wall: WallTime) {
    contact.attempts = contact.attempts.saturating_sub(1);
    contact.state = ContactState::Waiting;
    contact.next_at = wall + OURS_AGAIN_AFTER;
}

/// `failure` is none where trying again cannot help.
fn try_again(contact: &mut Contact, wall: WallTime, campaign: &OutgoingConfig, failure: Option<LegFailure>) {
    if failure.is_none() || contact.attempts >= campaign.attempts {
        contact.state = ContactState::GaveUp;
    } else {
        contact.state = ContactState::Waiting;
        contact.next_at = wall + campaign.retry.after(failure, contact.attempts);
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
