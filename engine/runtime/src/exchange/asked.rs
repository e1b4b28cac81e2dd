//! What the terminal asks of live calls: each request is one named command of the switchboard.

use model::{Ticket, Timestamp};
use script::ContactRow;
use serde_json::{Value, json};

use switchboard::CampaignRequest;

use super::Exchange;
use crate::control::{CampaignSwitch, Request};

/// Tells somebody the answer.
pub(super) type Tell = Box<dyn FnOnce(Value) + Send>;

fn wish(to: CampaignSwitch) -> CampaignRequest {
    match to {
        CampaignSwitch::Start => CampaignRequest::Start,
        CampaignSwitch::Pause => CampaignRequest::Pause,
        CampaignSwitch::Resume => CampaignRequest::Resume,
    }
}

impl Exchange {
    /// Does what was asked; the answer is printed by whoever asked. What must not be forgotten is answered when the
    /// store has it.
    pub(super) fn control(&mut self, now: Timestamp, request: Request, tell: Tell) {
        let (name, wish) = match request {
            Request::SwitchCampaign { name, to } => (name, wish(to)),
            Request::AddContacts { name, contacts } => {
                let row = |(number, tags)| ContactRow { number, tags };
                (name, CampaignRequest::Add(contacts.into_iter().map(row).collect()))
            }
            request => return tell(self.answer(now, request)),
        };
        match self.board.ask_campaign(now, &name, &wish) {
            Ok(Some(ticket)) => drop(self.unanswered.insert(ticket, (name, tell))),
            Ok(None) => tell(self.campaign(now, &name)),
            Err(refusal) => tell(json!({ "error": refusal })),
        }
    }

    /// The store has answered: so can we.
    pub(super) fn answer_stored(&mut self, now: Timestamp, ticket: Ticket, kept: bool) {
        let Some((name, tell)) = self.unanswered.remove(&ticket) else { return };
        tell(if kept { self.campaign(now, &name) } else { json!({ "error": "the store did not take it; try again" }) });
    }

    fn campaign(&self, now: Timestamp, name: &str) -> Value {
        let all = self.board.campaigns_json(now);
        let mut found = all["campaigns"].as_array().into_iter().flatten();
        found.find(|one| one["campaign"] == name).cloned().unwrap_or_default()
    }

    fn answer(&mut self, now: Timestamp, request: Request) -> Value {
        match request {
            Request::Campaigns => self.board.campaigns_json(now),
            Request::SwitchCampaign { .. } | Request::AddContacts { .. } => {
                json!({ "error": "the store is asked for this one first" })
            }
            Request::Callbacks => self.board.callbacks_json(),
            Request::CancelCallbacks { number } => json!({ "cancelled": self.board.cancel_callbacks(now, &number) }),
            Request::Messages { call } => self.capture.of(model::CallId(call)),
            Request::Report => json!({ "error": "the report has a letter of its own" }),
        }
    }
}
