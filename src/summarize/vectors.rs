//! Sentences as vectors: the mean of the model's own encoder states, rare words first.

use rayon::prelude::*;

use crate::decode::batches;
use crate::model::Model;

/// One vector of length 1 for each text, with what all of them share taken out.
pub(super) fn sentence_vectors(
    model: &Model,
    texts: &[&str],
) -> candle_core::Result<Vec<Vec<f32>>> {
    let limit = model.network.max_source_tokens();
    let sources: Vec<Vec<u32>> = texts
        .par_iter()
        .map(|text| {
            // The beginning of a sentence tells what it is about; bytes bound the work on one that never ends.
            let end = text.floor_char_boundary(limit * 8);
            let mut ids = model.source.encode(&text[..end]);
            ids.truncate(limit);
            ids
        })
        .collect();
    let rarity = rarity(model);
    let lengths: Vec<usize> = sources.iter().map(Vec::len).collect();
    let batches = batches(&lengths, rayon::current_num_threads())
        .into_par_iter()
        .map(|batch| {
            let ids: Vec<&[u32]> = batch.iter().map(|&i| sources[i].as_slice()).collect();
            let memory = model.network.encode(&ids)?;
            let mut states = memory.states.as_slice();
            let means = (batch.into_iter().zip(&memory.lengths))
                .map(|(i, &tokens)| {
                    let (these, rest) = states.split_at(tokens * memory.width);
                    states = rest;
                    (i, weighted_mean(these, memory.width, &sources[i], &rarity))
                })
                .collect::<Vec<_>>();
            Ok(means)
        })
        .collect::<candle_core::Result<Vec<_>>>()?;

    let mut vectors = vec![Vec::new(); texts.len()];
    for (i, vector) in batches.into_iter().flatten() {
        vectors[i] = vector;
    }
    centre(&mut vectors);
    vectors.iter_mut().for_each(|vector| normalise(vector));
    Ok(vectors)
}

/// How much each token of the source vocabulary counts: smooth inverse frequency, `a / (a + p)` (Arora et al. 2017, "A
/// Simple but Tough-to-Beat Baseline for Sentence Embeddings"), so that what a sentence is about outweighs its articles
/// and commas.
fn rarity(model: &Model) -> Vec<f32> {
    const A: f32 = 1e-4;
    (model.source.log_probabilities().iter())
        .map(|log_probability| A / (A + log_probability.exp()))
        .collect()
}

/// The mean of `states`, each weighted by the rarity of its token; the end of the sentence is left out.
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

/// Mean of `vectors`, scaled to length 1: what a text as a whole is about.
pub(super) fn centroid(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = sum(vectors);
    normalise(&mut sum);
    sum
}

/// Cosine of two vectors of length 1.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes out half of the mean. All encoder states point the same way to a good part, whatever is said; without it
/// every two sentences look alike.
fn centre(vectors: &mut [Vec<f32>]) {
    /// The rest stays, as it is also what the sentences of an article have in common.
    const SHARED: f32 = 0.5;
    let mean = sum(vectors);
    let count = vectors.len().max(1) as f32;
    for vector in vectors {
        for (x, mean) in vector.iter_mut().zip(&mean) {
            *x -= SHARED * mean / count;
        }
    }
}

fn sum(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut sum = vec![0.; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        for (sum, x) in sum.iter_mut().zip(vector) {
            *sum += x;
        }
    }
    sum
}

fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0. {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}
