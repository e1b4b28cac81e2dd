//! Stories of the queue core, compared as text; the audit runs after every step of every story.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

extern crate callwright_acd as acd;

mod desk;

mod agents;
mod callers;
mod edges;
mod figures;
mod random_days;
mod strategies;
mod widening;
