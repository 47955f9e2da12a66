//! A lexical shortlist from a network's own predictions: which target tokens are probable while it attends to a source
//! token.

use std::collections::HashMap;

use rayon::prelude::*;

use super::batches;
use super::logits::{best, log_sum_exp};
use crate::model::{Decoder, Model, NetworkResult, Shortlist, longest_target};

/// Tokens less probable than this are not counted.
const LEAST_PROBABILITY: f32 = 0.01;
/// Source tokens with attention weights below this are not counted.
const LEAST_ATTENTION: f32 = 0.1;
/// Pairs with a lower count are dropped as chance.
const LEAST_COUNT: f32 = 0.02;

/// Expected counts of target tokens for each source token: probability times attention weight, summed over a text.
#[derive(Debug, Default)]
pub struct ShortlistCounts {
    counts: HashMap<(u32, u32), f32>,
}

impl ShortlistCounts {
    /// Translates `sources`, each ending in the end token, greedily with the whole vocabulary, and adds to the counts.
    ///
    /// # Errors
    /// When a source is too long for the network, or a tensor operation fails.
    pub fn observe(&mut self, model: &Model, sources: &[Vec<u32>]) -> NetworkResult<()> {
        let lengths: Vec<usize> = sources.iter().map(Vec::len).collect();
        let counts = batches(&lengths, rayon::current_num_threads())
            .into_par_iter()
            .map(|batch| {
                let sources: Vec<&[u32]> = batch.iter().map(|&i| sources[i].as_slice()).collect();
                observe_batch(model, &sources)
            })
            .collect::<NetworkResult<Vec<_>>>()?;
        for (pair, count) in counts.into_iter().flatten() {
            *self.counts.entry(pair).or_default() += count;
        }
        Ok(())
    }

    /// A shortlist of the `most` target tokens with the highest counts for each source token, and the target token with
    /// the same spelling; every list has the first `frequent` tokens of the target vocabulary.
    pub fn shortlist(&self, model: &Model, most: usize, frequent: u32) -> Shortlist {
        let mut lists: Vec<Vec<(f32, u32)>> = vec![Vec::new(); model.source.size()];
        for (&(source, target), &count) in &self.counts {
            if target >= frequent && count >= LEAST_COUNT {
                lists[source as usize].push((count, target));
            }
        }
        let spelled: HashMap<&str, u32> = (0..model.target.size() as u32)
            .map(|id| (model.target.piece(id), id))
            .collect();
        let lists: Vec<Vec<u32>> = (0u32..)
            .zip(lists)
            .map(|(source, mut list)| {
                // The smaller id of equals, so that the file does not depend on the order of the map.
                list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                list.truncate(most);
                let mut ids: Vec<u32> = list.into_iter().map(|(_, target)| target).collect();
                ids.extend(spelled.get(model.source.piece(source)));
                ids.sort_unstable();
                ids.dedup();
                ids
            })
            .collect();
        Shortlist::new(&lists, frequent, model.network.eos())
    }
}

fn observe_batch(model: &Model, batch: &[&[u32]]) -> NetworkResult<HashMap<(u32, u32), f32>> {
    let eos = model.network.eos();
    let mut decoder = model
        .network
        .decoder(&model.network.encode(batch)?, 1, None)?;
    let mut counts = HashMap::new();
    let mut rows = batch.to_vec();
    let mut previous: Vec<u32> = Vec::new();
    for step in 0.. {
        decoder.step(&previous)?;
        previous = (rows.iter().enumerate())
            .map(|(row, source)| observe_row(&*decoder, row, source, &mut counts))
            .collect();
        let kept: Vec<u32> = (0u32..)
            .zip(previous.iter().zip(&rows))
            .filter(|(_, (token, source))| **token != eos && step < longest_target(source.len()))
            .map(|(row, _)| row)
            .collect();
        if kept.is_empty() {
            break;
        }
        decoder.keep(&kept);
        rows = kept.iter().map(|&row| rows[row as usize]).collect();
        previous = kept.iter().map(|&row| previous[row as usize]).collect();
    }
    Ok(counts)
}

/// Adds the probable tokens of a row to `counts`; its most probable token.
fn observe_row(
    decoder: &dyn Decoder,
    row: usize,
    source: &[u32],
    counts: &mut HashMap<(u32, u32), f32>,
) -> u32 {
    let logits = decoder.logits(row);
    let total = log_sum_exp(logits.values);
    let least = total + LEAST_PROBABILITY.ln();
    for (place, &logit) in logits.values.iter().enumerate() {
        if logit < least {
            continue;
        }
        let probability = (logit - total).exp();
        for (&id, &weight) in source.iter().zip(decoder.attention(row)) {
            if weight >= LEAST_ATTENTION {
                *counts.entry((id, logits.token(place))).or_default() += probability * weight;
            }
        }
    }
    logits.token(best(logits.values))
}
