//! The journal and what is derived from it, kept on disk.
//!
//! The journal of facts is the truth; call records are derived from it in the same transaction, exactly one per call.
//! What [`Store::append`] or [`JournalWriter::push_durable`] has confirmed survives the death of the process and of
//! the machine: SQLite in WAL mode with `synchronous=FULL` or PostgreSQL with `synchronous_commit=on`, and a spool file
//! while the database is locked, full or away.
//!
//! This crate never decides anything about a call and never reads the clock (times are arguments). What only one back
//! end understands is in `sqlite.rs`, `postgres/` and `migrations/`; everything else speaks to both through `sql.rs`:
//! `self.database().rows(sql("SELECT … WHERE id = $1").bind(id))`. A migration has the same name for both.

mod agents;
mod backup;
mod calls;
mod database;
mod discard;
mod erase;
mod error;
mod expire;
mod journal;
mod lock;
mod lost;
mod marks;
mod open;
mod postgres;
mod queue_log;
mod recent;
mod record;
mod recording;
mod registration;
mod report;
mod schema;
mod spool;
mod sql;
mod sqlite;
mod store;
mod word;
mod work;
mod writer;

pub use agents::{LastAgent, StoredAgent};
pub use calls::CallFilter;
pub use erase::Erased;
pub use error::StoreError;
pub use expire::{Expired, Retention};
pub use lost::LostCaller;
pub use marks::{Mark, MarkedRecording, marked_recordings};
pub use open::OpenReport;
pub use postgres::without_password;
pub use queue_log::{JournalPlace, QueueLog};
pub use record::{
    CallEnd, CallLeg, CallRecord, Conversation, Direction, Evaluation, QueueVisit, Stage, Stages, VisitResult,
};
pub use recording::{OpenRecording, RecordingRow, RecordingState};
pub use registration::StoredContact;
pub use report::{
    CallSums, CallbackSums, DeliverySums, EvaluationSums, Key, Limit, Limits, MarkCount, MessageSums, OwedSums,
    QUARTER_US, Span, VisitSums,
};
pub use store::{BootId, Store};
pub use writer::{JournalWriter, WriterClosed, WriterOptions, WriterState};
