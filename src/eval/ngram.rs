//! N-gram overlap of a hypothesis and its reference, one order at a time.

use std::array;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::AddAssign;

/// Counts of n-grams of one order, over a segment or a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NgramOverlap {
    /// N-grams in the hypothesis.
    pub hypothesis: u64,
    /// N-grams in the reference.
    pub reference: u64,
    /// N-grams in both, each at most as often as it is in the reference ("clipped" counts).
    pub matches: u64,
}

impl NgramOverlap {
    /// Counts orders 1 to `N` of two sequences of words or characters.
    pub(super) fn up_to_order<T: Eq + Hash, const N: usize>(
        hypothesis: &[T],
        reference: &[T],
    ) -> [Self; N] {
        array::from_fn(|index| Self::of_order(index + 1, hypothesis, reference))
    }

    fn of_order<T: Eq + Hash>(order: usize, hypothesis: &[T], reference: &[T]) -> Self {
        let mut unmatched: HashMap<&[T], u64> = HashMap::with_capacity(reference.len());
        for ngram in reference.windows(order) {
            *unmatched.entry(ngram).or_default() += 1;
        }
        // Using up the reference's n-grams one by one gives min(hypothesis, reference) for each.
        let mut matches = 0;
        for ngram in hypothesis.windows(order) {
            if let Some(left @ 1..) = unmatched.get_mut(ngram) {
                *left -= 1;
                matches += 1;
            }
        }
        Self {
            hypothesis: hypothesis.windows(order).len() as u64,
            reference: reference.windows(order).len() as u64,
            matches,
        }
    }

    /// The share of the hypothesis that is in the reference; NaN for an empty hypothesis.
    pub(super) fn precision(&self) -> f64 {
        self.matches as f64 / self.hypothesis as f64
    }

    /// The share of the reference that is in the hypothesis; NaN for an empty reference.
    pub(super) fn recall(&self) -> f64 {
        self.matches as f64 / self.reference as f64
    }
}

impl AddAssign for NgramOverlap {
    fn add_assign(&mut self, other: Self) {
        self.hypothesis += other.hypothesis;
        self.reference += other.reference;
        self.matches += other.matches;
    }
}
