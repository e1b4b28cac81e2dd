//! The real binary, driven by telephones that share no code with it. `tests/README.md` says how to run it.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail, and a skipped one says so")]

mod auth;
mod baresip;
mod basic_call;
mod books;
mod bridging;
mod call_command;
mod campaign;
mod cancel;
mod crash;
mod drain;
mod dtmf;
mod durable;
mod faults;
mod fifty_calls;
mod forgotten;
mod in_dialog;
mod kills;
mod late_offer;
mod options;
mod outages;
mod outbox;
mod queues;
mod recorded;
mod recording;
mod reload;
mod retransmission;
mod script_error;
mod sipp;
mod tcp;
mod torture;
mod transfers;
mod vocabulary;
mod voicemail;
