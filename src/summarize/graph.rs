//! LexRank (Erkan & Radev 2004, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization"): sentences
//! vote for those that resemble them, and the votes of those with many votes count more.

use rayon::prelude::*;

use super::vectors::{Vector, cosine};

/// Sentences less alike than this are not joined.
const LEAST_LIKENESS: f32 = 0.05;
/// The share of a rank that comes from votes.
const DAMPING: f32 = 0.85;
/// Ranks change by less than the last digits after so many rounds.
const ROUNDS: usize = 50;

/// A rank for each sentence; the highest is 1.
pub(super) fn ranks(vectors: &[Vector]) -> Vec<f32> {
    let count = vectors.len();
    let alike: Vec<Vec<(usize, f32)>> = (0..count)
        .into_par_iter()
        .map(|i| {
            let others = (0..count).filter(|&j| j != i);
            let likeness = others.map(|j| (j, cosine(&vectors[i], &vectors[j])));
            let alike: Vec<(usize, f32)> = likeness.filter(|&(_, x)| x > LEAST_LIKENESS).collect();
            let total: f32 = alike.iter().map(|(_, x)| x).sum();
            alike.into_iter().map(|(j, x)| (j, x / total)).collect()
        })
        .collect();
    let mut ranks = vec![1.; count];
    for _ in 0..ROUNDS {
        let mut next = vec![1. - DAMPING; count];
        for (votes, rank) in alike.iter().zip(&ranks) {
            for &(j, share) in votes {
                next[j] += DAMPING * share * rank;
            }
        }
        ranks = next;
    }
    let most = ranks.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    ranks.iter().map(|rank| rank / most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_like_most_others_ranks_first() {
        let half = 0.5f32.sqrt();
        let vectors = [
            vec![(0, 1.)],
            vec![(0, half), (1, half)],
            vec![(1, 1.)],
            vec![(2, 1.)],
        ];
        let ranks = ranks(&vectors);
        assert_eq!(ranks[1], 1.);
        assert!(ranks[0] < 1. && ranks[3] < ranks[0]);
    }
}
