//! TextRank (Mihalcea & Tarau 2004, "TextRank: Bringing Order into Texts").

use std::collections::{BTreeSet, HashMap};

use super::{Method, Relevance};
use crate::document::words;
use crate::model::{Model, NetworkResult};
use crate::summarize::graph;
use crate::summarize::vectors::{Vector, cosine, word_vectors};

pub(super) const TEXTRANK: Method = Method {
    name: "textrank",
    description: "TextRank: graph centrality over words in common (Mihalcea & Tarau 2004), plus position",
    rank,
};

/// Letters of a word that counts. The paper counts nouns and verbs; shorter German words are rarely either.
const LONG: usize = 4;

fn rank(model: &Model, sentences: &[&str]) -> NetworkResult<Relevance> {
    Ok(Relevance {
        scores: textrank(sentences),
        vectors: word_vectors(model, sentences)?,
    })
}

/// Centrality in the graph whose edges are weighted by words in common, for the lengths of the sentences:
/// `|a ∩ b| / (ln |a| + ln |b|)`.
fn textrank(texts: &[&str]) -> Vec<f32> {
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
    graph::centrality(texts.len(), |i, j| {
        let ((a, length_a), (b, length_b)) = (&sentences[i], &sentences[j]);
        cosine(a, b) / (length_a + length_b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
