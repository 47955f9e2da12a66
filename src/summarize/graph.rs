//! Ranks by votes: sentences vote for those that are like them, and the votes of those with many votes count more.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::vectors::{Vector, cosine};
use crate::document::words;

/// Sentences whose cosine is less than this are not joined.
const LEAST_COSINE: f32 = 0.05;
/// The share of a rank that comes from votes.
const DAMPING: f32 = 0.85;
/// Ranks change by less than the last digits after so many rounds.
const ROUNDS: usize = 50;
/// Letters of a word that counts for [`textrank`]. The paper counts nouns and verbs; shorter German words are rarely
/// either.
const LONG: usize = 4;

/// LexRank (Erkan & Radev 2004, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization"): sentences
/// are as alike as the cosine of their vectors says.
pub(super) fn lexrank(vectors: &[Vector]) -> Vec<f32> {
    ranks(vectors.len(), |i, j| {
        let likeness = cosine(&vectors[i], &vectors[j]);
        if likeness > LEAST_COSINE {
            likeness
        } else {
            0.
        }
    })
}

/// TextRank (Mihalcea & Tarau 2004, "TextRank: Bringing Order into Texts"): sentences are as alike as they have words in
/// common, for their lengths: `|a ∩ b| / (ln |a| + ln |b|)`.
pub(super) fn textrank(texts: &[&str]) -> Vec<f32> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let sentences: Vec<(Vector, f32)> = (texts.iter())
        .map(|text| {
            let words = text.split(|c: char| !c.is_alphanumeric());
            let long = words.filter(|word| word.chars().count() >= LONG);
            let different: BTreeSet<u32> = long
                .map(|word| {
                    let next = numbers.len() as u32;
                    *numbers.entry(word.to_lowercase()).or_insert(next)
                })
                .collect();
            let length = words::count(text) as f32;
            let ones = different.into_iter().map(|word| (word, 1.)).collect();
            // Of one word the logarithm would be nothing to divide by.
            (ones, length.max(2.).ln())
        })
        .collect();
    ranks(texts.len(), |i, j| {
        let ((a, length_a), (b, length_b)) = (&sentences[i], &sentences[j]);
        cosine(a, b) / (length_a + length_b)
    })
}

/// A rank for each of `count` sentences by their `likeness`, as PageRank has it; the highest is 1. Those whose likeness is
/// 0 are not joined.
fn ranks(count: usize, likeness: impl Fn(usize, usize) -> f32 + Sync) -> Vec<f32> {
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
        let ranks = lexrank(&vectors);
        assert_eq!(ranks[1], 1.);
        assert!(ranks[0] < 1. && ranks[3] < ranks[0]);
    }

    #[test]
    fn words_in_common_are_votes() {
        let ranks = textrank(&[
            "Die Stadt baut eine Brücke.",
            "Die Brücke der Stadt kostet Millionen, sagt der Bürgermeister.",
            "Der Bürgermeister hofft auf Millionen.",
            "Es regnet.",
            "",
        ]);
        assert_eq!(ranks[1], 1.);
        assert!(ranks[0] < 1. && ranks[2] < 1. && ranks[3] < ranks[0]);
        assert_eq!(ranks[3], ranks[4]);
    }
}
