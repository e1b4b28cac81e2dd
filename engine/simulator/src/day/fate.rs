//! What a caller will do, decided before he calls: nothing that happens on the day changes anybody's luck.

use std::time::Duration;

use super::draw::{luck, stream};
use super::file::{Callers, From};
use crate::call::Key;

/// Numbers that a prefix gives before they repeat.
const NUMBERS: u64 = 10_000_000;
/// Numbers kept for one row of callers.
const NUMBERS_OF_A_ROW: u64 = 1_000_000;

/// Somebody who calls, perhaps not for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// His row of `callers`.
    pub(super) row: usize,
    /// Which of the row he is.
    pub(super) nth: u64,
    /// 0 for his first call.
    pub(super) attempt: u64,
    /// His number, when the day knows it.
    pub(super) number: Option<String>,
}

/// What one call of a person will be like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fate {
    pub(super) from: String,
    pub(super) keys: Vec<Key>,
    pub(super) patience: Option<Duration>,
    pub(super) talks: Duration,
    pub(super) says: Duration,
    pub(super) hangs_up: Option<Duration>,
    /// He calls again after this, should nobody help him.
    pub(super) redials: Option<Duration>,
}

impl Fate {
    pub(super) fn of(person: &Person, row: &Callers, seed: u64) -> Fate {
        let mut rng = stream(seed, "caller", &[person.row as u64, person.nth, person.attempt]);
        // Always all of them in the same order, whether they are needed or not.
        let [keys, patience, talks, says, hangs_up, redial, after] = std::array::from_fn(|_| luck(&mut rng));
        let (of_numbers, _) = luck(&mut stream(seed, "number", &[person.row as u64, person.nth]));
        let redials = row.redial.as_ref().filter(|redials| redial.0 < redials.p);
        Fate {
            from: person.number.clone().unwrap_or_else(|| number(&row.from, person, of_numbers)),
            keys: script(&row.presses, keys.0),
            patience: row.patience.as_ref().map(|draw| draw.time(patience)),
            talks: row.talks.time(talks),
            says: row.says.time(says),
            hangs_up: row.hangs_up.as_ref().map(|draw| draw.time(hangs_up)),
            redials: redials.map(|redials| redials.after.time(after)),
        }
    }
}

fn number(from: &From, person: &Person, luck: f64) -> String {
    match from {
        From::Prefix(prefix) => {
            let own = (person.row as u64 * NUMBERS_OF_A_ROW + person.nth) % NUMBERS;
            format!("{prefix}{own:07}")
        }
        From::OneOf(numbers) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the length")]
            let index = (luck * numbers.len() as f64) as usize;
            numbers.get(index).or(numbers.last()).cloned().unwrap_or_default()
        }
    }
}

fn script(presses: &[(f64, Vec<Key>)], luck: f64) -> Vec<Key> {
    let mut below = 0.0;
    let chosen = presses.iter().find(|(share, _)| {
        below += share;
        luck < below
    });
    chosen.or(presses.last()).map(|(_, keys)| keys.clone()).unwrap_or_default()
}
