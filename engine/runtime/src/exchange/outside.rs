//! Directories and other systems: asked without waiting, answered by letter.

use model::{Ticket, Timestamp, VersionId};
use script::HttpRequest;
use serde_json::Value;

use super::Exchange;
use crate::inbox::Inbox;
use crate::outbox::OutboxJob;

impl Exchange {
    pub(super) fn look_up(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        (version, directory, key): (&VersionId, &str, &str),
    ) {
        let post = self.parts.post.clone();
        let answer = move |value| post.send(Inbox::Answered { ticket, value });
        let with = (self.parts.clock, &self.parts.tokio);
        let found = match self.directories.get(version) {
            Some(directories) => directories.look_up(with, directory, key, answer),
            None => Some(Value::Null),
        };
        if let Some(value) = found {
            self.board.handle_lookup(now, ticket, value);
        }
    }

    pub(super) fn ask(&mut self, now: Timestamp, ticket: Ticket, version: &VersionId, request: HttpRequest) {
        let Some(web) = self.directories.get(version).and_then(|directories| directories.web()).cloned() else {
            return self.board.handle_lookup(now, ticket, Value::Null);
        };
        let post = self.parts.post.clone();
        self.parts.tokio.spawn(async move {
            let value = web.answer_flow(request).await;
            post.send(Inbox::Answered { ticket, value });
        });
    }

    pub(super) fn tell_outbox(&self, job: OutboxJob) {
        if self.parts.outbox.send(job).is_err() {
            tracing::error!("the outbox is gone; deliveries wait for the next start");
        }
    }
}
