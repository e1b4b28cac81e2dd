//! What the terminal asks of live calls: each request is one named command of the switchboard.

use model::{CallId, Entry, Fact, Ticket, Timestamp};
use script::ContactRow;
use serde_json::{Value, json};
use switchboard::{Asked, CampaignRequest, Through};

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

/// The answer says who was not added, too.
fn telling(left_out: Vec<(String, String)>, tell: Tell) -> Tell {
    if left_out.is_empty() {
        return tell;
    }
    let rows = left_out.into_iter().map(|(number, why)| json!({ "number": number, "why": why }));
    let rows: Vec<Value> = rows.collect();
    Box::new(move |mut answer: Value| {
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("left_out".into(), rows.into());
        }
        tell(answer);
    })
}

impl Exchange {
    /// Does what was asked; the answer is printed by whoever asked. What must not be forgotten is answered when the
    /// store has it.
    pub(super) fn control(&mut self, now: Timestamp, request: Request, tell: Tell) {
        let (name, wish) = match request {
            Request::SwitchCampaign { name, to } => (name, wish(to)),
            Request::AddContacts { name, contacts, again } => {
                let row = |(number, tags)| ContactRow { number, tags };
                let through = if again { Through::CalledAgain } else { Through::Stays };
                (name, CampaignRequest::Add { rows: contacts.into_iter().map(row).collect(), through })
            }
            Request::Evaluate { call, form, by, score, answers } => {
                let fact = Fact::CallEvaluated { form, by, score, answers };
                return self.keep_fact(now, CallId(call), fact, tell);
            }
            request => return tell(self.answer(now, request)),
        };
        match self.board.ask_campaign(now, &name, &wish) {
            Ok(Asked { ticket, left_out }) => {
                let tell = telling(left_out, tell);
                match ticket {
                    Some(ticket) => drop(self.unanswered.insert(ticket, (name, tell))),
                    None => tell(self.campaign(now, &name)),
                }
            }
            Err(refusal) => tell(json!({ "error": refusal })),
        }
    }

    /// Adds to the journal of a call that is over, and answers when it is on the disk.
    fn keep_fact(&self, now: Timestamp, call: CallId, fact: Fact, tell: Tell) {
        let entry = Entry { at: now, wall: self.parts.clock.wall(), call: Some(call), fact };
        let keeper = self.parts.keeper.clone();
        keeper.journal(vec![entry]);
        self.parts.tokio.spawn(async move {
            tell(if keeper.flush_journal().await.is_some() {
                json!({ "kept": true })
            } else {
                json!({ "error": "the store did not take it; try again" })
            });
        });
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
            Request::SwitchCampaign { .. } | Request::AddContacts { .. } | Request::Erase { .. } => {
                json!({ "error": "the store is asked for this one first" })
            }
            Request::Callbacks => self.board.callbacks_json(),
            Request::CancelCallbacks { number } => json!({ "cancelled": self.board.cancel_callbacks(now, &number) }),
            Request::Messages { call } => self.capture.of(model::CallId(call)),
            Request::Evaluate { .. } => json!({ "error": "the journal is asked for this one" }),
            Request::Report | Request::RetryDelivery { .. } => {
                json!({ "error": "this request has a letter of its own" })
            }
        }
    }
}
