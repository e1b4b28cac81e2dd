//! Every call and leg: the pure machine between flows, queues and telephones.
//!
//! It is told the time and what happened, and answers with commands. It never parses SIP,
//! touches audio, blocks or reads the clock.

mod command;

pub use command::{
    AudioCommand, AudioEvent, AudioItem, Callee, Command, Contact, Dial, LegCommand, LegEvent, Offered,
    StoreCommand, Tone,
};
