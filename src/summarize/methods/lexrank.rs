//! LexRank (Erkan & Radev 2004, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization").

use super::{Method, Relevance};
use crate::model::{Model, NetworkResult};
use crate::summarize::graph;
use crate::summarize::vectors::{Vector, cosine, word_vectors};

pub(super) const LEXRANK: Method = Method {
    name: "lexrank",
    description: "LexRank: graph centrality over cosine similarity of word-piece vectors (Erkan & Radev 2004), plus position",
    rank,
};

/// Sentences whose cosine is less than this are not joined.
const LEAST_COSINE: f32 = 0.05;

fn rank(model: &Model, sentences: &[&str]) -> NetworkResult<Relevance> {
    let vectors = word_vectors(model, sentences)?;
    Ok(Relevance {
        scores: lexrank(&vectors),
        vectors,
    })
}

/// Centrality in the graph whose edges are weighted by cosine similarity.
fn lexrank(vectors: &[Vector]) -> Vec<f32> {
    graph::centrality(vectors.len(), |i, j| {
        let likeness = cosine(&vectors[i], &vectors[j]);
        if likeness > LEAST_COSINE {
            likeness
        } else {
            0.
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_most_like_the_others_ranks_first() {
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
}
