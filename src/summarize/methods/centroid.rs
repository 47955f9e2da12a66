//! Centroid ranking (Radev et al. 2000, "Centroid-based summarization of multiple documents").

use super::{Method, Relevance};
use crate::model::{Model, NetworkResult};
use crate::summarize::vectors::{centroid_similarity, word_vectors};

pub(super) const CENTROID: Method = Method {
    name: "centroid",
    description: "Cosine similarity to the centroid of the article's word-piece vectors (Radev et al. 2000), plus position",
    rank,
};

fn rank(model: &Model, sentences: &[&str]) -> NetworkResult<Relevance> {
    let vectors = word_vectors(model, sentences)?;
    Ok(Relevance {
        scores: centroid_similarity(&vectors),
        vectors,
    })
}
