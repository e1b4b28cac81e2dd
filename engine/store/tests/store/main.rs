//! The store against real files: records, outages, crashes.

#![expect(clippy::unwrap_used, reason = "in a test, a failure to set up is a failure")]

mod crash;
mod journal;
mod open;
mod outage;
mod queues;
mod recording;
mod shelf;
mod work;
