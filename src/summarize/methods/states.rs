//! Centroid ranking over the encoder's states instead of words.

use super::{Method, Relevance};
use crate::model::{Model, NetworkResult};
use crate::summarize::vectors::{centroid_similarity, state_vectors};

pub(super) const STATES: Method = Method {
    name: "states",
    description: "Cosine similarity to the mean encoder state of the article, plus position: runs the encoder over all sentences",
    rank,
};

fn rank(model: &Model, sentences: &[&str]) -> NetworkResult<Relevance> {
    let vectors = state_vectors(model, sentences)?;
    Ok(Relevance {
        scores: centroid_similarity(&vectors),
        vectors,
    })
}
