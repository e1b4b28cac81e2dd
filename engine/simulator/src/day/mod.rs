//! `*.day.yaml`: a whole day of fake callers and agents in virtual time, with the flows and the switchboard of
//! production.
//!
//! Every caller and agent draws from a source of chance of his own, named by the day's seed: the same seed gives the
//! same callers at the same times with the same patience, whatever staff or script they meet. So two versions of a
//! project differ by what they do and not by luck.

mod arrivals;
mod called;
mod caller;
mod calling;
mod clock;
mod draw;
mod failing;
mod fate;
mod file;
mod many;
mod read;
mod run;
mod staff;
mod testing;
mod verdict;
mod working;

pub use file::Day;
pub use many::{Runs, hash_of_runs, run_all};
pub use read::day_files;
pub use run::{DayResult, Watch};
pub use testing::run_days;
