//! What cannot be done, and why.

use model::{AgentId, CallId, QueueId};

use crate::OfferId;

/// Why an input was refused; nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum AcdError {
    #[error("no queue is called `{0}`; declare it under `queues:`")]
    UnknownQueue(QueueId),
    #[error("no agent is called `{0}`; declare him under `agents:`")]
    UnknownAgent(AgentId),
    #[error("call {0} waits in no queue")]
    NotWaiting(CallId),
    #[error("call {0} is in a queue or a conversation already; end that first")]
    AlreadyHere(CallId),
    #[error("offer {} is over; hang up on whoever answered it", .0.0)]
    OfferOver(OfferId),
}
