//! Many runs on as many threads as there are; the results do not depend on how many.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use script::Project;

use super::file::Day;
use super::run::{DayResult, Watch};
use crate::outside::Outside;

/// A day that shall run with several seeds.
#[derive(Clone, Copy)]
pub struct Runs<'r> {
    /// The day.
    pub day: &'r Day,
    /// The project whose flows answer.
    pub project: &'r Project,
    /// Its sounds and rows.
    pub outside: Outside<'r>,
    /// The first seed; the next run has the next one.
    pub first_seed: u64,
    /// How many runs.
    pub count: usize,
}

/// Runs everything; one list of results for each of `all`, in the order of their seeds. `done` hears of each run that
/// is over, from several threads.
pub fn run_all(all: &[Runs<'_>], watch: Watch, done: &(dyn Fn() + Sync)) -> Vec<Vec<DayResult>> {
    let jobs: Vec<(usize, u64)> = all
        .iter()
        .enumerate()
        .flat_map(|(index, runs)| {
            (0..runs.count as u64).map(move |number| (index, runs.first_seed.wrapping_add(number)))
        })
        .collect();
    let results: Vec<Mutex<Option<DayResult>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    let work = || {
        while let Some((number, (index, seed))) = claim(&next, &jobs) {
            let runs = &all[index];
            let result = runs.day.run(runs.project, seed, watch, runs.outside);
            if let Ok(mut place) = results[number].lock() {
                *place = Some(result);
            }
            done();
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_iter().filter_map(|place| place.into_inner().ok().flatten());
    all.iter().map(|runs| results.by_ref().take(runs.count).collect()).collect()
}

/// The next job that nobody has taken.
fn claim<T: Copy>(next: &AtomicUsize, jobs: &[T]) -> Option<(usize, T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(number).map(|job| (number, *job))
}

/// One hash for several runs; that of a single one is its own.
pub fn hash_of_runs(runs: &[DayResult]) -> String {
    if let [run] = runs {
        return run.trace_hash.clone();
    }
    let mut hasher = blake3::Hasher::new();
    for run in runs {
        hasher.update(run.trace_hash.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
