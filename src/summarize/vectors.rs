//! Sentence vectors: sparse ones of word pieces, or means of encoder states. Rare pieces weigh most.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::decode;
use crate::model::{Model, NetworkResult};

/// A sparse vector: values by ascending index. Of length 1, or empty.
pub(super) type Vector = Vec<(u32, f32)>;

/// Bytes of a sentence that are read for each token of the longest source: the beginning tells the topic, and the limit
/// bounds the work on a sentence that never ends.
const BYTES_PER_TOKEN: usize = 8;

/// Vectors of the tokens of each sentence in the source vocabulary, weighted by rarity and the logarithm of the count. Word
/// pieces find the parts of German compounds.
///
/// # Errors
/// When a text cannot be tokenized.
pub(super) fn word_vectors(model: &Model, texts: &[&str]) -> NetworkResult<Vec<Vector>> {
    let rarity = rarity(model);
    let vector = |ids: Vec<u32>| {
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for &id in &ids[..ids.len() - 1] {
            *counts.entry(id).or_default() += 1;
        }
        let weighted = counts.into_iter().map(|(id, count)| {
            let rarity = rarity.get(id as usize).copied().unwrap_or(1.);
            (id, (1. + (count as f32).ln()) * rarity)
        });
        normalised(weighted.collect())
    };
    Ok(tokens(model, texts)?.into_par_iter().map(vector).collect())
}

/// The mean of the encoder's states, each weighted by the rarity of its token, with half of what all sentences share
/// taken out.
///
/// # Errors
/// When a tensor operation of the network fails.
pub(super) fn state_vectors(model: &Model, texts: &[&str]) -> NetworkResult<Vec<Vector>> {
    let sources = tokens(model, texts)?;
    let rarity = rarity(model);
    let lengths: Vec<usize> = sources.iter().map(Vec::len).collect();
    let mut means = decode::for_each_batch(&lengths, |batch| {
        let ids: Vec<&[u32]> = batch.iter().map(|&i| sources[i].as_slice()).collect();
        let memory = model.network.encode(&ids)?;
        let mut states = memory.states.as_slice();
        let means = ids.iter().map(|ids| {
            let (these, rest) = states.split_at(ids.len() * memory.width);
            states = rest;
            weighted_mean(these, memory.width, ids, &rarity)
        });
        Ok(means.collect())
    })?;
    centre(&mut means);
    Ok(means
        .into_iter()
        .map(|mean| normalised((0..).zip(mean).collect()))
        .collect())
}

fn tokens(model: &Model, texts: &[&str]) -> NetworkResult<Vec<Vec<u32>>> {
    let limit = model.network.max_source_tokens();
    texts
        .par_iter()
        .map(|text| {
            let end = text.floor_char_boundary(limit * BYTES_PER_TOKEN);
            let mut ids = model.source.encode(&text[..end])?;
            ids.truncate(limit);
            Ok(ids)
        })
        .collect()
}

/// The weight of each token of the source vocabulary: smooth inverse frequency, `a / (a + p)` (Arora et al. 2017, "A Simple
/// but Tough-to-Beat Baseline for Sentence Embeddings"), so that content words outweigh articles and commas.
fn rarity(model: &Model) -> Vec<f32> {
    const A: f32 = 1e-4;
    (model.source.log_probabilities().iter())
        .map(|log_probability| A / (A + log_probability.exp()))
        .collect()
}

/// The mean of `states` `[tokens, width]`, each weighted by the rarity of its token; the end of the sentence is left
/// out.
fn weighted_mean(states: &[f32], width: usize, ids: &[u32], rarity: &[f32]) -> Vec<f32> {
    let mut mean = vec![0.; width];
    let words = ids.len().saturating_sub(1).max(1);
    for (state, &id) in states.chunks_exact(width).zip(ids).take(words) {
        let weight = rarity.get(id as usize).copied().unwrap_or(1.);
        for (mean, x) in mean.iter_mut().zip(state) {
            *mean += weight * x / words as f32;
        }
    }
    mean
}

/// Subtracts half of the mean: all encoder states share a direction, whatever is said, and without this any two sentences
/// look alike. The other half stays, as the mean is also the topic that the sentences of an article share.
fn centre(vectors: &mut [Vec<f32>]) {
    const SHARED: f32 = 0.5;
    let mut mean = vec![0.; vectors.first().map_or(0, Vec::len)];
    let count = vectors.len().max(1) as f32;
    for vector in vectors.iter() {
        for (mean, x) in mean.iter_mut().zip(vector) {
            *mean += x / count;
        }
    }
    for vector in vectors {
        for (x, mean) in vector.iter_mut().zip(&mean) {
            *x -= SHARED * mean;
        }
    }
}

/// The cosine similarity of each vector to the centroid of all.
pub(super) fn centroid_similarity(vectors: &[Vector]) -> Vec<f32> {
    let centroid = centroid(vectors);
    (vectors.iter())
        .map(|vector| cosine(vector, &centroid))
        .collect()
}

/// The sum of `vectors`, scaled to length 1: the topic of the text as a whole.
fn centroid(vectors: &[Vector]) -> Vector {
    let mut sum: BTreeMap<u32, f32> = BTreeMap::new();
    for &(index, x) in vectors.iter().flatten() {
        *sum.entry(index).or_default() += x;
    }
    normalised(sum.into_iter().collect())
}

/// Cosine of two vectors of length 1.
pub(super) fn cosine(a: &Vector, b: &Vector) -> f32 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut sum = 0.;
    while let (Some((i, x)), Some((j, y))) = (a.peek(), b.peek()) {
        match i.cmp(j) {
            std::cmp::Ordering::Less => _ = a.next(),
            std::cmp::Ordering::Greater => _ = b.next(),
            std::cmp::Ordering::Equal => {
                sum += x * y;
                _ = a.next();
                _ = b.next();
            }
        }
    }
    sum
}

fn normalised(mut vector: Vector) -> Vector {
    let length = vector.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
    if length > 0. {
        vector.iter_mut().for_each(|(_, x)| *x /= length);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_are_of_what_both_have() {
        let a = normalised(vec![(1, 3.), (4, 4.)]);
        let b = normalised(vec![(0, 1.), (4, 1.)]);
        assert!((cosine(&a, &b) - 0.8 / 2f32.sqrt()).abs() < 1e-6);
        assert!((cosine(&a, &a) - 1.).abs() < 1e-6);
        assert_eq!(cosine(&a, &Vec::new()), 0.);
    }

    #[test]
    fn the_centroid_is_between() {
        let middle = centroid(&[vec![(0, 1.)], vec![(1, 1.)]]);
        let half = 0.5f32.sqrt();
        assert_eq!(middle, [(0, half), (1, half)]);
    }
}
