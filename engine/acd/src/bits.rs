//! A set of agents by index, so that "who could and is free" costs one instruction for 64 agents.

/// A growable set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (index % 64);
    }

    pub(crate) fn remove(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    pub(crate) fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// How many are in both.
    pub(crate) fn count_in(&self, other: &Bits) -> usize {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    pub(crate) fn meets(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Those in both, ascending.
    pub(crate) fn both<'a>(&'a self, other: &'a Bits) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().zip(&other.0).enumerate().flat_map(|(word, (a, b))| {
            let mut left = a & b;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                (left != 0).then(|| {
                    left &= left - 1;
                    word * 64 + bit
                })
            })
        })
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(items: I) -> Self {
        let mut bits = Bits::default();
        items.into_iter().for_each(|index| bits.insert(index));
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intersections_are_ascending_and_complete() {
        let a: Bits = [1, 63, 64, 200].into_iter().collect();
        let mut b: Bits = [0, 1, 64, 199, 200, 500].into_iter().collect();
        assert_eq!(a.both(&b).collect::<Vec<_>>(), [1, 64, 200]);
        b.remove(64);
        b.remove(9999);
        assert_eq!((a.count_in(&b), a.meets(&b), b.contains(64), b.contains(9999)), (2, true, false, false));
    }
}
