//! The order of service: who comes before whom, and the position of each.

use model::{CallId, Timestamp};

/// A place in the order of service. `now − joined + priority` sorts like `joined − priority`, which never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Microseconds of joining minus priority; the smallest is served first.
    virtual_join: i128,
    pub(crate) call: CallId,
}

impl Rank {
    pub(crate) fn new(joined: Timestamp, priority_s: i64, call: CallId) -> Self {
        Self { virtual_join: i128::from(joined.as_micros()) - i128::from(priority_s) * 1_000_000, call }
    }
}

/// A sorted list that also tells positions: chunks of at most `CHUNK`, so no step walks the whole line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    chunks: Vec<Vec<Rank>>,
    len: usize,
}

/// With 1,000 waiting, 16 to 32 chunks: adding up their lengths and moving half of one cost about the same.
const CHUNK: usize = 64;

impl Line {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn insert(&mut self, rank: Rank) {
        let at = self.chunk_of(rank);
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![rank]);
            self.len += 1;
            return;
        };
        if let Err(place) = chunk.binary_search(&rank) {
            chunk.insert(place, rank);
            self.len += 1;
        }
        if chunk.len() > CHUNK {
            let rest = chunk.split_off(CHUNK / 2);
            self.chunks.insert(at + 1, rest);
        }
    }

    pub(crate) fn remove(&mut self, rank: Rank) {
        let at = self.chunk_of(rank);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if let Ok(place) = chunk.binary_search(&rank) {
            chunk.remove(place);
            self.len -= 1;
        }
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
    }

    /// From 1; also for a rank that is not in the line: where it would stand.
    pub(crate) fn position(&self, rank: Rank) -> usize {
        let at = self.chunk_of(rank);
        let before: usize = self.chunks.iter().take(at).map(Vec::len).sum();
        let inside = self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(|other| *other < rank));
        before + inside + 1
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Rank> + '_ {
        self.chunks.iter().flatten().copied()
    }

    /// The chunk that holds or should hold `rank`: the last one when it comes after all.
    fn chunk_of(&self, rank: Rank) -> usize {
        let at = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|last| *last < rank));
        at.min(self.chunks.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn positions_agree_with_a_plain_sorted_set() {
        let (mut line, mut plain) = (Line::default(), BTreeSet::new());
        let mut chance = 7_u64;
        for round in 0..3000_u64 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let rank = Rank::new(Timestamp::from_micros(chance >> 54), 0, CallId(chance >> 40 & 7));
            if round % 3 == 2 {
                line.remove(rank);
                plain.remove(&rank);
            } else {
                line.insert(rank);
                plain.insert(rank);
            }
            assert_eq!(line.len(), plain.len());
            assert_eq!(line.position(rank), plain.range(..rank).count() + 1);
        }
        assert!(line.iter().eq(plain));
    }

    #[test]
    fn priority_counts_as_seconds_already_waited() {
        let late = Rank::new(Timestamp::from_micros(60_000_000), 61, CallId(2));
        assert!(late < Rank::new(Timestamp::ZERO, 0, CallId(1)));
    }
}
