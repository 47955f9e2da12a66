//! Graph centrality: sentences vote for those that are like them, and the votes of those with many votes count more.

use rayon::prelude::*;

/// The share of a rank that comes from votes.
const DAMPING: f32 = 0.85;
/// Ranks change by less than the last digits after so many rounds.
const ROUNDS: usize = 50;
/// PageRank of each of `count` sentences in the graph whose edges have the weight `likeness`, none where it is 0. The
/// highest rank is 1.
pub(super) fn centrality(count: usize, likeness: impl Fn(usize, usize) -> f32 + Sync) -> Vec<f32> {
    let alike: Vec<Vec<(usize, f32)>> = (0..count)
        .into_par_iter()
        .map(|i| {
            let others = (0..count).filter(|&j| j != i);
            let likeness = others.map(|j| (j, likeness(i, j)));
            let alike: Vec<(usize, f32)> = likeness.filter(|&(_, x)| x > 0.).collect();
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
