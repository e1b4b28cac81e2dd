//! Which lines of a project's scripts have run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What [`Project::compile_watched`](crate::Project::compile_watched) marks and a simulation reaches. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Coverage(Arc<Mutex<Points>>);

/// The beginnings of statements and of what `switch` does in a case.
#[derive(Debug, Default)]
struct Points {
    numbers: BTreeMap<(Arc<str>, u32, u32), usize>,
    reached: Vec<bool>,
    unmarked: BTreeSet<Arc<str>>,
}

/// What was found of one script.
#[derive(Default)]
struct Seen {
    lines: BTreeSet<u32>,
    missed: Vec<(u32, u32)>,
}

/// One script. A line counts when something begins on it, and is reached when all that begins on it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// Project-relative path.
    pub file: String,
    /// Lines on which something begins.
    pub lines: usize,
    /// Line and column, from 1, of what never ran.
    pub missed: Vec<(u32, u32)>,
}

impl FileCoverage {
    /// Lines with something that never ran, in order.
    pub fn missed_lines(&self) -> Vec<u32> {
        let lines: BTreeSet<u32> = self.missed.iter().map(|(line, _)| *line).collect();
        lines.into_iter().collect()
    }

    /// Lines all of which ran.
    pub fn reached_lines(&self) -> usize {
        self.lines - self.missed_lines().len()
    }
}

impl Coverage {
    /// Every script of the project that was compiled, by path.
    pub fn files(&self) -> Vec<FileCoverage> {
        let points = self.points();
        let mut files: BTreeMap<&str, Seen> = BTreeMap::new();
        for ((file, line, column), number) in &points.numbers {
            let seen = files.entry(file).or_default();
            seen.lines.insert(*line);
            if !points.reached[*number] {
                seen.missed.push((*line, *column));
            }
        }
        let of = |(file, seen): (&str, Seen)| FileCoverage {
            file: file.to_owned(),
            lines: seen.lines.len(),
            missed: seen.missed,
        };
        files.into_iter().map(of).collect()
    }

    /// Lines of a script on which something begins.
    #[cfg(test)]
    pub(crate) fn lines(&self, file: &str) -> Vec<u32> {
        let points = self.points();
        let lines: BTreeSet<u32> =
            points.numbers.keys().filter(|(marked, ..)| **marked == *file).map(|(_, line, _)| *line).collect();
        lines.into_iter().collect()
    }

    /// Scripts that could not be marked, and of which nothing is known.
    pub fn unmarked(&self) -> Vec<String> {
        self.points().unmarked.iter().map(ToString::to_string).collect()
    }

    /// The number of a place; the same place, found by two flows that import its file, has one.
    pub(crate) fn number(&self, file: &Arc<str>, (line, column): (u32, u32)) -> usize {
        let points = &mut *self.points();
        let next = points.reached.len();
        let number = *points.numbers.entry((file.clone(), line, column)).or_insert(next);
        if number == next {
            points.reached.push(false);
        }
        number
    }

    pub(crate) fn reach(&self, number: usize) {
        if let Some(reached) = self.points().reached.get_mut(number) {
            *reached = true;
        }
    }

    pub(crate) fn give_up(&self, file: &str) {
        let points = &mut *self.points();
        points.numbers.retain(|(marked, ..), _| **marked != *file);
        points.unmarked.insert(file.into());
    }

    fn points(&self) -> MutexGuard<'_, Points> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
