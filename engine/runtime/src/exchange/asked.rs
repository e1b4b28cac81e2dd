//! What the terminal asks of live calls: each request is one named command of the switchboard.

use model::Timestamp;
use serde_json::{Value, json};

use super::Exchange;
use crate::control::Request;

impl Exchange {
    /// Does what was asked; the answer is printed by whoever asked.
    pub(super) fn control(&mut self, now: Timestamp, request: Request) -> Value {
        match request {
            Request::Callbacks => self.board.callbacks_json(),
            Request::CancelCallbacks { number } => json!({ "cancelled": self.board.cancel_callbacks(now, &number) }),
            Request::Report => json!({ "error": "the report has a letter of its own" }),
        }
    }
}
