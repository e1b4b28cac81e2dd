//! Figures of a day, folded from the journal entry by entry and from nothing else.
//!
//! The unit of a queue is an **entry**: a caller who came to that queue. The unit of the whole is a **call** that came
//! to any queue; it counts once, whatever happened to it on the way:
//!
//! | what happens | in the queue | in the whole |
//! |---|---|---|
//! | waits | `waiting` | `waiting` |
//! | an agent answers | `answered`, with the wait in this queue | `answered`, with the waits in all queues so far |
//! | hangs up while waiting | `abandoned` | `abandoned`, unless some queue answered before |
//! | leaves for another reason | `overflowed` | `overflowed`, until the next queue takes the call |
//! | … and the call ends with a message or a booked callback | `voicemail` or `callback` in the last queue | the same |
//! | … and comes back to the same queue with the place kept | one entry, not two | one call |
//!
//! So `offered = answered + abandoned + voicemail + callback + overflowed + waiting` for every queue and for the whole,
//! at every moment; [`Tally::wrong`] says what breaks it.

mod agent;
mod book;
mod card;
mod day;
mod group;
mod quantity;
mod series;
mod settings;
mod tally;
mod word;

#[cfg(test)]
pub(crate) mod tests;

pub use agent::AgentFigures;
pub use day::{CallsFigures, DayFigures, Figures};
pub use group::GroupFigures;
pub use quantity::{Better, Quantity, Unit};
pub use series::{Point, Series};
pub use settings::{Limits, Settings};
pub use tally::Tally;
pub use word::AgentWord;
