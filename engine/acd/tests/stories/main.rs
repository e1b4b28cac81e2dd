//! Stories of the queue core, compared as text; the audit runs after every step of every story.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

extern crate callwright_acd as acd;

mod desk;
mod world;

mod agents;
mod callers;
mod edges;
mod faults;
mod figures;
mod pains;
mod random_days;
mod strategies;
mod widening;
