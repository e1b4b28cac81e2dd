//! The command from outside: what it prints and how it ends.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod call;
mod check;
mod day;
mod documents;
mod dry;
mod first_hour;
mod new;
mod run;
mod vocabulary;
