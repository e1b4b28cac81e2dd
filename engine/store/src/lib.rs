//! The journal and what is derived from it, kept on disk.
//!
//! The journal of facts is the truth; call records are derived from it in the same transaction, exactly one per call.
//! What [`Store::append`] or [`JournalWriter::push_durable`] has confirmed survives the death of the process and of
//! the machine: SQLite in WAL mode with `synchronous=FULL`, and a spool file beside the database while it is locked.
//!
//! This crate never decides anything about a call, never reads the clock (times are arguments), and keeps what only
//! SQLite understands in `sqlite.rs` and `migrations/sqlite`, so that PostgreSQL can stand behind the same API.

mod agents;
mod calls;
mod error;
mod journal;
mod open;
mod recent;
mod record;
mod recording;
mod registration;
mod spool;
mod sqlite;
mod store;
mod word;
mod work;
mod writer;

pub use agents::{LastAgent, StoredAgent};
pub use calls::CallFilter;
pub use error::StoreError;
pub use open::OpenReport;
pub use record::{CallEnd, CallRecord, Conversation, QueueVisit};
pub use recording::{OpenRecording, RecordingRow, RecordingState};
pub use registration::StoredContact;
pub use store::{BootId, Store};
pub use writer::{JournalWriter, WriterClosed, WriterOptions, WriterState};
