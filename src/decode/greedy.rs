//! Greedy search: the most probable token at every step.

use super::logits::{best, best_allowed, log_sum_exp};
use super::pull::best_pulled;
use super::{DecodeOptions, Finish, Hypothesis, Link, PartialHypothesis};
use crate::model::{Logits, Model, NetworkResult};

/// Stop a row after this many candidate tokens were rejected by the repetition guard.
const MOST_REFUSALS: u32 = 4;

/// The hypothesis of one source.
struct GreedyRow {
    /// Index of the source in the batch.
    source: usize,
    partial: PartialHypothesis,
    refusals: u32,
    finish: Option<Finish>,
}

/// Decodes a batch; one hypothesis for each source, which goes on from the `first`.
pub(super) fn search(
    model: &Model,
    batch: &[&[u32]],
    first: Vec<PartialHypothesis>,
    shortlists: Option<Vec<Vec<u32>>>,
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    let network = &*model.network;
    let mut decoder = network.decoder(&network.encode(batch)?, 1, shortlists)?;
    let mut rows: Vec<GreedyRow> = (first.into_iter().enumerate())
        .map(|(source, partial)| GreedyRow {
            source,
            partial,
            refusals: 0,
            finish: None,
        })
        .collect();
    let mut finished = Vec::with_capacity(batch.len());
    let mut previous = Vec::new();

    loop {
        decoder.step(&previous)?;
        for (i, row) in rows.iter_mut().enumerate() {
            let length = row.partial.ids.len();
            let pulled = row.partial.pulled_tokens(decoder.attention(i));
            row.take(decoder.logits(i), &pulled, network.eos(), batch);
            if options.alignment && row.partial.ids.len() > length {
                row.partial
                    .alignment
                    .push(Link::strongest(decoder.attention(i)));
            }
        }

        let open = rows.iter().filter(|row| row.finish.is_none()).count();
        // Finished rows leave the batch.
        if open < rows.len() {
            let (going, done): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .enumerate()
                .partition(|(_, row)| row.finish.is_none());
            finished.extend(done.into_iter().map(|(_, row)| row));
            if going.is_empty() {
                break;
            }
            let (kept, going): (Vec<_>, Vec<_>) =
                going.into_iter().map(|(i, row)| (i as u32, row)).unzip();
            decoder.keep(&kept);
            rows = going;
        }
        previous = rows
            .iter()
            .map(|row| *row.partial.ids.last().unwrap_or(&network.eos()))
            .collect();
    }

    finished.sort_unstable_by_key(|row| row.source);
    Ok(finished
        .into_iter()
        .map(|row| row.partial.finish(row.finish.unwrap_or(Finish::TooLong)))
        .collect())
}

impl GreedyRow {
    /// Appends the most probable token that the repetition guard allows, or finishes.
    fn take(&mut self, logits: Logits<'_>, pulled: &[(u32, f32)], eos: u32, batch: &[&[u32]]) {
        let mut place = best_pulled(logits, best(logits.values), pulled);
        let signs = &self.partial.signs;
        if signs.refuses(logits.token(place), eos) {
            let refused = |place| signs.refuses(logits.token(place), eos);
            place = match logits.token(place) == eos {
                true => signs.best_open(logits).unwrap_or(place),
                false => best_allowed(logits.values, refused),
            };
        }
        if self.partial.refuses(logits.token(place)) {
            self.refusals += 1;
            if self.refusals > MOST_REFUSALS {
                self.finish = Some(Finish::Repetition);
                return;
            }
            let refused = |place| self.partial.refuses(logits.token(place));
            place = best_allowed(logits.values, refused);
        }
        let token = logits.token(place);
        self.partial.log_probability += logits.values[place] - log_sum_exp(logits.values);
        if token == eos {
            self.finish = Some(Finish::Complete);
            return;
        }
        self.partial.push(token);
        if self.partial.is_full(batch[self.source]) {
            self.finish = Some(Finish::TooLong);
        }
    }
}
